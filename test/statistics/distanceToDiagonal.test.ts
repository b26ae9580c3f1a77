import { describe, expect, test } from 'vitest';
import { foldIn, key, normal, uniform } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { correlationMatrix, distanceToDiagonal } from '../../lib/statistics/distanceToDiagonal';
import { independentDistanceToDiagonal, permuteCoordinates } from '../../lib/statistics/independentDistanceToDiagonal';
import { sampleCovariance } from '../../lib/statistics/sampleCovariance';
import { expectNoLeak } from '../matchers';

const measured = (covariance: tf.Tensor) => {
  const { relativeFrobenius, meanAbsoluteCorrelation } = distanceToDiagonal(covariance);
  return {
    frobenius: Array.from(relativeFrobenius.dataSync()),
    correlation: Array.from(meanAbsoluteCorrelation.dataSync()),
  };
};
const average = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

describe('sampleCovariance', () => {
  test('three samples by hand, with leading axes', () => {
    // Columns (1, 2, 6) and (0, 3, 3): means 3 and 2; sums of products 14, 6, 6.
    const z = tf.tensor3d([
      [
        [1, 0],
        [2, 3],
        [6, 3],
      ],
      [
        [2, 0],
        [4, 3],
        [12, 3],
      ],
    ]);
    expect(sampleCovariance(z)).toMatchNumbers(
      tf.tensor3d([
        [
          [7, 3],
          [3, 3],
        ],
        [
          [28, 6],
          [6, 3],
        ],
      ]),
    );
  });

  test('a coordinate that does not vary has exactly 0, whatever its value; an offset costs no digits', () => {
    const noise = normal(key(1), [301, 2], 0, 1e-3);
    const z = tf.concat([noise, tf.fill([301, 1], 0.1234567)], 1);
    const c = sampleCovariance(z).arraySync() as number[][];
    expect([c[2]![0], c[2]![1], c[2]![2]]).toEqual([0, 0, 0]);
    expect(sampleCovariance(noise.add(4))).toMatchNumbers(sampleCovariance(noise), { rtol: 2e-3, atol: 1e-9 });
  });

  test('refuses one sample and NaN, and leaves nothing behind', async () => {
    expect(() => sampleCovariance(tf.zeros([1, 3]))).toThrow(/sampleCovariance: expected at least 2 samples, got 1/);
    expect(() =>
      sampleCovariance(
        tf.tensor2d([
          [1, Number.NaN],
          [2, 3],
        ]),
      ),
    ).toThrow(/finite/);
    const z = normal(key(2), [5, 3]);
    await expectNoLeak(() => sampleCovariance(z), 1);
  });
});

describe('distanceToDiagonal', () => {
  test('by hand: [[4, 1], [1, 1]] is off by √2 / √17, its one correlation is ½', () => {
    const { frobenius, correlation } = measured(
      tf.tensor2d([
        [4, 1],
        [1, 1],
      ]),
    );
    expect(frobenius).toMatchNumbers([Math.sqrt(2 / 17)]);
    expect(correlation).toMatchNumbers([0.5]);
  });

  test('0 for diagonal matrices, √(K − 1) and 1 where all coordinates are one, for any scale', () => {
    const stack = tf.stack([tf.eye(5).mul(3e-18), tf.ones([5, 5]).mul(1e-18), tf.ones([5, 5]).mul(1e18)]);
    const { frobenius, correlation } = measured(stack);
    expect(frobenius).toMatchNumbers([0, 2, 2]);
    expect(correlation).toMatchNumbers([0, 1, 1]);
  });

  test.each([1e-37, 1e-20, 1, 1e20, 1e37])('takes correlations of ½ and refuses those of 2 at scale %d', (scale) => {
    const pair = (r: number) =>
      tf.tensor2d([
        [scale, r * scale],
        [r * scale, scale],
      ]);
    expect(measured(pair(0.5))).toEqual({ frobenius: [expect.closeTo(0.5, 5)], correlation: [expect.closeTo(0.5, 5)] });
    expect(correlationMatrix(pair(-0.5))).toMatchNumbers([1, -0.5, -0.5, 1]);
    expect(() => distanceToDiagonal(pair(2))).toThrow(/positive semidefinite/);
    expect(() => correlationMatrix(pair(2))).toThrow(/positive semidefinite/);
  });

  test('counts the pairs of coordinates whose variances are as far apart as float32 goes', () => {
    const apart = tf.tensor2d([
      [1e30, 0.5],
      [0.5, 1e-30],
    ]);
    expect(measured(apart).correlation).toMatchNumbers([0.5]);
  });

  test('leaves coordinates out of the pairs that do not vary', () => {
    const covariance = tf.tensor2d([
      [1, 0.5, 0],
      [0.5, 1, 0],
      [0, 0, 0],
    ]);
    expect(measured(covariance).correlation).toMatchNumbers([0.5]);
    expect(correlationMatrix(covariance).dataSync()).toMatchNumbers([1, 0.5, 0, 0.5, 1, 0, 0, 0, 0]);
    expect(measured(tf.zeros([3, 3]))).toEqual({ frobenius: [Number.NaN], correlation: [Number.NaN] });
    expect(
      measured(
        tf.tensor2d([
          [2, 0],
          [0, 0],
        ]),
      ),
    ).toEqual({ frobenius: [0], correlation: [Number.NaN] });
  });

  test('the correlations do not change with the coordinates’ scales, the Frobenius distance does not with the whole’s', () => {
    const z = tf.matMul(normal(key(3), [200, 6]) as tf.Tensor2D, normal(key(4), [6, 6]) as tf.Tensor2D);
    const plain = measured(sampleCovariance(z));
    const scaled = measured(sampleCovariance(z.mul(tf.tensor1d([1, 10, 0.1, 5, 3, 0.01]))));
    expect(scaled.correlation).toMatchNumbers(plain.correlation, { rtol: 1e-4 });
    expect(Math.abs(scaled.frobenius[0]! - plain.frobenius[0]!)).toBeGreaterThan(0.01);
    expect(measured(sampleCovariance(z.mul(7))).frobenius).toMatchNumbers(plain.frobenius, { rtol: 1e-4 });
  });

  test.each([
    ['not square', () => tf.zeros([2, 3]), /square/],
    [
      'NaN',
      () =>
        tf.tensor2d([
          [1, Number.NaN],
          [0, 1],
        ]),
      /finite/,
    ],
    [
      'not symmetric',
      () =>
        tf.tensor2d([
          [1, 0.5],
          [0.2, 1],
        ]),
      /symmetric/,
    ],
    [
      'a negative variance',
      () =>
        tf.tensor2d([
          [1, 0],
          [0, -1],
        ]),
      /variances of at least 0 on the diagonal, got -1/,
    ],
    [
      'a correlation above 1',
      () =>
        tf.tensor2d([
          [1, 2],
          [2, 1],
        ]),
      /positive semidefinite/,
    ],
    ['one coordinate', () => tf.ones([1, 1]), /at least 2 coordinates/],
  ])('refuses %s', (_, covariance, message) => {
    expect(() => distanceToDiagonal(covariance())).toThrow(message);
  });

  test('leaves nothing behind but its two results', async () => {
    const covariance = sampleCovariance(normal(key(5), [4, 20, 3]));
    await expectNoLeak(() => distanceToDiagonal(covariance), 2);
    await expectNoLeak(() => correlationMatrix(covariance), 1);
  });
});

describe('independentDistanceToDiagonal', () => {
  test('by hand: variances 1 and 2, 5 samples: √(4 / (4 · 5)); E|r| of 2 samples is 1, of 3 samples 2/π', () => {
    expect(independentDistanceToDiagonal([1, 2], 5).relativeFrobenius).toBeCloseTo(Math.sqrt(4 / 20), 12);
    expect(independentDistanceToDiagonal([1e-30, 2e-30], 5).relativeFrobenius).toBeCloseTo(Math.sqrt(4 / 20), 12);
    expect(independentDistanceToDiagonal([1, 2], 2).meanAbsoluteCorrelation).toBeCloseTo(1, 12);
    expect(independentDistanceToDiagonal([1, 2], 3).meanAbsoluteCorrelation).toBeCloseTo(2 / Math.PI, 12);
    const large = independentDistanceToDiagonal([1, 1], 100001).meanAbsoluteCorrelation;
    expect(large).toBeCloseTo(Math.sqrt(2 / (Math.PI * 100000)), 7);
  });

  test.each([10, 64])('is what independent Gaussians of unequal variances give, %i samples, 2,000 draws', (samples) => {
    const scales = tf.tensor1d([3, 1, 1, 0.5, 0.2, 0.2]);
    const covariances = sampleCovariance(normal(key(6), [2000, samples, 6]).mul(scales));
    const { frobenius, correlation } = measured(covariances);
    const diagonals = (covariances.arraySync() as number[][][]).map((c) => c.map((row, j) => row[j]!));
    const expected = diagonals.map((variances) => independentDistanceToDiagonal(variances, samples));
    const square = (values: readonly number[]) => average(values.map((x) => x * x));
    const ratio = square(frobenius) / square(expected.map((e) => e.relativeFrobenius));
    expect([ratio, average(correlation) / expected[0]!.meanAbsoluteCorrelation]).toMatchNumbers([1, 1], { rtol: 0.04 });
  });

  test('is the permutations’ mean square exactly, whatever the shape of the coordinates', () => {
    // Skewed, heavy-tailed, and strongly correlated before the permutation.
    const base = uniform(key(7), [40, 1], 0.01, 1).log().square();
    const z = base.add(uniform(key(8), [40, 3]).square().square().mul(0.1)) as tf.Tensor2D;
    const permuted = Array.from({ length: 3000 }, (_, i) => permuteCoordinates(z, foldIn(key(9), i)));
    const { frobenius } = measured(sampleCovariance(tf.stack(permuted)));
    const variances = (sampleCovariance(z).arraySync() as number[][]).map((row, j) => row[j]!);
    const expected = independentDistanceToDiagonal(variances, 40).relativeFrobenius;
    expect([average(frobenius.map((x) => x * x)) / expected ** 2]).toMatchNumbers([1], { rtol: 0.05 });
    expect(measured(sampleCovariance(z)).frobenius[0]).toBeGreaterThan(4 * expected);
  });

  test('bad input: one clear error', () => {
    expect(() => independentDistanceToDiagonal([1, 1], 1)).toThrow(/at least 2 samples, got 1/);
    expect(() => independentDistanceToDiagonal([1], 9)).toThrow(/at least 2 variances, got 1/);
    expect(() => independentDistanceToDiagonal([1, -1], 9)).toThrow(/at least 0 and finite, got -1 at 1/);
    expect(() => independentDistanceToDiagonal([1, Number.NaN], 9)).toThrow(/got NaN at 1/);
  });
});

test('permuteCoordinates keeps each coordinate’s values, ruins their order, and is the same for the same key', async () => {
  const z = tf.tensor2d(
    Array.from({ length: 60 }, (_, i) => i),
    [20, 3],
  );
  const shuffled = await expectNoLeak(() => permuteCoordinates(z, key(10)), 1);
  const column = (x: tf.Tensor2D, k: number) => x.arraySync().map((row) => row[k]!);
  for (const k of [0, 1, 2]) {
    expect(column(shuffled, k).sort((a, b) => a - b)).toEqual(column(z, k));
    expect(column(shuffled, k)).not.toEqual(column(z, k));
  }
  expect(column(shuffled, 0).map((v) => v + 1)).not.toEqual(column(shuffled, 1));
  expect(permuteCoordinates(z, key(10))).toMatchNumbers(shuffled);
  expect(() => permuteCoordinates(tf.zeros([1, 3]), key(1))).toThrow(/at least 2 samples/);
});
