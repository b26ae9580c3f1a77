import { factorPositiveDefinite } from '../engine/cholesky';
import { requireMatrices, transposeMatrix } from '../engine/matrix';
import { tf } from '../engine/tensorflow';

/** What rounding in float32 may do to a symmetric matrix, relative to its largest entry. */
const asymmetry = 1e-4;

/**
 * Requires covariances [..., n, n]: finite, symmetric (to 1e-4 of the largest entry) and positive definite in float32. Reads
 * four values back.
 */
export function requireCovariance(name: string, what: string, a: tf.Tensor): void {
  requireMatrices(name, what, a, true);
  tf.tidy(() => {
    const difference = a.sub(transposeMatrix(a)).abs().max().dataSync()[0]!;
    const size = a.abs().max().dataSync()[0]!;
    if (difference > asymmetry * size) {
      throw new Error(
        `${name}: expected ${what} to be symmetric, got entries [i, j] and [j, i] that differ by ${difference}; take (S + Sᵀ) / 2 if that is meant.`,
      );
    }
    factorPositiveDefinite(name, a);
  });
}
