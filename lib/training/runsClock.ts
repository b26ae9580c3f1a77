/** What is known of a run before it begins. */
export interface PlannedRun {
  readonly name: string;
  readonly steps: number;
}

/** How far many runs are, all together. */
export interface RunsProgress {
  /** Steps done in all runs, those of finished and failed runs counted whole. */
  readonly doneSteps: number;
  /** Steps of all runs together. */
  readonly totalSteps: number;
  /** Until the end of all runs. */
  readonly remainingSeconds: number;
}

export interface RunsClock {
  /** A run begins; they come in order, each once. */
  begin(): void;
  /** The present run has done `step` of its steps and will take `remainingSeconds` for the others. */
  step(step: number, remainingSeconds: number): RunsProgress;
  /** The present run has ended, evaluation and all. `taken` steps were taken just now, which teaches the estimate; none if it was cached. */
  end(taken: number): RunsProgress;
}

/**
 * Estimates when many runs will be done: each that has not begun will take, for each of its steps, what the steps of its name
 * took on average (their share of evaluation included), else what all took, else what the present one's take.
 */
export function runsClock(runs: readonly PlannedRun[], now: () => number = () => performance.now()): RunsClock {
  const totalSteps = runs.reduce((sum, { steps }) => sum + steps, 0);
  const known = new Map<string, { seconds: number; steps: number }>();
  const all = { seconds: 0, steps: 0 };
  let current = -1;
  let began = 0;
  let before = 0;
  let doneSteps = 0;
  /** Seconds a step, as far as is known. */
  const pace = (name: string, otherwise: number) => {
    const own = known.get(name) ?? all;
    return own.steps > 0 ? own.seconds / own.steps : otherwise;
  };
  const later = (otherwise: number) =>
    runs.slice(current + 1).reduce((sum, { name, steps }) => sum + steps * pace(name, otherwise), 0);
  return {
    begin() {
      current++;
      began = now();
      before = doneSteps;
    },
    step(step, remainingSeconds) {
      doneSteps = before + step;
      const left = runs[current]!.steps - step;
      const seconds = (now() - began) / 1000;
      // At the last step nothing is left to divide by: the run's whole time stands in.
      const own = left > 0 ? remainingSeconds / left : seconds / Math.max(1, step);
      return { doneSteps, totalSteps, remainingSeconds: remainingSeconds + later(own) };
    },
    end(taken) {
      const { name, steps } = runs[current]!;
      doneSteps = before + steps;
      if (taken > 0) {
        const seconds = (now() - began) / 1000;
        const own = known.get(name) ?? { seconds: 0, steps: 0 };
        known.set(name, { seconds: own.seconds + seconds, steps: own.steps + taken });
        all.seconds += seconds;
        all.steps += taken;
      }
      return { doneSteps, totalSteps, remainingSeconds: later(0) };
    },
  };
}
