/** A function's slope at 0 by differences of one step. */
export interface NumericSlope {
  readonly step: number;
  /** By five points, from −2 steps to 2. */
  readonly slope: number;
  /** To the left and to the right, by one step. */
  readonly left: number;
  readonly right: number;
  /** How far off the slope may be by the rounding of float32 results. */
  readonly rounding: number;
}

/** So many roundings of 2⁻²⁴ a result is taken to be off by. */
const ROUNDINGS = 8;

/**
 * The slopes at 0 of each of several functions of a number, computed in float32, at steps h, h/2, h/4, …: five-point differences
 * are wrong by the fourth power of the step, by rounding over the step, and wherever a kink lies within two steps.
 *
 * @param f From t to the values of all functions.
 * @param h The longest step; f is asked from −2 h to 2 h.
 * @param levels How many steps; default 9.
 */
export function numericSlopes(f: (t: number) => ArrayLike<number>, h: number, levels = 9): NumericSlope[][] {
  const steps = Array.from({ length: levels + 1 }, (_, level) => (2 * h) / 2 ** level);
  const at = steps.map((step) => ({ step, below: f(-step), above: f(step) }));
  const centre = f(0);
  return Array.from({ length: centre.length }, (_, i) => {
    const largest = Math.max(...at.flatMap(({ below, above }) => [Math.abs(below[i]!), Math.abs(above[i]!)]));
    const sides = at.map(({ step, below, above }) => ({
      step,
      left: (centre[i]! - below[i]!) / step,
      right: (above[i]! - centre[i]!) / step,
    }));
    return sides.slice(1).map((side, level) => {
      const wide = sides[level]!;
      const slope = (2 * (side.left + side.right)) / 3 - (wide.left + wide.right) / 6;
      return { ...side, slope, rounding: (ROUNDINGS * 2 ** -24 * largest) / side.step };
    });
  });
}

/**
 * Whether there is a kink at 0: slopes to the left and to the right that differ by more than rounding and do not approach each
 * other over three halvings of the step, in which a smooth function's gap falls to an eighth.
 */
export function hasKink(slopes: readonly NumericSlope[]): boolean {
  const gap = ({ left, right }: NumericSlope) => Math.abs(right - left);
  const last = slopes.map((slope) => gap(slope) > 8 * slope.rounding).lastIndexOf(true);
  return last >= 3 && gap(slopes[last]!) > gap(slopes[last - 3]!) / 2;
}
