import { factorPositiveDefinite } from '../engine/cholesky';
import { diagonalPart, requireMatrices, transposeMatrix } from '../engine/matrix';
import { offTape } from '../engine/rematerialize';
import type { tf } from '../engine/tensorflow';

/** What rounding in float32 may do to an entry of a symmetric matrix, relative to the two deviations that bound it. */
const asymmetry = 1e-4;

/**
 * Requires covariances [..., n, n]: finite, symmetric (each entry to 1e-4 of √a_ii √a_jj) and positive definite in float32. Reads
 * four values back.
 */
export function requireCovariance(name: string, what: string, a: tf.Tensor): void {
  requireMatrices(name, what, a, true);
  const difference = offTape(() => {
    const root = diagonalPart(a).sqrt();
    const allowed = root.expandDims(-1).mul(root.expandDims(-2)).mul(asymmetry);
    const differences = a.sub(transposeMatrix(a)).abs();
    return differences.mul(differences.greater(allowed).toFloat()).max().dataSync()[0]!;
  });
  if (difference > 0) {
    throw new Error(
      `${name}: expected ${what} to be symmetric, got entries [i, j] and [j, i] that differ by ${difference}; take (S + Sᵀ) / 2 if that is meant.`,
    );
  }
  try {
    factorPositiveDefinite(name, a).dispose();
  } catch (cause) {
    throw new Error(
      `${name}: expected positive definite covariances, got ${what} singular or indefinite in float32. Add a small multiple of the ` +
        'identity, or look at its eigenvalues with symmetricEigen.',
      { cause },
    );
  }
}
