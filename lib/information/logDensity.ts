import { rematerialize } from '../engine/rematerialize';
import { tf } from '../engine/tensorflow';
import { joined, parts } from './blocks';
import type { GaussianMixture } from './gaussianMixture';
import { logSumExp } from './logSumExp';
import { blockSizes, squaredMahalanobis } from './mahalanobis';
import { requireMixture } from './requireMixture';
import { logPeaks, standardComponents } from './standardComponents';

/**
 * ln Σ_n c_n N(z_s; μ_n, Σ_n) of samples z [S, K] under the mixture: [S], nats. By log-sum-exp over the components, so
 * it neither overflows nor vanishes. In blocks over samples and components, for the gradient too: no [S, N] matrix is
 * held where that is large. Differentiable any number of times in means, covariances, weights and z. A sample that is
 * NaN gives NaN.
 *
 * Float32: some 1e-6 K; where components lie more than a few standard deviations apart their distances are taken from
 * differences, [S, N, K] of them in blocks, which takes longer but stays as exact. (`full` covariances of their own,
 * or far apart: a triangular solve a component and sample, K² operations.) Reads two numbers back.
 *
 * @param mixture N components in K dimensions.
 * @param z Samples, [S, K].
 * @throws If z is not [S, K], or a component's covariance is singular (it has no density then).
 * @example
 * const mixture = gaussianMixture({ means: [[0], [100]], sigma: 1 });
 * // ln ½ − ½ ln 2π at a mean, and 50²/2 less halfway, with both components alike.
 * logDensity(mixture, tf.tensor2d([[0], [50]])); // [-1.6121, -1250.9189]
 */
export function logDensity(mixture: GaussianMixture, z: tf.Tensor2D): tf.Tensor1D {
  const [n, k] = mixture.means.shape;
  if (z.dtype !== 'float32' || (z.rank as number) !== 2 || z.shape[1] !== k || z.shape[0] < 1) {
    throw new Error(
      `logDensity: expected z to be float32 [S, ${k}], as the means have ${k} dimensions, got ${z.dtype} [${z.shape.join(', ')}]`,
    );
  }
  requireMixture('logDensity', mixture);
  return tf.tidy(() => {
    const { points, means: centres, root: roots, method } = standardComponents(mixture, z);
    const heights = logPeaks(mixture);
    const block = (x: tf.Tensor, means: tf.Tensor, tops: tf.Tensor, root?: tf.Tensor) =>
      logSumExp(tops.sub(squaredMahalanobis(x, means, root, method).mul(0.5)), 1);
    const sizes = blockSizes(z.shape[0], n, k, method);
    const columns = [centres, heights, ...(roots ? [roots] : [])].map((x) => parts(x, sizes.components));
    const rows = parts(points, sizes.points).map((x) => {
      const over = columns[0]!.map((_, i) =>
        rematerialize(block, x, ...columns.map((own) => own[own.length === 1 ? 0 : i]!)),
      );
      return over.length === 1 ? over[0]! : logSumExp(tf.stack(over), 0);
    });
    return joined(rows) as tf.Tensor1D;
  });
}
