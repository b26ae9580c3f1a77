import { describe, expect, it } from 'vitest';
import { foldIn, key, normal, uniform } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { correlatedMutualInformation, gaussianMutualInformation } from '../../lib/information/mutualInformation';
import { number } from './number';
import { randomCovariance } from './randomCovariance';

/** Coordinates correlated in pairs: [[I, diag ρ], [diag ρ, I]]. */
function paired(rho: tf.Tensor1D): tf.Tensor2D {
  const [eye, off] = [tf.eye(rho.size), tf.diag(rho) as tf.Tensor2D];
  return tf.concat([tf.concat([eye, off], 1), tf.concat([off, eye], 1)], 0) as tf.Tensor2D;
}

describe('gaussianMutualInformation', () => {
  it('is −½ ln(1 − ρ²) a dimension, over random correlations and dimensions', () => {
    for (let trial = 0; trial < 200; trial++) {
      tf.tidy(() => {
        const k = foldIn(key(1), trial);
        const dimension = 1 + (trial % 16);
        const rho = uniform(k, [dimension], -0.99, 0.99) as tf.Tensor1D;
        const expected = rho.dataSync<'float32'>().reduce((sum, r) => sum - 0.5 * Math.log(1 - r * r), 0);
        expect(gaussianMutualInformation(paired(rho), dimension)).toMatchNumbers([expected], { atol: 1e-4 });
        expect(correlatedMutualInformation(rho)).toMatchNumbers([expected], { atol: 1e-5 });
      });
    }
    expect(correlatedMutualInformation(0.6)).toMatchNumbers([-0.5 * Math.log(0.64)]);
    expect(correlatedMutualInformation([0, 0.6])).toMatchNumbers([-0.5 * Math.log(0.64)]);
  });

  it('is symmetric, at least 0, and not changed by invertible maps of either side', () => {
    for (let trial = 0; trial < 100; trial++) {
      tf.tidy(() => {
        const k = foldIn(key(2), trial);
        const [a, b] = [1 + (trial % 4), 1 + (trial % 3)];
        const s = randomCovariance(foldIn(k, 0), a + b);
        const value = number(() => gaussianMutualInformation(s, a));
        expect(value).toBeGreaterThan(-1e-6);
        const order = Array.from({ length: a + b }, (_, i) => (i + a) % (a + b));
        const swapped = s.gather(order, 0).gather(order, 1);
        expect(gaussianMutualInformation(swapped, b)).toMatchNumbers([value], { atol: 1e-4 });
        const map = tf.concat([
          tf.concat([normal(foldIn(k, 1), [a, a]).add(tf.eye(a).mul(3)), tf.zeros([a, b])], 1),
          tf.concat([tf.zeros([b, a]), normal(foldIn(k, 2), [b, b]).add(tf.eye(b).mul(3))], 1),
        ]) as tf.Tensor2D;
        const mapped = tf.matMul(tf.matMul(map, s), map, false, true) as tf.Tensor2D;
        expect(gaussianMutualInformation(mapped, a)).toMatchNumbers([value], { atol: 3e-4, rtol: 1e-3 });
      });
    }
  });

  it('does not care for units, over 12 orders of magnitude', () => {
    tf.tidy(() => {
      const scale = tf.tensor1d([1e-6, 1e6, 1, 1e3]);
      const s = randomCovariance(key(3), 4);
      const other = s.mul(scale).mul(scale.expandDims(1)) as tf.Tensor2D;
      expect(gaussianMutualInformation(other, 2)).toMatchNumbers(gaussianMutualInformation(s, 2), { rtol: 1e-4 });
    });
  });

  it('refuses what is no covariance, or no split of it', () => {
    const s = (rows: number[][]) => tf.tensor2d(rows);
    expect(() =>
      gaussianMutualInformation(
        s([
          [1, 0.5],
          [0.2, 1],
        ]),
        1,
      ),
    ).toThrow(/gaussianMutualInformation.*symmetric.*differ by 0.3/);
    expect(() =>
      gaussianMutualInformation(
        s([
          [1, 2],
          [2, 1],
        ]),
        1,
      ),
    ).toThrow(/gaussianMutualInformation.*positive definite/);
    expect(() =>
      gaussianMutualInformation(
        s([
          [1, 1],
          [1, 1],
        ]),
        1,
      ),
    ).toThrow(/positive definite/);
    expect(() =>
      gaussianMutualInformation(
        s([
          [1, Number.NaN],
          [0, 1],
        ]),
        1,
      ),
    ).toThrow(/finite/);
    expect(() => gaussianMutualInformation(s([[1, 0]]), 1)).toThrow(/square/);
    expect(() =>
      gaussianMutualInformation(
        s([
          [1, 0],
          [0, 1],
        ]),
        2,
      ),
    ).toThrow(/from 1 to 1, got \[2,2\] and 2/);
    expect(() =>
      gaussianMutualInformation(
        s([
          [1, 0],
          [0, 1],
        ]),
        0.5,
      ),
    ).toThrow(/split/);
    expect(() => correlatedMutualInformation([0.1, 1])).toThrow(/strictly between -1 and 1/);
    expect(() => correlatedMutualInformation(Number.NaN)).toThrow(/strictly between/);
  });
});
