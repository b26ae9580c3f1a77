import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { buildBook } from '../../lib/workbook/book';
import { findBrowser } from '../../lib/workbook/browser';
import { referencePages } from '../../lib/workbook/reference/referencePages';
import { writeNotebooks } from '../workbook/bookNotebooks';

const root = join(__dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'infossl-book-'));
const axe = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');

let browser: Browser;
let figures: string[];
/** What a page asked of a network, and its errors. */
const complaints: string[] = [];

beforeAll(async () => {
  const notebooks = join(folder, 'notebooks');
  figures = await writeNotebooks(notebooks);
  cpSync(join(root, 'notebooks', '05-diagonal-covariance.ipynb'), join(notebooks, '05-diagonal-covariance.ipynb'));
  const pages = referencePages(root).pages.filter(({ name }) => name === 'api-objectives');
  buildBook({ root, scale: 'quick', notebooks, output: join(folder, 'book'), pages });
  browser = await chromium.launch({ executablePath: findBrowser(), args: ['--no-sandbox', '--disable-gpu'] });
}, 240_000);

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

afterEach(() => {
  expect(complaints.splice(0)).toEqual([]);
});

const desk = { viewport: { width: 1300, height: 900 } } as const;
const phone = { viewport: { width: 375, height: 800 }, hasTouch: true, isMobile: true } as const;

async function open(name: string, options: BrowserContextOptions): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  page.on('request', (request) => {
    if (!/^(file|data|blob):/.test(request.url())) complaints.push(`asked for ${request.url()}`);
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(`file://${folder}/book/${name}.html`);
  return page;
}

/** The page's n-th figure, drawn. */
async function figure(page: Page, n: number) {
  const found = page.locator(`#figure-${n}`);
  await found.scrollIntoViewIfNeeded();
  await found.locator('.plot.drawn').waitFor({ timeout: 30_000 });
  return found;
}
const numberOf = (name: string) => figures.indexOf(name) + 1;

/** Breaches of WCAG 2.2 AA, and of good practice as axe has it. */
async function breaches(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const options = JSON.stringify({ runOnly: tags, resultTypes: ['violations'], preload: false });
  return (await page.evaluate(
    `axe.run(document, ${options}).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map((node) => id + ': ' + node.html.slice(0, 200))))`,
  )) as string[];
}

test('every kind of figure is drawn, with no network and no error', { timeout: 120_000 }, async () => {
  const page = await open('01-all', desk);
  for (const [i, name] of figures.entries()) {
    if (name === 'sortableTable') continue;
    const plot = (await figure(page, i + 1)).locator('.live');
    expect(await plot.locator('.main-svg').count(), name).toBeGreaterThan(0);
  }
  await page.context().close();
});

test('it meets WCAG AA by light and by night, on a desk and on a phone', { timeout: 180_000 }, async () => {
  const looks = [
    ['01-all', { ...desk, colorScheme: 'light' }],
    ['01-all', { ...phone, colorScheme: 'dark' }],
    ['index', { ...phone, colorScheme: 'dark' }],
    ['05-diagonal-covariance', { ...phone, colorScheme: 'light' }],
    ['api-objectives', { ...phone, colorScheme: 'dark' }],
  ] as const;
  for (const [name, options] of looks) {
    const page = await open(name, options);
    await page.evaluate('for (const folded of document.querySelectorAll("details")) folded.open = true');
    if (name === '01-all')
      for (const kind of ['lineChart', 'animatedScatter', 'selectableLineChart']) await figure(page, numberOf(kind));
    expect(await breaches(page), `${name} ${JSON.stringify(options)}`).toEqual([]);
    await page.context().close();
  }
});

test('on a phone nothing but a box of its own scrolls sideways, and a chart is redrawn to fit', {
  timeout: 90_000,
}, async () => {
  for (const name of ['index', '01-all', '05-diagonal-covariance', 'api-objectives']) {
    const page = await open(name, phone);
    await page.evaluate('for (const folded of document.querySelectorAll("details")) folded.open = true');
    if (name === '01-all') {
      const chart = (await figure(page, numberOf('lineChart'))).locator('.live');
      expect((await chart.boundingBox())!.width).toBeLessThanOrEqual(375);
      const legend = (await chart.locator('g.legend').boundingBox())!;
      const whole = (await chart.locator('.main-svg').first().boundingBox())!;
      expect(legend.y + legend.height).toBeLessThanOrEqual(whole.y + whole.height);
    }
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375);
    await page.context().close();
  }
});

test('a finger on a chart scrolls the page', { timeout: 60_000 }, async () => {
  const page = await open('01-all', phone);
  await figure(page, 1);
  const touched = `(() => {
    const target = document.querySelector('#figure-1 .nsewdrag');
    const touches = [new Touch({ identifier: 1, target, clientX: 100, clientY: 100 })];
    const event = new TouchEvent('touchstart', { bubbles: true, cancelable: true, touches, changedTouches: touches });
    target.dispatchEvent(event);
    return event.defaultPrevented;
  })()`;
  expect(await page.evaluate(touched)).toBe(false);
  await page.context().close();
});

test('by the keyboard: the text first, then code, a slider and a menu', { timeout: 90_000 }, async () => {
  const page = await open('01-all', desk);
  await page.keyboard.press('Tab');
  expect(await page.locator(':focus').textContent()).toBe('Skip to the text');
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement.id')).toBe('main');
  await page.keyboard.press('Tab');
  expect(await page.locator(':focus').textContent()).toBe('Show all code');
  await page.keyboard.press('Enter');
  expect(await page.locator('details.source:not([open])').count()).toBe(0);

  const animated = await figure(page, numberOf('animatedScatter'));
  const slider = animated.getByRole('slider');
  const drawn = () => animated.locator('.scatterlayer').first().innerHTML();
  const [last, before] = [await slider.getAttribute('aria-valuetext'), await drawn()];
  await slider.focus();
  await page.keyboard.press('Home');
  await expect.poll(() => slider.getAttribute('aria-valuenow')).toBe('0');
  expect(await slider.getAttribute('aria-valuetext')).not.toBe(last);
  await expect.poll(drawn).not.toBe(before);
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => slider.getAttribute('aria-valuenow')).toBe('1');

  const selectable = await figure(page, numberOf('selectableLineChart'));
  const menu = selectable.getByRole('button', { name: /^Choose/ }).first();
  const chosen = await menu.textContent();
  await menu.focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => page.locator('.updatemenu-dropdown-button:focus').count()).toBe(1);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect.poll(() => menu.textContent()).not.toBe(chosen);
  await page.context().close();
});

test('a dial that was turned stays there when the page is, with its own marks and no second provenance', {
  timeout: 90_000,
}, async () => {
  const page = await open('01-all', phone);
  const dial = await figure(page, numberOf('dial'));
  const slider = dial.getByRole('slider');
  const line = () => dial.locator('.scatterlayer .js-line').first().getAttribute('d');
  const seen = () => dial.locator('.live .main-svg').allTextContents();
  // Turned from wide to narrow, and from narrow to wide.
  for (const [key, value, narrow] of [
    ['Home', '1', false],
    ['End', '3', true],
  ] as const) {
    await page.setViewportSize({ width: narrow ? 375 : 1000, height: 800 });
    await expect.poll(async () => (await dial.locator('.live').boundingBox())!.width <= 375).toBe(narrow);
    const before = await line();
    await slider.focus();
    await page.keyboard.press(key);
    await expect.poll(() => slider.getAttribute('aria-valuetext')).toBe(value);
    await expect.poll(line).not.toBe(before);
    await page.setViewportSize({ width: narrow ? 1000 : 375, height: 800 });
    await expect.poll(async () => (await dial.locator('.live').boundingBox())!.width <= 375).toBe(!narrow);
    expect(await slider.getAttribute('aria-valuetext')).toBe(value);
    const shown = (await seen()).join(' ');
    expect(shown).toContain(`power ${value}`);
    expect(shown).toContain('at 2');
    expect(shown).not.toContain('GENERATED DATA');
  }
  await page.context().close();
});

test('search finds figures, headings and names, and leads there', { timeout: 60_000 }, async () => {
  const page = await open('index', desk);
  await page.getByRole('searchbox').fill('figure 3');
  const found = page.locator('#search a').first();
  await found.waitFor();
  await page.getByRole('searchbox').fill('a part');
  await page.locator('#search a', { hasText: 'A part' }).first().click();
  expect(page.url()).toMatch(/01-all\.html#a-part$/);
  await expect.poll(() => page.locator('.sections [aria-current]').textContent()).toBe('A part');
  await page.context().close();
});

test('a table sorts by its heads', { timeout: 60_000 }, async () => {
  const page = await open('01-all', desk);
  const table = page.locator('.sortable');
  const methods = () => table.locator('tbody td:first-child').allTextContents();
  await table.getByRole('button', { name: 'linear' }).click();
  expect(await methods()).toEqual(['A', 'B']);
  await table.getByRole('button', { name: 'linear' }).click();
  expect(await methods()).toEqual(['B', 'A']);
  expect(await table.locator('th').nth(1).getAttribute('aria-sort')).toBe('ascending');
  await table.getByRole('button', { name: 'method' }).click();
  expect(await methods()).toEqual(['A', 'B']);
  await page.context().close();
});

test('without JavaScript: pictures, code under its fold, equations', { timeout: 60_000 }, async () => {
  const page = await open('05-diagonal-covariance', { ...desk, javaScriptEnabled: false });
  const picture = page.locator('#figure-1 img');
  await picture.scrollIntoViewIfNeeded();
  expect((await picture.boundingBox())!.width).toBeGreaterThan(700);
  const source = page.locator('details.source').first();
  expect(await source.locator('pre').isVisible()).toBe(false);
  await source.locator('summary').click();
  expect(await source.locator('pre').isVisible()).toBe(true);
  expect(await page.locator('.katex-html').first().isVisible()).toBe(true);
  expect(await page.locator('nav a').first().isVisible()).toBe(true);
  await page.context().close();
});

test('printed, a figure is its picture', { timeout: 60_000 }, async () => {
  const page = await open('05-diagonal-covariance', desk);
  const first = await figure(page, 1);
  expect(await first.locator('img').isVisible()).toBe(false);
  await page.emulateMedia({ media: 'print' });
  expect(await first.locator('img').isVisible()).toBe(true);
  expect(await first.locator('.live').isVisible()).toBe(false);
  expect(await page.locator('.side').isVisible()).toBe(false);
  await page.context().close();
});
