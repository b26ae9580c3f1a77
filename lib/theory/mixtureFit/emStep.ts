import { allFinite } from '../../engine/matrix';
import { tf } from '../../engine/tensorflow';
import type { GaussianMixture } from '../../information/gaussianMixture';
import { requireRows } from '../../information/requireRows';
import { conformMixture } from './conformMixture';
import { type EmOptions, requireEmOptions } from './emOptions';
import { maximize } from './maximization';

/** What a step of EM gives. */
export interface EmStep {
  /** The next mixture; `tf.dispose(step.mixture)` frees it. */
  readonly mixture: GaussianMixture;
  /** The mean over the points of ln of their density under the mixture **before** the step, nats. */
  readonly logLikelihood: number;
}

/** A mixture whose means are moved by a vector [K]. */
export function shifted(mixture: GaussianMixture, by: tf.Tensor): GaussianMixture {
  return { ...mixture, means: mixture.means.add<tf.Tensor2D>(by) };
}

/** A copy with tensors of its own, none of which two parts share. */
export function copied({ means, covariance, weights }: GaussianMixture): GaussianMixture {
  const own =
    covariance.kind === 'full'
      ? { kind: covariance.kind, factor: covariance.factor.clone() }
      : ({ kind: covariance.kind, sigma: covariance.sigma.clone() } as GaussianMixture['covariance']);
  return { means: means.clone(), covariance: own, ...(weights ? { weights: weights.clone() } : {}) };
}

/** @throws If the points are not float32 [N, K], N and K at least 1, and finite. */
export function requirePoints(name: string, points: tf.Tensor2D): void {
  requireRows(name, 'points', points, 1);
  if (!allFinite(points)) {
    throw new Error(`${name}: expected finite points, got NaN or infinite values; look for them where they are made.`);
  }
}

/** @throws If the mixture is not of the points' dimension. */
export function requireDimension(name: string, { means }: GaussianMixture, points: tf.Tensor2D): void {
  if (means.shape[1] === points.shape[1]) return;
  throw new Error(
    `${name}: expected means of ${points.shape[1]} dimensions, as the points are [${points.shape.join(', ')}], got [${means.shape.join(', ')}]`,
  );
}

/**
 * One step of expectation maximization (Dempster, Laird & Rubin 1977) of a Gaussian mixture: responsibilities r under the given mixture,
 * then means, covariances and weights as weighted by them. No step lowers the points' likelihood, but for float32's rounding (some 1e-6 of
 * it) and the regularization, which is added to variances after they are estimated, as in scikit-learn.
 *
 * The given mixture conforms to the model first: a fixed covariance and equal weights replace its own, a covariance for all or of a simpler
 * kind is widened. A component without responsibility (less than 2.2e-15 points; far from all points, or one of several at the same
 * place never) keeps its centre and covariance, at a weight of as little. Duplicate points and more components than points are fine;
 * a component on one place has the regularization as its variance.
 *
 * Float32, with the points centred first, and distances by differences where products of matrices would lose digits; means and log-likelihood
 * agree with scikit-learn's float64 to some 1e-6, relative. Memory: blocks of points, some 20 MB beside [N, K, K] of full covariances.
 *
 * @param points [S, K].
 * @throws If points or mixture are not finite, do not fit or have no density; if an estimated covariance is singular (see `regularization`).
 */
export function emStep(points: tf.Tensor2D, mixture: GaussianMixture, options: EmOptions = {}): EmStep {
  const model = requireEmOptions('emStep', options);
  requirePoints('emStep', points);
  requireDimension('emStep', mixture, points);
  let logLikelihood = 0;
  const next = tf.tidy(() => {
    const centre = points.mean(0);
    const now = shifted(conformMixture('emStep', mixture, model), centre.neg());
    const step = maximize('emStep', points.sub(centre), now, model);
    logLikelihood = step.logLikelihood;
    return copied(shifted(step.mixture, centre));
  });
  return { mixture: next, logLikelihood };
}
