import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildBook } from './book';
import { notebookText, readNotebook } from './notebookFile';
import { NotebookProgress } from './notebookProgress';
import { runNotebook } from './runNotebook';
import type { Scale } from './scale';
import { addStaticPictures, exportFigures } from './staticPictures';

export interface FiguresOptions {
  /** The project's folder: the kernel's working directory. */
  readonly root: string;
  /** The folder of the notebooks to run. */
  readonly notebooks: string;
  /** Below it go notebooks/<scale>, figures/<scale> and book/<scale>. */
  readonly data: string;
  readonly scale: Scale;
  /** Beginnings of the notebooks' names; empty: all of them. */
  readonly only: readonly string[];
  /** Train again what was cached before now. */
  readonly fresh: boolean;
  /** Seconds that one cell may take. */
  readonly timeout: number;
  /** Also write the executed notebooks over the ones that were run. */
  readonly write: boolean;
  /** Draw PNG and SVG, if there is a browser. */
  readonly pictures: boolean;
  readonly signal?: AbortSignal;
}

function chooseNotebooks(folder: string, only: readonly string[]): string[] {
  const all = readdirSync(folder)
    .filter((file) => /^\d\d-.*\.ipynb$/.test(file))
    .sort();
  const unknown = only.filter((name) => !all.some((file) => file.startsWith(name)));
  if (unknown.length > 0) {
    throw new Error(`--only: no notebook begins with ${unknown.join(', ')}; there are ${all.join(', ')}`);
  }
  const chosen = only.length === 0 ? all : all.filter((file) => only.some((name) => file.startsWith(name)));
  // The first notebook shows the verdicts of the others, so it runs last.
  return [...chosen.filter((file) => !file.startsWith('00')), ...chosen.filter((file) => file.startsWith('00'))];
}

/**
 * Runs the notebooks one after another, writes the executed ones and their figures, and makes the book of all that have been
 * executed at this scale. Every output replaces the last good one only when it is whole: a notebook that fails (it is kept
 * beside, with the ending .failed) or an interrupt leaves what was there.
 *
 * @returns whether every notebook ran
 * @throws if an option is impossible, if aborted, or if Python or the browser fails
 */
export async function makeFigures(options: FiguresOptions): Promise<boolean> {
  const { root, notebooks: sources, data, signal } = options;
  const executed = join(data, 'notebooks', options.scale);
  const pictures = join(data, 'figures', options.scale);
  for (const folder of [executed, pictures]) mkdirSync(folder, { recursive: true });
  const began = new Date().toISOString();
  const files = chooseNotebooks(sources, options.only);
  const failed: string[] = [];
  for (const [i, file] of files.entries()) {
    signal?.throwIfAborted();
    const progress = new NotebookProgress(`[${i + 1}/${files.length}] ${file}`);
    const output = join(executed, `${file}.${process.pid}.tmp`);
    try {
      const failure = await runNotebook({
        root,
        notebook: join(sources, file),
        output,
        scale: options.scale,
        fresh: options.fresh ? began : undefined,
        timeout: options.timeout,
        onEvent: (event) => progress.show(event),
        signal,
      });
      if (failure) {
        failed.push(file);
        renameSync(output, join(executed, `${file}.failed`));
        progress.fail(failure);
        continue;
      }
      if (options.pictures) await addPictures(output, pictures, file, progress);
      signal?.throwIfAborted();
      renameSync(output, join(executed, file));
      rmSync(join(executed, `${file}.failed`), { force: true });
      if (options.write) writeCommitted(join(executed, file), join(sources, file));
      progress.done();
    } finally {
      rmSync(output, { force: true });
    }
  }
  const book = buildBook({
    root,
    scale: options.scale,
    notebooks: executed,
    output: join(data, 'book', options.scale),
  });
  for (const problem of book.problems) console.error(`The book: ${problem}`);
  console.log(`The book: ${book.index} (${(book.bytes / 1e6).toFixed(1)} MB, ${book.pages} pages)`);
  console.log(`Executed notebooks: ${executed}${options.pictures ? `; figures: ${pictures}` : ''}`);
  if (failed.length > 0) console.error(`Failed: ${failed.join(', ')}`);
  return failed.length === 0;
}

async function addPictures(path: string, pictures: string, file: string, progress: NotebookProgress): Promise<void> {
  const notebook = readNotebook(path);
  try {
    progress.say('drawing the figures');
    const pictured = await addStaticPictures(notebook);
    writeFileSync(path, notebookText(pictured));
    await exportFigures(notebook, pictures, file.slice(0, 2));
  } catch (error) {
    // The pictures are beside the point where there is no browser: the notebook and the book hold the live figures.
    if (!/^findBrowser:/.test((error as Error).message)) throw error;
    progress.warn(`no static pictures: ${(error as Error).message.replace(/^findBrowser: /, '')}`);
  }
}

function writeCommitted(executed: string, committed: string): void {
  const temporary = `${committed}.${process.pid}.tmp`;
  cpSync(executed, temporary);
  renameSync(temporary, committed);
}
