import { tf } from '../../engine/tensorflow';
import type { GaussianMixture } from '../../information/gaussianMixture';
import { cloneMixture, shifted } from './centring';
import { conformMixture } from './conformMixture';
import { type EmOptions, requireEmOptions } from './emOptions';
import { maximize } from './maximization';
import { requireMeans, requirePoints } from './requirePoints';

/** What a step of EM gives. */
export interface EmStep {
  /** The next mixture; `tf.dispose(step.mixture)` frees it. */
  readonly mixture: GaussianMixture;
  /** The mean over the points of ln of their density under the mixture **before** the step, nats. */
  readonly logLikelihood: number;
}

/**
 * One step of expectation maximization (Dempster, Laird & Rubin 1977) of a Gaussian mixture: responsibilities r under
 * the given mixture, then means, covariances and weights as weighted by them. No step lowers the points' likelihood,
 * but for float32's rounding (some 1e-6 of it) and the regularization, which is added to variances after they are
 * estimated, as in scikit-learn.
 *
 * The given mixture conforms to the model first: a fixed covariance and equal weights replace its own, a covariance for
 * all or of a simpler kind is widened. A component without responsibility (less than 2.2e-15 points in all) keeps its
 * centre and covariance, at a weight of as little, where scikit-learn would move it to the origin. Duplicate points and
 * more components than points are fine; a component with all its points at one place has the regularization as its
 * variance.
 *
 * Float32, with the points centred first, and distances by differences where products of matrices would lose digits;
 * means and log-likelihood agree with scikit-learn's float64 to 1e-5, relative. Means far from the origin are rounded
 * where they are returned: for many steps there take `fitMixture`, which centres once. Memory: a few tensors of 16 MiB,
 * blocks of points, beside [N, K, K] of full covariances.
 *
 * @param points [S, K].
 * @param mixture The one before the step, N components.
 * @throws If points or mixture are not finite, do not fit or have no density; if an estimated covariance is singular
 *   (see `regularization`).
 * @example
 * const points = tf.tensor2d([[-1], [1]]);
 * const start = gaussianMixture({ means: [[-1], [1]], sigma: 1 });
 * // Each centre goes to tanh 1 of its own point's place.
 * emStep(points, start, { covariance: { fixed: 1 } }).mixture.means; // [[-0.7616], [0.7616]]
 */
export function emStep(points: tf.Tensor2D, mixture: GaussianMixture, options: EmOptions = {}): EmStep {
  const model = requireEmOptions('emStep', options);
  requirePoints('emStep', points);
  requireMeans('emStep', mixture.means, points);
  let logLikelihood = 0;
  const next = tf.tidy(() => {
    const centre = points.mean(0);
    const now = shifted(conformMixture('emStep', mixture, model), centre.neg());
    const step = maximize('emStep', points.sub(centre), now, model);
    logLikelihood = step.logLikelihood;
    return cloneMixture(shifted(step.mixture, centre));
  });
  return { mixture: next, logLikelihood };
}
