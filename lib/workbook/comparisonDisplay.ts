import type { RunsEvent } from '../training/runMany';
import type { TrainingEvent } from '../training/train';
import { type CurvesOptions, comparisonCurves } from './comparisonCurves';
import { liveFigure } from './liveFigure';
import { runsLine } from './runsLine';

/** The outputs of a comparison under way: a bar over all runs, and three figures with a panel for each method, that grow in place. */
export interface ComparisonDisplay {
  show(method: string, event: RunsEvent): void;
  /** Says on the bar what is done beside the steps that it counts. */
  say(note: string): void;
  /** Shows the last state of everything; call it also when the runs were interrupted. */
  finish(): void;
}

/** Milliseconds between two drawings: dozens of panels take a while to make and to send. */
const pause = 2000;

export function comparisonDisplay(options: CurvesOptions): ComparisonDisplay {
  const live = { terms: liveFigure(), online: liveFigure(), spread: liveFigure() };
  const runs = new Map<number, { method: string; seed: number; history: readonly TrainingEvent[] }>();
  const line = runsLine(`comparing ${options.methods.length} methods`);
  let drawn = Number.NEGATIVE_INFINITY;
  const draw = () => {
    const begun = [...runs.values()].filter(({ history }) => history.length > 0);
    if (begun.length === 0) return;
    const figures = comparisonCurves(begun, options);
    for (const name of ['terms', 'online', 'spread'] as const) live[name].update(figures[name]);
    drawn = performance.now();
  };
  return {
    show(method, event) {
      line.show(method, event);
      const { run, seed, outcome } = event;
      const before = runs.get(run)?.history ?? [];
      runs.set(run, { method, seed, history: outcome?.history ?? (event.event ? [...before, event.event] : before) });
      if (performance.now() - drawn > pause) draw();
    },
    say: line.say,
    finish() {
      draw();
      line.finish();
      for (const figure of Object.values(live)) figure.finish();
    },
  };
}
