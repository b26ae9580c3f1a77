import type { RunsEvent } from '../training/runMany';
import { type ComparisonFigureOptions, comparisonFigure, type RunCurves, runCurves } from './comparisonFigure';
import { runsLine } from './runsLine';
import { sideFigure } from './sideFigure';

export interface ComparisonDisplayOptions extends ComparisonFigureOptions {
  /** What each method's `embeddingRank` can at most be (`greatestRank`). */
  readonly greatestRank: Readonly<Record<string, number>>;
}

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

export function comparisonDisplay({ greatestRank, ...options }: ComparisonDisplayOptions): ComparisonDisplay {
  const live = sideFigure();
  const runs = new Map<number, RunCurves>();
  const line = runsLine(`comparing ${options.methods.length} methods`);
  let drawn = Number.NEGATIVE_INFINITY;
  const draw = () => {
    const begun = [...runs.values()].filter((run) => run.steps() > 0);
    if (begun.length === 0) return;
    live.update(() => comparisonFigure(begun, options));
    drawn = performance.now();
  };
  return {
    show(method, event) {
      line.show(method, event);
      const { run, seed, outcome, earlier } = event;
      const own = runs.get(run) ?? runCurves(method, seed, greatestRank[method]!);
      runs.set(run, own);
      const shown = own.steps() > 0;
      for (const step of earlier ?? []) own.add(step);
      if (event.event) own.add(event.event);
      // A run from the cache tells of no step.
      if (outcome && !shown) for (const step of outcome.history) own.add(step);
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
