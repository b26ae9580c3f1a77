import { diagonalMatrix, diagonalPart, requireMatrices, transposeMatrix } from '../engine/matrix';
import { tf } from '../engine/tensorflow';

/** How far covariances are from their own diagonals, one value a matrix: [...]. */
export interface DistanceToDiagonal {
  /**
   * ‖C − diag C‖_F / ‖diag C‖_F, 0 to √(K − 1): weighs the coordinates of large variance most. NaN where none varies.
   */
  readonly relativeFrobenius: tf.Tensor;
  /**
   * Mean |r_jk| over the pairs j < k of coordinates that vary, 0 to 1: weighs all alike. NaN where fewer than two vary.
   */
  readonly meanAbsoluteCorrelation: tf.Tensor;
}

/** Float32 products of one matrix with itself are off by less. */
const TOLERANCE = 1e-3;

/** C with rows and columns divided by the standard deviations; 0 where a coordinate does not vary. */
function correlations(covariance: tf.Tensor): tf.Tensor {
  const variances = diagonalPart(covariance);
  const scale = tf.where(variances.greater(0), variances.rsqrt(), tf.zerosLike(variances));
  return covariance.mul(scale.expandDims(-1)).mul(scale.expandDims(-2));
}

/**
 * Requires symmetric [..., K, K] with variances ≥ 0 and every 2 × 2 minor ≥ 0, within float32. Reads two values back.
 */
function requireCovariances(name: string, covariance: tf.Tensor): void {
  requireMatrices(name, 'covariance', covariance, true);
  const problem = tf.tidy(() => {
    const variances = diagonalPart(covariance);
    // The root of each: their product would leave float32's range where the covariances are well inside it.
    const deviations = variances.sqrt();
    const limit = deviations.expandDims(-1).mul(deviations.expandDims(-2));
    const asymmetry = covariance.sub(transposeMatrix(covariance)).abs().sub(limit.mul(TOLERANCE));
    const excess = covariance.abs().sub(limit.mul(1 + TOLERANCE));
    const worst = [variances.min().neg(), asymmetry.max(), excess.max()];
    return tf.stack(worst).dataSync();
  });
  const [negative, asymmetry, excess] = problem as unknown as [number, number, number];
  if (negative > 0) {
    throw new Error(
      `${name}: expected variances of at least 0 on the diagonal, got ${-negative}; it is no covariance.`,
    );
  }
  if (asymmetry > 0) {
    throw new Error(
      `${name}: expected symmetric matrices [..., K, K], got one that is not; take (C + Cᵀ) / 2 if it should be.`,
    );
  }
  if (excess > 0) {
    throw new Error(
      `${name}: expected positive semidefinite matrices, got a covariance larger than the root of its variances' product; it is no covariance.`,
    );
  }
}

/**
 * The correlations of a covariance, 1 on the diagonal; rows and columns of coordinates that do not vary are 0.
 *
 * @param covariance [..., K, K].
 * @throws If it is not finite, not symmetric, or not positive (checked on the diagonal and every pair of coordinates).
 * @example
 * // 6 / (2 · 5); the third coordinate does not vary.
 * correlationMatrix(tf.tensor2d([[4, 6, 0], [6, 25, 0], [0, 0, 0]])); // [[1, 0.6, 0], [0.6, 1, 0], [0, 0, 0]]
 */
export function correlationMatrix(covariance: tf.Tensor): tf.Tensor {
  requireCovariances('correlationMatrix', covariance);
  return tf.tidy(() => correlations(covariance));
}

/**
 * How far each covariance is from being diagonal in the given coordinates, by two measures that no scale of the whole
 * changes: in Frobenius norm relative to the diagonal's, and as mean absolute correlation. Both are 0 for a diagonal
 * matrix, and both are biased upwards for a covariance of few samples: `independentDistanceToDiagonal` says what
 * independent coordinates give. Derived here; the paper's own normalisation (its Figure 3) was not read.
 *
 * @param covariance [..., K, K], K ≥ 2.
 * @throws If it is not finite, not symmetric, not positive (checked on the diagonal and every pair of coordinates), or
 *   K < 2.
 * @example
 * // √(2 · 6²) / √(4² + 25²), and the one correlation.
 * const covariance = tf.tensor2d([[4, 6], [6, 25]]);
 * distanceToDiagonal(covariance); // { relativeFrobenius: 0.3351, meanAbsoluteCorrelation: 0.6 }
 */
export function distanceToDiagonal(covariance: tf.Tensor): DistanceToDiagonal {
  requireCovariances('distanceToDiagonal', covariance);
  const size = covariance.shape[covariance.rank - 1]!;
  if (size < 2)
    throw new Error('distanceToDiagonal: expected at least 2 coordinates, got 1; one has no others to vary with.');
  return tf.tidy(() => {
    const largest = diagonalPart(covariance).max(-1).expandDims(-1).expandDims(-1);
    // Squares of small covariances would underflow.
    const scaled = covariance.div(largest);
    const variances = diagonalPart(scaled);
    const off = (x: tf.Tensor) => x.sub(diagonalMatrix(diagonalPart(x)));
    const norm = (x: tf.Tensor, axes: number[]) => x.square().sum(axes).sqrt();
    const varying = diagonalPart(covariance).greater(0).toFloat().sum(-1);
    const pairs = varying.mul(varying.sub(1));
    const sum = off(correlations(covariance)).abs().sum([-2, -1]);
    return {
      relativeFrobenius: norm(off(scaled), [-2, -1]).div(norm(variances, [-1])),
      meanAbsoluteCorrelation: tf.where(pairs.greater(0), sum.div(pairs), tf.fill(sum.shape, Number.NaN)),
    };
  });
}
