import type { RunsEvent } from '../training/runMany';
import { type Progress, progress } from './progress';
import { waitingText } from './waitingText';

/** A bar over the steps of many runs. */
export interface RunsLine {
  show(method: string, event: RunsEvent): void;
  /** Says on the bar what is done beside the steps that it counts. */
  say(note: string): void;
  finish(): void;
}

export function runsLine(label: string): RunsLine {
  let line: Progress | undefined;
  let steps = 0;
  return {
    show(method, { seed, doing, event, elsewhere, outcome, doneSteps, totalSteps, remainingSeconds }) {
      // No steps at all are planned where every method's options are impossible.
      line ??= progress({ label, ...(totalSteps > 0 && { total: totalSteps }) });
      steps = doneSteps;
      const what = event
        ? `epoch ${event.epoch} of ${event.epochs}, ${event.imagesPerSecond.toFixed(0)} images/s`
        : elsewhere
          ? waitingText(elsewhere)
          : (outcome?.status ?? doing);
      line.update(doneSteps, `${method}, seed ${seed}: ${what}`, remainingSeconds);
    },
    say(note) {
      line?.update(steps, note);
    },
    finish() {
      line?.finish();
    },
  };
}
