import { studentTwoSided } from './distributions';
import { mean, standardError } from './summary';

/** A mean over independent trials, with its interval. */
export interface MeanInterval {
  /** The mean of the trials. */
  readonly value: number;
  /** Lower end of the interval; equal to `value` where all trials agree. */
  readonly low: number;
  /** Upper end of the interval; equal to `value` where all trials agree. */
  readonly high: number;
  /** How many trials. */
  readonly n: number;
  /** The interval's coverage, such as 0.95. */
  readonly level: number;
}

/**
 * The t with P(|T| ≤ t) = `level` for Student's t with `df` degrees of freedom: 2.262 for 0.95 and 9. By bisection of
 * the distribution function, to the last bits.
 * Source: Student 1908.
 *
 * @param level The two-sided probability, strictly between 0 and 1.
 * @param df Degrees of freedom, above 0.
 * @throws If the level is not strictly between 0 and 1, or df is not above 0.
 * @example
 * // Two-sided, 10 trials; by many degrees of freedom the normal's 1.96.
 * studentQuantile(0.95, 9); // 2.2622
 * studentQuantile(0.95, 1e6); // 1.9600
 */
export function studentQuantile(level: number, df: number): number {
  if (!(level > 0 && level < 1)) throw new Error(`studentQuantile: expected a level strictly in (0, 1), got ${level}`);
  if (!(df > 0)) throw new Error(`studentQuantile: expected degrees of freedom above 0, got ${df}`);
  const outside = 1 - level;
  let [low, high] = [0, 1];
  while (studentTwoSided(high, df) > outside) [low, high] = [high, 2 * high];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (studentTwoSided(middle, df) > outside) low = middle;
    else high = middle;
  }
}

/**
 * The mean of independent trials (such as one run for each seed) with Student's t interval, mean ± t · s/√n on n − 1
 * degrees of freedom; exact for Gaussian trials, and wide for few: at n = 3 it is 2.5 standard deviations to each side.
 *
 * Its width is 0 where all trials agree, as two seeds do by chance whose accuracies are counted on few images (on 64
 * there are but 65 values). That is a tie of a coarse measure, no certainty: such an interval settles no claim. Count
 * on more images, run more seeds.
 * Source: Student 1908.
 *
 * @param values n ≥ 2 of them.
 * @param level Default 0.95.
 * @throws If there are fewer than 2 values, or one is NaN.
 * @example
 * // Three seeds: 0.7 ± 4.303 · 0.1 / √3.
 * meanInterval([0.6, 0.7, 0.8]); // { value: 0.7, low: 0.4516, high: 0.9484, n: 3, level: 0.95 }
 */
export function meanInterval(
  values: ArrayLike<number>,
  { level = 0.95 }: { readonly level?: number } = {},
): MeanInterval {
  if (values.length < 2) {
    throw new Error(`meanInterval: expected at least 2 values for an interval, got ${values.length}; run more seeds.`);
  }
  const half = studentQuantile(level, values.length - 1) * standardError(values);
  const value = mean(values);
  return { value, low: value - half, high: value + half, n: values.length, level };
}

/**
 * The mean difference of trials paired by their seed, a[i] − b[i], with its interval (the paired t interval).
 * Differences that tie give one of width 0, which settles no claim (`meanInterval`).
 *
 * @param level The interval's coverage; default 0.95.
 * @param a, b A value for each trial, the i-th of both of one seed.
 * @throws If the two have different lengths, or fewer than 2 values.
 * @example
 * const [mine, baseline] = [[0.6, 0.7, 0.8], [0.5, 0.59, 0.71]];
 * // The differences, 0.10, 0.11 and 0.09, leave 0 outside, though the two means' own intervals overlap.
 * pairedDifference(mine, baseline); // { value: 0.1, low: 0.0752, high: 0.1248, n: 3 }
 */
export function pairedDifference(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: { readonly level?: number } = {},
): MeanInterval {
  if (a.length !== b.length) {
    throw new Error(
      `pairedDifference: expected as many values in both, got ${a.length} and ${b.length}; pair them by seed.`,
    );
  }
  return meanInterval(
    Array.from(a, (value, i) => value - b[i]!),
    options,
  );
}
