import { cholesky } from '../engine/cholesky';
import { diagonalPart } from '../engine/matrix';
import { tf } from '../engine/tensorflow';
import { requireJointCovariance } from './jointGaussian';

/**
 * I(X; Y) of jointly Gaussian X and Y, in nats, exact: ½ ln(|S_xx| |S_yy| / |S|) = −½ Σ ln(1 − ρ_i²) over the canonical
 * correlations ρ_i (Cover & Thomas, "Elements of Information Theory", chapter 8). At least 0, and 0 where S_xy = 0. Not
 * changed by an invertible linear map of X or of Y. Differentiable in the covariance, any number of times; the gradient
 * is symmetric.
 *
 * By the Cholesky factor of the correlation matrix, so units do not matter. Float32: some 1e-7 / (1 − ρ²) absolute, ρ
 * the largest canonical correlation; a matrix without that much of a remainder is refused as not positive definite.
 *
 * @param covariance Of (X, Y) stacked, [A + B, A + B].
 * @param split A, the dimension of X: 0 < A < A + B.
 * @throws If the covariance is not finite, symmetric and positive definite, or the split is no such number.
 * @example
 * // Correlation 0.8: −½ ln(1 − 0.8²).
 * gaussianMutualInformation(tf.tensor2d([[1, 0.8], [0.8, 1]]), 1); // 0.5108
 */
export function gaussianMutualInformation(covariance: tf.Tensor2D, split: number): tf.Scalar {
  const size = requireJointCovariance('gaussianMutualInformation', covariance, split);
  const rest = size - split;
  return tf.tidy(() => {
    const scale = diagonalPart(covariance).sqrt();
    const correlation = covariance.div(scale.expandDims(1)).div(scale);
    const logs = (a: tf.Tensor) => diagonalPart(cholesky(a)).log();
    // |S| = |S_xx| |S_yy − S_yx S_xx⁻¹ S_xy|, and the joint factor's last pivots are those of the second.
    const own = logs(correlation.slice([split, split], [rest, rest])).sum();
    return own.sub(logs(correlation).slice([split], [rest]).sum()) as tf.Scalar;
  });
}

/**
 * −½ Σ ln(1 − ρ_i²), nats: the mutual information of jointly Gaussian vectors with these canonical correlations, for
 * instance of coordinates that are correlated in pairs and otherwise independent. Differentiable.
 * Source: as `gaussianMutualInformation`.
 *
 * @param correlations ρ, any shape, each strictly between −1 and 1 (1e-7 from them at the nearest, in float32).
 * @throws If one is not.
 * @example
 * // −½ ln(1 − 0.8²), and twice that for two such pairs.
 * correlatedMutualInformation(0.8); // 0.5108
 * correlatedMutualInformation([0.8, -0.8]); // 1.0217
 */
export function correlatedMutualInformation(correlations: tf.Tensor | number | readonly number[]): tf.Scalar {
  return tf.tidy(() => {
    const rho =
      correlations instanceof tf.Tensor
        ? correlations
        : tf.tensor1d(typeof correlations === 'number' ? [correlations] : [...correlations]);
    const largest = rho.abs().max().dataSync()[0]!;
    if (!(largest < 1)) {
      throw new Error(
        `correlatedMutualInformation: expected correlations strictly between -1 and 1, got one of size ${largest}; at 1 the information is infinite.`,
      );
    }
    return rho.neg().log1p().add(rho.log1p()).sum().mul(-0.5) as tf.Scalar;
  });
}

/** log q(z | given), row by row: z [S, K], given [S, M] to [S], nats. Each row of q must integrate to 1 over z. */
export type LogConditional = (z: tf.Tensor2D, given: tf.Tensor2D) => tf.Tensor1D;

/**
 * log q(z | x') as values, one a sample or already their mean; or as a function with the samples to take it at.
 *
 * @param logConditional log q(z | x'), [S] or a scalar, nats; or q as a function.
 * @param z Samples of z, [S, K].
 * @param given The x' of the same samples, [S, M].
 */
export type ConditionalSamples =
  | { readonly logConditional: tf.Tensor1D | tf.Scalar }
  | { readonly logConditional: LogConditional; readonly z: tf.Tensor2D; readonly given: tf.Tensor2D };

function valuesOf(name: string, samples: ConditionalSamples): tf.Tensor {
  const values =
    'given' in samples ? samples.logConditional(samples.z, samples.given) : (samples.logConditional as tf.Tensor);
  const rows = 'given' in samples ? samples.z.shape[0] : values.size;
  if (values.rank <= 1 && values.size > 0 && values.size === rows) return values;
  throw new Error(
    `${name}: expected log q(z | x') as [S], one value a sample${'given' in samples ? `, S = ${rows}` : ''}, got [${values.shape}]`,
  );
}

/**
 * The variational bound of Barber & Agakov ("The IM algorithm", 2003): I(Z; X') ≥ H(Z) + E log q(z | x'), nats, for any
 * conditional density q; what it falls short by is E KL(p(z | x') ‖ q(z | x')), which is 0 if and only if q is the true
 * conditional. [theory.md section 3, recalled.] It is a lower bound with H(Z) or with a lower bound of it; with an
 * upper bound of H(Z), such as second moments', it is only an estimate. May be negative. Differentiable in both terms.
 *
 * @param entropy H(Z), nats.
 * @param logConditional log q(z | x') at samples [S] of the joint, whose mean is taken; or exact expectations
 *   ([N] over equally likely pairs, as `expectedLogIsotropic`'s, or a scalar); or q as a function, with `z` [S, K] and
 *   `given` [S, M].
 * @throws If the values are not [S].
 * @example
 * const joint = { covariance: tf.tensor2d([[1, 0.8], [0.8, 1]]), split: 1 };
 * const entropy = gaussianEntropy(tf.eye(1));
 * // With the true conditional it is the mutual information; with a wider one it falls short.
 * const [best, wide] = [trueConditional(joint), { covariance: tf.tensor2d([[1]]) }];
 * variationalBound({ entropy, logConditional: expectedLogConditional(joint, best) }); // 0.5108
 * variationalBound({ entropy, logConditional: expectedLogConditional(joint, wide) }); // 0.3
 */
export function variationalBound(options: { readonly entropy: tf.Scalar | number } & ConditionalSamples): tf.Scalar {
  return tf.tidy(() => valuesOf('variationalBound', options).mean().add(options.entropy) as tf.Scalar);
}

/**
 * `variationalBound` over independent samples of (z, x'), with its standard error: that of the sample mean, s / √S, and
 * that of an entropy estimated from other samples (`monteCarloEntropy`), added in quadrature. Within some two standard
 * errors it may exceed the mutual information by chance.
 * Source: Barber & Agakov 2003.
 *
 * @param entropy H(Z), nats: exact, or with a standard error.
 * @param value H(Z), nats, where it is an estimate.
 * @param standardError Of that H(Z), nats.
 * @throws If there are fewer than 2 samples.
 * @example
 * // The mean −0.3, and s / √2 = 0.2.
 * const logConditional = tf.tensor1d([-0.5, -0.1]);
 * variationalEstimate({ entropy: 1, logConditional }); // { value: 0.7, standardError: 0.2 }
 */
export function variationalEstimate(
  options: {
    readonly entropy: number | { readonly value: number; readonly standardError: number };
  } & ConditionalSamples,
): { value: number; standardError: number } {
  const { entropy } = options;
  const { value: known, standardError: own } =
    typeof entropy === 'number' ? { value: entropy, standardError: 0 } : entropy;
  const logs = Array.from(tf.tidy(() => valuesOf('variationalEstimate', options).dataSync<'float32'>()));
  const count = logs.length;
  if (count < 2) {
    throw new Error(`variationalEstimate: expected at least 2 samples for a standard error, got ${count}`);
  }
  const mean = logs.reduce((sum, value) => sum + value, 0) / count;
  const variance = logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  return { value: known + mean, standardError: Math.sqrt(variance / count + own ** 2) };
}
