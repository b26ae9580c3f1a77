import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Scale } from './scale';

export type NotebookEvent =
  | { readonly event: 'start'; readonly cells: number }
  | { readonly event: 'cell'; readonly index: number; readonly source: string }
  | { readonly event: 'progress'; readonly text: string }
  | { readonly event: 'error'; readonly index: number; readonly source: string; readonly message: string }
  | { readonly event: 'done' };

export interface NotebookRun {
  readonly root: string;
  readonly notebook: string;
  /** Where the executed notebook goes, after an error too. */
  readonly output: string;
  readonly scale: Scale;
  /** When given (ISO 8601), runs older than that are trained again. */
  readonly fresh?: string;
  /** Seconds that one cell may take. */
  readonly timeout: number;
  readonly onEvent: (event: NotebookEvent) => void;
  readonly signal?: AbortSignal;
}

export interface NotebookFailure {
  /** The code cell's number, from 1. */
  readonly index: number;
  readonly source: string;
  readonly message: string;
}

/**
 * Executes one notebook headless, in the workbook's kernel, by nbclient.
 *
 * @returns undefined if every cell ran, else which one failed and why
 * @throws if Python cannot be started or the run is aborted
 */
export function runNotebook(run: NotebookRun): Promise<NotebookFailure | undefined> {
  const runtime = join(run.root, 'data', '.jupyter');
  mkdirSync(runtime, { recursive: true });
  const script = join(run.root, 'lib', 'workbook', 'execute.py');
  const child = spawn(
    join(run.root, '.venv', 'bin', 'python'),
    [script, run.notebook, run.output, '--root', run.root, '--timeout', String(run.timeout)],
    {
      cwd: run.root,
      env: {
        ...process.env,
        INFOSSL_SCALE: run.scale,
        INFOSSL_FRESH: run.fresh ?? '',
        JUPYTER_PREFER_ENV_PATH: '1',
        JUPYTER_RUNTIME_DIR: runtime,
        PYTHONUNBUFFERED: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const abort = () => child.kill('SIGTERM');
  run.signal?.addEventListener('abort', abort);
  let failure: NotebookFailure | undefined;
  let errors = '';
  let pending = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (pending + chunk.toString()).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines.filter((text) => text.startsWith('{"event"'))) {
      const event = JSON.parse(line) as NotebookEvent;
      if (event.event === 'error') failure = event;
      run.onEvent(event);
    }
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4000);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      run.signal?.removeEventListener('abort', abort);
      if (run.signal?.aborted) reject(new Error(`${run.notebook}: interrupted`));
      else if (code === 0 || failure) resolve(failure);
      else {
        const said = errors.trim();
        const stopped = said.includes('\n') || said === '' ? `nbclient stopped with exit code ${code}:\n${said}` : said;
        reject(new Error(`${run.notebook}: ${stopped}`));
      }
    });
  });
}
