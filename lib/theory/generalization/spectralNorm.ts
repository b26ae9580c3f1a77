import { euclideanNorm, type Matrix, type MatrixLike, toMatrix, transpose } from './float64Matrix';
import { orthogonalizeRows } from './orthogonalRows';

/**
 * ‖A‖₂, the largest singular value, in double precision, by Jacobi's rotations of the rows of the wider of A and Aᵀ.
 *
 * @throws If a value is not finite or A has no row or no column.
 */
export function spectralNorm(matrix: MatrixLike): number {
  const a = toMatrix('spectralNorm', 'the matrix', matrix);
  const wide: Matrix = a.rows <= a.columns ? a : transpose(a);
  const largest = wide.values.reduce((m, value) => Math.max(m, Math.abs(value)), 0);
  if (largest === 0) return 0;
  const values = wide.values.map((value) => value / largest);
  orthogonalizeRows(values, wide.rows, wide.columns, wide.columns, 2 ** -52);
  const norms = Array.from({ length: wide.rows }, (_, i) =>
    euclideanNorm(values.subarray(i * wide.columns, (i + 1) * wide.columns)),
  );
  return largest * Math.max(...norms);
}
