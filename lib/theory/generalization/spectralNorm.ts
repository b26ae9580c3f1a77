import { bidiagonalize } from './bidiagonalize';
import { diagonalizeBidiagonal } from './bidiagonalSvd';
import { type MatrixLike, toMatrix } from './float64Matrix';
import { tallQr } from './householderQr';

/**
 * ‖A‖₂, the largest singular value, in double precision, by QR and the singular values of R.
 *
 * @throws If a value is not finite or A has no row or no column.
 */
export function spectralNorm(matrix: MatrixLike): number {
  const { factored, scale } = tallQr(toMatrix('spectralNorm', 'the matrix', matrix));
  const k = factored.count;
  const r = new Float64Array(k * k);
  for (let j = 0; j < k; j++) for (let i = 0; i <= j; i++) r[i * k + j] = factored.values[j * factored.length + i]!;
  const bidiagonal = bidiagonalize(r, k, k);
  diagonalizeBidiagonal(bidiagonal);
  return bidiagonal.diagonal.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) / scale;
}
