import { type LineRow, lineChart } from '../figures/lineChart';
import { type Run, type RunOptions, trainedRun } from '../training/run';
import type { TrainingEvent } from '../training/train';
import { liveFigure } from './liveFigure';
import { progress } from './progress';
import { scale } from './scale';
import { isStale } from './staleRun';

const shownPoints = 150;

/**
 * `trainedRun` as a cell runs it: a bar with rate and estimate, and a figure of every loss term that grows in place. A run
 * that is cached shows its figure at once. Interrupted, it keeps its checkpoint, and the same cell goes on from there.
 *
 * With $INFOSSL_FRESH (set by `npm run figures -- --fresh` to the time it began) a run older than that is trained anew.
 */
export async function trainLive(options: RunOptions): Promise<Run> {
  const live = liveFigure();
  const events: TrainingEvent[] = [];
  let line: ReturnType<typeof progress> | undefined;
  try {
    const run = await trainedRun(options, {
      fresh: isStale(options),
      onEvent(event) {
        line ??= progress({ label: `training ${options.name}`, total: event.steps });
        const minutes = (event.remainingSeconds / 60).toFixed(1);
        line.update(
          event.step,
          `epoch ${event.epoch} of ${event.epochs}, ${event.imagesPerSecond.toFixed(0)} images/s, ${minutes} min left`,
        );
        events.push(event);
        if (events.length % 5 === 0) live.update(termsFigure(options, events));
      },
    });
    if (run.history.length > 0) live.update(termsFigure(options, run.history));
    return run;
  } finally {
    line?.finish();
    live.finish();
  }
}

/** Every term over the steps, averaged over equal stretches so that a long run stays a small figure. */
function termsFigure({ name, dataset, seed = 0 }: RunOptions, events: readonly TrainingEvent[]) {
  const stretch = Math.ceil(events.length / shownPoints);
  const rows: LineRow[] = [];
  for (let first = 0; first < events.length; first += stretch) {
    const part = events.slice(first, first + stretch);
    for (const term of Object.keys(part[0]!.terms)) {
      const y = part.reduce((sum, { terms }) => sum + terms[term]!, 0) / part.length;
      rows.push({ series: term, x: part.at(-1)!.step, y });
    }
  }
  const last = events.at(-1)!;
  return lineChart({
    title: `Training ${name}: the loss, term by term`,
    scale: scale(),
    data: dataset.source,
    real: dataset.real,
    seeds: [seed],
    samples: `step ${last.step} of ${last.steps}`,
    notes: stretch > 1 ? `each point is the mean of ${stretch} steps` : undefined,
    rows,
    x: { label: 'step' },
    y: { label: 'weighted loss term' },
    markers: false,
  });
}
