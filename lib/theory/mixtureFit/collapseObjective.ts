import { tf } from '../../engine/tensorflow';
import { gaussianMixture } from '../../information/gaussianMixture';
import { logDensity } from '../../information/logDensity';
import { logDet } from '../../information/logDet';
import { type Divergence, pairDist } from '../../information/pairDist';

/** An entropy of the inputs, added to the mean log-likelihood with a weight. */
export interface InputEntropyTerm {
  /** `logDet`: ½ ln det(I + β Σ̂) of the inputs' covariance. `pairDist`: the entropy of a mixture around the inputs, of the same σ. */
  readonly term: 'logDet' | 'pairDist';
  /** w ≥ 0, by nats. */
  readonly weight: number;
  /** For `pairDist`; default `bhattacharyya`, a lower bound, so that what is made large is one too. */
  readonly divergence?: Divergence;
  /** For `logDet`; default 1 / σ². */
  readonly beta?: number;
}

/** The mean over the inputs of ln (1/N) Σ_j N(x_i; μ_j, σ²I), nats. Differentiable in both. */
export function meanLogLikelihood(points: tf.Tensor2D, centres: tf.Tensor2D, sigma: number): tf.Scalar {
  return tf.tidy(() => logDensity(gaussianMixture({ means: centres, sigma }), points).mean() as tf.Scalar);
}

/** The mean log-likelihood plus the weighted entropy term, nats; see `mixtureCollapse`. */
export function collapseObjective(
  points: tf.Tensor2D,
  centres: tf.Tensor2D,
  sigma: number,
  entropy?: InputEntropyTerm,
): tf.Scalar {
  return tf.tidy(() => {
    const fit = meanLogLikelihood(points, centres, sigma);
    if (!entropy || entropy.weight === 0) return fit;
    const { term, weight, divergence = 'bhattacharyya', beta = sigma ** -2 } = entropy;
    const own =
      term === 'logDet' ? logDet(points, { beta }) : pairDist(points, { sigma, divergence, componentEntropy: false });
    return fit.add(own.mul(weight)) as tf.Scalar;
  });
}
