import { isRecording, withGradient } from '../engine/gradient';
import { runKernel } from '../engine/kernel';
import { relu } from '../engine/relu';
import { tf } from '../engine/tensorflow';
import { type Objective, objective } from './objective';
import { requireNonNegative, requirePositive } from './optionChecks';

export interface VicregOptions {
  /** Weight λ of the invariance term; default 25, `--sim-coeff` of facebookresearch/vicreg's main_vicreg.py. */
  readonly invariance?: number;
  /** Weight μ of the variance term; default 25, `--std-coeff` there. */
  readonly variance?: number;
  /** Weight ν of the covariance term; default 1, `--cov-coeff` there. */
  readonly covariance?: number;
  /** Added to each variance before its root, above 0; default 1e-4, as there. */
  readonly epsilon?: number;
  /**
   * How the two views' variance terms join: `halved` (default), their mean, as facebookresearch/vicreg and lightly;
   * `summed`, as solo-learn, where a weight of 25 acts as 50.
   */
  readonly varianceConvention?: 'halved' | 'summed';
}

/**
 * The mean over all N · K entries of (za − zb)², as `repr_loss` of main_vicreg.py (`F.mse_loss`). Scalar.
 *
 * @param za, zb [N, K], row i of both from image i; in units of the embeddings.
 * @throws TensorFlow's own error if the shapes do not fit; nothing else is checked here.
 * @example
 * // The mean of 1, 0, 0, 1.
 * invarianceTerm(tf.tensor2d([[0, 0], [1, 1]]), tf.tensor2d([[1, 0], [1, 2]])); // 0.5
 */
export function invarianceTerm(za: tf.Tensor, zb: tf.Tensor): tf.Scalar {
  return tf.tidy(() => za.sub(zb).square().mean());
}

/**
 * How far one view's dimensions fall short of standard deviation 1: the mean over k of max(0, 1 − √(var_k + epsilon)),
 * var_k the variance of column k of z [N, K], over N − 1. Finite, as is its gradient, for equal rows. Scalar. As
 * `std_loss` of main_vicreg.py before its halving.
 *
 * @param z [N, K], N ≥ 2: NaN for N = 1.
 * @param epsilon Above 0; default 1e-4, as there.
 * @throws TensorFlow's own error if z has no rows and columns; nothing else is checked here.
 * @example
 * // Standard deviation √2, above 1; then collapse, where the root of epsilon is left: 1 − 0.01.
 * varianceTerm(tf.tensor2d([[-1], [1]])); // 0
 * varianceTerm(tf.zeros([2, 1])); // 0.99
 */
export function varianceTerm(z: tf.Tensor, epsilon = 1e-4): tf.Scalar {
  return tf.tidy(() => {
    const variance = z
      .sub(z.mean(0))
      .square()
      .sum(0)
      .div(z.shape[0]! - 1);
    return relu(tf.sub(1, variance.add(epsilon).sqrt())).mean();
  });
}

/**
 * The covariance matrix [K, K] of centred embeddings without its diagonal; by one more kernel where it is to be
 * differentiated.
 */
function offDiagonalCovariance(centred: tf.Tensor, differentiable = false): tf.Tensor {
  const [n, k] = centred.shape as [number, number];
  const whole = tf.matMul(centred, centred, true, false).div(n - 1);
  if (differentiable) return whole.mul(tf.sub(1, tf.eye(k)));
  return runKernel('MatrixSetDiag', { T: { type: 'float32' } }, [whole, tf.zeros([k])]);
}

/** Σ_n z_nk² / (N − 1) of centred embeddings: [K]. */
function variances(centred: tf.Tensor): tf.Tensor {
  return centred
    .square()
    .sum(0)
    .div(centred.shape[0]! - 1);
}

/** Σ_{j ≠ k} C_jk² and a quarter of its gradient by Z, from the off-diagonal covariance O: Z O / (N − 1). */
const byCovariance = {
  matrix: offDiagonalCovariance,
  value: (matrix: tf.Tensor) => matrix.square().sum(),
  slope: (matrix: tf.Tensor, centred: tf.Tensor) => tf.matMul(centred, matrix).div(centred.shape[0]! - 1),
};

/**
 * The same from G = Z Zᵀ / (N − 1), [N, N]: ‖G‖² − Σ C_kk² and (G Z − Z diag C) / (N − 1). Where K ≥ 2 N it takes N / K
 * of the work. Its absolute error is some 1e-6 of ‖C‖² = ‖G‖². For about equal variances that is little, for the rank
 * of C, below K / 2, keeps ‖G‖² above 2 Σ C_kk²; for very unequal ones the difference may be all rounding, and come out
 * slightly below 0.
 */
const byGram = {
  matrix: (centred: tf.Tensor) => tf.matMul(centred, centred, false, true).div(centred.shape[0]! - 1),
  value: (matrix: tf.Tensor, centred: tf.Tensor) => matrix.square().sum().sub(variances(centred).square().sum()),
  slope: (matrix: tf.Tensor, centred: tf.Tensor) =>
    tf
      .matMul(matrix, centred)
      .sub(centred.mul(variances(centred)))
      .div(centred.shape[0]! - 1),
};

/**
 * How correlated one view's dimensions are: Σ_{j ≠ k} C_jk² / K, C = Σ_n (z_n − z̄)(z_n − z̄)ᵀ / (N − 1), for z [N, K].
 * Scalar. As `cov_loss` of main_vicreg.py.
 *
 * @param z [N, K], N ≥ 2: NaN for N = 1.
 * @throws TensorFlow's own error if z is not of two axes; nothing else is checked here.
 * @example
 * // Both dimensions are the same, of variance 2: (2² + 2²) / 2. Uncorrelated ones cost nothing.
 * covarianceTerm(tf.tensor2d([[-1, -1], [1, 1]])); // 4
 * covarianceTerm(tf.tensor2d([[-1, -1], [1, 1], [-1, 1], [1, -1]])); // 0
 */
export function covarianceTerm(z: tf.Tensor): tf.Scalar {
  const [n, k] = z.shape as [number, number];
  const { matrix, value, slope } = k >= 2 * n ? byGram : byCovariance;
  // The gradient is written out: it takes one product of matrices, where the tape would take two.
  return withGradient([z], () => {
    const centred = z.sub(z.mean(0));
    const products = matrix(centred);
    return {
      value: value(products, centred).div(k),
      saved: [z, centred, products],
      gradient: (dy, [zSaved, centredSaved, productsSaved]) => {
        const again = isRecording() ? zSaved!.sub(zSaved!.mean(0)) : centredSaved!;
        return [slope(isRecording() ? matrix(again, true) : productsSaved!, again).mul(dy.mul(4 / k))];
      },
    };
  }) as tf.Scalar;
}

/**
 * VICReg (Bardes, Ponce & LeCun 2022, arXiv 2105.04906), with the conventions of facebookresearch/vicreg's
 * main_vicreg.py: λ · invariance(za, zb) + μ · ½ (variance(za) + variance(zb)) + ν · (covariance(za) + covariance(zb)).
 *
 * @throws If a weight is negative or not finite, or epsilon not above 0: at collapse only it keeps the gradient finite.
 * @example
 * const za = tf.tensor2d([[-0.5, -0.5], [0.5, 0.5]]);
 * const zb = tf.tensor2d([[0.5, -0.5], [1.5, 0.5]]);
 * // The views differ by 1 in one of two dimensions; standard deviations and covariances are √½ and ½ in both.
 * vicreg().terms({ za, zb }); // { invariance: 12.5, variance: 7.3206, covariance: 0.5 }
 */
export function vicreg({
  invariance = 25,
  variance = 25,
  covariance = 1,
  epsilon = 1e-4,
  varianceConvention = 'halved',
}: VicregOptions = {}): Objective {
  requireNonNegative('vicreg', { invariance, variance, covariance });
  requirePositive('vicreg', { epsilon });
  if (varianceConvention !== 'halved' && varianceConvention !== 'summed') {
    throw new Error(`vicreg: expected the varianceConvention 'halved' or 'summed', got '${varianceConvention}'`);
  }
  const share = varianceConvention === 'halved' ? variance / 2 : variance;
  return objective(
    'VICReg',
    ({ za, zb }) => ({
      invariance: invarianceTerm(za, zb).mul(invariance),
      variance: varianceTerm(za, epsilon).add(varianceTerm(zb, epsilon)).mul(share),
      covariance: covarianceTerm(za).add(covarianceTerm(zb)).mul(covariance),
    }),
    { shiftInvariant: true, settings: { invariance, variance, covariance, epsilon, varianceConvention } },
  );
}
