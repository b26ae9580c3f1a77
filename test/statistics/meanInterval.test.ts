import { describe, expect, test } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { meanInterval, pairedDifference, studentQuantile } from '../../lib/statistics/meanInterval';

describe('studentQuantile', () => {
  test('has the closed forms of 1 and 2 degrees of freedom', () => {
    for (const level of [0.05, 0.5, 0.9, 0.95, 0.999]) {
      expect([studentQuantile(level, 1)]).toMatchNumbers([Math.tan((Math.PI * level) / 2)], { rtol: 1e-12 });
      expect([studentQuantile(level, 2)]).toMatchNumbers([level * Math.sqrt(2 / (1 - level * level))], { rtol: 1e-12 });
    }
  });

  // The table of Student's distribution, to its three decimals.
  test.each([
    [3, 3.182],
    [4, 2.776],
    [9, 2.262],
    [30, 2.042],
    [120, 1.98],
  ])('is the table’s 95 % value for %i degrees of freedom', (df, expected) => {
    expect(studentQuantile(0.95, df)).toBeCloseTo(expected, 3);
  });

  test('refuses a level of 0 or 1 and no degrees of freedom', () => {
    expect(() => studentQuantile(1, 3)).toThrow('expected a level strictly in (0, 1), got 1');
    expect(() => studentQuantile(0.9, 0)).toThrow('degrees of freedom above 0, got 0');
  });
});

describe('meanInterval', () => {
  test('is mean ± t s/√n, by hand', () => {
    // s² = ((−1)² + 0 + 1²)/2 = 1, t₂ = 4.302653.
    const { value, low, high, n } = meanInterval([1, 2, 3]);
    expect([value, low, high, n]).toMatchNumbers([2, 2 - 4.302653 / Math.sqrt(3), 2 + 4.302653 / Math.sqrt(3), 3], {
      rtol: 1e-6,
    });
  });

  test('covers the mean of Gaussian trials as often as it says', () => {
    const trials = tf.tidy(() => normal(key(5), [4000, 3], 7, 2).arraySync() as number[][]);
    const covered = trials.map((values) => meanInterval(values)).filter(({ low, high }) => low <= 7 && 7 <= high);
    expect(covered.length / 4000).toBeGreaterThan(0.935);
    expect(covered.length / 4000).toBeLessThan(0.965);
  });

  test('one trial has no interval', () => {
    expect(() => meanInterval([1])).toThrow('expected at least 2 values for an interval, got 1; run more seeds');
  });
});

test('pairedDifference is the interval of the differences, narrow where seeds move both alike', () => {
  const [a, b] = [
    [10, 20, 31],
    [9, 19, 29],
  ];
  expect(pairedDifference(a!, b!)).toEqual(meanInterval([1, 1, 2]));
  expect(() => pairedDifference([1, 2], [1])).toThrow('expected as many values in both, got 2 and 1');
});
