/** Fails on an empty sample or a NaN, which would spread silently. `name` is the caller, for the message. */
function requireNumbers(name: string, values: ArrayLike<number>, minimum: number): void {
  if (values.length < minimum) throw new Error(`${name}: expected at least ${minimum} values, got ${values.length}`);
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i]!))
      throw new Error(`${name}: expected numbers, got NaN at index ${i}; leave it out first`);
  }
}

/**
 * The arithmetic mean, summed over differences from the first value, so that a large common offset costs no digits.
 *
 * @param values In any order.
 * @throws If there is no value, or one is NaN.
 * @example
 * mean([1, 2, 6]); // 3
 */
export function mean(values: ArrayLike<number>): number {
  requireNumbers('mean', values, 1);
  const first = values[0]!;
  let sum = 0;
  for (let i = 1; i < values.length; i++) sum += values[i]! - first;
  return first + sum / values.length;
}

/**
 * The unbiased variance (divisor n − 1), in two passes; n ≥ 2.
 *
 * @param values In any order.
 * @throws If there are fewer than 2 values, or one is NaN.
 * @example
 * // (4 + 1 + 9) / 2
 * variance([1, 2, 6]); // 7
 */
export function variance(values: ArrayLike<number>): number {
  requireNumbers('variance', values, 2);
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - centre) ** 2;
  return sum / (values.length - 1);
}

/**
 * The standard error of the mean, √(variance / n); n ≥ 2.
 *
 * @param values In any order.
 * @throws If there are fewer than 2 values, or one is NaN.
 * @example
 * // √(7 / 3)
 * standardError([1, 2, 6]); // 1.5275
 */
export function standardError(values: ArrayLike<number>): number {
  return Math.sqrt(variance(values) / values.length);
}

/**
 * The quantile at `level` in [0, 1] by linear interpolation between order statistics: Hyndman and Fan's type 7, NumPy's
 * default.
 *
 * @param values In any order.
 * @param level 0: the least value, 1: the greatest.
 * @throws If there is no value, one is NaN, or the level is not in [0, 1].
 * @example
 * // A quarter of the way from the first of seven to the last is halfway between the second and the third.
 * quantile([1, 2, 3, 4, 5, 6, 7], 0.25); // 2.5
 */
export function quantile(values: ArrayLike<number>, level: number): number {
  requireNumbers('quantile', values, 1);
  if (!(level >= 0 && level <= 1)) throw new Error(`quantile: expected a level in [0, 1], got ${level}`);
  const sorted = Float64Array.from(values).sort();
  const at = level * (sorted.length - 1);
  const below = Math.floor(at);
  const fraction = at - below;
  return fraction === 0 ? sorted[below]! : sorted[below]! + fraction * (sorted[below + 1]! - sorted[below]!);
}

/**
 * The middle value, or the mean of the two middle ones.
 *
 * @param values In any order.
 * @throws If there is no value, or one is NaN.
 * @example
 * median([5, 1, 3]); // 3
 * median([1, 2, 3, 4]); // 2.5
 */
export function median(values: ArrayLike<number>): number {
  requireNumbers('median', values, 1);
  return quantile(values, 0.5);
}
