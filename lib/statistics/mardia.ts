import { chiSquareSurvival } from './chiSquare';
import { normalTwoSided } from './distributions';
import { requireMatrix } from './matrix';
import type { TestResult } from './testResult';
import { whiten } from './whiten';

/**
 * Mardia's outcome: the joint test, and its two parts.
 *
 * @param value Mardia's b₁ of the skewness, b₂ of the kurtosis.
 */
export interface Mardia extends TestResult {
  /** `value` is Mardia's b₁, `statistic` a chi-square variable with d(d+1)(d+2)/6 degrees of freedom under the null. */
  readonly skewness: TestResult & { readonly value: number };
  /** `value` is Mardia's b₂, `statistic` a standard normal variable under the null; two-sided. */
  readonly kurtosis: TestResult & { readonly value: number };
}

/** How the parts are standardised. */
export interface MardiaOptions {
  /**
   * How the two parts are standardised. `exact` (default): by the moments they have at this n (Mardia 1974).
   * `asymptotic`: by the limits for n → ∞ (Mardia 1970; what R's MVN does for n ≥ 20), whose kurtosis part is biased
   * low by half a standard deviation at n = 512, d = 16.
   */
  readonly moments?: 'exact' | 'asymptotic';
}

/**
 * Mardia's tests that the rows of a row-major n × d matrix come from a multivariate Gaussian: b₁ = Σᵢⱼ (yᵢ·yⱼ)³ / n²
 * and b₂ = Σᵢ ‖yᵢ‖⁴ / n of the whitened rows y (covariance with divisor n). The joint `statistic` is the skewness
 * part's chi-square plus the kurtosis part's square, as K² in one dimension, with one more degree of freedom (the parts
 * are asymptotically independent; joining them so is this workbook's choice). Expects n > d ≥ 1; time n² d. A singular
 * covariance or a value that is not finite gives NaN throughout.
 * Source: Mardia 1970.
 *
 * @param matrix Row after row, n · d numbers.
 * @param n, d Samples and dimensions.
 * @throws If there are not n · d numbers, or n is below 4 or d + 2.
 * @example
 * // 100 draws of a Gaussian in the plane, and their exponentials.
 * const draws = normal(key(0), [100, 2]);
 * mardia(draws.dataSync(), 100, 2).pValue; // 0.762
 * mardia(draws.exp().dataSync(), 100, 2).pValue < 1e-6; // true
 */
export function mardia(matrix: ArrayLike<number>, n: number, d: number, options: MardiaOptions = {}): Mardia {
  requireMatrix('mardia', matrix, n, d, Math.max(4, d + 2));
  const white = whiten(matrix, n, d);
  const { b1, b2 } = white === null ? { b1: Number.NaN, b2: Number.NaN } : shapes(white, n, d);
  const { moments = 'exact' } = options;
  const df = (d * (d + 1) * (d + 2)) / 6;
  // The factor makes the statistic's mean equal df at this n.
  const factor = moments === 'exact' ? ((d + 1) * (n + 1) * (n + 3)) / (n * ((n + 1) * (d + 1) - 6)) : 1;
  const chiSquare = (factor * n * b1) / 6;
  const z = (b2 - kurtosisMean(n, d, moments)) / Math.sqrt(kurtosisVariance(n, d, moments));
  return {
    statistic: chiSquare + z * z,
    pValue: chiSquareSurvival(chiSquare + z * z, df + 1),
    skewness: { value: b1, statistic: chiSquare, pValue: chiSquareSurvival(chiSquare, df) },
    kurtosis: { value: b2, statistic: z, pValue: normalTwoSided(z) },
  };
}

function kurtosisMean(n: number, d: number, moments: 'exact' | 'asymptotic'): number {
  return (d * (d + 2) * (moments === 'exact' ? n - 1 : n + 1)) / (n + 1);
}

function kurtosisVariance(n: number, d: number, moments: 'exact' | 'asymptotic'): number {
  if (moments === 'asymptotic') return (8 * d * (d + 2)) / n;
  return (8 * d * (d + 2) * (n - 3) * (n - d - 1) * (n - d + 1)) / ((n + 1) ** 2 * (n + 3) * (n + 5));
}

/** Mardia's b₁ and b₂ of whitened rows. */
function shapes(white: Float64Array, n: number, d: number): { b1: number; b2: number } {
  let cubes = 0;
  let fourths = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let dot = 0;
      for (let k = 0; k < d; k++) dot += white[i * d + k]! * white[j * d + k]!;
      cubes += (i === j ? 1 : 2) * dot * dot * dot;
      if (i === j) fourths += dot * dot;
    }
  }
  return { b1: cubes / (n * n), b2: fourths / n };
}
