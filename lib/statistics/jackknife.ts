import { studentQuantile } from './meanInterval';
import { mean } from './summary';

/** A statistic of the sample itself and the jackknife's interval for it. */
export interface JackknifeInterval {
  /** The statistic of all n. */
  readonly value: number;
  /** Lower end of the interval. */
  readonly low: number;
  /** Upper end of the interval. */
  readonly high: number;
  /** The root of the jackknife's variance. */
  readonly standardError: number;
}

/**
 * A statistic of n exchangeable observations with Student's t interval by the delete-a-group jackknife (Quenouille
 * 1956, Tukey 1958): the statistic is taken G times more, each time without every G-th observation, and its variance is
 * (G − 1)/G times the sum of squares of those about their mean; G − 1 degrees of freedom. For the mean of equal groups
 * it is `meanInterval` of the groups' means.
 *
 * Unlike the bootstrap it repeats no observation, which suits statistics that see how close observations lie, such as
 * an entropy. The statistic has to be smooth (a mean, a correlation, an entropy; not a median).
 *
 * @param n At least `groups`.
 * @param statistic Of the observations with these numbers (0 to n − 1, ascending, each once).
 * @param groups G ≥ 2. Default 10.
 * @param level Default 0.95.
 * @throws If n or groups is too small, or the statistic is not finite.
 * @example
 * const x = [1, 2, 3, 4, 5];
 * const statistic = (rows: readonly number[]) => mean(rows.map((i) => x[i]));
 * // One observation a group: for a mean it is Student's interval, √(2.5 / 5) for its error.
 * jackknifeInterval(5, statistic, { groups: 5 }); // { value: 3, low: 1.0368, high: 4.9632 }
 * meanInterval(x); // { value: 3, low: 1.0368, high: 4.9632 }
 */
export function jackknifeInterval(
  n: number,
  statistic: (rows: readonly number[]) => number,
  { groups = 10, level = 0.95 }: { readonly groups?: number; readonly level?: number } = {},
): JackknifeInterval {
  if (!Number.isInteger(groups) || groups < 2 || !Number.isInteger(n) || n < groups) {
    throw new Error(
      `jackknifeInterval: expected 2 or more groups and at least as many observations, got ${groups} groups of ${n}`,
    );
  }
  const all = Array.from({ length: n }, (_, i) => i);
  const value = statistic(all);
  const without = Array.from({ length: groups }, (_, g) => statistic(all.filter((i) => i % groups !== g)));
  const wrong = [value, ...without].find((x) => !Number.isFinite(x));
  if (wrong !== undefined) {
    throw new Error(`jackknifeInterval: expected a statistic that is finite with and without each group, got ${wrong}`);
  }
  const centre = mean(without);
  const squares = without.reduce((sum, x) => sum + (x - centre) ** 2, 0);
  const standardError = Math.sqrt(((groups - 1) / groups) * squares);
  const half = studentQuantile(level, groups - 1) * standardError;
  return { value, low: value - half, high: value + half, standardError };
}
