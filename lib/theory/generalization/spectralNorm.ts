import { type MatrixLike, toMatrix } from './float64Matrix';
import { tallQr } from './householderQr';
import { decomposeTriangle } from './triangleSvd';

/**
 * ‖A‖₂, the largest singular value, in double precision, by QR and the singular values of R.
 *
 * @param matrix A, of any shape.
 * @throws If a value is not finite or A has no row or no column.
 * @example
 * // The largest singular value, not the largest entry.
 * spectralNorm([[3, 0], [0, 4]]); // 4
 * spectralNorm([[1, 1], [1, 1]]); // 2
 */
export function spectralNorm(matrix: MatrixLike): number {
  const { factored, scale } = tallQr(toMatrix('spectralNorm', 'the matrix', matrix));
  const none = { length: factored.count, count: 0, values: new Float64Array(0) };
  const { diagonal } = decomposeTriangle(factored, none, { lower: false, tolerance: 0 });
  return diagonal.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) / scale;
}
