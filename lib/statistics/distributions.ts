import betainc from '@stdlib/math-base-special-betainc';
import erfc from '@stdlib/math-base-special-erfc';
import erfcinv from '@stdlib/math-base-special-erfcinv';

// Upper tails are computed as such, never as 1 − cdf, so that a p-value of 1e-300 keeps its digits.

/**
 * P(Z ≤ z) of the standard normal, accurate in both tails.
 * NaN for NaN. By the complementary error function of @stdlib.
 *
 * @param z In standard deviations.
 * @example
 * normalCdf(1.96); // 0.9750
 * // The tail keeps its digits.
 * normalCdf(-10); // 7.62e-24
 */
export function normalCdf(z: number): number {
  return 0.5 * erfc(-z / Math.SQRT2);
}

/** P(Z > z) of the standard normal, accurate in both tails (to about 1e-307; 0 beyond z = 38.5). */
export function normalSurvival(z: number): number {
  return 0.5 * erfc(z / Math.SQRT2);
}

/** P(|Z| > |z|) of the standard normal: the two-sided p-value of a z statistic. NaN for NaN. */
export function normalTwoSided(z: number): number {
  return erfc(Math.abs(z) / Math.SQRT2);
}

/**
 * The z with P(Z ≤ z) = p, for p in [0, 1] (−∞ and ∞ at the ends); NaN elsewhere. Accurate for small p; take
 * −normalQuantile(q) for 1 − q.
 * By the inverse of the complementary error function of @stdlib.
 *
 * @param p A probability.
 * @example
 * normalQuantile(0.975); // 1.9600
 * normalQuantile(0.5); // 0
 */
export function normalQuantile(p: number): number {
  // −√2 erfcinv(2p), the lower half by erfcinv of a small argument, where 1 − p would lose it. (+ 0 turns −0 into 0.)
  return -Math.SQRT2 * erfcinv(2 * p) + 0;
}

/** P(X > x) of a lognormal variable, whose logarithm has mean `mu` and standard deviation `sigma`; 1 for x ≤ 0. */
export function lognormalSurvival(x: number, mu: number, sigma: number): number {
  return x <= 0 ? 1 : normalSurvival((Math.log(x) - mu) / sigma);
}

/** P(|T| > |t|) of Student's t with `df` degrees of freedom: the two-sided p-value of a t statistic. */
export function studentTwoSided(t: number, df: number): number {
  return t === 0 ? 1 : betainc(df / (df + t * t), df / 2, 0.5);
}
