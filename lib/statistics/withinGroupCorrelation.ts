import { concordance, tauB } from './concordance';
import { ranks } from './correlation';

/** What a group is called; equal names, equal group. */
export type GroupName = string | number;

/** Which coefficient: Pearson's, Spearman's of ranks, or Kendall's τ-b. */
export type CorrelationMethod = 'pearson' | 'spearman' | 'kendall';

/**
 * The pooled within-group correlation of two series, in [−1, 1]: what is left of it when the group is held fixed. With
 * `pearson` (default) the correlation of the deviations from the groups' means, which is the partial correlation given
 * the group; with `spearman` the same of the ranks over all; with `kendall` τ-b over the pairs that lie in one group
 * (pingouin's partial_corr with one indicator a group gives the first two). A group of one adds nothing. NaN where no
 * group has two members or a series is constant in each.
 *
 * @param groups Of each pair of numbers its group: one setting, or several joined in a string.
 * @param x, y The two series, pair by pair.
 * @param method Which coefficient; default `pearson`.
 * @throws If the lengths differ or a value is not finite.
 * @example
 * const [x, y] = [[1, 2, 3, 11, 12, 13], [3, 2, 1, 13, 12, 11]];
 * // Over all it rises, within each group it falls.
 * pearson(x, y).statistic; // 0.9481
 * withinGroupCorrelation(x, y, ['a', 'a', 'a', 'b', 'b', 'b']); // -1
 */
export function withinGroupCorrelation(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  groups: ArrayLike<GroupName>,
  method: CorrelationMethod = 'pearson',
): number {
  requireFiniteSeries('withinGroupCorrelation', x, y);
  if (groups.length !== x.length) {
    throw new Error(`withinGroupCorrelation: expected a group for each of ${x.length} pairs, got ${groups.length}`);
  }
  if (method === 'kendall') return tauB(concordance(x, y, (i, j) => groups[i] === groups[j]));
  const { ids, count } = groupIds(groups);
  return method === 'spearman'
    ? pooledCorrelation(ranks(x), ranks(y), ids, count)
    : pooledCorrelation(x, y, ids, count);
}

/** Groups by number, from 0 in the order in which they come. */
export function groupIds(groups: ArrayLike<GroupName>): { readonly ids: Int32Array; readonly count: number } {
  const numbers = new Map<GroupName, number>();
  const ids = new Int32Array(groups.length);
  for (let i = 0; i < ids.length; i++) {
    const group = groups[i]!;
    if (!numbers.has(group)) numbers.set(group, numbers.size);
    ids[i] = numbers.get(group)!;
  }
  return { ids, count: numbers.size };
}

/**
 * The correlation of the deviations from the groups' means, for loops over many resamples: `withinGroupCorrelation`
 * without its checks.
 *
 * @param ids Of each pair of numbers its group, 0 to count − 1; a group may be empty.
 */
export function pooledCorrelation(u: ArrayLike<number>, v: ArrayLike<number>, ids: Int32Array, count: number): number {
  const [du, dv] = [deviations(u, ids, count), deviations(v, ids, count)];
  if (isRounding(du, u) || isRounding(dv, v)) return Number.NaN;
  return Math.max(-1, Math.min(1, dot(du, dv) / Math.sqrt(dot(du, du)) / Math.sqrt(dot(dv, dv))));
}

/** Fails unless both series have one length and hold finite numbers. `name` is the caller, for the message. */
export function requireFiniteSeries(name: string, x: ArrayLike<number>, y: ArrayLike<number>): void {
  if (x.length !== y.length) {
    throw new Error(`${name}: expected two series of one length, got ${x.length} and ${y.length}`);
  }
  for (let i = 0; i < x.length; i++) {
    if (!Number.isFinite(x[i]!) || !Number.isFinite(y[i]!)) {
      throw new Error(
        `${name}: expected finite numbers, got (${x[i]}, ${y[i]}) at index ${i}; leave the pair out first`,
      );
    }
  }
}

function deviations(x: ArrayLike<number>, ids: Int32Array, count: number): Float64Array {
  const [sums, sizes] = [new Float64Array(count), new Int32Array(count)];
  for (let i = 0; i < x.length; i++) {
    sums[ids[i]!]! += x[i]!;
    sizes[ids[i]!]!++;
  }
  const deviation = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) deviation[i] = x[i]! - sums[ids[i]!]! / sizes[ids[i]!]!;
  return deviation;
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** Whether deviations are no more than what rounding leaves of x. */
function isRounding(deviation: Float64Array, x: ArrayLike<number>): boolean {
  return dot(deviation, deviation) <= (8 * Number.EPSILON) ** 2 * dot(x, x);
}
