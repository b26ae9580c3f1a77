import { concordance } from './concordance';
import { ranks } from './correlation';

/** What a group is called; equal names, equal group. */
export type GroupName = string | number;

export type CorrelationMethod = 'pearson' | 'spearman' | 'kendall';

/**
 * The pooled within-group correlation of two series, in [−1, 1]: what is left of it when the group is held fixed. With
 * `pearson` (default) the correlation of the deviations from the groups' means, which is the partial correlation given the group; with
 * `spearman` the same of the ranks over all; with `kendall` τ-b over the pairs that lie in one group (pingouin's partial_corr
 * with one indicator a group gives the first two). A group of one adds nothing. NaN where no group has two members or a
 * series is constant in each.
 *
 * @param groups Of each pair of numbers its group: one setting, or several joined in a string.
 * @throws If the lengths differ or a value is not finite.
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
  if (method === 'kendall') {
    const found = concordance(x, y, (i, j) => groups[i] === groups[j]);
    const { concordant, discordant, tiedX, tiedY, pairs } = found;
    if (tiedX === pairs || tiedY === pairs) return Number.NaN;
    return (concordant - discordant) / Math.sqrt(pairs - tiedX) / Math.sqrt(pairs - tiedY);
  }
  const [u, v] = method === 'spearman' ? [ranks(x), ranks(y)] : [x, y];
  const [du, dv] = [deviations(u, groups), deviations(v, groups)];
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

function deviations(x: ArrayLike<number>, groups: ArrayLike<GroupName>): Float64Array {
  const sums = new Map<GroupName, { sum: number; size: number }>();
  for (let i = 0; i < x.length; i++) {
    const group = sums.get(groups[i]!);
    if (group) {
      group.sum += x[i]!;
      group.size++;
    } else sums.set(groups[i]!, { sum: x[i]!, size: 1 });
  }
  return Float64Array.from({ length: x.length }, (_, i) => {
    const { sum, size } = sums.get(groups[i]!)!;
    return x[i]! - sum / size;
  });
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
