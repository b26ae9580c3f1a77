import { euclideanNorm, type Matrix, type MatrixLike, toMatrix, transpose } from './float64Matrix';
import { type Columns, householderQr } from './householderQr';
import { orthogonalizeRows } from './orthogonalRows';

const EPSILON = 2 ** -52;

export interface MinimumNormOptions {
  /**
   * Singular values of z up to this fraction of the largest count as zero. Default max(n, K) · 2⁻⁵², float64's step: the
   * convention of NumPy's matrix_rank and lstsq. Raise it where z itself is known less exactly, as embeddings computed in
   * float32 are.
   */
  readonly rankTolerance?: number;
}

export interface MinimumNormLeastSquares {
  /** [K, r], so that z · weights predicts y: the transpose of the paper's W. */
  readonly weights: Matrix;
  readonly rank: number;
  /** ‖P Y‖_F = ‖z · weights − y‖_F. */
  readonly residual: number;
}

interface Decomposed {
  /** Row i: s_i v_iᵀ, then u_iᵀ of the right-hand side. */
  readonly values: Float64Array;
  readonly count: number;
  readonly width: number;
  readonly singular: Float64Array;
  readonly kept: readonly number[];
}

/** The singular values and vectors of the square M [count, count] in rows [M C], C the right-hand side [count, r]. */
function decompose(values: Float64Array, count: number, width: number, tolerance: number): Decomposed {
  const norm = (i: number) => euclideanNorm(values.subarray(i * width, i * width + count));
  const largestRow = Math.max(...Array.from({ length: count }, (_, i) => norm(i)));
  orthogonalizeRows(values, count, width, count, largestRow * EPSILON);
  const singular = Float64Array.from({ length: count }, (_, i) => norm(i));
  const threshold = tolerance * singular.reduce((a, b) => Math.max(a, b), 0);
  const kept = [...singular.keys()].filter((i) => singular[i]! > threshold);
  return { values, count, width, singular, kept };
}

/** V S⁺ Uᵀ C as r contiguous columns of `length` ≥ count, zeros below. */
function solution({ values, count, width, singular, kept }: Decomposed, r: number, length: number): Columns {
  const x = new Float64Array(r * length);
  for (const i of kept) {
    const row = i * width;
    for (let j = 0; j < r; j++) {
      const factor = values[row + count + j]! / singular[i]! / singular[i]!;
      for (let k = 0; k < count; k++) x[j * length + k]! += factor * values[row + k]!;
    }
  }
  return { length, count: r, values: x };
}

/** What of the right-hand side belongs to no kept singular value. */
function unexplained({ values, count, width, kept }: Decomposed): number[] {
  const explained = new Set(kept);
  return Array.from({ length: count }, (_, i) => i)
    .filter((i) => !explained.has(i))
    .flatMap((i) => [...values.subarray(i * width + count, (i + 1) * width)]);
}

/** Rows [M C] from M's columns and C's columns; of M the upper triangle, or transposed, the lower. */
function triangleBeside(m: Columns, c: Columns, lower: boolean): { values: Float64Array; width: number } {
  const width = m.count + c.count;
  const values = new Float64Array(m.count * width);
  for (let j = 0; j < m.count; j++) {
    for (let i = 0; i <= j; i++) values[lower ? j * width + i : i * width + j] = m.values[j * m.length + i]!;
    for (let k = 0; k < c.count; k++) values[j * width + m.count + k] = c.values[k * c.length + j]!;
  }
  return { values, width };
}

/**
 * The W of least Frobenius norm among those that minimise ‖Z W − Y‖_F, W = Z⁺ Y, and the residual ‖P Y‖_F with
 * P = I − Z Z⁺ (theory.md, section 7; there Z and W are transposed). In double precision, by Householder QR and the singular
 * values of R, as LAPACK's gelsd: no normal equations and no inverse of ZᵀZ. The residual is read off the part of Y outside
 * Z's range, so it is exactly 0 where rank = n, and no difference of large numbers.
 *
 * @param z representations [n, K], one row for a sample.
 * @param y labels [n, r], as one-hot rows.
 * @throws If a shape is wrong, a value is not finite or the tolerance is not in [0, 1).
 */
export function minimumNormLeastSquares(
  z: MatrixLike,
  y: MatrixLike,
  { rankTolerance }: MinimumNormOptions = {},
): MinimumNormLeastSquares {
  const name = 'minimumNormLeastSquares';
  const a = toMatrix(name, 'z', z);
  const b = toMatrix(name, 'y', y);
  if (a.rows !== b.rows) {
    throw new Error(`${name}: expected one row of y for each of the ${a.rows} rows of z, got ${b.rows} rows`);
  }
  const tolerance = rankTolerance ?? Math.max(a.rows, a.columns) * EPSILON;
  if (!(tolerance >= 0 && tolerance < 1)) {
    throw new Error(`${name}: expected rankTolerance to be at least 0 and below 1, got ${tolerance}`);
  }
  // By a power of two, so that no square overflows or vanishes and no digit is lost.
  const largest = a.values.reduce((m, value) => Math.max(m, Math.abs(value)), 0);
  const scale = largest === 0 ? 1 : 2 ** -Math.floor(Math.log2(largest));
  const right: Columns = { length: b.rows, count: b.columns, values: transpose(b).values.slice() };
  const tall = a.rows >= a.columns;
  const columns: Columns = {
    length: Math.max(a.rows, a.columns),
    count: Math.min(a.rows, a.columns),
    values: (tall ? transpose(a) : a).values.map((value) => value * scale),
  };
  const { apply, applyTransposed } = householderQr(columns);
  if (tall) applyTransposed(right);
  const { values, width } = triangleBeside(columns, right, !tall);
  const decomposed = decompose(values, columns.count, width, tolerance);
  const x = solution(decomposed, b.columns, a.columns);
  if (!tall) apply(x);
  const weights = transpose({ rows: b.columns, columns: a.columns, values: x.values.map((value) => value * scale) });
  const outside = unexplained(decomposed);
  if (tall) {
    for (let j = 0; j < b.columns; j++) {
      for (let i = a.columns; i < a.rows; i++) outside.push(right.values[j * a.rows + i]!);
    }
  }
  return { weights, rank: decomposed.kept.length, residual: euclideanNorm(Float64Array.from(outside)) };
}

/** ‖P Y‖_F, the part of the labels [n, r] that no linear map of the representations [n, K] gives (`minimumNormLeastSquares`). */
export function projectionResidual(z: MatrixLike, y: MatrixLike, options: MinimumNormOptions = {}): number {
  return minimumNormLeastSquares(z, y, options).residual;
}
