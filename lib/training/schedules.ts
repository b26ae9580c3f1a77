/**
 * The learning rate at a step; steps count from 0, and the rate at `step` is the one with which that step's update is
 * made.
 */
export type Schedule = (step: number) => number;

/** Where the rate begins, peaks and ends. */
export interface CosineOptions {
  /** The rate at the end of the warm-up. */
  readonly peak: number;
  /** Steps in all, warm-up included. */
  readonly steps: number;
  /** Steps over which the rate rises in a straight line from `start` to `peak`; default 0. */
  readonly warmUpSteps?: number;
  /** The rate at step 0 where there is a warm-up; default 3e-5 (solo-learn's). */
  readonly start?: number;
  /** The rate that the cosine tends to at the end; default 0. */
  readonly end?: number;
}

/**
 * Linear warm-up, then half a cosine from `peak` to `end`: end + (peak - end) (1 + cos π t) / 2, with t from 0 at the
 * end of the warm-up to 1 at `steps`, so the last step, number steps - 1, still moves (PyTorch's `CosineAnnealingLR`,
 * by step; Loshchilov and Hutter 2017).
 *
 * @throws If steps is not a whole number of at least 1, or the warm-up not from 0 to it.
 * @example
 * const rate = cosineSchedule({ peak: 1, steps: 14, warmUpSteps: 10, start: 0 });
 * // Halfway up, at the peak, halfway down, and the last step.
 * [rate(5), rate(10), rate(12), rate(13)]; // [0.5, 1, 0.5, 0.1464]
 */
export function cosineSchedule({ peak, steps, warmUpSteps = 0, start = 3e-5, end = 0 }: CosineOptions): Schedule {
  if (!Number.isInteger(steps) || steps < 1 || warmUpSteps < 0 || warmUpSteps > steps) {
    throw new Error(
      `cosineSchedule: expected a whole number of steps >= 1 and a warm-up from 0 to it, got ${steps} and ${warmUpSteps}`,
    );
  }
  return (step) => {
    if (step < warmUpSteps) return start + ((peak - start) * step) / warmUpSteps;
    const share = Math.min(1, (step - warmUpSteps) / Math.max(1, steps - warmUpSteps));
    return end + ((peak - end) * (1 + Math.cos(Math.PI * share))) / 2;
  };
}
