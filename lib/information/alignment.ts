import { normalizeRows } from '../engine/normalizeRows';
import { tf } from '../engine/tensorflow';
import { requireRows } from './requireRows';

/** How distances count. */
export interface AlignmentOptions {
  /** The power of the distance; default 2, as Wang & Isola's `align_loss`. */
  readonly alpha?: number;
}

/**
 * How far apart the two views' directions are: the mean over i of ‖x_i − y_i‖^α, x and y the rows of za and zb at
 * length 1 (Wang & Isola 2020, arXiv 2005.10242, `align_loss`). From 0 (equal directions) to 2^α (opposite); 2 − 2 cos
 * for α = 2. Not changed by a rotation of both, nor by a positive factor. Differentiable, with a finite gradient at
 * equal views and rows of zeros.
 *
 * @param za, zb [N, K].
 * @throws If they are not of one such shape, or alpha is not positive and finite.
 * @example
 * const za = tf.tensor2d([[1, 0], [0, 3]]);
 * const zb = tf.tensor2d([[2, 0], [-1, 0]]);
 * // The first pair points one way, the second at a right angle: squared distances 0 and 2.
 * alignment(za, zb); // 1
 * alignment(za, zb, { alpha: 1 }); // 0.7071
 */
export function alignment(za: tf.Tensor, zb: tf.Tensor, { alpha = 2 }: AlignmentOptions = {}): tf.Scalar {
  requireRows('alignment', 'za', za, 1);
  requireRows('alignment', 'zb', zb, 1);
  if (za.shape.join() !== zb.shape.join()) {
    throw new Error(`alignment: expected za and zb of one shape, got [${za.shape}] and [${zb.shape}]`);
  }
  if (!(alpha > 0 && alpha < Number.POSITIVE_INFINITY)) {
    throw new Error(`alignment: expected alpha to be positive and finite, got ${alpha}`);
  }
  return tf.tidy(() => {
    const squares = normalizeRows(za).sub(normalizeRows(zb)).square().sum(1);
    // The floor keeps the gradient of a power below 1 finite at distance 0; float32 does not see it above 1e-3.
    return (alpha === 2 ? squares : squares.add(1e-14).pow(alpha / 2)).mean() as tf.Scalar;
  });
}
