import { diagonalPart, requireMatrices, transposeMatrix } from '../engine/matrix';
import { symmetricEigen } from '../engine/symmetricEigen';
import { tf } from '../engine/tensorflow';

/**
 * ln |I + E| of one symmetric E with a zero diagonal, and its expansion in powers of E: twice the entropy that the
 * correlations take, in nats.
 */
export interface LogDeterminantExpansion {
  /** ‖E‖_F. */
  readonly size: number;
  /** ln |I + E|: 0 at E = 0, else below 0. */
  readonly exact: number;
  /** −½ ‖E‖_F², which is −K/2 times VICReg's covariance penalty Σ_{j≠k} C_jk² / K at C = I + E. */
  readonly quadratic: number;
  /** tr E³ / 3, the next term, of either sign. */
  readonly cubic: number;
  /** exact − quadratic, without the cancellation: of the order of ‖E‖³. */
  readonly remainder: number;
}

/**
 * At unit variances the entropy bound is ½ ln |C| with C = I + E, E the correlations: ln |I + E| = tr E − ½ tr E² + ⅓
 * tr E³ − …, and tr E = 0. So to second order ln |C| is −½ ‖E‖_F², VICReg's covariance penalty of one view times −K/2;
 * the entropy bound, times −K/4. [Derived, theory.md section 4.]
 *
 * By the eigenvalues λ of E in double precision, Σ (ln(1 + λ) − λ), which keeps some 6 digits of the remainder down to
 * ‖E‖ of 1e-3.
 *
 * @param e [..., K, K], symmetric, its diagonal 0 (to 1e-5), its eigenvalues above −1.
 * @returns One a matrix.
 * @throws If E is not finite, not symmetric, has a diagonal, or I + E is not positive definite.
 * @example
 * // ln(1 − 0.1²), and −½ · 2 · 0.1².
 * const e = tf.tensor2d([[0, 0.1], [0.1, 0]]);
 * logDeterminantExpansion(e); // [{ exact: -0.01005, quadratic: -0.01, cubic: 0 }]
 */
export function logDeterminantExpansion(e: tf.Tensor): LogDeterminantExpansion[] {
  requireMatrices('logDeterminantExpansion', 'e', e, true);
  const { eigenvalues, asymmetry, diagonal } = tf.tidy(() => ({
    eigenvalues: symmetricEigen(e).values.dataSync(),
    asymmetry: e.sub(transposeMatrix(e)).abs().max().dataSync()[0]!,
    diagonal: diagonalPart(e).abs().max().dataSync()[0]!,
  }));
  if (asymmetry > 1e-5) {
    throw new Error(
      `logDeterminantExpansion: expected a symmetric e, got entries [i, j] and [j, i] that differ by ${asymmetry}`,
    );
  }
  if (diagonal > 1e-5) {
    throw new Error(
      `logDeterminantExpansion: expected e to have a zero diagonal, got one of up to ${diagonal}; take the correlations' matrix minus I.`,
    );
  }
  const size = e.shape[e.rank - 1]!;
  return Array.from({ length: eigenvalues.length / size }, (_, i) => {
    const own = Array.from(eigenvalues.slice(i * size, (i + 1) * size));
    if (!(own[0]! > -1)) {
      throw new Error(
        `logDeterminantExpansion: expected I + E to be positive definite, got an eigenvalue of E of ${own[0]}; there ln |I + E| is −∞ or undefined.`,
      );
    }
    const sum = (f: (λ: number) => number) => own.reduce((total, λ) => total + f(λ), 0);
    const squares = sum((λ) => λ * λ);
    return {
      size: Math.sqrt(squares),
      exact: sum((λ) => Math.log1p(λ) - λ),
      quadratic: -squares / 2,
      cubic: sum((λ) => λ ** 3) / 3,
      remainder: sum((λ) => Math.log1p(λ) - λ + (λ * λ) / 2),
    };
  });
}
