import { type MatrixLike, multiply, rowNorms, subtract, toMatrix } from './float64Matrix';

/**
 * κ of given weights: the largest ‖W f(x_i) − y_i‖ over these rows. It bounds ℓ_W everywhere only if the rows are the
 * whole support of the data; on a sample it is an estimate from below, and `classLossBound` the safe choice.
 * Source: theory.md, section 7.
 *
 * @param z f(x) [n, K]
 * @param y labels [n, r]
 * @param weights [K, r]
 * @throws If shapes do not fit or a value is not finite.
 * @example
 * // |1 − 1| and |2 − 0|.
 * lossBound([[1], [2]], [[1], [0]], [[1]]); // 2
 */
export function lossBound(z: MatrixLike, y: MatrixLike, weights: MatrixLike): number {
  const [a, b, w] = [
    toMatrix('lossBound', 'z', z),
    toMatrix('lossBound', 'y', y),
    toMatrix('lossBound', 'weights', weights),
  ];
  if (a.rows !== b.rows || a.columns !== w.rows || b.columns !== w.columns) {
    throw new Error(
      `lossBound: expected z [n, K], y [n, r] and weights [K, r], got [${a.rows}, ${a.columns}], [${b.rows}, ${b.columns}] and [${w.rows}, ${w.columns}]`,
    );
  }
  return rowNorms(subtract(multiply(a, w), b)).reduce((largest, norm) => Math.max(largest, norm), 0);
}

/** What bounds weights, representations and labels. */
export interface ClassLossBoundOptions {
  /** B, the bound of ‖W‖_F. */
  readonly weightBound: number;
  /** The largest ‖f(x)‖ over the support and over F. */
  readonly largestRepresentation: number;
  /** The largest ‖y‖; default 1, that of one-hot labels. */
  readonly largestLabel?: number;
}

/**
 * κ for all of W∘F at once: ‖W f(x) − y‖ ≤ B max ‖f(x)‖ + max ‖y‖. Known before the data, as step 6 of the proof needs.
 * Source: theory.md, section 7.
 *
 * @throws If a value is negative or not finite.
 * @example
 * // 2 · 3 + 1
 * classLossBound({ weightBound: 2, largestRepresentation: 3 }); // 7
 */
export function classLossBound({
  weightBound,
  largestRepresentation,
  largestLabel = 1,
}: ClassLossBoundOptions): number {
  for (const [what, value] of Object.entries({ weightBound, largestRepresentation, largestLabel })) {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      throw new Error(`classLossBound: expected ${what} to be zero or positive, and finite, got ${value}`);
    }
  }
  return weightBound * largestRepresentation + largestLabel;
}
