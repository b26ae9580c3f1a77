import { describe, expect, it } from 'vitest';
import { foldIn, key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { jackknifeInterval } from '../../lib/statistics/jackknife';
import { meanInterval } from '../../lib/statistics/meanInterval';
import { principalComponents } from '../../lib/statistics/principalComponents';
import { mean, variance } from '../../lib/statistics/summary';
import { expectNoLeak } from '../matchers';

const draw = (seed: number, n: number) => {
  const z = normal(foldIn(key(1), seed), [n]);
  const values = Array.from(z.dataSync());
  z.dispose();
  return values;
};

describe('jackknifeInterval', () => {
  it('is the t interval of the mean, and of the means of equal groups', () => {
    const values = draw(0, 12);
    const at = (rows: readonly number[]) => mean(rows.map((i) => values[i]!));
    for (const groups of [12, 4]) {
      const byGroup = Array.from({ length: groups }, (_, g) => mean(values.filter((_, i) => i % groups === g)));
      const expected = meanInterval(groups === 12 ? values : byGroup);
      const { value, low, high } = jackknifeInterval(12, at, { groups });
      expect([value, low, high]).toMatchNumbers([expected.value, expected.low, expected.high]);
    }
  });

  it('covers the truth of a smooth statistic about as often as it says', () => {
    let covered = 0;
    for (let trial = 0; trial < 400; trial++) {
      const values = draw(1 + trial, 200);
      const { low, high } = jackknifeInterval(200, (rows) => Math.log(variance(rows.map((i) => values[i]!))));
      if (low <= 0 && 0 <= high) covered++;
    }
    expect(covered).toBeGreaterThan(365); // 380 expected, standard deviation 4.4
    expect(covered).toBeLessThan(396);
  });

  it('says what is wrong', () => {
    expect(() => jackknifeInterval(5, () => 0)).toThrow(/got 10 groups of 5/);
    expect(() => jackknifeInterval(5, () => 0, { groups: 1 })).toThrow(/2 or more groups/);
    expect(() => jackknifeInterval(10, (rows) => (rows.length < 10 ? Number.NaN : 0))).toThrow(
      /finite with and without/,
    );
  });
});

describe('principalComponents', () => {
  it('finds the axes of a stretched cloud, widest first, whatever its mean', async () => {
    const z = tf.tidy(
      () =>
        normal(key(2), [4000, 3])
          .mul(tf.tensor1d([1, 5, 0.2]))
          .add(tf.tensor1d([100, -7, 3])) as tf.Tensor2D,
    );
    const directions = await expectNoLeak(() => principalComponents(z, 2), 1);
    expect(directions.abs()).toMatchNumbers(
      tf.tensor2d([
        [0, 1],
        [1, 0],
        [0, 0],
      ]),
      { atol: 0.02 },
    );
    const scores = tf.matMul(z, directions);
    const variances = tf.moments(scores, 0).variance;
    expect(variances).toMatchNumbers([25, 1], { rtol: 0.1 });
  });

  it('are orthonormal, and say what is wrong', () => {
    const z = normal(key(3), [10, 4]) as tf.Tensor2D;
    const all = principalComponents(z, 4);
    expect(tf.matMul(all, all, true, false)).toMatchNumbers(tf.eye(4), { atol: 1e-5 });
    expect(() => principalComponents(z, 5)).toThrow(/from 1 to 4, the width of z, got 5/);
    expect(() => principalComponents(z.slice([0], [1]), 1)).toThrow(/N ≥ 2, got \[1,4\]/);
  });
});
