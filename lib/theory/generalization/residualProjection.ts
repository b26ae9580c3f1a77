import { type Matrix, type MatrixLike, multiply, toMatrix, transpose } from './float64Matrix';
import { tallQr } from './householderQr';
import { decomposeTriangle, type RankOptions, relativeTolerance } from './triangleSvd';

/** The first k columns of the identity of `length` rows, as contiguous columns. */
function unitColumns(length: number, k: number) {
  const values = new Float64Array(length * k);
  for (let i = 0; i < k; i++) values[i * length + i] = 1;
  return { length, count: k, values };
}

/**
 * Orthonormal columns [n, rank] that span the range of z [n, K]: its left singular vectors of the values that are kept.
 *
 * @param z Representations [n, K].
 * @throws As `residualProjection`.
 * @example
 * // The two columns are one direction, that of (1, 1); its sign is arbitrary.
 * const basis = rangeBasis([[1, 2], [1, 2]]);
 * [basis.rows, basis.columns]; // [2, 1]
 * basis.values.map(Math.abs); // [0.7071, 0.7071]
 */
export function rangeBasis(z: MatrixLike, options: RankOptions = {}): Matrix {
  const name = 'rangeBasis';
  const a = toMatrix(name, 'z', z);
  const tolerance = relativeTolerance(name, a, options);
  const { factored, tall, apply } = tallQr(a);
  const k = factored.count;
  const { right, kept } = decomposeTriangle(factored, unitColumns(k, k), { lower: !tall, tolerance });
  // Row i of `right` is uᵢᵀ; where A itself was factored, Q carries it to the range.
  const columns = { length: a.rows, count: kept.length, values: new Float64Array(a.rows * kept.length) };
  for (const [j, i] of kept.entries()) columns.values.set(right.subarray(i * k, (i + 1) * k), j * a.rows);
  if (tall) apply(columns);
  return transpose({ rows: kept.length, columns: a.rows, values: columns.values });
}

/**
 * P = I − Z Z⁺ [n, n], the projection of n labels onto what no linear map of the representations gives (the paper's I −
 * Zᵀ(ZZᵀ)†Z, its Z being the transpose), from an orthonormal basis of Z's range: symmetric, idempotent, P Z = 0 and of
 * trace n − rank to rounding, however ill-conditioned Z is, and exactly 0 where rank = n. To look at:
 * `projectionResidual` gives ‖P Y‖_F without the n² numbers.
 *
 * @param z representations [n, K]
 * @throws If a value is not finite, there is no row or column, or the tolerance is not in [0, 1).
 * @example
 * // What a constant does not give: differences from the mean.
 * residualProjection([[1], [1]]).values; // [0.5, -0.5, -0.5, 0.5]
 */
export function residualProjection(z: MatrixLike, options: RankOptions = {}): Matrix {
  const basis = rangeBasis(z, options);
  const n = basis.rows;
  if (basis.columns === n) return { rows: n, columns: n, values: new Float64Array(n * n) };
  const values = multiply(basis, transpose(basis)).values.map((value) => -value);
  for (let i = 0; i < n; i++) values[i * n + i]! += 1;
  return { rows: n, columns: n, values };
}
