function requireExampleCount(caller: string, count: number): void {
  if (Number.isInteger(count) && count >= 1) return;
  throw new Error(`${caller}: expected a number of training examples of at least 1, got ${count}`);
}

/**
 * √(μ / n): a complexity measure μ on the scale of the generalization gap it bounds, for n training examples, as
 * Dziugaite et al. 2020 compare measures across sample sizes.
 *
 * @param measure μ, at least 0.
 * @param n How many training examples.
 * @throws If n is below 1.
 * @example
 * // √(4 / 100)
 * overExamples(4, 100); // 0.2
 */
export function overExamples(measure: number, n: number): number {
  requireExampleCount('overExamples', n);
  return Math.sqrt(measure / n);
}

/**
 * log √(μ / n) of log μ: what Dziugaite et al.'s code gives of the measures that it keeps as logarithms.
 *
 * @param logMeasure ln μ.
 * @param n How many training examples.
 * @throws If n is below 1.
 * @example
 * // ln √(4 / 100)
 * logOverExamples(Math.log(4), 100); // -1.6094
 */
export function logOverExamples(logMeasure: number, n: number): number {
  requireExampleCount('logOverExamples', n);
  return 0.5 * (logMeasure - Math.log(n));
}
