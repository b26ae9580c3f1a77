import type { tf } from '../engine/tensorflow';
import { gramLogDeterminant } from './gramLogDeterminant';
import { requireRows } from './requireRows';

/** The noise, and which second moment. */
export interface LogDetOptions {
  /**
   * β > 0, in 1 / units of z²: variance well below 1 / β counts as none. Default 1, chosen here, for embeddings whose
   * dimensions have a variance of about 1: the value is then the entropy gained over noise of variance 1.
   */
  readonly beta?: number;
  /**
   * Default true: Σ̂ is the covariance, over N − 1. False: the second moment ZᵀZ / N, mean and all, as MixEntroPY's
   * `logdet_entropy` has it; with β = K / ε² that is the coding rate R(Z, ε) of Yu et al. 2020 (MCR²).
   */
  readonly centred?: boolean;
}

/**
 * The LogDet entropy estimate of Zhouyin & Liu 2021 (arXiv 2105.03705) in nats: ½ ln det(I + β Σ̂), Σ̂ the covariance
 * over N − 1 (see `centred` for the other convention). It is ½ Σ_k ln(1 + β λ_k) over the eigenvalues of Σ̂: 0 at
 * collapse, growing as the logarithm of the scale, never −∞ where Σ̂ is singular. Read exactly: the information that z
 * carries through added Gaussian noise of variance 1 / β, were z Gaussian. Add (K/2) ln(2πe/β) for the differential
 * entropy of z with that noise.
 *
 * The determinant is of the N × N Gram matrix where N ≤ K, else of the K × K one (Sylvester's identity). Not changed by
 * a permutation of the rows, a rotation, or (if centred) a shift. Value and gradient are finite at collapse; NaN in z
 * gives NaN. Differentiable any number of times.
 *
 * Float32: relative error some 1e-6 while β times the largest eigenvalue of Σ̂ is below 1e4; small eigenvalues beside
 * one above 1e6 are lost in its rounding, and the value is then finite but may be far too large.
 *
 * @param z [N, K], N ≥ 2 (1 where not centred).
 * @throws If z is not such a matrix or beta is not positive and finite.
 * @example
 * const z = tf.tensor2d([[0, 0], [2, 0], [0, 2], [2, 2]]);
 * // Variances 4/3, uncorrelated: ½ · 2 ln(1 + 4/3).
 * logDet(z); // 0.8473
 * // At collapse 0, where the entropy of the rows would be −∞.
 * logDet(tf.ones([4, 2])); // 0
 */
export function logDet(z: tf.Tensor, { beta = 1, centred = true }: LogDetOptions = {}): tf.Scalar {
  requireRows('logDet', 'z', z, centred ? 2 : 1);
  if (!(beta > 0 && beta < Number.POSITIVE_INFINITY)) {
    throw new Error(`logDet: expected beta to be positive and finite, got ${beta}; 1 / beta is a variance of z.`);
  }
  const n = z.shape[0]!;
  const scale = centred ? beta / (n - 1) : beta / n;
  return gramLogDeterminant(z, { scale, shift: 1, centred });
}
