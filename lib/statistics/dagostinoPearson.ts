import { normalTwoSided } from './distributions';
import { requireMatrix, requireSamples } from './matrix';
import { skewnessAndKurtosis } from './moments';
import type { ColumnsTestResult, TestResult } from './testResult';

/** The standard normal score of a sample's skewness under normality (D'Agostino 1970), n ≥ 8. */
function skewnessScore(n: number): (skewness: number) => number {
  const beta2 = (3 * (n * n + 27 * n - 70) * (n + 1) * (n + 3)) / ((n - 2) * (n + 5) * (n + 7) * (n + 9));
  const w2 = Math.sqrt(2 * (beta2 - 1)) - 1;
  const delta = 1 / Math.sqrt(0.5 * Math.log(w2));
  const alpha = Math.sqrt(2 / (w2 - 1));
  const scale = Math.sqrt(((n + 1) * (n + 3)) / (6 * (n - 2)));
  // SciPy replaces y = 0 by 1, so that an exactly symmetric sample scores 1.01 and not 0; kept, to agree with it.
  return (skewness) => delta * Math.asinh((skewness === 0 ? 1 : skewness * scale) / alpha);
}

/** The standard normal score of a sample's kurtosis under normality (Anscombe and Glynn 1983), n ≥ 5. */
function kurtosisScore(n: number): (kurtosis: number) => number {
  const expected = (3 * (n - 1)) / (n + 1);
  const variance = (24 * n * (n - 2) * (n - 3)) / ((n + 1) * (n + 1) * (n + 3) * (n + 5));
  const sqrtBeta1 =
    ((6 * (n * n - 5 * n + 2)) / ((n + 7) * (n + 9))) * Math.sqrt((6 * (n + 3) * (n + 5)) / (n * (n - 2) * (n - 3)));
  const a = 6 + (8 / sqrtBeta1) * (2 / sqrtBeta1 + Math.sqrt(1 + 4 / sqrtBeta1 ** 2));
  return (kurtosis) => {
    const x = (kurtosis - expected) / Math.sqrt(variance);
    const denominator = 1 + x * Math.sqrt(2 / (a - 4));
    if (denominator === 0) return Number.NaN;
    const root = Math.sign(denominator) * Math.cbrt((1 - 2 / a) / Math.abs(denominator));
    return (1 - 2 / (9 * a) - root) / Math.sqrt(2 / (9 * a));
  };
}

/**
 * D'Agostino's test that a sample's skewness is a Gaussian's: a standard normal score, two-sided p-value, and the
 * skewness itself. Equals scipy.stats.skewtest; n ≥ 8. NaN for a constant sample or one with a value that is not
 * finite.
 * Source: D'Agostino 1970.
 *
 * @param sample In any order.
 * @throws If there are fewer than 8 values.
 * @example
 * // The example of scipy.stats.skewtest.
 * skewTest([2, 8, 0, 4, 1, 9, 9, 0]); // { statistic: 0.4463, pValue: 0.6554 }
 */
export function skewTest(sample: ArrayLike<number>): TestResult & { readonly skewness: number } {
  requireSamples('skewTest', sample.length, 8);
  const skewness = skewnessAndKurtosis(sample, sample.length, 1).skewness[0]!;
  const statistic = skewnessScore(sample.length)(skewness);
  return { statistic, pValue: normalTwoSided(statistic), skewness };
}

/**
 * Anscombe and Glynn's test that a sample's kurtosis is a Gaussian's (3): a standard normal score, two-sided p-value,
 * and the kurtosis itself. Equals scipy.stats.kurtosistest; n ≥ 5 (above 20 for an accurate p-value). NaN as in
 * `skewTest`.
 * Source: Anscombe & Glynn 1983.
 *
 * @param sample In any order.
 * @throws If there are fewer than 5 values.
 * @example
 * // The example of scipy.stats.kurtosistest: 0 to 19, too flat for a Gaussian.
 * kurtosisTest(Array.from({ length: 20 }, (_, i) => i)); // { statistic: -1.7058, pValue: 0.0880 }
 */
export function kurtosisTest(sample: ArrayLike<number>): TestResult & { readonly kurtosis: number } {
  requireSamples('kurtosisTest', sample.length, 5);
  const kurtosis = skewnessAndKurtosis(sample, sample.length, 1).kurtosis[0]!;
  const statistic = kurtosisScore(sample.length)(kurtosis);
  return { statistic, pValue: normalTwoSided(statistic), kurtosis };
}

/** D'Agostino and Pearson's outcome with its two parts: the standard normal scores of skewness and kurtosis. */
export interface DagostinoPearson extends TestResult {
  /** Standard normal under the null: `skewTest`'s statistic. */
  readonly skewnessScore: number;
  /** Standard normal under the null: `kurtosisTest`'s statistic. */
  readonly kurtosisScore: number;
}

/**
 * D'Agostino and Pearson's K² test of normality: the sum of the squared scores of skewness and kurtosis, which is
 * chi-square with 2 degrees of freedom under the null. Equals scipy.stats.normaltest, also in giving NaN for a constant
 * sample and for values that are not finite. Expects n ≥ 8. Source: D'Agostino 1971; D'Agostino and Pearson 1973.
 *
 * @param sample In any order.
 * @throws If there are fewer than 8 values.
 * @example
 * // 200 draws of a Gaussian, and their exponentials, which are skewed.
 * const draws = normal(key(0), [200]);
 * dagostinoPearson(draws.dataSync()).pValue; // 0.771
 * dagostinoPearson(draws.exp().dataSync()).pValue < 1e-6; // true
 */
export function dagostinoPearson(sample: ArrayLike<number>): DagostinoPearson {
  requireSamples('dagostinoPearson', sample.length, 8);
  const columns = dagostinoPearsonColumns(sample, sample.length, 1);
  return {
    statistic: columns.statistic[0]!,
    pValue: columns.pValue[0]!,
    skewnessScore: columns.skewnessScore[0]!,
    kurtosisScore: columns.kurtosisScore[0]!,
  };
}

/** K² of each of d columns, with the scores of skewness and kurtosis that make it up. */
export interface DagostinoPearsonColumns extends ColumnsTestResult {
  /** Standard normal under the null, [d]. */
  readonly skewnessScore: Float64Array;
  /** Standard normal under the null, [d]. */
  readonly kurtosisScore: Float64Array;
}

/**
 * `dagostinoPearson` of each column of a row-major n × d matrix (n samples of d dimensions), at once. A constant
 * column, as of a dead unit, gives NaN and leaves the others alone. 512 × 512 take a few milliseconds.
 * Source: D'Agostino and Pearson 1973.
 *
 * @param matrix Row after row, n · d numbers.
 * @param n, d Samples and dimensions.
 * @throws If there are not n · d numbers, or n is below 8.
 * @example
 * // 50 rows of 3 dimensions, the last without any spread.
 * const rows = normal(key(0), [50, 3]).mul([1, 10, 0]);
 * dagostinoPearsonColumns(rows.dataSync(), 50, 3).pValue; // [0.733, 0.475, NaN]
 */
export function dagostinoPearsonColumns(matrix: ArrayLike<number>, n: number, d: number): DagostinoPearsonColumns {
  requireMatrix('dagostinoPearsonColumns', matrix, n, d, 8);
  const { skewness, kurtosis } = skewnessAndKurtosis(matrix, n, d);
  const zSkewness = skewness.map(skewnessScore(n));
  const zKurtosis = kurtosis.map(kurtosisScore(n));
  const statistic = zSkewness.map((s, j) => s * s + zKurtosis[j]! ** 2);
  // The survival function of a chi-square variable with 2 degrees of freedom.
  const pValue = statistic.map((k2) => Math.exp(-k2 / 2));
  return { statistic, pValue, skewnessScore: zSkewness, kurtosisScore: zKurtosis };
}
