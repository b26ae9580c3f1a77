import { diagonalPart } from '../../engine/matrix';
import { tf } from '../../engine/tensorflow';
import type { GaussianMixture } from '../../information/gaussianMixture';
import { mahalanobisMethod } from '../../information/mahalanobis';
import { covarianceRoots, keepEmpty } from './covarianceRoots';
import type { RequiredEmOptions } from './emOptions';
import { type Moments, mixtureMoments, secondMoments } from './moments';

/** A component of less responsibility than this, in points, is empty: ten times float64's rounding, as in scikit-learn. */
const EMPTY = 2.2e-15;

/** Means that moved by up to so many variances leave second moments about the old means their digits. */
const FAR = 64;

/** The M-step's counts, means and weights. */
interface Location {
  /** Which components are not empty, [N]. */
  readonly alive: tf.Tensor1D;
  /** Σ_s r_sn, [N]: at least EMPTY. */
  readonly counts: tf.Tensor1D;
  readonly means: tf.Tensor2D;
}

function locate({ counts, sums }: Moments, means: tf.Tensor2D): Location {
  const alive = counts.greater<tf.Tensor1D>(EMPTY);
  const own = counts.maximum<tf.Tensor1D>(EMPTY);
  const moved = sums.div<tf.Tensor2D>(own.expandDims(1));
  return { alive, counts: own, means: tf.where(alive.expandDims(1).broadcastTo(means.shape), moved, means) };
}

/** Variances of second moments [N], [N, K] or [N, K, K] about means that are off by `move`, before regularization. */
function variancesOf(squares: tf.Tensor, { counts }: Location, move: tf.Tensor2D): tf.Tensor {
  if (squares.rank === 3) {
    return squares.div(counts.reshape([-1, 1, 1])).sub(move.expandDims(2).mul(move.expandDims(1)));
  }
  if (squares.rank === 2) return squares.div(counts.expandDims(1)).sub(move.square());
  return squares.div(counts.mul(move.shape[1])).sub(move.square().mean(1));
}

/** Whether float32 leaves these variances their digits: no cancellation of a long move, nor in the products of matrices they came of. */
function arePrecise(
  variances: tf.Tensor,
  byProducts: boolean,
  location: Location,
  move: tf.Tensor2D,
  points: tf.Tensor2D,
  regularization: number,
): boolean {
  const floor = Math.max(regularization, 1e-37);
  const own = (variances.rank === 3 ? diagonalPart(variances) : variances).maximum(floor);
  const scales = own.rank === 1 ? own.expandDims(1) : own;
  const alive = location.alive.expandDims(1).toFloat();
  if (!(move.square().div(scales).mul(alive).max().dataSync()[0]! < FAR)) return false;
  if (!byProducts) return true;
  const root = tf
    .where(location.alive.expandDims(1).broadcastTo(scales.shape), scales, tf.fill(scales.shape, 3e38))
    .sqrt();
  return mahalanobisMethod('diagonal', { points, means: location.means, root }).byProducts;
}

/**
 * One step of EM of points near the origin: the mixture that maximises the expected log-likelihood with the responsibilities under
 * this one, which conforms to the options. To be called inside a tidy.
 */
export function maximize(
  name: string,
  points: tf.Tensor2D,
  mixture: GaussianMixture,
  { covariance, weights, regularization }: RequiredEmOptions,
): { readonly mixture: GaussianMixture; readonly logLikelihood: number } {
  const estimated = typeof covariance !== 'object';
  const moments = mixtureMoments(points, mixture, estimated);
  const { logLikelihood } = moments;
  if (!Number.isFinite(logLikelihood)) {
    throw new Error(
      `${name}: expected a finite log-likelihood, got ${logLikelihood}: some points lie too far from every centre for float32; rescale them, ` +
        'or start with wider covariances.',
    );
  }
  const location = locate(moments, mixture.means);
  const next = {
    means: location.means,
    ...(weights === 'equal' ? {} : { weights: location.counts.div<tf.Tensor1D>(location.counts.sum()) }),
  };
  if (!estimated) return { logLikelihood, mixture: { ...next, covariance: mixture.covariance } };
  const move = next.means.sub<tf.Tensor2D>(mixture.means);
  let variances = variancesOf(moments.squares!, location, move);
  if (!arePrecise(variances, moments.byProducts, location, move, points, regularization)) {
    const squares = secondMoments(points, mixture, next.means);
    variances = variancesOf(squares, location, tf.zerosLike(move));
  }
  const roots = covarianceRoots(name, variances, location.alive, regularization);
  return { logLikelihood, mixture: { ...next, covariance: keepEmpty(location.alive, roots, mixture.covariance) } };
}
