import { tf } from '../../engine/tensorflow';
import { joined } from '../../information/blocks';
import type { GaussianMixture } from '../../information/gaussianMixture';
import { requireMixture } from '../../information/requireMixture';
import { shifted } from './centring';
import { expectationBlocks } from './expectation';
import { requireMeans, requirePoints } from './requirePoints';

/**
 * The probability of each component given each point, r_sn = c_n N(x_s; μ_n, Σ_n) / Σ_m c_m N(x_s; μ_m, Σ_m): [S, N],
 * rows of sum 1. The E-step of EM; scikit-learn's `predict_proba`. Not differentiable: `logDensity` is. In blocks of
 * points beside the result.
 * Source: Dempster, Laird & Rubin 1977.
 *
 * @param points [S, K].
 * @param mixture N components in K dimensions.
 * @throws If points or mixture are not finite, do not fit or have no density.
 * @example
 * const mixture = gaussianMixture({ means: [[0], [2]], sigma: 1 });
 * // σ(2) at a centre, and halves halfway.
 * responsibilities(tf.tensor2d([[0], [1]]), mixture); // [[0.8808, 0.1192], [0.5, 0.5]]
 */
export function responsibilities(points: tf.Tensor2D, mixture: GaussianMixture): tf.Tensor2D {
  requirePoints('responsibilities', points);
  requireMeans('responsibilities', mixture.means, points);
  requireMixture('responsibilities', mixture);
  return tf.tidy(() => {
    const centre = points.mean(0);
    const blocks = expectationBlocks(points.sub(centre), shifted(mixture, centre.neg()));
    return joined(blocks.starts.map((start) => tf.tidy(() => blocks.block(start).responsibilities))) as tf.Tensor2D;
  });
}
