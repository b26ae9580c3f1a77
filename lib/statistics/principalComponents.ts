import { symmetricEigen } from '../engine/symmetricEigen';
import { tf } from '../engine/tensorflow';
import { sampleCovariance } from './sampleCovariance';

/**
 * The directions in which rows vary most: the first `count` eigenvectors of their covariance, orthonormal, a column
 * each, in descending order of variance. Each one's sign is arbitrary. `z.matMul(components)` gives the scores (not
 * centred). Source: Pearson 1901; Hotelling 1933. By `symmetricEigen`.
 *
 * @param z [N, K], N ≥ 2.
 * @param count How many directions, 1 to K.
 * @returns [K, count]; the caller disposes it.
 * @throws If z is no such matrix or not finite, or count is not a whole number from 1 to K.
 * @example
 * // All variance lies along the diagonal; the sign is arbitrary.
 * const components = principalComponents(tf.tensor2d([[0, 0], [1, 1], [2, 2]]), 1);
 * components.abs(); // [[0.7071], [0.7071]]
 */
export function principalComponents(z: tf.Tensor2D, count: number): tf.Tensor2D {
  const [n = 0, k = 0] = z.shape as number[];
  if (z.shape.length !== 2 || n < 2) {
    throw new Error(
      `principalComponents: expected z to be [N, K] with N ≥ 2, got [${z.shape}]; give it one sample a row.`,
    );
  }
  if (!Number.isInteger(count) || count < 1 || count > k) {
    throw new Error(
      `principalComponents: expected count to be a whole number from 1 to ${k}, the width of z, got ${count}`,
    );
  }
  return tf.tidy(() => {
    const { vectors } = symmetricEigen(sampleCovariance(z)); // ascending
    return vectors.slice([0, k - count], [k, count]).reverse(1) as tf.Tensor2D;
  });
}
