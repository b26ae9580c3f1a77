import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { key } from '../../lib/engine/random';
import { concordance, resampledConcordance } from '../../lib/statistics/concordance';
import { ranks, resampledRanks } from '../../lib/statistics/correlation';
import { correlationSummary } from '../../lib/statistics/correlationSummary';
import { granulatedKendall } from '../../lib/statistics/granulatedKendall';
import { withinGroupCorrelation } from '../../lib/statistics/withinGroupCorrelation';
import { expectNoLeak } from '../matchers';

type Three = Record<'pearson' | 'spearman' | 'kendall', number>;

/** Golden values of test/golden/correlationSummary.py. */
const golden: {
  grid: [number, number, number][];
  x: number[];
  tied: number[];
  y: number[];
  overall: Three;
  within: Three;
  tiedWithin: Three;
  granulated: { axes: number[]; psi: number };
  pearsonInterval: [number, number];
} = JSON.parse(readFileSync(join(__dirname, '../golden/correlationSummary.json'), 'utf8'));

const { x, y, tied } = golden;
const labels = golden.grid.map(([count]) => count);
const settings = golden.grid.map(([count, width, rate]) => ({ count, width, rate }));
const methods = ['pearson', 'spearman', 'kendall'] as const;
const exact = { rtol: 1e-12, atol: 1e-12 };

describe('within groups', () => {
  test.each(methods)('%s is SciPy’s and NumPy’s, with ties and without', (method) => {
    const found = [x, tied].map((series) => withinGroupCorrelation(series, y, labels, method));
    expect(found).toMatchNumbers([golden.within[method], golden.tiedWithin[method]], exact);
  });

  test('by hand: two groups that fall, one above the other', () => {
    const [a, b, groups] = [
      [1, 2, 11, 12],
      [2, 1, 12, 11],
      ['u', 'u', 'v', 'v'],
    ];
    for (const method of methods) expect(withinGroupCorrelation(a, b, groups, method)).toBeCloseTo(-1, 12);
    // Deviations (−1, 0, 1) and (0, −1, 1), and a single that adds nothing: 1 / 2; pairs: one discordant, two concordant.
    const [c, d, one] = [
      [1, 2, 3, 50],
      [2, 1, 3, -9],
      [0, 0, 0, 1],
    ];
    expect(withinGroupCorrelation(c, d, one)).toBeCloseTo(0.5, 12);
    expect(withinGroupCorrelation(c, d, one, 'kendall')).toBeCloseTo(1 / 3, 12);
  });

  test('NaN where nothing varies within a group, an error for values that are not finite', () => {
    for (const method of methods) {
      expect(withinGroupCorrelation([0.1, 0.1, 0.7, 0.7], [1, 2, 3, 4], [0, 0, 1, 1], method)).toBeNaN();
      expect(withinGroupCorrelation([1, 2, 3], [1, 2, 3], [0, 1, 2], method)).toBeNaN();
    }
    expect(() => withinGroupCorrelation([1, Number.NaN], [1, 2], [0, 0])).toThrow('got (NaN, 2) at index 1');
    expect(() => withinGroupCorrelation([1, 2], [1, 2], [0])).toThrow('a group for each of 2 pairs, got 1');
    expect(() => withinGroupCorrelation([1, 2], [1], [0, 0])).toThrow('one length, got 2 and 1');
  });
});

describe('granulated Kendall', () => {
  test('is the mean of SciPy’s τ over the groups, then over the hyperparameters', () => {
    const { psi, axes } = granulatedKendall(x, y, settings);
    expect([axes.count!.tau, axes.width!.tau, axes.rate!.tau, psi]).toMatchNumbers(
      [...golden.granulated.axes, golden.granulated.psi],
      exact,
    );
    expect(axes.count).toMatchObject({ groups: 12, pairs: 36 });
    expect(axes.rate).toMatchObject({ groups: 9, pairs: 54 });
  });

  test('by hand: one setting at a time from a base, seeds not compared', () => {
    const runs = [
      { width: 8, rate: 1 },
      { width: 8, rate: 1 },
      { width: 16, rate: 1 },
      { width: 8, rate: 2 },
    ];
    const { psi, axes } = granulatedKendall([1, 2, 3, 0], [10, 20, 30, 15], runs);
    // width: (1, 3) and (2, 3) concordant. rate: (1, 0) against (10, 15) discordant, (2, 0) against (20, 15) concordant.
    expect(axes).toEqual({ width: { tau: 1, groups: 1, pairs: 2 }, rate: { tau: 0, groups: 1, pairs: 2 } });
    expect(psi).toBe(0.5);
  });

  test('an axis without a group is left out of Ψ, and Ψ is NaN without any', () => {
    const { psi, axes } = granulatedKendall(
      [1, 2],
      [1, 2],
      [
        { a: 1, b: 1 },
        { a: 2, b: 1 },
      ],
    );
    expect(axes.b).toEqual({ tau: Number.NaN, groups: 0, pairs: 0 });
    expect(psi).toBe(1);
    expect(
      granulatedKendall(
        [1, 2],
        [1, 2],
        [
          { a: 1, b: 1 },
          { a: 2, b: 2 },
        ],
      ).psi,
    ).toBeNaN();
    expect(() => granulatedKendall([1, 2], [1, 2], [{ a: 1 }, { b: 1 }])).toThrow('the settings a of model 1, got b');
    expect(() => granulatedKendall([1, 2], [1, 2], [{ a: 1 }])).toThrow('settings for each of 2 models, got 1');
  });
});

test('pairs are counted by their order, ties apart', () => {
  const found = concordance([1, 1, 2, 3], [1, 2, 2, 0]);
  expect(found).toEqual({ concordant: 1, discordant: 3, tiedX: 1, tiedY: 1, pairs: 6 });
});

describe('correlation summary', () => {
  const options = { key: key(3), resamples: 4000 };

  test('coefficients are SciPy’s; the interval agrees with scipy.stats.bootstrap to its noise', async () => {
    const [row] = await expectNoLeak(() => correlationSummary({ x }, y, { ...options, groups: labels, settings }));
    expect(row).toMatchObject({ measure: 'x', models: 36, leftOut: 0 });
    for (const method of methods) {
      expect(row![method].value).toBeCloseTo(golden.overall[method], 10);
      expect(row!.within![method].value).toBeCloseTo(golden.within[method], 10);
      expect(row!.within![method].low).toBeLessThan(golden.within[method]);
      expect(row!.within![method].high).toBeGreaterThan(golden.within[method]);
    }
    expect([row!.pearson.low, row!.pearson.high]).toMatchNumbers(golden.pearsonInterval, { rtol: 0, atol: 0.02 });
    // The trivial cause moves both up, and hides that the measure falls where the gap rises.
    expect(row!.pearson.low).toBeGreaterThan(0);
    expect(row!.within!.pearson.high).toBeLessThan(0);
    expect(row!.granulated!.psi).toBeCloseTo(golden.granulated.psi, 10);
  });

  test('a model without a finite measure or gap is left out, for that measure only, and counted', () => {
    const broken = [Number.NaN, Number.POSITIVE_INFINITY, ...x.slice(2)];
    const short = { key: key(1), resamples: 200 };
    const rows = correlationSummary({ broken, x, constant: x.map(() => 2), lost: x.map(() => Number.NaN) }, y, short);
    const [kept] = correlationSummary({ kept: x.slice(2) }, y.slice(2), short);
    expect(rows.map(({ models, leftOut }) => [models, leftOut])).toEqual([
      [34, 2],
      [36, 0],
      [36, 0],
      [0, 36],
    ]);
    for (const method of methods) {
      expect(rows[0]![method]).toEqual(kept![method]);
      expect(rows[2]![method].value).toBeNaN();
      expect(rows[3]![method].low).toBeNaN();
    }
    expect(rows[0]!.within).toBeUndefined();
    expect(() => correlationSummary({ x: [1, 2] }, y, short)).toThrow('expected x of each of 36 models, got 2');
    expect(() => correlationSummary({ x }, y, { ...short, groups: [1] })).toThrow(
      'expected groups of each of 36 models',
    );
  });

  test('the same key gives the same intervals, another does not', () => {
    const [a, b, c] = [1, 1, 2].map((seed) => correlationSummary({ x }, y, { key: key(seed), resamples: 300 }));
    expect(a).toEqual(b);
    expect(a![0]!.pearson.low).not.toBe(c![0]!.pearson.low);
  });
});

test('of resamples, orders and ranks are those of the series picked', () => {
  const group = (i: number) => i % 3;
  const counted = resampledConcordance(tied, y, (i, j) => group(i) === group(j));
  const [all, ranked] = [resampledConcordance(x, tied), resampledRanks(tied)];
  for (let seed = 0; seed < 20; seed++) {
    const rows = Int32Array.from({ length: 36 }, (_, i) => (seed === 0 ? i : (7 * i * i + seed * (i % 11)) % 36));
    const pick = (series: readonly number[]) => Array.from(rows, (i) => series[i]!);
    expect(all(rows)).toEqual(concordance(pick(x), pick(tied)));
    const within = concordance(pick(tied), pick(y), (i, j) => group(rows[i]!) === group(rows[j]!));
    expect(counted(rows)).toEqual(within);
    expect(ranked(rows)).toEqual(ranks(pick(tied)));
  }
});
