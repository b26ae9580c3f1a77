import { normalSurvival } from './distributions';
import { requireMatrix, requireSamples } from './matrix';
import type { ColumnsTestResult, TestResult } from './testResult';

/** c[0] + c[1] x + c[2] x² + … */
function polynomial(c: readonly number[], x: number): number {
  return c.reduceRight((sum, coefficient) => sum * x + coefficient, 0);
}

/**
 * The normal quantile of algorithm AS 111 (Beasley and Springer 1977), good to about 1e-7. R94's polynomials are used
 * with it in SciPy; the exact quantile would move tail p-values by 1e-5.
 */
function quantileAS111(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.42) {
    const r = q * q;
    const top = polynomial([2.50662823884, -18.61500062529, 41.39119773534, -25.44106049637], r);
    return (q * top) / polynomial([1, -8.4735109309, 23.08336743743, -21.06224101826, 3.13082909833], r);
  }
  const r = Math.sqrt(-Math.log(q > 0 ? 1 - p : p));
  const tail =
    polynomial([-2.78718931138, -2.29796479134, 4.85014127135, 2.32121276858], r) /
    polynomial([1, 3.54388924762, 1.63706781897], r);
  return q < 0 ? -tail : tail;
}

/**
 * Royston's approximate weights of the upper half of the order statistics, largest first (the lower half: their
 * negatives).
 */
function weights(n: number): Float64Array {
  if (n === 3) return Float64Array.of(Math.SQRT1_2);
  const m = Float64Array.from({ length: Math.floor(n / 2) }, (_, i) => -quantileAS111((i + 0.625) / (n + 0.25)));
  const sumSquares = 2 * m.reduce((sum, v) => sum + v * v, 0);
  const norm = Math.sqrt(sumSquares);
  const u = 1 / Math.sqrt(n);
  const first = polynomial([0, 0.221157, -0.147981, -2.07119, 4.434685, -2.706056], u) + m[0]! / norm;
  if (n <= 5) {
    const scale = Math.sqrt((sumSquares - 2 * m[0]! ** 2) / (1 - 2 * first ** 2));
    return m.map((v, i) => (i === 0 ? first : v / scale));
  }
  const second = polynomial([0, 0.042981, -0.293762, -1.752461, 5.682633, -3.582633], u) + m[1]! / norm;
  const scale = Math.sqrt((sumSquares - 2 * m[0]! ** 2 - 2 * m[1]! ** 2) / (1 - 2 * first ** 2 - 2 * second ** 2));
  return m.map((v, i) => (i === 0 ? first : i === 1 ? second : v / scale));
}

/** The p-value of W from 1 − W (Royston 1992, 1995; exact for n = 3). */
function pValueOf(complement: number, n: number): number {
  // For n = 3, W is at least 3/4 but for rounding.
  if (n === 3) return Math.max(0, 1 - (6 / Math.PI) * Math.acos(Math.sqrt(1 - complement)));
  const y = Math.log(complement);
  const logN = Math.log(n);
  if (n > 11) {
    const mean = polynomial([-1.5861, -0.31082, -0.083751, 0.0038915], logN);
    const std = Math.exp(polynomial([-0.4803, -0.082676, 0.0030302], logN));
    return normalSurvival((y - mean) / std);
  }
  const gamma = 0.459 * n - 2.273;
  if (y >= gamma) return 1e-19;
  const mean = polynomial([0.544, -0.39978, 0.025054, -6.714e-4], n);
  const std = Math.exp(polynomial([1.3822, -0.77857, 0.062767, -0.0020322], n));
  return normalSurvival((-Math.log(gamma - y) - mean) / std);
}

/** The test of one sorted sample, whose weights are given. */
function shapiroWilkSorted(sorted: Float64Array, a: Float64Array): TestResult {
  const n = sorted.length;
  const range = sorted[n - 1]! - sorted[0]!;
  // NaN sorts last, −∞ first: either shows in the range.
  if (!Number.isFinite(range)) return { statistic: Number.NaN, pValue: Number.NaN };
  if (range < 1e-19) return { statistic: 1, pValue: 1 };
  const middle = sorted[n >> 1]!;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += (sorted[i]! - middle) / range;
  mean /= n;
  let sumWeights = 0;
  let sumSquares = 0;
  let cross = 0;
  for (let i = 0; i < n; i++) {
    const mirrored = n - 1 - i;
    const weight = i === mirrored ? 0 : i < mirrored ? -a[i]! : a[mirrored]!;
    const x = (sorted[i]! - middle) / range - mean;
    sumWeights += weight * weight;
    sumSquares += x * x;
    cross += weight * x;
  }
  // 1 − W as a product keeps its digits where W is close to 1.
  const product = Math.sqrt(sumWeights * sumSquares);
  const complement = ((product - cross) * (product + cross)) / (sumWeights * sumSquares);
  const statistic = 1 - complement;
  if (n === 3 && statistic < 0.75) return { statistic: 0.75, pValue: 0 };
  return { statistic, pValue: pValueOf(complement, n) };
}

/**
 * Shapiro and Wilk's test of normality by Royston's algorithm AS R94 (1995): W in (0, 1], small where the sample is not
 * Gaussian, and its p-value. Equals scipy.stats.shapiro: the weights and the p-value are Royston's approximations,
 * fitted for 3 ≤ n ≤ 5000 (beyond, W stands but the p-value is an extrapolation). A constant sample gives SciPy's W =
 * 1, p = 1: that is no sign of normality, so look for it first; a value that is not finite gives NaN. Expects n ≥ 3.
 *
 * @param sample In any order.
 * @throws If there are fewer than 3 values.
 * @example
 * // 50 draws of a Gaussian, and their exponentials, which are skewed.
 * const draws = normal(key(0), [50]);
 * shapiroWilk(draws.dataSync()); // { statistic: 0.966, pValue: 0.161 }
 * shapiroWilk(draws.exp().dataSync()).pValue < 1e-4; // true
 */
export function shapiroWilk(sample: ArrayLike<number>): TestResult {
  requireSamples('shapiroWilk', sample.length, 3);
  return shapiroWilkSorted(Float64Array.from(sample).sort(), weights(sample.length));
}

/**
 * `shapiroWilk` of each column of a row-major n × d matrix; the weights are made once. 512 × 512 take about 20 ms.
 * Source: Royston 1995.
 *
 * @param matrix Row after row, n · d numbers.
 * @param n, d Samples and dimensions.
 * @throws If there are not n · d numbers, or n is below 3.
 * @example
 * // 50 rows of 2 dimensions, the second one uniform on [0, 1).
 * const rows = tf.stack([normal(key(0), [50]), uniform(key(1), [50])], 1);
 * shapiroWilkColumns(rows.dataSync(), 50, 2).pValue; // [0.161, 0.081]
 */
export function shapiroWilkColumns(matrix: ArrayLike<number>, n: number, d: number): ColumnsTestResult {
  requireMatrix('shapiroWilkColumns', matrix, n, d, 3);
  const a = weights(n);
  const statistic = new Float64Array(d);
  const pValue = new Float64Array(d);
  const column = new Float64Array(n);
  for (let j = 0; j < d; j++) {
    for (let i = 0; i < n; i++) column[i] = matrix[i * d + j]!;
    const result = shapiroWilkSorted(column.sort(), a);
    statistic[j] = result.statistic;
    pValue[j] = result.pValue;
  }
  return { statistic, pValue };
}
