/** Counts of values between stated edges. */
export interface Histogram {
  /** bins + 1 numbers, rising. Bin i holds edges[i] ≤ x < edges[i + 1]; the last also holds its upper edge. */
  readonly edges: Float64Array;
  /** How many values lie in each bin, [bins]. */
  readonly counts: Float64Array;
  /** How many values lie below the first edge. */
  readonly below: number;
  /** How many values lie above the last edge. */
  readonly above: number;
}

/** The edges of `bins` bins of equal width from `low` to `high`. */
export function equalEdges(low: number, high: number, bins: number): Float64Array {
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high) || !Number.isInteger(bins) || bins < 1) {
    throw new Error(`equalEdges: expected finite low < high and at least 1 bin, got ${low}, ${high} and ${bins}`);
  }
  return Float64Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : low + ((high - low) * i) / bins));
}

/**
 * The bin of x among `edges` of equal width (see `equalEdges`), −1 below them and `bins` above: found by one division,
 * then checked against the edges, so that rounding never puts a value on the wrong side of one.
 */
export function equalBin(edges: Float64Array, x: number): number {
  const bins = edges.length - 1;
  if (x < edges[0]!) return -1;
  if (x >= edges[bins]!) return x === edges[bins] ? bins - 1 : bins;
  let i = Math.floor(((x - edges[0]!) / (edges[bins]! - edges[0]!)) * bins);
  if (i >= bins) i = bins - 1;
  while (x < edges[i]!) i--;
  while (x >= edges[i + 1]!) i++;
  return i;
}

/**
 * Counts the values in `bins` bins of equal width on [low, high], as numpy.histogram does. NaN values give an error.
 *
 * @param values In any order.
 * @param low, high The first edge and the last.
 * @param bins How many, at least 1.
 * @throws If low and high are not finite with low < high, there is no bin, or a value is NaN.
 * @example
 * // A bin holds its lower edge; the last its upper edge as well.
 * histogram([0, 0.5, 1, 2], 0, 1, 2); // { edges: [0, 0.5, 1], counts: [1, 2], below: 0, above: 1 }
 */
export function histogram(values: ArrayLike<number>, low: number, high: number, bins: number): Histogram {
  const edges = equalEdges(low, high, bins);
  const counts = new Float64Array(bins);
  let below = 0;
  let above = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i]!))
      throw new Error(`histogram: expected numbers, got NaN at index ${i}; leave it out first`);
    const bin = equalBin(edges, values[i]!);
    if (bin < 0) below++;
    else if (bin >= bins) above++;
    else counts[bin]!++;
  }
  return { edges, counts, below, above };
}
