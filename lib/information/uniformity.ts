import { normalizeRows } from '../engine/normalizeRows';
import { tf } from '../engine/tensorflow';
import { requireRows } from './requireRows';
import { squaredDistances } from './squaredDistances';

/** How wide the kernel is. */
export interface UniformityOptions {
  /** The kernel's exponent; default 2, as Wang & Isola's `uniform_loss`. */
  readonly t?: number;
}

/**
 * How unevenly the directions spread: ln of the mean over all pairs i < j of exp(−t ‖x_i − x_j‖²), x the rows of z at
 * length 1 (Wang & Isola 2020, arXiv 2005.10242, `uniform_loss`). 0 at collapse, lower the more even, at least −4 t.
 * Not changed by a permutation or rotation, nor by a positive factor a row. Differentiable, with a finite gradient for
 * coinciding rows.
 *
 * @param z [N, K], N ≥ 2.
 * @throws If z is no such matrix, or t is not positive and finite.
 * @example
 * // Opposite directions: ln e^(−2 · 2²). One direction for all: ln e⁰.
 * uniformity(tf.tensor2d([[1, 0], [-1, 0]])); // -8
 * uniformity(tf.tensor2d([[1, 0], [3, 0]])); // 0
 */
export function uniformity(z: tf.Tensor, { t = 2 }: UniformityOptions = {}): tf.Scalar {
  requireRows('uniformity', 'z', z, 2);
  if (!(t > 0 && t < Number.POSITIVE_INFINITY)) {
    throw new Error(`uniformity: expected t to be positive and finite, got ${t}`);
  }
  const n = z.shape[0]!;
  return tf.tidy(() => {
    const exponents = squaredDistances(normalizeRows(z)).mul(-t);
    // A row is no pair with itself: −1e30 is none after the exponential.
    const pairs = exponents.sub(tf.eye(n).mul(1e30));
    return tf.logSumExp(pairs).sub(Math.log(n * (n - 1))) as tf.Scalar;
  });
}
