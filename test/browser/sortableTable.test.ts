import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { showSortable } from '../../lib/workbook/showSortable';
import { pretendKernel } from '../workbook/kernel';
import { type Lab, type NotebookPage, startLab } from './lab';

// A committed notebook as a user opens it: never run on this machine, so not trusted, and JupyterLab removes scripts from HTML.
const name = `table-test-${process.pid}`;

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

let lab: Lab;
let page: Page;
let notebookPage: NotebookPage;

beforeAll(async () => {
  lab = await startLab(name, { 'table.ipynb': notebook() });
  notebookPage = await lab.open('table.ipynb');
  page = notebookPage.page;
  await page.locator('.js-plotly-plot .updatemenu-button').nth(2).waitFor({ timeout: 90_000 });
}, 300_000);
afterAll(() => lab?.stop(), 60_000);

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
  await notebookPage.picture('table');
  await click(1);
  expect(await methods()).toEqual(['VICReg', 'SimCLR', 'BYOL']);
  await click(2);
  expect(await methods()).toEqual(['VICReg', 'BYOL', 'SimCLR']);
  await click(0);
  expect(await methods()).toEqual(['BYOL', 'SimCLR', 'VICReg']);
  await notebookPage.picture('table-sorted');
});
