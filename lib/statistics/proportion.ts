import { normalQuantile } from './distributions';

/** An observed proportion with its confidence interval. */
export interface Proportion {
  /** How many were counted, 0 to `samples`. */
  readonly count: number;
  /** Of how many. */
  readonly samples: number;
  /** count / samples */
  readonly value: number;
  /** Lower end of the interval, at least 0. */
  readonly low: number;
  /** Upper end of the interval, at most 1. */
  readonly high: number;
}

/**
 * A binomial proportion with Wilson's score interval (1927) at this confidence (default 0.95). The interval stays
 * within [0, 1] and keeps a width where nothing or everything was counted.
 *
 * @param count, samples How many of how many.
 * @param confidence The interval's coverage; default 0.95.
 * @throws If count and samples are not whole numbers with 0 ≤ count ≤ samples ≥ 1, or the confidence is not strictly
 *   between 0 and 1.
 * @example
 * // 8 of 10, and none of 10, which leaves room for a quarter.
 * proportion(8, 10); // { value: 0.8, low: 0.4902, high: 0.9433 }
 * proportion(0, 10); // { value: 0, low: 0, high: 0.2775 }
 */
export function proportion(count: number, samples: number, confidence = 0.95): Proportion {
  if (!Number.isInteger(count) || !Number.isInteger(samples) || samples < 1 || count < 0 || count > samples) {
    throw new Error(
      `proportion: expected whole numbers 0 <= count <= samples, samples >= 1, got ${count} of ${samples}`,
    );
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw new Error(`proportion: expected a confidence between 0 and 1, got ${confidence}`);
  }
  const value = count / samples;
  const z2 = normalQuantile((1 - confidence) / 2) ** 2;
  const centre = (value + z2 / (2 * samples)) / (1 + z2 / samples);
  const half = Math.sqrt(z2 * ((value * (1 - value)) / samples + z2 / (4 * samples * samples))) / (1 + z2 / samples);
  // The ends are exactly 0 and 1 there; the formula only rounds to them.
  const low = count === 0 ? 0 : centre - half;
  const high = count === samples ? 1 : centre + half;
  return { count, samples, value, low, high };
}

/** The share of tests that reject, with its interval, and how many tests had no p-value. */
export interface RejectedFraction extends Proportion {
  /** Tests whose p-value is NaN, left out of `samples`. */
  readonly undefinedTests: number;
}

/**
 * The share of p-values below `alpha` with Wilson's interval. NaN values (undefined tests, as of a constant column) are
 * left out and counted in `undefinedTests`. The interval takes the tests as independent: dimensions of one embedding
 * are not, so there it is too narrow. Fails where every p-value is NaN.
 * Source: Wilson 1927.
 *
 * @param pValues One a test.
 * @param alpha The level, such as 0.01: p-values below it reject.
 * @param confidence The interval's coverage; default 0.95.
 * @throws If every p-value is NaN, or the confidence is not strictly between 0 and 1.
 * @example
 * // Two of three tests reject; the fourth has no p-value.
 * rejectedFraction([0.01, 0.2, 0.03, NaN], 0.05); // { count: 2, samples: 3, value: 0.6667, undefinedTests: 1 }
 */
export function rejectedFraction(pValues: ArrayLike<number>, alpha: number, confidence = 0.95): RejectedFraction {
  let rejected = 0;
  let undefinedTests = 0;
  for (let i = 0; i < pValues.length; i++) {
    if (Number.isNaN(pValues[i]!)) undefinedTests++;
    else if (pValues[i]! < alpha) rejected++;
  }
  if (undefinedTests === pValues.length) {
    throw new Error(`rejectedFraction: expected at least one defined p-value, got ${pValues.length}, all of them NaN`);
  }
  return { ...proportion(rejected, pValues.length - undefinedTests, confidence), undefinedTests };
}
