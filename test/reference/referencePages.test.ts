import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as infossl from '../../lib/index';
import { pageHtml } from '../../lib/workbook/bookFrame';
import { parseDocstring, summary } from '../../lib/workbook/reference/docstring';
import { importLines } from '../../lib/workbook/reference/importLines';
import { referencePages } from '../../lib/workbook/reference/referencePages';
import { invalidHtml } from '../workbook/validHtml';
import { difference } from './statedValue';

const root = join(__dirname, '..', '..');

describe('the pages', () => {
  const { pages, problems } = referencePages(root);
  const html = new Map(pages.map((page) => [`${page.name}.html`, page.html]));
  const ids = (text: string) => [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);

  test('every equation can be set', () => {
    expect(problems).toEqual([]);
  });

  test('every name that can be called has its heading, and an example', () => {
    const all = pages.map((page) => page.html).join('\n');
    const missing = Object.keys(infossl).filter((name) => !all.includes(`<h2 id="${name}"><code>${name}</code></h2>`));
    expect(missing).toEqual([]);
    expect(all.match(/<h3>Examples?<\/h3>/g)?.length).toBe(Object.keys(infossl).length);
  });

  test('ids are their own, and every link leads to one', () => {
    for (const text of html.values()) expect(new Set(ids(text)).size).toBe(ids(text).length);
    const broken = [...html].flatMap(([page, text]) =>
      [...text.matchAll(/href="([^":]+)"/g)]
        .map(([, link]) => link!.split('#') as [string, string?])
        .filter(([file, id]) => !html.has(file) || (id !== undefined && !ids(html.get(file)!).includes(id)))
        .map((link) => `${page}: ${link.join('#')}`),
    );
    expect(broken).toEqual([]);
  });

  test('a page of it in the book is valid HTML', () => {
    const page = pages.find(({ name }) => name === 'api-objectives')!;
    expect(invalidHtml(pageHtml(page, { pages, scale: 'smoke', made: '2026-01-01' }))).toEqual([]);
  });

  test('an entry tells signature, parameters, defaults, fields, errors, source and example, with links', () => {
    const page = html.get('api-information.html')!;
    const entry = page.slice(
      page.indexOf('<h2 id="logDet">'),
      page.indexOf('</section>', page.indexOf('<h2 id="logDet">')),
    );
    for (const part of ['<h3>Parameters</h3>', '<h3>Throws</h3>', '<h3>Example</h3>', 'lib/information/logDet.ts']) {
      expect(entry).toContain(part);
    }
    expect(entry).toContain('<a href="api-information.html#LogDetOptions">LogDetOptions</a>');
    expect(entry).toContain('<code>beta?</code> = <code>1</code>');
    expect(entry).toContain('https://arxiv.org/abs/2105.03705');
    expect(page).toContain('<section class="entry" id="LogDetOptions">');
  });
});

describe('a docstring', () => {
  test('is read by its tags, and code keeps its indentation', () => {
    const doc = parseDocstring(
      '/**\n * Says it.\n * On two lines.\n *\n * @param a, b Two numbers.\n * @throws If not.\n * @example\n * f(1, {\n *   b: 2,\n * }); // 3\n */',
    );
    expect(doc).toEqual({
      description: 'Says it.\nOn two lines.',
      parameters: [{ names: ['a', 'b'], text: 'Two numbers.' }],
      returns: undefined,
      throws: ['If not.'],
      examples: ['f(1, {\n  b: 2,\n}); // 3'],
    });
  });

  test('an unknown tag is an error that names it', () => {
    expect(() => parseDocstring('/** @since 1 */')).toThrow('@since');
  });

  test('its summary is the first sentence, not the first full stop', () => {
    expect(summary('By Zhouyin et al. 2021, e.g. here. More.')).toBe('By Zhouyin et al. 2021, e.g. here.');
    expect(summary('Of lib/a.ts\nand b')).toBe('Of lib/a.ts and b');
  });
});

test('an example imports the public names that it uses, not its own', () => {
  const names = new Set(['tf', 'mean', 'vicreg', 'key']);
  expect(importLines('const mean = tf.ones([2]).mean();\nvicreg({ key: mean });', names)).toBe(
    "import { tf, vicreg } from './lib/index';",
  );
  expect(importLines('1 + 1;', names)).toBe('');
});

describe('a stated result', () => {
  test.each<[unknown, string]>([
    [2.23607, '2.2361'],
    [3.00001, '3'],
    [1.2e-7, '1.2e-7'],
    [Float32Array.of(1, 2), '[1, 2]'],
    [{ a: 1, b: 2 }, '{ a: 1 }'],
    ['text', "'text'"],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ])('%o agrees with %s', (value, comment) => {
    expect(difference(value, comment)).toBeUndefined();
  });

  test.each<[unknown, string]>([
    [2.2362, '2.2361'],
    [3.01, '3'],
    [[1, 2, 3], '[1, 2]'],
    [{ a: 1 }, '{ a: 1, b: 2 }'],
    ['text', "'texts'"],
    [0, 'NaN'],
    [0, 'about nothing'],
    [undefined, 'null'],
  ])('%o differs from %s', (value, comment) => {
    expect(difference(value, comment)).toBeDefined();
  });
});
