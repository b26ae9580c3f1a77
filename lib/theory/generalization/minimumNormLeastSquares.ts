import { euclideanNorm, type Matrix, type MatrixLike, toMatrix, transpose } from './float64Matrix';
import { type Columns, tallQr } from './householderQr';
import { type Decomposition, decomposeTriangle, type RankOptions, relativeTolerance } from './triangleSvd';

/** The shortest least-squares weights, and what they leave. */
export interface MinimumNormLeastSquares {
  /** [K, r], so that z · weights predicts y: the transpose of the paper's W. */
  readonly weights: Matrix;
  /** Singular values of z above the tolerance. */
  readonly rank: number;
  /** ‖P Y‖_F = ‖z · weights − y‖_F. */
  readonly residual: number;
}

/** V S⁺ Uᵀ C as r contiguous columns of `length` ≥ k, zeros below. */
function solution({ diagonal, right, vTransposed, kept }: Decomposition, r: number, length: number): Columns {
  const k = diagonal.length;
  const x = new Float64Array(r * length);
  for (const i of kept) {
    for (let j = 0; j < r; j++) {
      const factor = right[i * r + j]! / diagonal[i]!;
      for (let l = 0; l < k; l++) x[j * length + l]! += factor * vTransposed[i * k + l]!;
    }
  }
  return { length, count: r, values: x };
}

/** ‖P Y‖_F: what of Uᵀ C belongs to no kept singular value, and the rows of Qᵀ Y below R. */
function residualNorm({ diagonal, right, kept }: Decomposition, r: number, beyond: Columns): number {
  const k = diagonal.length;
  const explained = new Set(kept);
  const dropped = [...diagonal.keys()].filter((i) => !explained.has(i));
  const below = Math.max(0, beyond.length - k);
  const outside = new Float64Array(dropped.length * r + below * r);
  for (const [to, i] of dropped.entries()) outside.set(right.subarray(i * r, (i + 1) * r), to * r);
  for (let j = 0; j < r; j++) {
    const column = beyond.values.subarray(j * beyond.length + k, (j + 1) * beyond.length);
    outside.set(column, dropped.length * r + j * below);
  }
  return euclideanNorm(outside);
}

/**
 * The W of least Frobenius norm among those that minimise ‖Z W − Y‖_F, W = Z⁺ Y, and the residual ‖P Y‖_F with P = I −
 * Z Z⁺ (theory.md, section 7; there Z and W are transposed). In double precision, by Householder's QR and the singular
 * value decomposition of R, as LAPACK's gelsd: no normal equations and no inverse of ZᵀZ. The residual is read off the
 * part of Y outside Z's range, no difference of large numbers; it is exactly 0 where rank = n, and elsewhere right to
 * about 2⁻⁵² · condition of itself.
 *
 * `leastSquares` of lib/engine, in float32, is enough for a Z of full rank and condition up to 3e3, where its residual
 * is off by less than 1e-6 of itself (measured, n = 80 and 1,000). Beyond a condition of about 1/(n 2⁻²³) it drops
 * directions: the residual was 0.2 % too large at 1.2e4 (n = 1,000), 6 % at 2e5 (n = 80). Where n = K = 128 it gave
 * 1e-3 for 0.
 *
 * 5,000 × 512 takes about 3 s of one core; NumPy's lstsq about a tenth of that.
 *
 * @param z representations [n, K], one row for a sample.
 * @param y labels [n, r], as one-hot rows.
 * @throws If a shape is wrong, a value is not finite or the tolerance is not in [0, 1).
 * @example
 * // w₁ + w₂ = 2 in both rows: of all such weights the shortest.
 * const { weights, rank, residual } = minimumNormLeastSquares([[1, 1], [2, 2]], [[2], [4]]);
 * weights.values; // [1, 1]
 * rank; // 1
 * residual.toFixed(6); // '0.000000'
 */
export function minimumNormLeastSquares(
  z: MatrixLike,
  y: MatrixLike,
  options: RankOptions = {},
): MinimumNormLeastSquares {
  const name = 'minimumNormLeastSquares';
  const a = toMatrix(name, 'z', z);
  const b = toMatrix(name, 'y', y);
  if (a.rows !== b.rows) {
    throw new Error(`${name}: expected one row of y for each of the ${a.rows} rows of z, got ${b.rows} rows`);
  }
  const tolerance = relativeTolerance(name, a, options);
  const r = b.columns;
  const { factored, scale, tall, apply, applyTransposed } = tallQr(a);
  const right: Columns = { length: b.rows, count: r, values: transpose(b).values };
  if (tall) applyTransposed(right);
  const decomposition = decomposeTriangle(factored, right, { lower: !tall, tolerance });
  const x = solution(decomposition, r, a.columns);
  if (!tall) apply(x);
  return {
    weights: transpose({ rows: r, columns: a.columns, values: x.values.map((value) => value * scale) }),
    rank: decomposition.kept.length,
    residual: residualNorm(decomposition, r, right),
  };
}

/**
 * ‖P Y‖_F, the part of the labels [n, r] that no linear map of the representations [n, K] gives
 * (`minimumNormLeastSquares`).
 *
 * @param z, y Representations [n, K] and labels [n, r].
 * @throws As `minimumNormLeastSquares`, whose `residual` it is.
 * @example
 * // A constant predicts ½ for both: √(¼ + ¼).
 * projectionResidual([[1], [1]], [[1], [0]]); // 0.7071
 */
export function projectionResidual(z: MatrixLike, y: MatrixLike, options: RankOptions = {}): number {
  return minimumNormLeastSquares(z, y, options).residual;
}
