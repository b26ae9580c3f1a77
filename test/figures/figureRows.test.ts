import { expect, test } from 'vitest';
import type { Figure, PlotlyValue } from '../../lib/figures/figure';
import { figureRows } from '../../lib/figures/figureRows';
import { examples } from './examples';

const rowsOf = async (name: string) => figureRows(await examples[name]!());

test('a line chart: its axes’ titles are the columns; a band is low and high for each x', () => {
  const figure: Figure = {
    data: [
      { type: 'scatter', name: 'a, interval', fill: 'toself', x: [1, 2, 2, 1], y: [0, 1, 5, 4] },
      { type: 'scatter', name: 'a', x: [1, 2], y: [2, null], error_y: { type: 'data', array: [0.1, 0.2] } },
    ],
    layout: { xaxis: { title: { text: 'step' } }, yaxis: { title: { text: '<b>loss</b><br>(nats)' } } },
  };
  const none = { 'loss; (nats)': null, low: null, high: null, error_y: null };
  expect(figureRows(figure)).toEqual([
    { ...none, series: 'a, interval', step: 1, low: 0, high: 4 },
    { ...none, series: 'a, interval', step: 2, low: 1, high: 5 },
    { ...none, series: 'a', step: 1, 'loss; (nats)': 2, error_y: 0.1 },
    { ...none, series: 'a', step: 2, error_y: 0.2 },
  ]);
});

test('a heatmap: a row for each cell; in an animation for each frame', () => {
  const figure: Figure = {
    data: [
      {
        type: 'heatmap',
        x: ['p', 'q'],
        y: [7, 8],
        z: [
          [1, 2],
          [3, 4],
        ],
      },
    ],
    layout: {},
    frames: [
      {
        name: 'first',
        data: [
          {
            type: 'heatmap',
            z: [
              [5, 6],
              [7, 8],
            ],
          },
        ],
      },
      {
        name: 'last',
        data: [
          {
            type: 'heatmap',
            z: [
              [1, 2],
              [3, 4],
            ],
          },
        ],
      },
    ],
  };
  expect(figureRows({ ...figure, frames: undefined })).toEqual([
    { x: 'p', y: 7, z: 1 },
    { x: 'q', y: 7, z: 2 },
    { x: 'p', y: 8, z: 3 },
    { x: 'q', y: 8, z: 4 },
  ]);
  expect(figureRows(figure)).toHaveLength(8);
  expect(figureRows(figure)[1]).toEqual({ frame: 'first', x: 'q', y: 7, z: 6 });
});

test('what a menu chooses among is there under each choice', () => {
  const menu = (buttons: readonly PlotlyValue[]) => ({ buttons });
  const figure: Figure = {
    data: [
      { type: 'scatter', name: 'a', x: [1], y: [10] },
      { type: 'scatter', name: 'b', x: [1], y: [20], visible: false },
    ],
    layout: {
      updatemenus: [
        menu([
          { label: 'loss', method: 'update', args: [{ visible: [true, false] }, {}] },
          { label: 'rank', method: 'update', args: [{ visible: [false, true] }, {}] },
        ]),
        menu([
          { label: 'now', method: 'restyle', args: [{ y: [[10], [20]] }] },
          { label: 'then', method: 'restyle', args: [{ y: [[11], [21]] }] },
        ]),
      ],
    },
  };
  expect(figureRows(figure)).toEqual([
    { choice: 'loss, now', series: 'a', x: 1, y: 10 },
    { choice: 'loss, then', series: 'a', x: 1, y: 11 },
    { choice: 'rank, now', series: 'b', x: 1, y: 20 },
    { choice: 'rank, then', series: 'b', x: 1, y: 21 },
  ]);
});

test('every kind of figure gives rows of the same columns, but pictures, which give none', async () => {
  for (const name of Object.keys(examples)) {
    const rows = await rowsOf(name);
    if (name === 'imageGrid') {
      expect(rows).toEqual([]);
      continue;
    }
    expect(rows.length, name).toBeGreaterThan(0);
    const columns = Object.keys(rows[0]!);
    for (const row of rows) expect(Object.keys(row), name).toEqual(columns);
    for (const column of columns)
      expect(
        rows.some((row) => row[column] !== null),
        `${name}: ${column}`,
      ).toBe(true);
  }
});

test('each row says what it is of: panel, ridge with its density, category', async () => {
  const multiples = await rowsOf('smallMultiples');
  expect(multiples[0]).toMatchObject({ panel: 'VICReg', series: 'invariance, interval' });
  expect(multiples[0]).not.toHaveProperty('axes');
  expect((await rowsOf('animatedScatter')).every(({ panel }) => typeof panel === 'string')).toBe(true);
  // Three quarters of the values over log10(2) decades.
  const ridges = await rowsOf('histogramRidgeline');
  expect(ridges[1]).toEqual({ panel: 'digits', series: 'pairwise', distance: 1, 'density per decade': 2.4914 });
  expect(ridges.at(-1)).toMatchObject({ panel: 'photographs', series: 'pairwise' });
  const trials = (await rowsOf('dotChart')).filter(({ series }) => series === 'linear, trials');
  expect(trials.map(({ category }) => category)).toEqual([...Array(3).fill('VICReg'), ...Array(3).fill('SimCLR')]);
});

test('a table gives its own rows, in the order shown', async () => {
  const [first] = await rowsOf('sortableTable');
  expect(Object.keys(first!)).not.toContain('series');
});
