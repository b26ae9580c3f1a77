import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { BookFile } from './bookFigure';
import { pageHtml, uniqueIds } from './bookFrame';
import { indexPage } from './bookIndex';
import { notebookPages } from './bookNotebook';
import type { BookPage } from './bookPage';
import { type Notebook, outputsOf, readNotebook } from './notebookFile';
import { plotlySource } from './plotlySource';
import { replaceFolder, restoreFolder } from './replaceFolder';
import type { Scale } from './scale';
import { type Verdict, verdictMimeType } from './verdict';

export interface BookOptions {
  /** The project's folder. */
  readonly root: string;
  readonly scale: Scale;
  /** The folder of executed notebooks, which become pages, in the order of their names. */
  readonly notebooks: string;
  /** The folder that they were run from: one that is there no more is left out. Default: all are taken. */
  readonly sources?: string;
  /** The book's folder; replaced as a whole when the new book is complete. */
  readonly output: string;
  /** Further pages, after the notebooks. Default: none. */
  readonly pages?: readonly BookPage[];
  /** The most bytes that it may have. Default 25 MB. */
  readonly limit?: number;
}

export interface Book {
  /** The path of its first page. */
  readonly index: string;
  readonly pages: number;
  readonly bytes: number;
  /** One line for each thing that a reader will miss: an equation that could not be set, a notebook that cannot be read. */
  readonly problems: readonly string[];
}

/**
 * Makes the static book: a first page with the table of verdicts, one page a notebook, and others that are given. It opens from the
 * disk without a network: Plotly, the equations' fonts, each figure's data (CSV) and picture (PNG) lie beside the pages.
 *
 * @throws if two pages have one name, Python fails, or the book is larger than `limit` (it says what is large); the last good book
 *   then stays
 */
export function buildBook(options: BookOptions): Book {
  const { root, scale, notebooks, sources, output, pages = [], limit = 25e6 } = options;
  restoreFolder(output);
  const { read, problems: unread } = readNotebooks(notebooks, sources);
  requireOwnNames(['index', ...read.keys(), ...pages.map(({ name }) => name)]);
  const { pages: undated, files, problems } = notebookPages(root, scale, read);
  const chapters = undated.map((page) => ({ ...page, run: dayOf(join(notebooks, `${page.name}.ipynb`)) }));
  const judged = chapters.map((page) => ({
    page,
    verdicts: outputsOf<Verdict>(read.get(page.name)!, verdictMimeType),
  }));
  const all = withoutDeadLinks([indexPage(judged, scale), ...chapters, ...pages]);
  const made = new Date().toISOString().slice(0, 10);
  const written: BookFile[] = [
    ...all.map((page) => ({ path: `${page.name}.html`, content: pageHtml(page, { pages: all, scale, made }) })),
    ...files,
    ...assets(root),
    { path: 'assets/search.js', content: searchScript(all) },
  ];
  const bytes = written.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  if (bytes > limit) throw new Error(tooLarge(bytes, limit, written));
  const temporary = `${output}.${process.pid}.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  try {
    for (const { path, content } of written) {
      mkdirSync(dirname(join(temporary, path)), { recursive: true });
      writeFileSync(join(temporary, path), content);
    }
    replaceFolder(temporary, output);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return { index: join(output, 'index.html'), pages: all.length, bytes, problems: [...unread, ...problems] };
}

/** The notebooks by their names, in that order, and a line for each that is left out though it was run. */
function readNotebooks(folder: string, sources?: string) {
  const read = new Map<string, Notebook>();
  const problems: string[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.ipynb') || (sources !== undefined && !existsSync(join(sources, file)))) continue;
    try {
      requirePageName(basename(file, '.ipynb'));
      read.set(basename(file, '.ipynb'), readNotebook(join(folder, file)));
    } catch (error) {
      problems.push(`${file} is left out: ${(error as Error).message}`);
    }
  }
  return { read, problems };
}

function dayOf(file: string): string {
  return statSync(file).mtime.toISOString().slice(0, 10);
}

/** The pages without their links to pages that are not among them, such as to a notebook that has not been run. */
function withoutDeadLinks(pages: readonly BookPage[]): BookPage[] {
  const names = new Set(pages.map(({ name }) => name));
  const link = /<a href="([\w.-]+)\.html(?:#[^"]*)?"[^>]*>([\s\S]*?)<\/a>/g;
  const kept = (whole: string, name: string, text: string) => (names.has(name) ? whole : text);
  return pages.map((page) => ({ ...page, html: page.html.replace(link, kept) }));
}

function requirePageName(name: string): void {
  if (!/^[\w.-]+$/.test(name)) {
    throw new Error(`buildBook: expected a page's name of letters, digits and dashes, got "${name}"; rename it`);
  }
}

function requireOwnNames(names: readonly string[]): void {
  for (const [i, name] of names.entries()) {
    requirePageName(name);
    if (names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) < i) {
      throw new Error(`buildBook: expected pages of different names, got "${name}" twice; rename one`);
    }
  }
}

function assets(root: string): BookFile[] {
  const own = (file: string) => readFileSync(join(root, 'lib', 'workbook', file));
  const katex = join(root, 'node_modules', 'katex', 'dist');
  // Every browser of the last years reads woff2.
  const css = readFileSync(join(katex, 'katex.min.css'), 'utf8').replace(
    /,url\([^)]*\.(?:woff|ttf)\) format\("[^"]*"\)/g,
    '',
  );
  const fonts = readdirSync(join(katex, 'fonts')).filter((file) => file.endsWith('.woff2'));
  return [
    { path: 'assets/book.css', content: own('book.css') },
    { path: 'assets/book.js', content: own('bookScript.js') },
    { path: 'assets/katex.css', content: css },
    { path: 'assets/plotly.js', content: plotlySource() },
    ...fonts.map((file) => ({ path: `assets/fonts/${file}`, content: readFileSync(join(katex, 'fonts', file)) })),
  ];
}

/** Every heading and every name that a page adds, as [name, address, summary]; a script, for a page from the disk fetches no JSON. */
function searchScript(pages: readonly BookPage[]): string {
  const entries = pages.flatMap((page) => [
    [page.title, `${page.name}.html`, ''],
    ...(page.entries ?? []).map(({ name, id, summary = '' }) => [
      name,
      `${page.name}.html#${id}`,
      summary || page.title,
    ]),
    ...uniqueIds(page.html)
      .headings.filter(({ level, id }) => level > 1 && !page.entries?.some((entry) => entry.id === id))
      .map(({ id, text }) => [text, `${page.name}.html#${id}`, page.title]),
  ]);
  return `window.bookEntries = ${JSON.stringify(entries)};\n`;
}

/** Which pages, with their figures' data and pictures, make a book too large. */
function tooLarge(bytes: number, limit: number, written: readonly BookFile[]): string {
  const mb = (count: number) => `${(count / 1e6).toFixed(count < 1e6 ? 2 : 1)} MB`;
  const parts = new Map<string, number>();
  for (const { path, content } of written) {
    const figures = /^figures\/(.*)/.exec(path)?.[1];
    const isOf = (page: string, prefix: string) => page.endsWith('.html') && figures?.startsWith(`${prefix}-`);
    const page =
      written.find(({ path: other }) => isOf(other, basename(other, '.html'))) ??
      written.find(({ path: other }) => isOf(other, other.slice(0, 2)));
    const part = page?.path ?? (path.startsWith('assets/') ? 'Plotly, equations and style' : path);
    parts.set(part, (parts.get(part) ?? 0) + Buffer.byteLength(content));
  }
  const largest = [...parts].sort(([, a], [, b]) => b - a).slice(0, 5);
  const named = largest.map(([part, own]) => `${part} (${mb(own)})`).join(', ');
  return `buildBook: expected a book of at most ${mb(limit)}, got ${mb(bytes)}. The largest, with their figures: ${named}. Draw fewer points or smaller pictures in that notebook`;
}
