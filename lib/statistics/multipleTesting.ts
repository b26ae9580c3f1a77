/** The positions of the defined p-values, smallest first; fails where a value is outside [0, 1]. */
function order(name: string, pValues: ArrayLike<number>): number[] {
  const defined: number[] = [];
  for (let i = 0; i < pValues.length; i++) {
    const p = pValues[i]!;
    if (p < 0 || p > 1) throw new Error(`${name}: expected p-values in [0, 1], got ${p} at index ${i}`);
    if (!Number.isNaN(p)) defined.push(i);
  }
  return defined.sort((a, b) => pValues[a]! - pValues[b]!);
}

/**
 * Holm's step-down adjusted p-values (1979): rejecting where they are ≤ α keeps the probability of any false rejection
 * among all the tests at most α, whatever their dependence. NaN (an undefined test) stays NaN and is not counted as a
 * test.
 *
 * @param pValues One a test.
 * @throws If a p-value is below 0 or above 1.
 * @returns One a test, in the order given.
 * @example
 * // The smallest times 3, the next times 2, the last as it is, none below the one before.
 * holm([0.01, 0.04, 0.03]); // [0.03, 0.06, 0.06]
 */
export function holm(pValues: ArrayLike<number>): Float64Array {
  const adjusted = new Float64Array(pValues.length).fill(Number.NaN);
  const sorted = order('holm', pValues);
  let largest = 0;
  sorted.forEach((at, rank) => {
    largest = Math.max(largest, Math.min(1, (sorted.length - rank) * pValues[at]!));
    adjusted[at] = largest;
  });
  return adjusted;
}

/**
 * Benjamini and Hochberg's adjusted p-values (1995): rejecting where they are ≤ q keeps the expected share of false
 * ones among the rejections at most q, for independent (or positively dependent) tests. NaN stays NaN and is not
 * counted as a test.
 *
 * @param pValues One a test.
 * @throws If a p-value is below 0 or above 1.
 * @returns One a test, in the order given.
 * @example
 * // p times 3 / rank, none above the one after; an undefined test is not counted.
 * benjaminiHochberg([0.01, 0.04, 0.03, NaN]); // [0.03, 0.04, 0.04, NaN]
 */
export function benjaminiHochberg(pValues: ArrayLike<number>): Float64Array {
  const adjusted = new Float64Array(pValues.length).fill(Number.NaN);
  const sorted = order('benjaminiHochberg', pValues);
  let smallest = 1;
  for (let rank = sorted.length; rank >= 1; rank--) {
    const at = sorted[rank - 1]!;
    smallest = Math.min(smallest, (sorted.length / rank) * pValues[at]!);
    adjusted[at] = smallest;
  }
  return adjusted;
}
