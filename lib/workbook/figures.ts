import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeWhole } from '../datasets/writeWhole';
import { buildBook } from './book';
import { notebookText, readNotebook } from './notebookFile';
import { formatNotebook } from './notebookFormat';
import { NotebookProgress } from './notebookProgress';
import { durationText } from './progress';
import { writeReadmePicture } from './readmePicture';
import { referencePages } from './reference/referencePages';
import { runNotebook } from './runNotebook';
import type { Scale } from './scale';
import { defaultJobs, inSchedule } from './schedule';
import { addStaticPictures, exportFigures, filePrefix } from './staticPictures';
import { TerminalLines } from './terminalLines';

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
  /** How many notebooks run at once; default `defaultJobs`. The results do not depend on it. */
  readonly jobs?: number;
  readonly signal?: AbortSignal;
}

/** The notebooks of the folder whose names begin so; all if none is named. */
export function chooseNotebooks(folder: string, only: readonly string[]): string[] {
  const all = readdirSync(folder)
    .filter((file) => /^\d\d-.*\.ipynb$/.test(file))
    .sort();
  const unknown = only.filter((name) => !all.some((file) => file.startsWith(name)));
  if (unknown.length > 0) {
    throw new Error(`--only: no notebook begins with ${unknown.join(', ')}; there are ${all.join(', ')}`);
  }
  return only.length === 0 ? all : all.filter((file) => only.some((name) => file.startsWith(name)));
}

interface Settled {
  readonly file: string;
  readonly ok: boolean;
  readonly seconds: number;
}

/**
 * Runs the notebooks, up to `jobs` at once, writes the executed ones and their figures, and makes the book of all that have been
 * executed at this scale. Every output replaces the last good one only when it is whole: a notebook that fails (it is kept
 * beside, with the ending .failed) or an interrupt leaves what was there. One that fails does not stop the others.
 *
 * @returns whether every notebook ran, and the book was made
 * @throws if an option is impossible, or if aborted
 */
export async function makeFigures(options: FiguresOptions): Promise<boolean> {
  const { notebooks: sources, data, jobs = defaultJobs(), signal } = options;
  const executed = join(data, 'notebooks', options.scale);
  const pictures = join(data, 'figures', options.scale);
  for (const folder of [executed, pictures]) mkdirSync(folder, { recursive: true });
  const start = Date.now();
  const files = chooseNotebooks(sources, options.only);
  const settled: Settled[] = [];
  const lines = new TerminalLines();
  const settle = async (file: string, place: number) => {
    const progress = new NotebookProgress(`[${place}/${files.length}] ${file}`, lines);
    const ok = await makeOne(file, { ...options, executed, figures: pictures, began: new Date(start) }, progress).catch(
      (error: Error) => {
        progress.break(signal?.aborted ? 'interrupted' : `FAILED: ${error.message}`);
        return false;
      },
    );
    settled.push({ file, ok, seconds: progress.seconds });
  };
  await inSchedule(files, jobs, settle, signal);
  if (signal?.aborted) {
    throw new Error('interrupted: what was made before is as it was, and trainings go on where they stopped');
  }
  console.log(`Executed notebooks: ${executed}${options.pictures ? `; figures: ${pictures}` : ''}`);
  console.log(timesText(settled, (Date.now() - start) / 1000, jobs));
  const made = makeBook(options, executed);
  const failed = settled.filter(({ ok }) => !ok).map(({ file }) => file);
  if (failed.length > 0) console.error(`Failed: ${failed.sort().join(', ')}`);
  return made && failed.length === 0;
}

/** Makes the book and tells what it lacks; whether there is a new one. After an hour of runs nothing of it is thrown. */
function makeBook({ root, scale, notebooks: sources, data }: FiguresOptions, executed: string): boolean {
  const problems: string[] = [];
  const reference = () => {
    try {
      return referencePages(root);
    } catch (error) {
      return { pages: [], problems: [`without the API reference: ${(error as Error).message}`] };
    }
  };
  try {
    const { pages, problems: missing } = reference();
    const output = join(data, 'book', scale);
    const book = buildBook({ root, scale, notebooks: executed, sources, output, pages });
    problems.push(...book.problems, ...missing);
    console.log(`The book: ${book.index} (${(book.bytes / 1e6).toFixed(1)} MB, ${book.pages} pages)`);
    return true;
  } catch (error) {
    problems.push(`not made, the last one stays: ${(error as Error).message}`);
    return false;
  } finally {
    for (const problem of problems) console.error(`The book: ${problem}`);
  }
}

/** Each notebook's time and the whole one. */
function timesText(settled: readonly Settled[], seconds: number, jobs: number): string {
  const width = Math.max(...settled.map(({ file }) => file.length));
  const rows = [...settled].sort((a, b) => a.file.localeCompare(b.file));
  const each = rows.map(
    (row) => `  ${row.file.padEnd(width)}  ${durationText(row.seconds)}${row.ok ? '' : ', failed'}`,
  );
  const atOnce = jobs > 1 && settled.length > 1 ? `, up to ${jobs} notebooks at once` : '';
  return ['Times:', ...each, `  in all ${durationText(seconds)}${atOnce}`].join('\n');
}

interface OneNotebook extends FiguresOptions {
  /** Where the executed notebook goes. */
  readonly executed: string;
  /** Where its figures go. */
  readonly figures: string;
  readonly began: Date;
}

/** Runs one notebook and puts it in its place; whether every cell of it ran. */
async function makeOne(file: string, options: OneNotebook, progress: NotebookProgress): Promise<boolean> {
  const { root, scale, timeout, signal, executed } = options;
  const source = join(options.notebooks, file);
  const output = join(executed, `${file}.${process.pid}.tmp`);
  try {
    const failure = await runNotebook({
      ...{ root, notebook: source, output, scale, timeout, signal },
      fresh: options.fresh ? options.began.toISOString() : undefined,
      onEvent: (event) => progress.show(event),
    });
    if (failure) {
      progress.fail(failure);
      // What stopped the cell, such as a full disk, may have kept the executed notebook from being written.
      if (existsSync(output)) renameSync(output, join(executed, `${file}.failed`));
      return false;
    }
    writeFileSync(output, notebookText(formatNotebook(readNotebook(output), file)));
    if (options.pictures) await addPictures(output, file, options, progress);
    signal?.throwIfAborted();
    renameSync(output, join(executed, file));
    rmSync(join(executed, `${file}.failed`), { force: true });
    if (options.write) {
      await writeWhole(source, readFileSync(join(executed, file)));
      await writeReadmePicture(source);
    }
    progress.done();
    return true;
  } finally {
    rmSync(output, { force: true });
  }
}

async function addPictures(
  path: string,
  file: string,
  options: OneNotebook,
  progress: NotebookProgress,
): Promise<void> {
  const { figures: pictures, notebooks: sources } = options;
  const notebook = readNotebook(path);
  try {
    progress.say('drawing the figures');
    const pictured = await addStaticPictures(notebook);
    writeFileSync(path, notebookText(formatNotebook(pictured, file)));
    const names = chooseNotebooks(sources, []).map((name) => basename(name, '.ipynb'));
    await exportFigures(notebook, pictures, filePrefix(basename(file, '.ipynb'), names));
  } catch (error) {
    // The pictures are beside the point where there is no browser: the notebook and the book hold the live figures.
    if (!/^findBrowser:/.test((error as Error).message)) throw error;
    progress.warn(`no static pictures: ${(error as Error).message.replace(/^findBrowser: /, '')}`);
  }
}
