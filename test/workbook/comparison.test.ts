import { expect, test } from 'vitest';
import type { TrainingEvent } from '../../lib/training/train';
import { comparisonFigure, curveRows, runCurves } from '../../lib/workbook/comparisonFigure';
import { summarize, summaryRows } from '../../lib/workbook/comparisonTable';

const event = (step: number, steps: number, loss: number) =>
  ({
    step,
    steps,
    terms: { loss },
    embeddingRank: 4,
    embeddingEntropy: 20 - step,
    normalizedStd: 0.5,
    online: { loss: 1, accuracy: 0.1 },
  }) as unknown as TrainingEvent;
const history = (steps: number, loss: (step: number) => number) =>
  Array.from({ length: steps }, (_, i) => event(i + 1, steps, loss(i + 1)));

test('curves are means over equal stretches, then over the seeds that are there, with their range', () => {
  const runs = [runCurves('A', 0, 8), runCurves('A', 1, 8)];
  for (const step of history(80, (step) => step)) runs[0]!.add(step);
  for (const step of history(80, (step) => step + 10).slice(0, 3)) runs[1]!.add(step);
  const rows = curveRows(runs).filter(({ series }) => series === 'loss');
  expect(rows).toHaveLength(40);
  expect(rows[0]).toEqual({ panel: 'A: loss', series: 'loss', x: 2, y: 6.5, low: 1.5, high: 11.5 });
  // Of the second stretch the other seed has one step only.
  expect(rows[1]).toEqual({ panel: 'A: loss', series: 'loss', x: 4, y: 8.25, low: 3.5, high: 13 });
  expect(rows[2]).toEqual({ panel: 'A: loss', series: 'loss', x: 6, y: 5.5 });
  const { data, layout } = comparisonFigure(runs, {
    ...{ methods: ['A', 'B'], scale: 'smoke', data: 'made', real: false, seeds: [0, 1] },
  });
  const heads = JSON.stringify(layout.annotations);
  for (const head of ['A: loss', 'A: entropy', 'A: shares', 'B: shares</b><br>not yet']) expect(heads).toContain(head);
  const lines = data.filter(({ mode }) => mode === 'lines+markers');
  expect(lines.map(({ name, yaxis, y }) => [name, yaxis, (y as number[])[0]])).toEqual([
    ['loss', 'y', 6.5],
    ['LogDet, nats', 'y2', 18.5],
    ['probe', 'y3', 0.1],
    ['rank', 'y3', 0.5],
    ['spread', 'y3', 0.5],
  ]);
  const range = (axis: number) => (layout[`yaxis${axis}`] as { range?: number[] }).range;
  // Entropies in one range, from 0 to a little above the highest mean of a stretch; shares up to 1.
  expect(range(2)).toEqual(range(5));
  expect(range(2)![1]).toBeGreaterThan(18.5);
  expect([range(3), range(6)]).toEqual([
    [0, 1.05],
    [0, 1.05],
  ]);
});

test('a long comparison holds and draws as many points as a short one', () => {
  const run = runCurves('A', 0, 8);
  for (let step = 1; step <= 30_000; step++) run.add(event(step, 30_000, step === 2 ? Number.NaN : step));
  const loss = run.points().filter(({ series }) => series === 'loss');
  expect(loss).toHaveLength(40);
  // The mean of 1, 3, 4, … 750: the step without a number does not count.
  expect(loss[0]).toMatchObject({ end: 750, last: 750, value: (375 * 751 - 2) / 749 });
});

const rows = [
  { method: 'A', seed: 1, linear: 0.5, rankMe: 3 },
  { method: 'B', seed: 0, linear: 0.3 },
  { method: 'A', seed: 0, linear: 0.4, rankMe: 3 },
  { method: 'A', seed: 2, error: 'diverged' },
  { method: 'C', seed: 0, error: 'diverged' },
];

test('a summary is the mean over the seeds that did not fail, with Student’s interval', () => {
  const [a, b, c] = summarize(rows, 'linear');
  // s = 0.0707, s/√2 = 0.05, t₁ = 12.7062.
  expect(a!.trials).toEqual([0.4, 0.5]);
  expect([a!.value, ...a!.interval!]).toMatchNumbers([0.45, 0.45 - 0.63531, 0.45 + 0.63531], { rtol: 1e-4 });
  expect([b!.value, b!.interval, c]).toEqual([0.3, null, undefined]);
});

test('the table says mean ± half the interval, and how many seeds it rests on', () => {
  expect(summaryRows(rows)).toEqual([
    {
      method: 'A',
      'linear %': { value: 0.45, text: '45.0 ± 63.5' },
      RankMe: { value: 3, text: '3.0 ± 0.0' },
      seeds: 2,
    },
    { method: 'B', 'linear %': { value: 0.3, text: '30.0' }, RankMe: null, seeds: 1 },
    { method: 'C', 'linear %': null, RankMe: null, seeds: 0 },
  ]);
});
