const { createRequire } = require('node:module');
const { join } = require('node:path');
const { Worker } = require('node:worker_threads');
const { cellOutput } = require('./cellOutput.cjs');
const { messageType } = require('./protocol.cjs');

/**
 * @typedef {import('./serverTypes.cjs').Message} Message
 * @typedef {import('./serverTypes.cjs').Sender} Sender
 * @typedef {import('./serverTypes.cjs').Socket} Socket
 * @typedef {import('./serverTypes.cjs').ServerClass} ServerClass
 * @typedef {import('./serverTypes.cjs').Cells} Cells
 */

/** Messages of a stream wait for a slow reader up to this many, each up to 64 KB; later ones are dropped. */
const WAITING_MESSAGES = 10_000;

/** Cells that were queued behind a failing one arrive within this many milliseconds. */
const ABORT_WINDOW = 200;

/** The requests that are answered; others, such as a debugger's, are left alone. */
const ANSWERED = new Set(
  ['kernel_info', 'execute', 'is_complete', 'inspect', 'complete', 'comm_info', 'shutdown'].map(
    (name) => `${name}_request`,
  ),
);

const tslab = require.resolve('tslab');
const jupyter = createRequire(tslab)('./jupyter.js');
const { versions } = createRequire(tslab)('./public.js');
const Base = /** @type {ServerClass} */ (jupyter.ZmqServer);

/**
 * A request's text, and the cursor in it as JavaScript counts: the protocol counts characters beyond 16 bits once.
 * @param {Record<string, unknown>} content
 */
function cursor(content) {
  const code = String(content.code);
  return { code, position: [...code].slice(0, Number(content.cursor_pos)).join('').length };
}

/** What a cell shows if the kernel itself fails over it: without a reply it would run for ever. @param {unknown} error */
function ownFailure(error) {
  const evalue = `the kernel failed over this cell (${error}); run it again, or restart the kernel`;
  return { ename: 'KernelError', evalue, traceback: [`KernelError: ${evalue}`] };
}

/**
 * tslab's server, with replies and `error` messages as the protocol has them, gathered output, and control and
 * heartbeat in a thread that answers while a cell computes.
 */
class KernelServer extends Base {
  /**
   * @param {object} handler
   * @param {string} connectionFile
   * @param {Cells} cells
   */
  constructor(handler, connectionFile, cells) {
    super(handler, connectionFile);
    this.cells = cells;
    this.count = 0;
    this.failedAt = 0;
    /** Cells that run or wait. */
    this.unfinished = 0;
    /** @type {Worker | undefined} */
    this.thread = undefined;
    /** @type {Promise<unknown>} */
    this.queue = Promise.resolve();
    this.output = cellOutput(() => {});
    /** Writes to the process's own error stream, which no cell shows. */
    this.log = process.stderr.write.bind(process.stderr);
  }

  /**
   * @override
   * @param {Socket} socket
   * @param {number} port
   */
  async bindSocket(socket, port) {
    if (socket === this.control) return this.startControlThread();
    if (socket === this.hb) return;
    // Without it, a cell that never yields could send only a few hundred messages.
    socket.sendTimeout = 0;
    socket.linger = 200;
    socket.sendHighWaterMark = WAITING_MESSAGES;
    await super.bindSocket(socket, port);
  }

  startControlThread() {
    const workerData = { connection: this.connInfo, parentPid: process.ppid, state: this.cells.state, tslab };
    const thread = new Worker(join(__dirname, 'controlThread.cjs'), { workerData });
    this.thread = thread;
    const reply = { send: (/** @type {(Buffer | string)[]} */ frames) => thread.postMessage(frames) };
    thread.on('message', (/** @type {'ping' | Uint8Array[]} */ message) => {
      if (message === 'ping') thread.postMessage('pong');
      else void this.handleShellMessage(reply, ...message.map((frame) => Buffer.from(frame)));
    });
  }

  /**
   * @param {Sender} to
   * @param {Message} request
   * @param {string} type
   * @param {Record<string, unknown>} content
   */
  answer(to, request, type, content) {
    const message = request.createReply();
    message.header.msg_type = type;
    message.content = content;
    message.signAndSend(this.connInfo.key, to);
  }

  /**
   * @param {Message} request
   * @param {string} type
   * @param {Record<string, unknown>} content
   */
  publish(request, type, content) {
    this.answer(this.iopub, request, type, content);
  }

  /**
   * JupyterLab passes over the states that belong to a kernel_info_request, and would call a new kernel's state unknown
   * until a cell has run; and one of a completion while a cell computes would end that cell's. Both are followed by the
   * kernel's own, which belongs to no request.
   * @override
   * @param {'busy' | 'idle'} state
   * @param {Message} request
   */
  publishStatus(state, request) {
    super.publishStatus(state, request);
    if (state === 'busy' || (this.unfinished === 0 && request.header.msg_type !== 'kernel_info_request')) return;
    const message = request.createReply();
    message.header.msg_type = 'status';
    message.parent = {};
    message.content = { execution_state: this.unfinished > 0 ? 'busy' : 'idle' };
    message.signAndSend(this.connInfo.key, this.iopub);
  }

  /**
   * Sends the text and displays of the running code to the cell that `request` started; also what comes after the
   * cell's end, until the next one runs.
   * @param {Message} request
   */
  captureOutput(request) {
    const output = cellOutput((type, content) => this.publish(request, type, content));
    this.output = output;
    output.capture();
    jupyter.lastWriteDisplayData = (/** @type {Record<string, unknown>} */ data, /** @type {boolean} */ update) => {
      output.flush();
      this.publish(request, update ? 'update_display_data' : 'display_data', data);
    };
  }

  /**
   * @param {Message} request
   * @param {number} arrived
   * @returns {Promise<Record<string, unknown>>} the reply
   */
  async runCell(request, arrived) {
    const { code, stop_on_error: stopOnError = true } = request.content;
    const queuedBehindFailure =
      arrived <= this.failedAt + ABORT_WINDOW && Date.parse(request.header.date) <= this.failedAt;
    if (queuedBehindFailure) return { status: 'aborted', execution_count: this.count };
    this.output.flush();
    this.captureOutput(request);
    this.count++;
    this.publish(request, 'execute_input', { code, execution_count: this.count });
    // A cell starts from the event loop, not from a socket's callback, which would not survive a forced interrupt.
    await new Promise((resolve) => setImmediate(resolve));
    const failure = await this.cells.run(String(code), this.count).catch(ownFailure);
    this.output.end();
    this.output.flush();
    if (failure === undefined) {
      return { status: 'ok', execution_count: this.count, user_expressions: {}, payload: [] };
    }
    if (stopOnError !== false) this.failedAt = Date.now();
    this.publish(request, 'error', failure);
    return { status: 'error', execution_count: this.count, ...failure };
  }

  /**
   * @override
   * @param {Sender} to
   * @param {Message} request
   */
  async handleExecute(to, request) {
    const arrived = Date.now();
    this.unfinished++;
    const run = this.queue.then(() => this.runCell(request, arrived));
    this.queue = run.catch(() => {});
    try {
      this.answer(to, request, 'execute_reply', await run);
    } finally {
      this.unfinished--;
    }
    setImmediate(() => this.cells.afterCell());
  }

  /**
   * @override
   * @param {Sender} to
   * @param {Message} request
   */
  handleShutdown(to, request) {
    this.answer(to, request, 'shutdown_reply', { status: 'ok', restart: request.content.restart === true });
  }

  /**
   * @override
   * @param {Sender} to
   * @param {Message} request
   */
  handleKernelInfo(to, request) {
    const { language_info, ...rest } = this.handler.handleKernel();
    const language = { ...language_info, version: versions.typescript, pygments_lexer: 'typescript' };
    this.answer(to, request, 'kernel_info_reply', { status: 'ok', ...rest, language_info: language });
  }

  /**
   * @override
   * @param {Sender} to
   * @param {Message} request
   */
  handleCommInfoRequest(to, request) {
    this.answer(to, request, 'comm_info_reply', { status: 'ok', comms: {} });
  }

  /**
   * @override
   * @param {Sender} to
   * @param {Message} request
   */
  handleInspect(to, request) {
    const { code, position } = cursor(request.content);
    const data = this.handler.executor.inspect(code, position);
    this.answer(to, request, 'inspect_reply', {
      status: 'ok',
      found: data !== undefined,
      data: data ?? {},
      metadata: {},
    });
  }

  /**
   * @override
   * @param {Sender} to
   * @param {Message} request
   */
  handleComplete(to, request) {
    const { code, position } = cursor(request.content);
    const found = this.handler.executor.complete(code, position);
    const [start, end] = [found.start, found.end].map((index) => [...code.slice(0, index)].length);
    this.answer(to, request, 'complete_reply', {
      status: 'ok',
      matches: found.matches.map(({ text }) => text),
      ...{ cursor_start: start, cursor_end: end },
      // The kinds, which JupyterLab shows, are in the protocol only as this experiment.
      metadata: { _jupyter_types_experimental: found.matches.map((match) => ({ ...match, start, end })) },
    });
  }

  /**
   * @override
   * @param {Sender} to
   * @param {Buffer[]} frames
   */
  async handleShellMessage(to, ...frames) {
    if (!ANSWERED.has(messageType(frames))) return;
    try {
      await super.handleShellMessage(to, ...frames);
    } catch (error) {
      // A compiler that stumbles over half a line of text to complete is no matter for the running cell.
      this.log(`infossl kernel: ${error instanceof Error ? error.stack : error}\n`);
    }
  }

  /**
   * Called by tslab after the reply to a shutdown. Whatever still runs must not keep the process alive; the control
   * thread, which still has to send that reply, sees to the end if this one does not come to it.
   * @override
   */
  close() {
    super.close();
    this.thread?.once('exit', () => process.exit(0));
    this.thread?.postMessage('close');
  }
}

module.exports = { KernelServer, jupyter };
