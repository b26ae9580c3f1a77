import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Book, type BookOptions, buildBook } from '../../lib/workbook/book';
import { untitled } from '../../lib/workbook/bookFigure';
import { uniqueIds } from '../../lib/workbook/bookFrame';
import { replaceFolder } from '../../lib/workbook/replaceFolder';
import { examples } from '../figures/examples';
import { writeNotebooks } from './bookNotebooks';
import { invalidHtml } from './validHtml';

const root = join(__dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'infossl-book-'));
const [notebooks, output] = [join(folder, 'notebooks'), join(folder, 'book')];
const options: BookOptions = { root, scale: 'smoke', notebooks, output };
const api = {
  ...{ name: 'api-objectives', title: 'objectives', section: 'API' as const },
  html: '<h1>objectives</h1>\n<h2 id="vicreg">vicreg</h2>\n<p>A loss.</p>',
  entries: [{ name: 'vicreg', id: 'vicreg', summary: 'A loss' }],
};
let book: Book;
let figures: string[];
const page = (name: string) => readFileSync(join(output, `${name}.html`), 'utf8');

beforeAll(async () => {
  figures = await writeNotebooks(notebooks);
  book = buildBook({ ...options, pages: [api] });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** The pages of a book, by their names. */
const pagesOf = (folder: string) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.html'))
    .map((file) => [file, readFileSync(join(folder, file), 'utf8')] as const);

function expectLinked(folder: string): void {
  for (const [file, html] of pagesOf(folder)) {
    for (const [, address] of html.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
      expect(address).not.toMatch(/^(\w+:)?\/\//);
      const [path, id] = address!.split('#');
      if (path) expect(existsSync(join(folder, path)), `${file}: ${address}`).toBe(true);
      if (id) expect(path ? readFileSync(join(folder, path), 'utf8') : html).toContain(`id="${id}"`);
    }
  }
}

test('every page is valid HTML', () => {
  for (const [file, html] of pagesOf(output)) expect(invalidHtml(html), file).toEqual([]);
});

test('every link leads to a file or a place that is there, and none to a network', () => {
  expectLinked(output);
});

test('a notebook of the project: valid, every link leads somewhere, every equation is set', () => {
  const own = mkdtempSync(join(folder, 'own-'));
  cpSync(join(root, 'notebooks', '05-diagonal-covariance.ipynb'), join(own, '05-diagonal-covariance.ipynb'));
  const made = buildBook({ ...options, notebooks: own, output: join(own, 'book') });
  expect(made.problems).toEqual([]);
  for (const [file, html] of pagesOf(join(own, 'book'))) expect(invalidHtml(html), file).toEqual([]);
  expectLinked(join(own, 'book'));
  rmSync(own, { recursive: true });
});

test('its size is what lies there, equations have MathML, fonts are woff2, and a broken equation is named', () => {
  const files = readdirSync(output, { recursive: true, withFileTypes: true, encoding: 'utf8' }).filter((file) =>
    file.isFile(),
  );
  const bytes = files.reduce(
    (sum, file) => sum + readFileSync(join(file.parentPath ?? file.path, file.name)).length,
    0,
  );
  expect(book).toMatchObject({ index: join(output, 'index.html'), pages: 4, bytes });
  expect(book.problems).toEqual([
    expect.stringMatching(/^01-all, cell 8: \$\\nonsense\{1\}\$: .*Undefined control sequence/),
  ]);
  expect(page('01-all')).toMatch(/<math .*<annotation encoding="application\/x-tex">\\sum_i x_i &lt; 1<\/annotation>/s);
  expect(page('01-all')).toContain('<code class="broken">\\nonsense{1}</code>');
  const css = readFileSync(join(output, 'assets', 'katex.css'), 'utf8');
  for (const [, font] of css.matchAll(/url\(([^)]*)\)/g)) expect(existsSync(join(output, 'assets', font!))).toBe(true);
  expect(css).not.toMatch(/\.(woff|ttf)\)/);
});

test('each figure has its data, the command that makes it, its reading, and its picture where one was drawn', () => {
  const html = page('01-all');
  expect([...html.matchAll(/<figure class="figure"/g)]).toHaveLength(figures.length);
  const parts = html
    .split('<figure ')
    .slice(1)
    .map((part) => part.slice(0, part.indexOf('</figure>')));
  for (const [i, part] of parts.entries()) {
    expect(part).toContain('<code>npm run figures -- --only 01 --scale smoke</code>');
    const reading = /aria-describedby="([^"]*)"/.exec(part)![1];
    expect(html).toContain(`id="${reading}">\n<p><strong>Reading it.</strong> What ${figures[i]} shows.`);
    const csv = /href="(figures\/[^"]*\.csv)"/.exec(part)?.[1];
    expect(part.includes('no CSV: its data are pictures')).toBe(csv === undefined);
    if (figures[i] === 'imageGrid') expect(csv).toBeUndefined();
    else expect(readFileSync(join(output, csv!), 'utf8').split('\n').length).toBeGreaterThan(2);
    expect(/href="figures\/[^"]*\.png"/.test(part)).toBe(i === 0);
    if (i > 0) expect(part).toContain('no PNG');
  }
  expect(html).toMatch(/Generated data<\/strong>/);
  expect(readdirSync(join(output, 'figures'))).toContain('01-1-an-example.png');
});

test('the caption says the provenance, so no setting of a dial draws it again', async () => {
  const { layout, frames } = untitled(await examples.dial!());
  for (const own of [layout, ...frames!.map((frame) => frame.layout!)]) {
    const texts = (own.annotations as readonly { readonly text: string }[]).map(({ text }) => text);
    expect(texts).toEqual(['at 2']);
  }
});

test('a cell is folded under the line it begins with; an error begins with its message; a long print is cut', () => {
  const html = page('01-all');
  expect(html).toContain('<summary>Code, 3 lines: <code>const squares: number[] = [1, 4];</code></summary>');
  expect(html).toContain('<strong>This cell fails on purpose.</strong>');
  expect(html).toContain('<p><strong>Error</strong> out of &lt;flour&gt;</p><pre>  in cell [3], line 1</pre>');
  expect(html).toContain('line 99\n… 4,800 lines left out …\nline 4900');
  expect(html).toContain('<p class="progress">trained in 3 s</p>');
  expect(html).toContain('<a href="02-text.html">the other</a>');
  expect(html).toMatch(/class="verdict holds".*Squares &lt;grow&gt;.*2 to 4/s);
});

test('headings of one name have ids of their own, and are the navigation of their page', () => {
  const html = page('01-all');
  expect([...html.matchAll(/<h2 id="([^"]*)"/g)].map(([, id]) => id)).toEqual(['a-part', 'a-part-2']);
  expect(html).toMatch(
    /<a href="01-all.html" aria-current="page">01 · All of it<\/a>\n<ul class="sections">\n<li class="level-2"><a href="#a-part">/,
  );
  expect(uniqueIds('<p id="a"></p><h2 id="a">x</h2><h2 id="a">y</h2>').headings.map(({ id }) => id)).toEqual([
    'a-2',
    'a-3',
  ]);
  expect(page('02-text')).toContain('<h1>02-text</h1>');
  // The frame's own: search, and the text that one skips to.
  expect(uniqueIds('<h2 id="main">x</h2><h2 id="search">y</h2>').headings.map(({ id }) => id)).toEqual([
    'main-2',
    'search-2',
  ]);
});

test('given pages stand in their own part of the navigation and are found by the search', () => {
  expect(page('02-text')).toContain(
    '<p class="section">API</p>\n<ul>\n<li><a href="api-objectives.html">objectives</a></li>',
  );
  expect(page('02-text')).toMatch(/rel="next"><span class="note">Next<\/span> objectives/);
  const search = readFileSync(join(output, 'assets', 'search.js'), 'utf8');
  const entries = JSON.parse(search.slice(search.indexOf('['), search.lastIndexOf(']') + 1)) as string[][];
  expect(entries).toContainEqual(['vicreg', 'api-objectives.html#vicreg', 'A loss']);
  expect(entries).toContainEqual(['A part', '01-all.html#a-part', '01 · All of it']);
  expect(entries.filter(([, address]) => address === 'api-objectives.html#vicreg')).toHaveLength(1);
  expect(entries.map(([name]) => name)).toContain('\\alpha and a broken one \\nonsense{1}');
});

test('the first page counts the verdicts and links their notebooks', () => {
  expect(page('index')).toContain('Of 1 claims at scale smoke: <strong>1</strong> hold.');
  expect(page('index')).toMatch(/Squares &lt;grow&gt;.*growth: 3.*2 to 4.*holds at scale smoke/s);
});

test('what cannot be made leaves the last good book, and says why', () => {
  const before = page('index');
  expect(() => buildBook({ ...options, limit: 1e6 })).toThrow(
    /at most 1\.0 MB, got .* MB\. The largest, with their figures: Plotly.*01-all\.html/,
  );
  expect(() => buildBook({ ...options, pages: [{ ...api, name: '01-ALL' }] })).toThrow(
    /different names, got "01-ALL" twice/,
  );
  expect(() => buildBook({ ...options, pages: [{ ...api, name: '../x' }] })).toThrow(/page's name of letters/);
  expect(page('index')).toBe(before);
  expect(readdirSync(folder).sort()).toEqual(['book', 'notebooks']);
  expect(() => replaceFolder(join(folder, 'not made'), output)).toThrow(/ENOENT/);
  expect(page('index')).toBe(before);
  // As a process leaves it that was killed between the two renames.
  renameSync(output, `${output}.last`);
  expect(() => buildBook({ ...options, limit: 1e6 })).toThrow(/at most/);
  expect(page('index')).toBe(before);
  expect(readdirSync(folder).sort()).toEqual(['book', 'notebooks']);
});

test('one notebook that cannot be read, or named, is told and left out; one that is no more is left out', () => {
  const other = { ...options, notebooks: join(folder, 'some'), output: join(folder, 'book of some') };
  const sources = join(folder, 'sources');
  cpSync(notebooks, other.notebooks, { recursive: true });
  mkdirSync(sources);
  const link = {
    cell_type: 'markdown',
    id: 'a',
    metadata: {},
    source: '# Mine\n\n[all](01-all.ipynb#a), [text](02-text.ipynb)',
  };
  writeFileSync(
    join(other.notebooks, '02-mine.ipynb'),
    JSON.stringify({ cells: [link], metadata: {}, nbformat: 4, nbformat_minor: 5 }),
  );
  writeFileSync(join(other.notebooks, '03-broken.ipynb'), '{"cells": [');
  writeFileSync(join(other.notebooks, '04 four.ipynb'), '{"cells": []}');
  for (const name of ['02-text', '02-mine', '03-broken', '04 four']) writeFileSync(join(sources, `${name}.ipynb`), '');
  utimesSync(join(other.notebooks, '02-mine.ipynb'), 1e9, 1e9);
  const { pages, problems } = buildBook({ ...other, sources });
  expect(pages).toBe(3);
  expect(problems).toEqual([
    expect.stringMatching(/^03-broken\.ipynb is left out: .* is not a notebook/),
    expect.stringMatching(/^04 four\.ipynb is left out: .*rename it/),
  ]);
  const mine = readFileSync(join(other.output, '02-mine.html'), 'utf8');
  expect(mine).toContain('<p>all, <a href="02-text.html">text</a></p>');
  expect(mine).toContain('Notebook run on 2001-09-09.');
  for (const path of [other.notebooks, other.output, sources]) rmSync(path, { recursive: true });
});

test('notebooks of one number have figures of their own', () => {
  const [one] = [...readdirSync(join(output, 'figures'))].filter((file) => file.endsWith('.png'));
  expect(one).toMatch(/^01-1-/);
  const twins = mkdtempSync(join(folder, 'twins-'));
  for (const name of ['01-all', '01-mine']) cpSync(join(notebooks, '01-all.ipynb'), join(twins, `${name}.ipynb`));
  const { index } = buildBook({ ...options, notebooks: twins, output: join(twins, 'book') });
  const pictures = readdirSync(join(twins, 'book', 'figures')).filter((file) => file.endsWith('.png'));
  expect(pictures).toEqual(['01-all-1-an-example.png', '01-mine-1-an-example.png']);
  const mine = readFileSync(join(index, '..', '01-mine.html'), 'utf8');
  expect(mine).toContain('href="figures/01-mine-1-an-example.png"');
  expect(mine).toContain('npm run figures -- --only 01-mine --scale smoke');
  rmSync(twins, { recursive: true });
});

test('without notebooks it is a first page that says so', () => {
  const empty = join(folder, 'empty');
  writeFileSync(join(folder, 'none.txt'), '');
  const own = mkdtempSync(join(folder, 'none-'));
  const made = buildBook({ ...options, notebooks: own, output: empty });
  expect(made.pages).toBe(1);
  expect(readFileSync(made.index, 'utf8')).toContain('None of these notebooks has come to a verdict yet.');
});
