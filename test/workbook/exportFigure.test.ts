import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Figure } from '../../lib/figures/figure';
import { findBrowser } from '../../lib/workbook/browser';
import { figureBundle, plotlyMime } from '../../lib/workbook/display';
import { exportFigure, type FigureRenderer, openRenderer } from '../../lib/workbook/exportFigure';
import type { Notebook } from '../../lib/workbook/notebookFile';
import { addStaticPictures, exportFigures } from '../../lib/workbook/staticPictures';
import { examples } from '../figures/examples';
import { hasBrowser } from './hasBrowser';

const folder = mkdtempSync(join(tmpdir(), 'infossl-export-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('findBrowser', () => {
  test('takes INFOSSL_CHROMIUM, and says if it names nothing', () => {
    const path = join(folder, 'my-browser');
    writeFileSync(path, '', { mode: 0o755 });
    expect(findBrowser({ INFOSSL_CHROMIUM: path, PATH: '' })).toBe(path);
    expect(() => findBrowser({ INFOSSL_CHROMIUM: join(folder, 'none') })).toThrow(/INFOSSL_CHROMIUM names .*none/);
  });

  test('searches PATH in its order of names, skipping what cannot be run', () => {
    writeFileSync(join(folder, 'chromium'), '', { mode: 0o644 });
    writeFileSync(join(folder, 'google-chrome'), '', { mode: 0o755 });
    expect(findBrowser({ PATH: folder })).toBe(join(folder, 'google-chrome'));
  });

  test.skipIf(process.platform === 'darwin')('none: one sentence that says what to install', () => {
    expect(() => findBrowser({ PATH: join(folder, 'empty') })).toThrow(
      /found none\. Install it \(Debian: apt-get install chromium/,
    );
  });
});

describe.skipIf(!hasBrowser())('with the system’s browser', () => {
  let renderer: FigureRenderer;
  beforeAll(async () => {
    renderer = await openRenderer();
  });
  afterAll(() => renderer.close());

  test.each(Object.keys(examples))(
    '%s becomes a PNG of twice its size, below 150 kB, that is not blank',
    async (kind) => {
      const figure = await examples[kind]!();
      const path = join(folder, 'made', `${kind}.png`);
      await exportFigure(figure, path, renderer);
      const { width, height } = await sharp(path).metadata();
      expect([width, height]).toEqual([Number(figure.layout.width) * 2, Number(figure.layout.height) * 2]);
      expect(readFileSync(path).length).toBeLessThan(150_000);
      const { channels } = await sharp(path).stats();
      expect(channels[0]!.stdev).toBeGreaterThan(5);
      expect(readdirSync(join(folder, 'made')).filter((file) => file.endsWith('.tmp'))).toEqual([]);
    },
  );

  test('no text of a figure is outside its page', async () => {
    const browser = await chromium.launch({ executablePath: findBrowser() });
    try {
      const page = await browser.newPage();
      for (const kind of Object.keys(examples)) {
        const figure = await examples[kind]!();
        const svg = (await renderer.render(figure, 'svg')).toString();
        await page.setContent(`<body style="margin: 0">${svg}</body>`);
        const outside = (await page.evaluate(`[...document.querySelectorAll('text')].filter((text) => {
          const box = text.getBoundingClientRect();
          return box.width > 0 && (box.left < 0 || box.top < 0 || box.right > ${figure.layout.width} || box.bottom > ${figure.layout.height});
        }).map((text) => text.textContent)`)) as string[];
        expect(outside, kind).toEqual([]);
      }
    } finally {
      await browser.close();
    }
  });

  test('two at once are each drawn as themselves', async () => {
    const figures = await Promise.all([examples.heatmap!(), examples.scatterChart!()]);
    const apart: Buffer[] = [];
    for (const figure of figures) apart.push(await renderer.render(figure, 'png'));
    const together = await Promise.all(figures.map((figure) => renderer.render(figure, 'png')));
    expect(together.map((png, i) => png.equals(apart[i]!))).toEqual([true, true]);
  });

  test('an SVG holds its text as text', async () => {
    const path = join(folder, 'figure.svg');
    await exportFigure(await examples.lineChart!(), path, renderer);
    const svg = readFileSync(path, 'utf8');
    expect(svg).toMatch(/^<svg/);
    expect(svg).toContain('GENERATED DATA');
    expect(svg).toContain('noise scale σ');
  });

  test('an HTML page draws the figure with no network', async () => {
    const path = join(folder, 'figure.html');
    const hostile = await examples.scatterChart!();
    const figure: Figure = { ...hostile, layout: { ...hostile.layout, meta: { title: '</title></script><b>' } } };
    await exportFigure(figure, path);
    const browser = await chromium.launch({ executablePath: findBrowser() });
    try {
      const page = await browser.newPage();
      const requests: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      await page.goto(`file://${path}`);
      await page.waitForSelector('.plot-container .scatterlayer .point');
      expect(requests.filter((url) => !/^(file|data|blob):/.test(url))).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  test('a notebook gets a PNG beside each figure, and nothing else changes', async () => {
    const figure = await examples.heatmap!();
    const text = { output_type: 'stream', name: 'stdout', text: 'hello' };
    const output = { output_type: 'display_data', data: { ...figureBundle(figure) }, metadata: {} };
    const cell = { id: 'a', cell_type: 'code' as const, source: 'show()', metadata: {} };
    const notebook: Notebook = {
      cells: [
        { ...cell, cell_type: 'markdown' },
        { ...cell, outputs: [text, output] },
      ],
      metadata: { kernelspec: { name: 'infossl' } },
    };
    const before = JSON.stringify(notebook);
    const pictured = await addStaticPictures(notebook, renderer);
    const { data } = pictured.cells[1]!.outputs![1]!;
    const png = Buffer.from(String(data!['image/png']), 'base64');
    expect((await sharp(png).metadata()).format).toBe('png');
    expect(Object.keys(data!)).toEqual([plotlyMime, 'text/plain', 'image/png']);
    expect(JSON.stringify(notebook)).toBe(before);
    const { 'image/png': _, ...rest } = data!;
    const unpictured = {
      ...pictured,
      cells: [pictured.cells[0], { ...cell, outputs: [text, { ...output, data: rest }] }],
    };
    expect(unpictured).toEqual(notebook);
    const paths = await exportFigures(notebook, join(folder, 'book'), '05', renderer);
    expect(paths.map((path) => path.slice(folder.length + 1))).toEqual([
      'book/05-1-an-example.png',
      'book/05-1-an-example.svg',
    ]);
    expect(paths.every((path) => existsSync(path))).toBe(true);
  });
});

test('a notebook without figures needs no browser', async () => {
  const notebook: Notebook = { cells: [], metadata: {} };
  expect(await addStaticPictures(notebook)).toBe(notebook);
});

test('an unknown ending is refused', async () => {
  await expect(exportFigure({ data: [], layout: {} }, join(folder, 'figure.pdf'))).rejects.toThrow(
    /\.png, \.svg or \.html/,
  );
});
