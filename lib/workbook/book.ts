import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { BookFile } from './bookFigure';
import { pageHtml, uniqueIds } from './bookFrame';
import { indexPage } from './bookIndex';
import { notebookPages } from './bookNotebook';
import type { BookPage } from './bookPage';
import { outputsOf, readNotebook } from './notebookFile';
import { plotlySource } from './plotlySource';
import type { Scale } from './scale';
import { type Verdict, verdictMimeType } from './verdict';

export interface BookOptions {
  /** The project's folder. */
  readonly root: string;
  readonly scale: Scale;
  /** The folder of executed notebooks; all of them become pages, in the order of their names. */
  readonly notebooks: string;
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
  /** One line for each thing that a reader will miss, such as an equation that could not be set. */
  readonly problems: readonly string[];
}

/**
 * Makes the static book: a first page with the table of verdicts, one page a notebook, and others that are given. It opens from the
 * disk without a network: Plotly, the equations' fonts, each figure's data (CSV) and picture (PNG) lie beside the pages.
 *
 * @throws if a notebook cannot be read, two pages have one name, Python fails, or the book is larger than `limit` (it says what is
 *   large); the last good book then stays
 */
export function buildBook({ root, scale, notebooks, output, pages = [], limit = 25e6 }: BookOptions): Book {
  const read = new Map(
    readdirSync(notebooks)
      .filter((file) => file.endsWith('.ipynb'))
      .sort()
      .map((file) => [basename(file, '.ipynb'), readNotebook(join(notebooks, file))]),
  );
  requireOwnNames(['index', ...read.keys(), ...pages.map(({ name }) => name)]);
  const { pages: chapters, files, problems } = notebookPages(root, scale, read);
  const judged = chapters.map((page) => ({
    page,
    verdicts: outputsOf<Verdict>(read.get(page.name)!, verdictMimeType),
  }));
  const all = [indexPage(judged, scale), ...chapters, ...pages];
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
    if (existsSync(output)) renameSync(output, `${temporary}.last`);
    renameSync(temporary, output);
  } finally {
    for (const folder of [temporary, `${temporary}.last`]) rmSync(folder, { recursive: true, force: true });
  }
  return { index: join(output, 'index.html'), pages: all.length, bytes, problems };
}

function requireOwnNames(names: readonly string[]): void {
  for (const [i, name] of names.entries()) {
    if (!/^[\w.-]+$/.test(name)) {
      throw new Error(`buildBook: expected a page's name of letters, digits and dashes, got "${name}"`);
    }
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
    const figures = /^figures\/(\d\d)-/.exec(path);
    const page = figures && written.find(({ path: other }) => other.startsWith(`${figures[1]}-`))?.path;
    const part = page ?? (path.startsWith('assets/') ? 'Plotly, equations and style' : path);
    parts.set(part, (parts.get(part) ?? 0) + Buffer.byteLength(content));
  }
  const largest = [...parts].sort(([, a], [, b]) => b - a).slice(0, 5);
  const named = largest.map(([part, own]) => `${part} (${mb(own)})`).join(', ');
  return `buildBook: expected a book of at most ${mb(limit)}, got ${mb(bytes)}. The largest, with their figures: ${named}. Draw fewer points or smaller pictures in that notebook`;
}
