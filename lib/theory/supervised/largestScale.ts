export interface ScaleSearchOptions {
  /** Where the search starts, > 0. */
  readonly start: number;
  /** No smaller and no larger scale is looked at. */
  readonly minimum: number;
  readonly maximum: number;
  /** The value to reach. */
  readonly target: number;
  /** The search ends at a scale whose value is this near to the target. */
  readonly tolerance: number;
  /** First factor between scales until two of them lie on either side of the target. */
  readonly factor: number;
  /** At most so many cuts of the bracket after that, fewer where it is narrowed to 1 percent. */
  readonly depth: number;
}

/** What the search for a scale found. */
export interface ScaleSearch {
  /** 0 if even `minimum` gives more than the target, infinite if even `maximum` gives less. */
  readonly scale: number;
  /** The value there; at the bound that was looked at last where the scale is 0 or infinite. */
  readonly value: number;
  /** How many scales were tried. */
  readonly evaluations: number;
}

/** The ratio of a bracket's ends at which it is narrow enough: a value in steps may jump across the target within it. */
const narrow = 1.01;

/**
 * The scale at which a value that grows with it (as noise does harm) reaches a target. From `start` the scale is multiplied
 * or divided by `factor`, and by its square, cube, … until the target is bracketed; then the bracket is cut on a logarithmic
 * axis, where the straight line between its ends meets the target, but never within a fifth of an end: so it shrinks by at least a fifth a
 * step, and mostly far faster. Where the value is not monotone it is one of the crossings.
 */
export function largestScale(value: (scale: number) => number, options: ScaleSearchOptions): ScaleSearch {
  const { start, minimum, maximum, target, tolerance, factor, depth } = options;
  let evaluations = 0;
  const evaluate = (scale: number) => {
    evaluations++;
    return { scale, value: value(scale) };
  };
  const near = (v: number) => Math.abs(v - target) <= tolerance;
  let at = evaluate(Math.min(maximum, Math.max(minimum, start)));
  let [below, above] = at.value <= target ? [at, undefined] : [undefined, at];
  for (let stride = factor; !near(at.value) && !(below && above); stride *= factor) {
    const bound = below ? maximum : minimum;
    if (at.scale === bound) return { scale: below ? Number.POSITIVE_INFINITY : 0, value: at.value, evaluations };
    at = evaluate(below ? Math.min(bound, at.scale * stride) : Math.max(bound, at.scale / stride));
    if (at.value <= target) below = at;
    else above = at;
  }
  for (let step = 0; step < depth && !near(at.value) && below && above; step++) {
    if (above.scale <= narrow * below.scale) break;
    const straight = (target - below.value) / (above.value - below.value);
    const share = Math.min(0.8, Math.max(0.2, straight));
    at = evaluate(below.scale * (above.scale / below.scale) ** share);
    if (at.value <= target) below = at;
    else above = at;
  }
  return { ...(near(at.value) || !below ? at : below), evaluations };
}

/** `largestScale` without what a search in two parts sets itself. */
export interface TwoPartSearchOptions
  extends Pick<ScaleSearchOptions, 'start' | 'minimum' | 'maximum' | 'target' | 'tolerance'> {
  /** `factor` of the first part and of the second. */
  readonly factors: readonly [number, number];
}

/** `largestScale` with a cheap value of the same meaning, to a quarter of the target, then from there with the true one. */
export function largestScaleFromRough(
  rough: (scale: number) => number,
  value: (scale: number) => number,
  { factors, ...search }: TwoPartSearchOptions,
): ScaleSearch {
  const tolerance = Math.max(search.tolerance, search.target / 4);
  const first = largestScale(rough, { ...search, tolerance, factor: factors[0], depth: 4 });
  const second = largestScale(value, { ...search, start: first.scale, factor: factors[1], depth: 15 });
  return { ...second, evaluations: first.evaluations + second.evaluations };
}
