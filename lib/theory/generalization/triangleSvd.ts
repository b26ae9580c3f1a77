import { type Bidiagonal, bidiagonalize } from './bidiagonalize';
import { diagonalizeBidiagonal } from './bidiagonalSvd';
import type { Matrix } from './float64Matrix';
import type { Columns } from './householderQr';

/** What counts as zero. */
export interface RankOptions {
  /**
   * Singular values of z up to this fraction of the largest count as zero, in [0, 1). Default max(n, K) · 2⁻⁵², float64's
   * step: the convention of NumPy's matrix_rank and lstsq; below it rounding decides. Raise it where z itself is known less
   * exactly: embeddings computed in float32 carry errors of about 1e-7 of their size.
   */
  readonly rankTolerance?: number;
}

/** The tolerance in force for `z`; `name` is the caller, for the message. */
export function relativeTolerance(name: string, { rows, columns }: Matrix, { rankTolerance }: RankOptions): number {
  const tolerance = rankTolerance ?? Math.max(rows, columns) * Number.EPSILON;
  if (!(tolerance >= 0 && tolerance < 1)) {
    throw new Error(`${name}: expected rankTolerance to be at least 0 and below 1, got ${tolerance}`);
  }
  return tolerance;
}

/** M = U S Vᵀ, and Uᵀ C. */
export interface Decomposition extends Bidiagonal {
  /** The numbers of the singular values above the tolerance. */
  readonly kept: readonly number[];
}

/** Rows [M C] from the columns of M = R or, `lower`, M = Rᵀ, and the columns of C. */
function triangleBeside(triangle: Columns, c: Columns, lower: boolean): { rows: Float64Array; width: number } {
  const k = triangle.count;
  const width = k + c.count;
  const rows = new Float64Array(k * width);
  for (let j = 0; j < k; j++) {
    for (let i = 0; i <= j; i++)
      rows[lower ? j * width + i : i * width + j] = triangle.values[j * triangle.length + i]!;
    for (let l = 0; l < c.count; l++) rows[j * width + k + l] = c.values[l * c.length + j]!;
  }
  return { rows, width };
}

/**
 * The singular value decomposition of M = R, or `lower`, M = Rᵀ, with k columns c of C turned along: only the first k numbers
 * of each are read. Singular values up to `tolerance` times the largest are not kept.
 */
export function decomposeTriangle(
  triangle: Columns,
  c: Columns,
  { lower, tolerance }: { lower: boolean; tolerance: number },
): Decomposition {
  const { rows, width } = triangleBeside(triangle, c, lower);
  const bidiagonal = bidiagonalize(rows, triangle.count, width);
  diagonalizeBidiagonal(bidiagonal);
  const sizes = bidiagonal.diagonal.map(Math.abs);
  const threshold = tolerance * sizes.reduce((a, b) => Math.max(a, b), 0);
  return { ...bidiagonal, kept: [...sizes.keys()].filter((i) => sizes[i]! > threshold) };
}
