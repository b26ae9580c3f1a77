import { diagonalPart } from '../engine/matrix';
import { tf } from '../engine/tensorflow';
import { solveTriangular } from '../engine/triangularSolve';
import type { GaussianMixture } from './gaussianMixture';
import { type MahalanobisMethod, mahalanobisMethod } from './mahalanobis';

/** What Mahalanobis distances of points from the components are computed from, with the method for it. */
export interface StandardComponents {
  /** [S, K]. */
  readonly points: tf.Tensor2D;
  /** [N, K]. */
  readonly means: tf.Tensor2D;
  /** The covariances' roots, [N or 1], [N or 1, K] or [N or 1, K, K]; none where they are the identity. */
  readonly root?: tf.Tensor;
  /** Whether there is one covariance for all. */
  readonly shared: boolean;
  readonly method: MahalanobisMethod;
}

/**
 * Points and components as their distances are best computed. One covariance for all is taken to the identity where that loses no
 * digits, as products of matrices need it: centred first, then divided. Where components lie far apart, differences come
 * before the division. Reads numbers back. Differentiable; to be called inside a tidy.
 */
export function standardComponents({ means, covariance }: GaussianMixture, points: tf.Tensor2D): StandardComponents {
  const root = covariance.kind === 'full' ? covariance.factor : covariance.sigma;
  const { kind } = covariance;
  const shared = root.shape[0] === 1 || means.shape[0] === 1;
  if (shared && kind !== 'isotropic') {
    const centre = means.mean(0);
    const standard = (x: tf.Tensor2D) => {
      const centred = x.sub<tf.Tensor2D>(centre);
      if (kind === 'diagonal') return centred.div<tf.Tensor2D>(root);
      return solveTriangular(root.squeeze([0]), centred.transpose()).transpose<tf.Tensor2D>();
    };
    const unit = { points: standard(points), means: points === means ? undefined : standard(means) };
    const own = { points: unit.points, means: unit.means ?? unit.points, shared };
    const method = mahalanobisMethod('unit', own);
    if (method.byProducts) return { ...own, method };
    return { points, means, root, shared, method: { kind, byProducts: false } };
  }
  return { points, means, root, shared, method: mahalanobisMethod(kind, { points, means, root }) };
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

/** ln c_n N(μ_n; μ_n, Σ_n) of the components, their weighted densities at their own means: [N], nats. Differentiable. */
export function logPeaks(mixture: GaussianMixture): tf.Tensor1D {
  const [n, k] = mixture.means.shape;
  return tf.tidy(() =>
    logWeights(mixture)
      .sub(logRootDeterminants(mixture))
      .sub((k / 2) * Math.log(2 * Math.PI))
      .mul<tf.Tensor1D>(tf.ones([n])),
  );
}
