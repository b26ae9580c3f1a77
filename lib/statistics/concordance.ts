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
