import { requireSamples } from './matrix';
import type { TestResult } from './testResult';

/**
 * Kolmogorov and Smirnov's two-sided test that a sample is uniform on [0, 1], as p-values are under a true null. The
 * statistic is the largest distance between the empirical and the uniform distribution function. p-value: exact up to n
 * = 500 (Marsaglia, Tsang and Wang 2003; in the tail twice the exact one-sided probability), above by Pelz and Good's
 * expansion (1976), whose error is below 4e-6 of the p-value there; so scipy.stats.kstest to that precision. Expects n
 * ≥ 1 and values in [0, 1]; NaN values give an error, so leave out undefined tests first.
 *
 * @param sample Such as p-values, in any order.
 * @throws If there is no value, or one is NaN or outside [0, 1].
 * @example
 * // Evenly spread, no step of the distribution function is off by more than 0.1; then all on one side.
 * uniformityTest([0.1, 0.3, 0.5, 0.7, 0.9]); // { statistic: 0.1, pValue: 1.0000 }
 * uniformityTest([0.1, 0.1, 0.2, 0.2, 0.3]); // { statistic: 0.7, pValue: 0.00556 }
 */
export function uniformityTest(sample: ArrayLike<number>): TestResult {
  const n = sample.length;
  requireSamples('uniformityTest', n, 1);
  const sorted = Float64Array.from(sample).sort();
  if (!(sorted[0]! >= 0) || !(sorted[n - 1]! <= 1)) {
    throw new Error(
      `uniformityTest: expected values in [0, 1], got ${sorted[0]} to ${sorted[n - 1]}; leave out NaN first`,
    );
  }
  let statistic = 0;
  for (let i = 0; i < n; i++) statistic = Math.max(statistic, (i + 1) / n - sorted[i]!, sorted[i]! - i / n);
  return { statistic, pValue: kolmogorovSurvival(n, statistic) };
}

/** P(D > d) for the two-sided statistic D of n uniform variables. */
export function kolmogorovSurvival(n: number, d: number): number {
  if (d <= 0.5 / n) return 1;
  if (d >= 1) return 0;
  // Both one-sided deviations reach d with probability below 1e-10 of either one's, once n d² > 4; impossible for d ≥
  // 1/2.
  if (n * d * d > 4 || d >= 0.5) return Math.min(1, 2 * oneSidedSurvival(n, d));
  return 1 - (n <= 500 ? matrixCdf(n, d) : pelzGoodCdf(n, d));
}

/**
 * P(D⁺ ≥ d), exactly (Birnbaum and Tingey 1951): d Σⱼ C(n, j) (1 − d − j/n)^{n−j} (d + j/n)^{j−1}, all terms positive.
 */
function oneSidedSurvival(n: number, d: number): number {
  let logChoose = 0;
  let sum = 0;
  for (let j = 0; j <= n * (1 - d); j++) {
    if (j > 0) logChoose += Math.log((n - j + 1) / j);
    const rest = 1 - d - j / n;
    if (rest <= 0) break;
    sum += Math.exp(logChoose + (n - j) * Math.log(rest) + (j - 1) * Math.log(d + j / n));
  }
  return d * sum;
}

/** P(D ≤ d) by the n-th power of a (2⌈nd⌉ − 1)-square matrix, rescaled on the way. */
function matrixCdf(n: number, d: number): number {
  const k = Math.floor(n * d) + 1;
  const m = 2 * k - 1;
  const h = k - n * d;
  const base = new Float64Array(m * m);
  for (let i = 0; i < m; i++) for (let j = 0; j <= Math.min(i + 1, m - 1); j++) base[i * m + j] = 1;
  for (let i = 0; i < m; i++) {
    base[i * m]! -= h ** (i + 1);
    base[(m - 1) * m + i]! -= h ** (m - i);
  }
  if (2 * h > 1) base[(m - 1) * m]! += (2 * h - 1) ** m;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j <= i; j++) for (let g = 2; g <= i - j + 1; g++) base[i * m + j]! /= g;
  }
  let { matrix, exponent } = matrixPower(base, m, n);
  let value = matrix[(k - 1) * m + k - 1]!;
  for (let i = 1; i <= n; i++) {
    value = (value * i) / n;
    if (value < 1e-140) {
      value *= 1e140;
      exponent -= 140;
    }
  }
  return value * 10 ** exponent;
}

/** A square matrix to the n-th power, as matrix × 10^exponent. */
function matrixPower(base: Float64Array, m: number, n: number): { matrix: Float64Array; exponent: number } {
  if (n === 1) return { matrix: base, exponent: 0 };
  const root = matrixPower(base, m, n >> 1);
  let matrix = multiply(root.matrix, root.matrix, m);
  let exponent = 2 * root.exponent;
  if (n % 2) matrix = multiply(base, matrix, m);
  if (matrix[(m >> 1) * m + (m >> 1)]! > 1e140) {
    matrix = matrix.map((v) => v * 1e-140);
    exponent += 140;
  }
  return { matrix, exponent };
}

function multiply(a: Float64Array, b: Float64Array, m: number): Float64Array {
  const product = new Float64Array(m * m);
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < m; k++) {
      const v = a[i * m + k]!;
      if (v !== 0) for (let j = 0; j < m; j++) product[i * m + j]! += v * b[k * m + j]!;
    }
  }
  return product;
}

/** P(D ≤ d) by Pelz and Good's expansion to order n^{−3/2}, in the form of Simard and L'Ecuyer (2011), z = d √n. */
function pelzGoodCdf(n: number, d: number): number {
  const z = d * Math.sqrt(n);
  const z2 = z * z;
  const [z4, z6] = [z2 * z2, z2 * z2 * z2];
  let [k0, k1, k2, k3] = [0, 0, 0, 0];
  for (let k = 0; k < 20; k++) {
    // u = π² (k + 1/2)²; the sums over all integers are twice those over k ≥ 0.
    const u = (Math.PI * (k + 0.5)) ** 2;
    const decay = Math.exp(-u / (2 * z2));
    k0 += decay;
    k1 += (u - z2) * decay;
    k2 += (6 * z6 + 2 * z4 + (2 * z4 - 5 * z2) * u + (1 - 2 * z2) * u * u) * decay;
    k3 +=
      (-30 * z6 - 90 * z6 * z2 + (135 * z4 - 96 * z6) * u + (212 * z4 - 60 * z2) * u * u + (5 - 30 * z2) * u ** 3) *
      decay;
  }
  let [extra2, extra3] = [0, 0];
  for (let k = 1; k < 20; k++) {
    const v = (Math.PI * k) ** 2;
    const decay = Math.exp(-v / (2 * z2));
    extra2 += v * decay;
    extra3 += (3 * z2 * v - v * v) * decay;
  }
  const root = Math.sqrt(2 * Math.PI);
  return (
    root *
    (k0 / z +
      k1 / (6 * z4) / Math.sqrt(n) +
      (k2 / (72 * z6 * z) - extra2 / (36 * z2 * z)) / n +
      (k3 / (6480 * z6 * z4) + extra3 / (216 * z6)) / n ** 1.5)
  );
}
