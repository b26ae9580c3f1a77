import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { projectRoot } from '../../lib/datasets/projectRoot';
import { dataFrame, exportCsv, toCsv } from '../../lib/workbook/dataFrame';
import { showSortable } from '../../lib/workbook/showSortable';
import { pretendKernel } from './kernel';

const name = `csv-test-${process.pid}`;
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(join(projectRoot(), 'data', 'figures', 'smoke', `${name}.csv`), { force: true });
});

const rows = [
  { method: 'VICReg', seed: 0, linear: 0.1 + 0.2 },
  { method: 'SimCLR', seed: 0, linear: 0.5, note: 'failed, "NaN"\nat step 3' },
  { method: 'VICReg', seed: 1, linear: 0.4 },
];

test('rows become a frame that groups and sorts as pandas’ does', () => {
  const frame = dataFrame(rows);
  expect(frame.shape).toEqual([3, 4]);
  expect(frame.columns).toEqual(['method', 'seed', 'linear', 'note']);
  const means = frame.groupby(['method']).col(['linear']).mean();
  expect(means.values).toEqual([
    ['VICReg', (0.1 + 0.2 + 0.4) / 2],
    ['SimCLR', 0.5],
  ]);
  expect(() => dataFrame([])).toThrow('dataFrame: expected at least one row with a column, got none');
});

test('CSV quotes what would break it, and keeps every digit', () => {
  expect(toCsv(dataFrame(rows))).toBe(
    'method,seed,linear,note\nVICReg,0,0.30000000000000004,\nSimCLR,0,0.5,"failed, ""NaN""\nat step 3"\nVICReg,1,0.4,\n',
  );
});

test('exportCsv writes beside the figures and says where, from the project’s folder', async () => {
  vi.stubEnv('INFOSSL_SCALE', 'smoke');
  const path = await exportCsv(rows, name);
  expect(path).toBe(`data/figures/smoke/${name}.csv`);
  expect(readFileSync(join(projectRoot(), path), 'utf8')).toBe(toCsv(dataFrame(rows)));
  await expect(exportCsv(rows, '../elsewhere')).rejects.toThrow('expected a name of letters, digits, dots and dashes');
});

test('showSortable shows a figure that sorts, and the same order as plain tables', () => {
  const kernel = pretendKernel();
  const provenance = { title: 'T', scale: 'smoke', data: 'made', real: false, seeds: [0], samples: 2 };
  showSortable(
    [
      { method: 'VICReg', linear: { value: 0.4, text: '40 ± 1' } },
      { method: 'SimCLR', linear: 0.5 },
      { method: 'BYOL' },
    ],
    { ...provenance, sortBy: 'linear' },
  );
  kernel.stop();
  const data = kernel.sent[0]!.data as Record<string, string>;
  expect(Object.keys(data)).toEqual(['application/vnd.plotly.v1+json', 'text/plain', 'text/html', 'text/markdown']);
  expect(data['text/plain']).toBe('method  linear\nSimCLR  0.5\nVICReg  40 ± 1\nBYOL');
  expect(data['text/html']).toContain('<td style="text-align: left">40 ± 1</td>');
});
