import { concordance, tauB } from './concordance';
import { normalTwoSided, studentTwoSided } from './distributions';
import { mean } from './summary';
import type { TestResult } from './testResult';

/** `statistic` is the coefficient, in [−1, 1]; `pValue` that of the two-sided test that there is no correlation. */
export type Correlation = TestResult;

function requirePairs(name: string, x: ArrayLike<number>, y: ArrayLike<number>): void {
  if (x.length !== y.length || x.length < 3) {
    throw new Error(`${name}: expected two series of one length, at least 3, got ${x.length} and ${y.length}`);
  }
}

const undefinedCorrelation: Correlation = { statistic: Number.NaN, pValue: Number.NaN };

/** The linear correlation of two arrays of one length, `pearson` without its p-value; NaN where one is constant. */
export function pearsonCoefficient(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const [mx, my] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i]! - mx, y[i]! - my];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  const constant = xx <= x.length * (Number.EPSILON * mx) ** 2 || yy <= x.length * (Number.EPSILON * my) ** 2;
  return constant ? Number.NaN : Math.max(-1, Math.min(1, xy / (Math.sqrt(xx) * Math.sqrt(yy))));
}

/** The p-value of a coefficient by Student's t with n − 2 degrees of freedom. */
function withStudent(statistic: number, n: number): Correlation {
  const t = statistic * Math.sqrt((n - 2) / ((1 - statistic) * (1 + statistic)));
  return { statistic, pValue: Math.abs(statistic) === 1 ? 0 : studentTwoSided(t, n - 2) };
}

/**
 * Pearson's correlation of two series, n ≥ 3, with the p-value that is exact for Gaussian data. Equals
 * scipy.stats.pearsonr. NaN where a series is constant.
 *
 * @param x, y The two series, pair by pair.
 * @throws If the lengths differ, there are fewer than 3 pairs, or a value is NaN.
 * @example
 * // The covariance is 2, both variances 2.5; the p-value is Student's t of 2.309 on 3 degrees of freedom.
 * pearson([1, 2, 3, 4, 5], [2, 1, 4, 3, 5]); // { statistic: 0.8, pValue: 0.1041 }
 */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): Correlation {
  requirePairs('pearson', x, y);
  return withStudent(pearsonCoefficient(x, y), x.length);
}

/** Ranks from 1, equal values sharing the mean of theirs. */
export function ranks(x: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: x.length }, (_, i) => i).sort((a, b) => x[a]! - x[b]!);
  const rank = new Float64Array(x.length);
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && x[order[to]!] === x[order[from]!]) to++;
    for (let i = from; i < to; i++) rank[order[i]!] = (from + 1 + to) / 2;
  }
  return rank;
}

/**
 * `ranks` of resamples of a series: the function returned takes the numbers of the values that a resample has, with
 * repetitions, and gives the ranks of those among each other. The series is sorted once.
 */
export function resampledRanks(x: ArrayLike<number>): (rows: Int32Array) => Float64Array {
  // Of every value its place among the distinct ones.
  const order = Array.from({ length: x.length }, (_, i) => i).sort((a, b) => x[a]! - x[b]!);
  const place = new Int32Array(x.length);
  let distinct = 0;
  for (const [i, at] of order.entries()) {
    if (i > 0 && x[at] !== x[order[i - 1]!]) distinct++;
    place[at] = distinct;
  }
  return (rows) => {
    const times = new Int32Array(distinct + 1);
    for (let i = 0; i < rows.length; i++) times[place[rows[i]!]!]!++;
    const shared = new Float64Array(distinct + 1);
    for (let k = 0, before = 0; k <= distinct; k++) {
      shared[k] = before + (times[k]! + 1) / 2;
      before += times[k]!;
    }
    const rank = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) rank[i] = shared[place[rows[i]!]!]!;
    return rank;
  };
}

/**
 * Spearman's rank correlation of two series, n ≥ 3: Pearson's of the ranks, ties sharing the mean rank; p-value by
 * Student's t, an approximation below some 20 pairs. Equals scipy.stats.spearmanr. NaN where a series is constant.
 * Source: Spearman 1904.
 *
 * @param x, y The two series, pair by pair.
 * @throws If the lengths differ, there are fewer than 3 pairs, or a value is NaN.
 * @example
 * // The ranks are the same whatever the distances: a rising curve has 1.
 * spearman([1, 2, 3, 4], [1, 10, 100, 1000]).statistic; // 1
 * spearman([1, 2, 3, 4, 5], [2, 1, 4, 3, 5]); // { statistic: 0.8, pValue: 0.1041 }
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): Correlation {
  requirePairs('spearman', x, y);
  requireDefined('spearman', x, y);
  return withStudent(pearsonCoefficient(ranks(x), ranks(y)), x.length);
}

function requireDefined(name: string, ...series: ArrayLike<number>[]): void {
  for (const x of series) {
    for (let i = 0; i < x.length; i++) {
      if (Number.isNaN(x[i]!))
        throw new Error(`${name}: expected numbers, got NaN at index ${i}; leave the pair out first`);
    }
  }
}

/** Σ f(size) over the groups of equal values. */
function overTies(x: ArrayLike<number>, f: (size: number) => number): number {
  const sizes = new Map<number, number>();
  for (let i = 0; i < x.length; i++) sizes.set(x[i]!, (sizes.get(x[i]!) ?? 0) + 1);
  let sum = 0;
  for (const size of sizes.values()) sum += f(size);
  return sum;
}

/**
 * Kendall's τ-b of two series, n ≥ 3. p-value: exact without ties up to n = 33 (or with at most one pair against the
 * rest), otherwise by the normal approximation with its variance corrected for ties. Equals scipy.stats.kendalltau.
 * Time n². NaN where a series is constant.
 * Source: Kendall 1945.
 *
 * @param x, y The two series, pair by pair.
 * @throws If the lengths differ, there are fewer than 3 pairs, or a value is NaN.
 * @example
 * // 8 of the 10 pairs are in order, 2 are not: (8 − 2) / 10. Of 120 orders 28 are as far from 0.
 * kendall([1, 2, 3, 4, 5], [2, 1, 4, 3, 5]); // { statistic: 0.6, pValue: 0.2333 }
 */
export function kendall(x: ArrayLike<number>, y: ArrayLike<number>): Correlation {
  requirePairs('kendall', x, y);
  requireDefined('kendall', x, y);
  const n = x.length;
  const counted = concordance(x, y);
  const { concordant, discordant, tiedX, tiedY } = counted;
  const statistic = tauB(counted);
  if (Number.isNaN(statistic)) return undefinedCorrelation;
  const fewer = Math.min(concordant, discordant);
  if (tiedX === 0 && tiedY === 0 && (n <= 33 || fewer <= 1)) {
    return { statistic, pValue: Math.min(1, 2 * inversionsAtMost(n, fewer)) };
  }
  const spread = (size: number) => size * (size - 1) * (2 * size + 5);
  const triples = (size: number) => size * (size - 1) * (size - 2);
  const m = n * (n - 1);
  const variance =
    (m * (2 * n + 5) - overTies(x, spread) - overTies(y, spread)) / 18 +
    (2 * tiedX * tiedY) / m +
    (overTies(x, triples) * overTies(y, triples)) / (9 * m * (n - 2));
  return { statistic, pValue: normalTwoSided((concordant - discordant) / Math.sqrt(variance)) };
}

/** P(a random order of n has at most c inversions), built up one item at a time. */
function inversionsAtMost(n: number, c: number): number {
  let probability = new Float64Array(c + 1);
  probability[0] = 1;
  for (let size = 2; size <= n; size++) {
    // The new item adds 0 … size − 1 inversions, each as likely: a sliding sum.
    const next = new Float64Array(c + 1);
    let window = 0;
    for (let k = 0; k <= c; k++) {
      window += probability[k]! - (k >= size ? probability[k - size]! : 0);
      next[k] = window / size;
    }
    probability = next;
  }
  return probability.reduce((a, b) => a + b);
}
