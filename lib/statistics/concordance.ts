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
  const order = (s: ArrayLike<number>, i: number, j: number) => (s[i]! === s[j]! ? 0 : s[i]! > s[j]! ? 1 : -1);
  const [admitted, orderX, orderY] = [new Uint8Array(n * n), new Int8Array(n * n), new Int8Array(n * n)];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      admitted[i * n + j] = counts(i, j) ? 1 : 0;
      orderX[i * n + j] = order(x, i, j);
      orderY[i * n + j] = order(y, i, j);
    }
  }
  return (rows) => {
    const times = new Int32Array(n);
    for (let k = 0; k < rows.length; k++) times[rows[k]!]!++;
    let [concordant, discordant, tiedX, tiedY, pairs] = [0, 0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      if (times[i] === 0) continue;
      for (let j = 0; j <= i; j++) {
        const at = i * n + j;
        if (times[j] === 0 || admitted[at] === 0) continue;
        const weight = i === j ? (times[i]! * (times[i]! - 1)) / 2 : times[i]! * times[j]!;
        const [sx, sy] = [orderX[at]!, orderY[at]!];
        pairs += weight;
        if (sx === 0) tiedX += weight;
        if (sy === 0) tiedY += weight;
        if (sx * sy > 0) concordant += weight;
        else if (sx * sy < 0) discordant += weight;
      }
    }
    return { concordant, discordant, tiedX, tiedY, pairs };
  };
}
