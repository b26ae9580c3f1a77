import { cholesky } from '../engine/cholesky';
import { isRecording, withGradient } from '../engine/gradient';
import { runKernel } from '../engine/kernel';
import { diagonalMatrix, diagonalPart, identityLike } from '../engine/matrix';
import { tf } from '../engine/tensorflow';
import { triangularSolve } from '../engine/triangularSolve';
import { requireRows } from './requireRows';

const float32 = { T: { type: 'float32' } } as const;

export interface LogDetOptions {
  /**
   * β > 0, in 1 / units of z²: variance well below 1 / β counts as none. Default 1, chosen here, for embeddings whose dimensions
   * have a variance of about 1: the value is then the entropy gained over noise of variance 1.
   */
  readonly beta?: number;
  /**
   * Default true: Σ̂ is the covariance, over N − 1. False: the second moment ZᵀZ / N, mean and all, as MixEntroPY's
   * `logdet_entropy` has it; with β = K / ε² that is the coding rate R(Z, ε) of Yu et al. 2020 (MCR²).
   */
  readonly centred?: boolean;
}

/** I + scale · X Xᵀ or I + scale · Xᵀ X, whichever is smaller: both have one determinant. */
function shiftedGram(x: tf.Tensor, scale: number): tf.Tensor {
  const [n, k] = x.shape as [number, number];
  const gram = tf.matMul(x, x, n > k, n <= k).mul(scale);
  return gram.add(identityLike(gram));
}

/** Far above what rounding does to a Gram matrix, relative to its diagonal; used only where rounding made it indefinite. */
const JITTER = 1e-4;

/** The Cholesky factor of I + a Gram matrix, with its diagonal raised by a relative JITTER where float32 has none without. */
function factorOf(a: tf.Tensor): tf.Tensor {
  const plain = runKernel('Cholesky', float32, [a]);
  const raised = runKernel('Cholesky', float32, [a.add(diagonalMatrix(diagonalPart(a).mul(JITTER)))]);
  // Chosen without reading a number back. NaN is not below infinity.
  return tf.where(diagonalPart(plain).sum().less(Number.POSITIVE_INFINITY), plain, raised);
}

/** ∂ ln det / ∂ X / (2 · scale): A⁻¹ X or X A⁻¹, from the Cholesky factor L of A. */
function gradientFrom(l: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const half = isRecording()
    ? triangularSolve(l, identityLike(l))
    : runKernel('MatrixTriangularSolve', { ...float32, lower: true, adjoint: false }, [l, identityLike(l)]);
  const inverse = tf.matMul(half, half, true, false);
  return x.shape[0]! <= x.shape[1]! ? tf.matMul(inverse, x) : tf.matMul(x, inverse);
}

/**
 * The LogDet entropy estimate of Zhouyin & Liu 2021 (arXiv 2105.03705) in nats: ½ ln det(I + β Σ̂), Σ̂ the covariance over N − 1
 * (see `centred` for the other convention). It is ½ Σ_k ln(1 + β λ_k) over the eigenvalues of Σ̂: 0 at collapse, growing as the
 * logarithm of the scale, never −∞ where Σ̂ is singular. Read exactly: the information that z carries through added Gaussian
 * noise of variance 1 / β, were z Gaussian. Add (K/2) ln(2πe/β) for the differential entropy of z with that noise.
 *
 * The determinant is of the N × N Gram matrix where N ≤ K, else of the K × K one (Sylvester's identity). Not changed by a
 * permutation of the rows, a rotation, or (if centred) a shift. Value and gradient are finite at collapse; NaN in z gives NaN.
 * Differentiable any number of times.
 *
 * Float32: relative error some 1e-6 while β times the largest eigenvalue of Σ̂ is below 1e4; small eigenvalues beside one above
 * 1e6 are lost in its rounding, and the value is then finite but may be far too large.
 *
 * @param z [N, K], N ≥ 2 (1 where not centred).
 * @throws If z is not such a matrix or beta is not positive and finite.
 */
export function logDet(z: tf.Tensor, { beta = 1, centred = true }: LogDetOptions = {}): tf.Scalar {
  requireRows('logDet', 'z', z, centred ? 2 : 1);
  if (!(beta > 0 && beta < Number.POSITIVE_INFINITY)) {
    throw new Error(`logDet: expected beta to be positive and finite, got ${beta}; 1 / beta is a variance of z.`);
  }
  const n = z.shape[0]!;
  const scale = centred ? beta / (n - 1) : beta / n;
  const rows = (x: tf.Tensor) => (centred ? x.sub(x.mean(0)) : x);
  return withGradient([z], () => {
    const x = rows(z);
    const l = factorOf(shiftedGram(x, scale));
    return {
      value: diagonalPart(l).log().sum(),
      saved: [z, x, l],
      // A centred x gives a gradient with columns of mean 0 already: 1 is an eigenvector of A.
      gradient: (dy, [zSaved, xSaved, lSaved]) => {
        const again = isRecording();
        const own = again ? rows(zSaved!) : xSaved!;
        const factor = again ? cholesky(shiftedGram(own, scale)) : lSaved!;
        return [gradientFrom(factor, own).mul(dy.mul(scale))];
      },
    };
  }) as tf.Scalar;
}
