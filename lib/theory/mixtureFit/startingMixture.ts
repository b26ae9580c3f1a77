import { tf } from '../../engine/tensorflow';
import { BLOCK, joined, parts } from '../../information/blocks';
import { crossSquaredDistances } from '../../information/crossSquaredDistances';
import type { GaussianMixture } from '../../information/gaussianMixture';
import { covarianceRoots } from './covarianceRoots';
import type { RequiredEmOptions } from './emOptions';

/** Each point's index of its nearest mean, [S]. */
function nearestMeans(points: tf.Tensor2D, means: tf.Tensor2D): tf.Tensor1D {
  const blocks = parts(points, Math.max(1, Math.floor(BLOCK / means.size)));
  return joined(
    blocks.map((x) => tf.tidy(() => crossSquaredDistances(x, means, { byProducts: false }).argMin(1))),
  ) as tf.Tensor1D;
}

/**
 * A mixture of equal weights about these means, of one covariance for all: the fixed one, or that of the points about their nearest
 * means (as k-means would have it), of the kind to be fitted, regularized. To be called inside a tidy.
 */
export function startingMixture(
  name: string,
  points: tf.Tensor2D,
  means: tf.Tensor2D,
  { covariance, regularization }: RequiredEmOptions,
): GaussianMixture {
  if (typeof covariance === 'object') {
    return { means, covariance: { kind: 'isotropic', sigma: tf.tensor1d([covariance.fixed]) } };
  }
  const deviations = points.sub<tf.Tensor2D>(means.gather(nearestMeans(points, means)));
  const variances = {
    spherical: () => deviations.square().mean().expandDims(0),
    diagonal: () => deviations.square().mean(0).expandDims(0),
    full: () => tf.matMul(deviations, deviations, true, false).div(points.shape[0]).expandDims(0),
  }[covariance]();
  return { means, covariance: covarianceRoots(name, variances, tf.tensor1d([true], 'bool'), regularization) };
}
