import { diagonalPart } from '../engine/matrix';
import { tf } from '../engine/tensorflow';
import { solveTriangular } from '../engine/triangularSolve';
import type { GaussianMixture } from './gaussianMixture';

/**
 * The components in coordinates where what they share is gone: one covariance for all is the identity there (`unit`), and
 * covariances of their own are as they were, by their roots. Mahalanobis distances and divergences are the same in both.
 */
export interface StandardComponents {
  readonly kind: 'unit' | 'isotropic' | 'diagonal' | 'full';
  /** [N, K]. */
  readonly means: tf.Tensor2D;
  /** [N], [N, K] or [N, K, K]; none for `unit`. */
  readonly root?: tf.Tensor;
  /** Points of the original coordinates, [S, K], in these. */
  readonly coordinates: (points: tf.Tensor2D) => tf.Tensor2D;
}

/** See `StandardComponents`. Differentiable; to be called inside a tidy. */
export function standardComponents({ means, covariance }: GaussianMixture): StandardComponents {
  const root = covariance.kind === 'full' ? covariance.factor : covariance.sigma;
  if (root.shape[0] === means.shape[0] && means.shape[0] > 1) {
    return { kind: covariance.kind, means, root, coordinates: (points) => points };
  }
  const coordinates = (points: tf.Tensor2D) =>
    covariance.kind === 'full'
      ? solveTriangular(covariance.factor.squeeze([0]), points.transpose()).transpose<tf.Tensor2D>()
      : points.div<tf.Tensor2D>(covariance.sigma);
  return { kind: 'unit', means: coordinates(means), coordinates };
}

/** ½ ln |Σ_n| of the components, [N] or [1], in nats. Differentiable. */
export function logRootDeterminants({ means, covariance }: GaussianMixture): tf.Tensor1D {
  return tf.tidy(() => {
    if (covariance.kind === 'isotropic') return covariance.sigma.log().mul<tf.Tensor1D>(means.shape[1]);
    const scales = covariance.kind === 'diagonal' ? covariance.sigma : diagonalPart(covariance.factor);
    return scales.log().sum<tf.Tensor1D>(1);
  });
}

/** ln c_n, [N] or [1] for equal weights. Differentiable. */
export function logWeights({ means, weights }: GaussianMixture): tf.Tensor1D {
  return weights ? weights.log() : tf.tensor1d([-Math.log(means.shape[0])]);
}
