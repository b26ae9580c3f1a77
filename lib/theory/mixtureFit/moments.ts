import { tf } from '../../engine/tensorflow';
import { weightedSquares } from '../../information/crossSquaredDistances';
import type { GaussianMixture, MixtureCovariance } from '../../information/gaussianMixture';
import {
  deviationsFrom,
  type Expectation,
  type ExpectationBlocks,
  expectationBlocks,
  squaredDeviationsFrom,
} from './expectation';

/** What an M-step needs of the points, with their responsibilities r under the mixture before it. */
export interface Moments {
  /** Mean over the points of ln of the density under that mixture, nats. */
  readonly logLikelihood: number;
  /** Σ_s r_sn, [N]. */
  readonly counts: tf.Tensor1D;
  /** Σ_s r_sn x_s, [N, K]. */
  readonly sums: tf.Tensor2D;
  /** Second moments about that mixture's means, if they were asked for. */
  readonly squares?: tf.Tensor;
  /** Whether those came of products of matrices, which lose digits of components that are narrow beside the whole. */
  readonly byProducts: boolean;
}

/** Σ_s r_sn (x_s − a_n)(x_s − a_n)ᵀ, as [N, K, K]. */
function outerSquares(responsibilities: tf.Tensor2D, deviations: tf.Tensor3D): tf.Tensor {
  return tf.matMul(deviations.mul<tf.Tensor3D>(responsibilities.transpose().expandDims(2)), deviations, true, false);
}

/** Σ_s r_sn of squared differences [N, n, K], as [N, K]. */
function sumOfSquares(responsibilities: tf.Tensor2D, squares: tf.Tensor3D): tf.Tensor {
  return tf.matMul(responsibilities.transpose().expandDims<tf.Tensor3D>(1), squares).squeeze([1]);
}

/** Second moments of a block about means a, by differences: Σ r ‖x − a‖² [N], Σ r (x − a)² [N, K] or Σ r (x − a)(x − a)ᵀ [N, K, K]. */
function squaresAbout(
  kind: MixtureCovariance['kind'],
  responsibilities: tf.Tensor2D,
  points: tf.Tensor2D,
  means: tf.Tensor2D,
): tf.Tensor {
  if (kind === 'full') return outerSquares(responsibilities, deviationsFrom(means, points));
  const squares = sumOfSquares(responsibilities, squaredDeviationsFrom(means, points));
  return kind === 'diagonal' ? squares : squares.sum(1);
}

/** The same about the means of the E-step, of what it has at hand. */
function ownSquares(
  { means, covariance }: GaussianMixture,
  { responsibilities, distances, differences }: Expectation,
  points: tf.Tensor2D,
): tf.Tensor {
  if (covariance.kind === 'full') return outerSquares(responsibilities, differences!);
  if (covariance.kind === 'diagonal') {
    return differences
      ? sumOfSquares(responsibilities, differences)
      : weightedSquares(responsibilities, points, means, true);
  }
  return responsibilities.mul(distances).sum(0).mul(covariance.sigma.square());
}

/** Sums over the blocks of what `f` makes of each; one block's tensors are held at a time. */
function sumOverBlocks({ starts }: ExpectationBlocks, f: (start: number) => tf.Tensor[]): tf.Tensor[] {
  return starts.reduce<tf.Tensor[]>((sums, start) => {
    const next = tf.tidy(() => f(start).map((own, i) => (sums[i] ? sums[i].add(own) : own)));
    tf.dispose(sums);
    return next;
  }, []);
}

/** The E-step's moments of points under a mixture, with second moments if the covariances are to be estimated. To be called inside a tidy. */
export function mixtureMoments(points: tf.Tensor2D, mixture: GaussianMixture, withSquares: boolean): Moments {
  const blocks = expectationBlocks(points, mixture);
  let logLikelihood = 0;
  const [counts, sums, squares] = sumOverBlocks(blocks, (start) => {
    const x = blocks.rows(points, start);
    const own = blocks.block(start);
    logLikelihood += own.logDensities.sum().dataSync()[0]!;
    const first = [own.responsibilities.sum(0), tf.matMul(own.responsibilities, x, true, false)];
    return withSquares ? [...first, ownSquares(mixture, own, x)] : first;
  }) as [tf.Tensor1D, tf.Tensor2D, tf.Tensor?];
  const found = { logLikelihood: logLikelihood / points.shape[0], counts, sums, byProducts: blocks.byProducts };
  return squares ? { ...found, squares } : found;
}

/** Second moments about other means than the mixture's, by differences, in a second pass over the points. To be called inside a tidy. */
export function secondMoments(points: tf.Tensor2D, mixture: GaussianMixture, about: tf.Tensor2D): tf.Tensor {
  const blocks = expectationBlocks(points, mixture, true);
  return sumOverBlocks(blocks, (start) => [
    squaresAbout(mixture.covariance.kind, blocks.block(start).responsibilities, blocks.rows(points, start), about),
  ])[0]!;
}
