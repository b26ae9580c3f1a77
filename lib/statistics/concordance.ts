/** How the pairs of a sample are ordered in two series. */
export interface Concordance {
  readonly concordant: number;
  readonly discordant: number;
  /** Pairs whose two x (or y) are equal; a pair may be in both. */
  readonly tiedX: number;
  readonly tiedY: number;
  readonly pairs: number;
}

/** Counts the pairs j < i that `counts` admits (default: all) by their orders in x and y. Infinite values are in order; NaN is not looked for. */
export function concordance(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  counts: (i: number, j: number) => boolean = () => true,
): Concordance {
  let [concordant, discordant, tiedX, tiedY, pairs] = [0, 0, 0, 0, 0];
  for (let i = 1; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      if (!counts(i, j)) continue;
      pairs++;
      const sx = x[i]! === x[j]! ? 0 : x[i]! > x[j]! ? 1 : -1;
      const sy = y[i]! === y[j]! ? 0 : y[i]! > y[j]! ? 1 : -1;
      if (sx === 0) tiedX++;
      if (sy === 0) tiedY++;
      if (sx * sy > 0) concordant++;
      else if (sx * sy < 0) discordant++;
    }
  }
  return { concordant, discordant, tiedX, tiedY, pairs };
}

/**
 * Kendall's τ-b, in [−1, 1]: (concordant − discordant) / √((pairs − tiedX)(pairs − tiedY)); NaN where no pair differs in x, or none
 * in y.
 */
export function tauB({ concordant, discordant, tiedX, tiedY, pairs }: Concordance): number {
  if (tiedX === pairs || tiedY === pairs) return Number.NaN;
  return Math.max(-1, Math.min(1, (concordant - discordant) / Math.sqrt(pairs - tiedX) / Math.sqrt(pairs - tiedY)));
}

/**
 * `concordance` of resamples of n observations: the function returned takes the numbers of those that a resample has, with
 * repetitions, and counts as `concordance` of the series picked by them. The n² orders are looked up once; then only how often
 * each observation occurs matters. An observation and its copy are a pair that is tied in both.
 */
export function resampledConcordance(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  counts: (i: number, j: number) => boolean = () => true,
): (rows: ArrayLike<number>) => Concordance {
  const n = x.length;
  const order = (s: ArrayLike<number>, i: number, j: number) => (s[i]! === s[j]! ? 1 : s[i]! > s[j]! ? 2 : 0);
  // 3 × the order in x + that in y; 9 for a pair that does not count.
  const kinds = new Uint8Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) kinds[i * n + j] = counts(i, j) ? 3 * order(x, i, j) + order(y, i, j) : 9;
  }
  return (rows) => {
    const times = new Int32Array(n);
    for (let k = 0; k < rows.length; k++) times[rows[k]!]!++;
    const tally = new Float64Array(10);
    for (let i = 0; i < n; i++) {
      const copies = times[i]!;
      if (copies === 0) continue;
      for (let j = 0, at = i * n; j < i; j++, at++) tally[kinds[at]!]! += copies * times[j]!;
      tally[kinds[i * n + i]!]! += (copies * (copies - 1)) / 2;
    }
    const of = (...kind: number[]) => kind.reduce((sum, k) => sum + tally[k]!, 0);
    return {
      concordant: of(0, 8),
      discordant: of(2, 6),
      tiedX: of(3, 4, 5),
      tiedY: of(1, 4, 7),
      pairs: of(0, 1, 2, 3, 4, 5, 6, 7, 8),
    };
  };
}
