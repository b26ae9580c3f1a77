import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Zmq from 'zeromq';
import { freePort } from './freePort';

/** The project's root, where every kernel of the tests works. */
export const root = join(import.meta.dirname, '..', '..');

/** The `zeromq` that tslab brings; the project itself does not depend on it. */
const zmq: typeof Zmq = createRequire(createRequire(join(root, 'package.json')).resolve('tslab'))('zeromq');

const DELIMITER = '<IDS|MSG>';

/** How long a test waits for a message that must come, on a machine that is busy with other things. */
const PATIENCE = 120_000;

type Content = Readonly<Record<string, unknown>>;

/** One message of the Jupyter protocol, as far as a test looks at it. */
export interface Message {
  readonly type: string;
  readonly parent: string;
  readonly content: Content;
}

/** What one cell gave: its reply, and what was published while it ran. */
export interface CellResult {
  readonly reply: Content;
  readonly stdout: string;
  readonly stderr: string;
  readonly messages: readonly Message[];
  /** From the request to the reply, in milliseconds. */
  readonly milliseconds: number;
}

export interface KernelOptions {
  readonly argv?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** A kernel process and the sockets of a Jupyter client to it. */
export class KernelClient {
  readonly process: ChildProcess;
  /** What the process itself wrote, outside any cell. */
  log = '';
  readonly #key = randomUUID();
  readonly #session = randomUUID();
  readonly #shell = new zmq.Dealer({ linger: 0 });
  readonly #control = new zmq.Dealer({ linger: 0 });
  readonly #iopub = new zmq.Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  readonly #received: Message[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'infossl-kernel-'));
  #wake: () => void = () => {};

  private constructor(ports: readonly number[], options: KernelOptions) {
    const names = ['shell_port', 'iopub_port', 'stdin_port', 'control_port', 'hb_port'];
    const file = join(this.#folder, 'connection.json');
    const connection = { transport: 'tcp', ip: '127.0.0.1', signature_scheme: 'hmac-sha256', key: this.#key };
    writeFileSync(
      file,
      JSON.stringify({ ...connection, ...Object.fromEntries(names.map((name, i) => [name, ports[i]])) }),
    );
    const argv = options.argv ?? [process.execPath, join(root, 'lib', 'kernel', 'launch.cjs'), '{connection_file}'];
    const [command, ...rest] = argv.map((word) => word.replace('{connection_file}', file));
    this.process = spawn(command!, rest, {
      cwd: options.cwd ?? this.#folder,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (bytes: Buffer) => {
      this.log += bytes.toString();
    };
    this.process.stdout?.on('data', keep);
    this.process.stderr?.on('data', keep);
    this.#shell.connect(`tcp://127.0.0.1:${ports[0]}`);
    this.#iopub.connect(`tcp://127.0.0.1:${ports[1]}`);
    this.#iopub.subscribe();
    this.#control.connect(`tcp://127.0.0.1:${ports[3]}`);
    for (const socket of [this.#shell, this.#control, this.#iopub]) void this.#listen(socket);
  }

  /** Starts a kernel and waits until it answers on every channel that the tests use. */
  static async start(options: KernelOptions = {}): Promise<KernelClient> {
    const ports: number[] = [];
    while (ports.length < 5) ports.push(await freePort());
    const client = new KernelClient(ports, options);
    for (;;) {
      const request = client.request('kernel_info_request', {});
      await client.reply(request);
      // A subscription arrives some time after its connection: ask until the status is heard too.
      const heard = await client.wait((m) => m.parent === request && m.type === 'status', 500).catch(() => undefined);
      if (heard !== undefined) return client;
    }
  }

  async #listen(socket: Zmq.Dealer | Zmq.Subscriber): Promise<void> {
    try {
      for await (const frames of socket) {
        const at = frames.findIndex((frame) => frame.toString() === DELIMITER);
        const [header, parent, , content] = frames.slice(at + 2).map((frame) => JSON.parse(frame.toString()));
        this.#received.push({ type: header.msg_type, parent: parent.msg_id ?? '', content });
        this.#wake();
      }
    } catch {
      // The socket was closed.
    }
  }

  /** The states that the kernel published of itself, for no request. */
  get states(): readonly unknown[] {
    const own = this.#received.filter(({ type, parent }) => type === 'status' && parent === '');
    return own.map(({ content }) => content.execution_state);
  }

  /** Sends a request and returns its id. */
  request(type: string, content: Content, channel: 'shell' | 'control' = 'shell'): string {
    const id = randomUUID();
    const date = new Date().toISOString();
    const header = { msg_id: id, session: this.#session, username: 'test', date, msg_type: type, version: '5.3' };
    const frames = [header, {}, {}, content].map((part) => JSON.stringify(part));
    const hmac = createHmac('sha256', this.#key);
    for (const frame of frames) hmac.update(frame);
    const socket = channel === 'shell' ? this.#shell : this.#control;
    void socket.send([DELIMITER, hmac.digest('hex'), ...frames]);
    return id;
  }

  /** The first message, past or to come, that `matches`. */
  async wait(matches: (message: Message) => boolean, milliseconds = PATIENCE): Promise<Message> {
    const end = Date.now() + milliseconds;
    for (;;) {
      const found = this.#received.find(matches);
      if (found !== undefined) return found;
      const left = end - Date.now();
      if (left <= 0)
        throw new Error(`KernelClient.wait: nothing came in ${milliseconds} ms; the kernel wrote: ${this.log}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** The reply to the request `id`. */
  reply(id: string, milliseconds?: number): Promise<Message> {
    return this.wait((m) => m.parent === id && m.type.endsWith('_reply'), milliseconds);
  }

  /** Runs one cell to its end. */
  async execute(code: string, milliseconds?: number): Promise<CellResult> {
    const begin = performance.now();
    return this.result(
      this.request('execute_request', { code, silent: false, stop_on_error: true }),
      milliseconds,
      begin,
    );
  }

  /** Waits for the end of the cell that the request `id` started. */
  async result(id: string, milliseconds?: number, begin = performance.now()): Promise<CellResult> {
    const reply = await this.reply(id, milliseconds);
    const took = performance.now() - begin;
    await this.wait((m) => m.parent === id && m.type === 'status' && m.content.execution_state === 'idle');
    const messages = this.#received.filter((m) => m.parent === id);
    const text = (name: string) =>
      messages.flatMap((m) => (m.type === 'stream' && m.content.name === name ? [m.content.text] : [])).join('');
    return { reply: reply.content, stdout: text('stdout'), stderr: text('stderr'), messages, milliseconds: took };
  }

  /** Resolves when the process has ended, with milliseconds it took from now. */
  async exited(milliseconds = PATIENCE): Promise<number> {
    const begin = performance.now();
    if (this.process.exitCode === null && this.process.signalCode === null) {
      await once(this.process, 'exit', { signal: AbortSignal.timeout(milliseconds) });
    }
    return performance.now() - begin;
  }

  /** Ends the process, whatever it does, and closes the sockets. */
  async close(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.exited();
    for (const socket of [this.#shell, this.#control, this.#iopub]) socket.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
