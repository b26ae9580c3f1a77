import { mean } from '../statistics/summary';
import type { TrainingEvent } from '../training/train';
import { type CurvesOptions, comparisonCurves, type RunHistory } from './comparisonCurves';
import { liveFigure } from './liveFigure';
import { progress } from './progress';

/** The outputs of a comparison under way: a bar over all runs, and three figures with a panel for each method, that grow in place. */
export interface ComparisonDisplay {
  /** A step was taken. */
  step(method: string, seed: number, event: TrainingEvent): void;
  /** A run is finished, with all its steps; one that was cached told of none before. */
  finished(method: string, seed: number, history: readonly TrainingEvent[]): void;
  /** A run failed; its steps so far stay in the figures. */
  failed(method: string, seed: number): void;
  /** What the bar says beside the steps, such as 'evaluating SimCLR, seed 1'. */
  note(text: string): void;
  /** Shows the last state of everything; call it also when a run failed. */
  finish(): void;
}

interface ShownRun extends RunHistory {
  readonly history: TrainingEvent[];
  /** When its first step was told. */
  readonly start: number;
  /** Seconds from there to its end, evaluation included; undefined while it runs and for one that took no step now. */
  seconds?: number;
}

/**
 * @param runs How many there will be.
 * @param steps Of all of them together.
 */
export function comparisonDisplay(runs: number, steps: number, options: CurvesOptions): ComparisonDisplay {
  const line = progress({ label: `comparing ${options.methods.length} methods`, total: steps });
  const live = { terms: liveFigure(), online: liveFigure(), spread: liveFigure() };
  const shown = new Map<string, ShownRun>();
  const runOf = (method: string, seed: number) => {
    const id = `${method}\n${seed}`;
    const run = shown.get(id) ?? { method, seed, history: [], start: performance.now() };
    shown.set(id, run);
    return run;
  };
  const done = () => [...shown.values()].reduce((sum, { history }) => sum + (history.at(-1)?.step ?? 0), 0);
  /** The runs to come take as long as those trained now, at the mean; before there is one, as the first will. */
  const remaining = (current: ShownRun, { remainingSeconds }: TrainingEvent) => {
    const taken = [...shown.values()].flatMap(({ seconds }) => seconds ?? []);
    const own = (performance.now() - current.start) / 1000 + remainingSeconds;
    return remainingSeconds + (runs - shown.size) * (taken.length > 0 ? mean(taken) : own);
  };
  let drawn = Number.NEGATIVE_INFINITY;
  const draw = () => {
    const begun = [...shown.values()].filter(({ history }) => history.length > 0);
    if (begun.length === 0) return;
    const figures = comparisonCurves(begun, options);
    for (const name of ['terms', 'online', 'spread'] as const) live[name].update(figures[name]);
    drawn = performance.now();
  };
  const end = (run: ShownRun) => {
    if (run.history.length > 0) run.seconds = (performance.now() - run.start) / 1000;
  };
  return {
    step(method, seed, event) {
      const run = runOf(method, seed);
      run.history.push(event);
      const where = `${method}, seed ${seed}: epoch ${event.epoch} of ${event.epochs}`;
      line.update(done(), `${where}, ${event.imagesPerSecond.toFixed(0)} images/s`, remaining(run, event));
      if (performance.now() - drawn > redrawn) draw();
    },
    finished(method, seed, history) {
      const run = runOf(method, seed);
      end(run);
      run.history.splice(0, run.history.length, ...history);
      draw();
    },
    failed: (method, seed) => end(runOf(method, seed)),
    note: (text) => line.update(done(), text),
    finish() {
      draw();
      line.finish();
      for (const figure of Object.values(live)) figure.finish();
    },
  };
}

/** Milliseconds between two drawings: dozens of panels take a while to make and to send. */
const redrawn = 2000;
