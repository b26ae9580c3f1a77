import type { RunsEvent } from '../training/runMany';
import type { TrainingEvent } from '../training/train';
import { type ComparisonFigureOptions, comparisonFigure } from './comparisonFigure';
import { liveFigure } from './liveFigure';
import { runsLine } from './runsLine';

/** The outputs of a comparison under way: a bar over all runs, and one figure with a row of panels for each method, that grows in place. */
export interface ComparisonDisplay {
  show(method: string, event: RunsEvent): void;
  /** Says on the bar what is done beside the steps that it counts. */
  say(note: string): void;
  /** Shows the last state of everything; call it also when the runs were interrupted. */
  finish(): void;
}

/** Milliseconds between two drawings: dozens of panels take a while to make and to send. */
const pause = 2000;

export function comparisonDisplay(options: ComparisonFigureOptions): ComparisonDisplay {
  const live = liveFigure();
  const runs = new Map<number, { method: string; seed: number; history: TrainingEvent[] }>();
  const line = runsLine(`comparing ${options.methods.length} methods`);
  let drawn = Number.NEGATIVE_INFINITY;
  const draw = () => {
    const begun = [...runs.values()].filter(({ history }) => history.length > 0);
    if (begun.length === 0) return;
    live.update(comparisonFigure(begun, options));
    drawn = performance.now();
  };
  return {
    show(method, event) {
      line.show(method, event);
      const { run, seed, outcome, earlier } = event;
      const own = runs.get(run) ?? { method, seed, history: [] };
      runs.set(run, own);
      if (outcome ?? earlier) own.history = [...(outcome?.history ?? earlier!)];
      if (event.event) own.history.push(event.event);
      if (performance.now() - drawn > pause) draw();
    },
    say: line.say,
    finish() {
      draw();
      line.finish();
      live.finish();
    },
  };
}
