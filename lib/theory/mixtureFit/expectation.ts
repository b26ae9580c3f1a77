import { identityLike } from '../../engine/matrix';
import { tf } from '../../engine/tensorflow';
import { solveTriangular } from '../../engine/triangularSolve';
import { BLOCK } from '../../information/blocks';
import type { GaussianMixture } from '../../information/gaussianMixture';
import { logSumExp } from '../../information/logSumExp';
import { squaredMahalanobis } from '../../information/mahalanobis';
import { logPeaks, standardComponents } from '../../information/standardComponents';

/** What the E-step knows of a block of points. */
export interface Expectation {
  /** r, [n, N]: the probability of each component given the point; rows of sum 1. */
  readonly responsibilities: tf.Tensor2D;
  /** ln of the mixture's density, [n]. */
  readonly logDensities: tf.Tensor1D;
  /** Squared Mahalanobis distances, [n, N]. */
  readonly distances: tf.Tensor2D;
  /** What the distances were taken from, [N, n, K]: x_s − μ_n of full covariances, else (x_s − μ_n)²; none where by products. */
  readonly differences?: tf.Tensor3D;
}

/** The E-step in blocks of points. */
export interface ExpectationBlocks {
  /** The first row of each block. */
  readonly starts: readonly number[];
  /** Whether distances are taken by products of matrices (see `MahalanobisMethod`). */
  readonly byProducts: boolean;
  /** The rows of x [S, ...] in a block. */
  rows<T extends tf.Tensor>(x: T, start: number): T;
  block(start: number): Expectation;
}

/** x_s − μ_n as [N, n, K]. */
export function deviationsFrom(means: tf.Tensor2D, points: tf.Tensor2D): tf.Tensor3D {
  return points.expandDims(0).sub<tf.Tensor3D>(means.expandDims(1));
}

/** (x_s − μ_n)² as [N, n, K]. */
export function squaredDeviationsFrom(means: tf.Tensor2D, points: tf.Tensor2D): tf.Tensor3D {
  return points.expandDims(0).squaredDifference<tf.Tensor3D>(means.expandDims(1));
}

type FromDifferences = (x: tf.Tensor2D) => { readonly differences: tf.Tensor3D; readonly distances: tf.Tensor2D };

/** Distances of a block from differences: products with L_n⁻¹ (much faster than to solve), or of squares with 1 / σ². */
function byDifferences({ means, covariance }: GaussianMixture): FromDifferences {
  if (covariance.kind === 'full') {
    const inverses = solveTriangular(covariance.factor, identityLike(covariance.factor)) as tf.Tensor3D;
    return (x) => {
      const differences = deviationsFrom(means, x);
      const standard = tf.matMul(differences, inverses, false, true);
      return { differences, distances: standard.square().sum<tf.Tensor2D>(2).transpose() };
    };
  }
  const sigma = covariance.kind === 'diagonal' ? covariance.sigma : covariance.sigma.expandDims(1);
  const precisions = sigma.square().reciprocal().mul(tf.onesLike(means)).expandDims<tf.Tensor3D>(2);
  return (x) => {
    const differences = squaredDeviationsFrom(means, x);
    return { differences, distances: tf.matMul(differences, precisions).squeeze<tf.Tensor2D>([2]).transpose() };
  };
}

/**
 * The E-step of points [S, K] under a mixture, in blocks of points against all components, so that little is held at once. Points and means
 * near the origin keep the digits. Reads numbers back. To be called inside a tidy, each block in one of its own.
 *
 * @param differences Whether the caller holds [n, N, K] of a block itself, so that blocks are small. Default false.
 */
export function expectationBlocks(
  points: tf.Tensor2D,
  mixture: GaussianMixture,
  differences = false,
): ExpectationBlocks {
  const { means, covariance } = mixture;
  const [n, k] = means.shape;
  const peaks = logPeaks(mixture);
  const full = covariance.kind === 'full';
  const standard = full ? undefined : standardComponents(mixture, points);
  const byProducts = standard?.method.byProducts ?? false;
  const fromDifferences = byProducts ? undefined : byDifferences(mixture);
  const size = Math.max(1, Math.floor(BLOCK / (byProducts && !differences ? Math.max(n, k) : n * k)));
  const count = points.shape[0];
  const rows = <T extends tf.Tensor>(x: T, start: number) =>
    size >= count ? x : (x.slice(start, Math.min(size, count - start)) as T);
  const byProductsOf = (start: number) => {
    const { points: own, means: centres, root, method } = standard!;
    return { distances: squaredMahalanobis(rows(own, start), centres, root, method) as tf.Tensor2D };
  };
  return {
    starts: Array.from({ length: Math.ceil(count / size) }, (_, i) => i * size),
    byProducts,
    rows,
    block(start) {
      const { distances, ...differences } = fromDifferences?.(rows(points, start)) ?? byProductsOf(start);
      const joint = peaks.sub<tf.Tensor2D>(distances.mul(0.5));
      const logDensities = logSumExp(joint, 1) as tf.Tensor1D;
      return { responsibilities: joint.softmax(), logDensities, distances, ...differences };
    },
  };
}
