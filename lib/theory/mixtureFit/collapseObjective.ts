import { tf } from '../../engine/tensorflow';
import { crossSquaredDistances } from '../../information/crossSquaredDistances';
import { gaussianMixture } from '../../information/gaussianMixture';
import { logDensity } from '../../information/logDensity';
import { logDet } from '../../information/logDet';
import { logSumExp } from '../../information/logSumExp';
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

/** Differences of so many numbers are held at once; beyond, `logDensity` takes them in blocks. */
const DIFFERENCES = 2 ** 22;

/**
 * ln (1/N) Σ_j N(x_i; μ_j, σ²I) of each input, [N], nats. As `logDensity`, whose checks and blocks would take most of the time of
 * a small training's step. Differentiable in both.
 */
export function inputLogDensity(points: tf.Tensor2D, centres: tf.Tensor2D, sigma: number): tf.Tensor1D {
  return tf.tidy(() => {
    const [n, k] = points.shape;
    if (n ** 2 * k > DIFFERENCES) return logDensity(gaussianMixture({ means: centres, sigma }), points);
    const distances = crossSquaredDistances(points, centres, { byProducts: false });
    const peak = Math.log(n) + (k / 2) * Math.log(2 * Math.PI * sigma ** 2);
    return logSumExp(distances.mul(-0.5 / sigma ** 2), 1).sub(peak) as tf.Tensor1D;
  });
}

/** The mean log-likelihood plus the weighted entropy term, nats; see `mixtureCollapse`. */
export function collapseObjective(
  points: tf.Tensor2D,
  centres: tf.Tensor2D,
  sigma: number,
  entropy?: InputEntropyTerm,
): tf.Scalar {
  return tf.tidy(() => {
    const fit = inputLogDensity(points, centres, sigma).mean() as tf.Scalar;
    if (!entropy || entropy.weight === 0) return fit;
    const { term, weight, divergence = 'bhattacharyya', beta = sigma ** -2 } = entropy;
    const own =
      term === 'logDet' ? logDet(points, { beta }) : pairDist(points, { sigma, divergence, componentEntropy: false });
    return fit.add(own.mul(weight)) as tf.Scalar;
  });
}
