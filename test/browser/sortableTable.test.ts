import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { findBrowser } from '../../lib/workbook/browser';
import { showSortable } from '../../lib/workbook/showSortable';
import { pretendKernel } from '../workbook/kernel';

// A committed notebook as a user opens it: never run on this machine, so not trusted, and JupyterLab removes scripts from HTML.
const root = join(__dirname, '..', '..');
const folder = join(root, 'data', `table-test-${process.pid}`);
const pictures = process.env.INFOSSL_SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'infossl-screenshots-'));

function notebook(): string {
  const kernel = pretendKernel();
  showSortable(
    [
      { method: 'VICReg', linear: { value: 9.5, text: '9.5 ± 0.2' }, rank: 3 },
      { method: 'SimCLR', linear: { value: 10.25, text: '10.3 ± 0.1' }, rank: null },
      { method: 'BYOL', linear: { value: 40, text: '40.0 ± 0.1' }, rank: 1 },
    ],
    { title: 'A table', scale: 'smoke', data: 'made', real: false, seeds: [0], samples: 3, sortBy: 'linear' },
  );
  kernel.stop();
  const { data } = kernel.sent[0]!;
  const outputs = [{ output_type: 'display_data', data, metadata: {} }];
  const cell = { cell_type: 'code', id: 'table', metadata: {}, source: '', outputs, execution_count: 1 };
  const kernelspec = { name: 'infossl', display_name: 'infossl (TypeScript)', language: 'typescript' };
  return JSON.stringify({ cells: [cell], metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

let lab: ChildProcess;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  const home = join(folder, 'jupyter');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(folder, 'table.ipynb'), notebook());
  const port = await freePort();
  const options = ['--no-browser', `--port=${port}`, '--IdentityProvider.token=secret', '--allow-root'];
  const places = ['CONFIG_DIR', 'DATA_DIR', 'RUNTIME_DIR'].map((name) => [`JUPYTER_${name}`, home]);
  lab = spawn(process.execPath, [join(root, 'lib', 'setup', 'run.mjs'), 'start', ...options], {
    cwd: root,
    env: { ...process.env, ...Object.fromEntries(places), JUPYTERLAB_WORKSPACES_DIR: home },
    detached: true,
  });
  let log = '';
  for (const stream of [lab.stdout!, lab.stderr!]) stream.on('data', (chunk) => (log += chunk));
  await vi.waitFor(() => expect(log).toMatch(/http:\/\/127\.0\.0\.1/), { timeout: 60_000, interval: 200 });
  browser = await chromium.launch({ executablePath: findBrowser(), args: ['--no-sandbox', '--disable-gpu'] });
  page = await browser.newPage({ viewport: { width: 1300, height: 700 } });
  await page.goto(`http://127.0.0.1:${port}/lab/tree/data/table-test-${process.pid}/table.ipynb?token=secret`);
  await page.locator('.js-plotly-plot .updatemenu-button').nth(2).waitFor({ timeout: 90_000 });
}, 240_000);

afterAll(async () => {
  await browser?.close();
  if (lab?.pid && lab.exitCode === null) {
    const ended = once(lab, 'exit');
    process.kill(-lab.pid, 'SIGTERM');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** The texts of the columns, from the top. */
async function shown(): Promise<string[][]> {
  const columns = await page.locator('.js-plotly-plot .scatterlayer .trace').all();
  return Promise.all(
    columns.map(async (column) => {
      const texts = await Promise.all(
        (await column.locator('text').all()).map(async (text) => ({
          text: (await text.textContent()) ?? '',
          y: (await text.boundingBox())?.y ?? Number.POSITIVE_INFINITY,
        })),
      );
      return texts.sort((a, b) => a.y - b.y).map(({ text }) => text);
    }),
  );
}

test('in a notebook that was only opened, a click on a head sorts, the next one turns the order', {
  timeout: 60_000,
}, async () => {
  const click = async (column: number) => {
    await page.locator('.js-plotly-plot .updatemenu-button').nth(column).click();
    await page.waitForTimeout(300);
  };
  const methods = async () => (await shown())[0];
  expect((await shown()).slice(0, 2)).toEqual([
    ['BYOL', 'SimCLR', 'VICReg'],
    ['40.0 ± 0.1', '10.3 ± 0.1', '9.5 ± 0.2'],
  ]);
  await page.screenshot({ path: join(pictures, 'table.png') });
  await click(1);
  expect(await methods()).toEqual(['VICReg', 'SimCLR', 'BYOL']);
  await click(2);
  expect(await methods()).toEqual(['VICReg', 'BYOL', 'SimCLR']);
  await click(0);
  expect(await methods()).toEqual(['BYOL', 'SimCLR', 'VICReg']);
  await page.screenshot({ path: join(pictures, 'table-sorted.png') });
});
