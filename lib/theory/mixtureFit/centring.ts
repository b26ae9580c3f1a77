import type { tf } from '../../engine/tensorflow';
import type { GaussianMixture } from '../../information/gaussianMixture';

/** A mixture whose means are moved by a vector [K]; its other tensors are the same ones. To be called inside a tidy. */
export function shifted(mixture: GaussianMixture, by: tf.Tensor): GaussianMixture {
  return { ...mixture, means: mixture.means.add<tf.Tensor2D>(by) };
}

/** A copy with tensors of its own. */
export function cloneMixture({ means, covariance, weights }: GaussianMixture): GaussianMixture {
  const own =
    covariance.kind === 'full'
      ? { kind: covariance.kind, factor: covariance.factor.clone() }
      : ({ kind: covariance.kind, sigma: covariance.sigma.clone() } as GaussianMixture['covariance']);
  return { means: means.clone(), covariance: own, ...(weights ? { weights: weights.clone() } : {}) };
}
