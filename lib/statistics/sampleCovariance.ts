import { requireMatrices } from '../engine/matrix';
import { tf } from '../engine/tensorflow';

/**
 * The covariance of S samples, Σ_s (z_s − z̄)(z_s − z̄)ᵀ / (S − 1), in units of z². A coordinate that does not vary has
 * exactly 0: sums are over differences from the first sample, which also loses nothing to a large common offset. Its
 * rank is at most S − 1, so it is singular where S ≤ K. Differentiable.
 *
 * @param z [..., S, K], S ≥ 2; the result is [..., K, K].
 * @throws If z is not finite or has fewer than two samples. The check reads one value back.
 * @example
 * // Over N − 1: variances 1 and 4, and 2 between them.
 * sampleCovariance(tf.tensor2d([[0, 0], [1, 2], [2, 4]])); // [[1, 2], [2, 4]]
 */
export function sampleCovariance(z: tf.Tensor): tf.Tensor {
  requireMatrices('sampleCovariance', 'z', z);
  const samples = z.shape[z.rank - 2]!;
  if (samples < 2) {
    throw new Error(`sampleCovariance: expected at least 2 samples, got ${samples} in [${z.shape}]; draw more.`);
  }
  return tf.tidy(() => {
    const first = z.slice(
      z.shape.map(() => 0),
      [...z.shape.slice(0, -2), 1, z.shape[z.rank - 1]!],
    );
    const moved = z.sub(first);
    const centred = moved.sub(moved.mean(-2, true));
    return tf.matMul(centred, centred, true, false).div(samples - 1);
  });
}
