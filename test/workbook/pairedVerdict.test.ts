import { describe, expect, test } from 'vitest';
import { type PairedVerdictOptions, pairedVerdict } from '../../lib/workbook/pairedVerdict';

const seeds = [0, 1, 2];
const bySeed = (values: readonly number[]) => new Map(values.map((value, seed) => [seed, value]));
const judge = (ours: readonly number[], others: Record<string, readonly number[]>, options = {}) =>
  pairedVerdict({
    ours: bySeed(ours),
    others: new Map(Object.entries(others).map(([name, values]) => [name, bySeed(values)])),
    seeds,
    ...options,
  });

/** Student's t for 2 degrees of freedom and these coverages, from a table: 95 % and 97.5 %. */
const [t95, t975] = [4.302653, 6.205347];

describe('pairedVerdict', () => {
  test('holds where each interval lies above 0; hangs on the lowest', () => {
    // Differences 4, 5, 6 (mean 5, error 1/√3) and 9, 10, 11.
    const { holds, advantages, decisive } = judge([14, 15, 16], { near: [10, 10, 10], far: [5, 5, 5] });
    expect(holds).toBe(true);
    expect(advantages.map(({ other, value, n }) => [other, value, n])).toEqual([
      ['near', 5, 3],
      ['far', 10, 3],
    ]);
    expect(decisive!.other).toBe('near');
    expect([decisive!.low, decisive!.high]).toMatchNumbers([5 - t95 / Math.sqrt(3), 5 + t95 / Math.sqrt(3)], {
      rtol: 1e-6,
    });
  });

  test('pairs by seed, in whatever order the runs came', () => {
    const ours = new Map([5, 3, 1].map((value, i) => [2 - i, value]));
    const others = new Map([['other', bySeed([0, 1.5, 4])]]);
    expect(pairedVerdict({ ours, others, seeds }).advantages[0]!.value).toBeCloseTo(3.5 / 3, 12);
  });

  test('does not hold where one lies below 0 by the interval widened for several, which it shows', () => {
    const { holds, decisive } = judge([-4, -5, -6], { above: [-20, -21, -23], below: [0, 0, 0] });
    expect(holds).toBe(false);
    expect(decisive!.other).toBe('below');
    expect(decisive!.level).toBeCloseTo(0.975, 12);
    expect(decisive!.high).toBeCloseTo(-5 + t975 / Math.sqrt(3), 5);
  });

  test('an interval below 0 alone, and not once widened for two, settles nothing', () => {
    // Mean −3: 95 % reaches −3 + 2.484 < 0, 97.5 % −3 + 3.583 > 0.
    const ours = [-2, -3, -4];
    expect(judge(ours, { other: [0, 0, 0] }).holds).toBe(false);
    expect(judge(ours, { other: [0, 0, 0], second: [0, 0, 0] }).holds).toBe('inconclusive');
  });

  test('is inconclusive where an interval holds 0', () => {
    const { holds, decisive } = judge([14, 15, 16], { near: [14, 14, 18], far: [5, 5, 5] });
    expect(holds).toBe('inconclusive');
    expect(decisive!.other).toBe('near');
  });

  test('a missing or infinite value keeps a claim from holding, not from failing', () => {
    for (const missing of [Number.NaN, Number.NEGATIVE_INFINITY]) {
      const above = judge([14, 15, missing], { near: [4, 5.1, 6] });
      expect([above.holds, above.advantages[0]!.n]).toEqual(['inconclusive', 2]);
      expect(judge([4, 5.1, missing], { near: [14, 15, 16] }).holds).toBe(false);
    }
    expect(judge([14, 15, 16], { near: [10, 10, 10], failed: [] }).holds).toBe('inconclusive');
  });

  test('without two shared seeds there is nothing to hang on', () => {
    expect(judge([], { near: [1, 2, 3] })).toEqual({ holds: 'inconclusive', advantages: [], decisive: undefined });
  });

  test('exact ties settle nothing', () => {
    expect(judge([2, 3, 4], { tied: [1, 2, 3] }).holds).toBe('inconclusive');
    expect(judge([1, 2, 3], { tied: [2, 3, 4] }).holds).toBe('inconclusive');
  });

  test.each<[string, Partial<PairedVerdictOptions>, string]>([
    ['no others', { others: new Map() }, 'expected at least one other method'],
    ['one seed', { seeds: [0] }, 'expected at least 2 seeds, each once, got [0]'],
    ['a seed twice', { seeds: [0, 1, 1] }, 'expected at least 2 seeds, each once, got [0,1,1]'],
  ])('refuses %s', (_, options, message) => {
    expect(() => judge([1, 2, 3], { other: [0, 0, 0] }, options)).toThrow(message);
  });
});
