import type { Figure } from '../figures/figure';
import { type PanelRow, smallMultiples } from '../figures/smallMultiples';
import type { RunOptions } from '../training/runOptions';
import type { TrainingEvent } from '../training/train';
import { greatestRank, measuredRows } from './greatestRank';
import { scale } from './scale';
import { type CurveValue, stepMeans } from './stepMeans';

const shownPoints = 120;

/** A run's steps as they come, and the figure of them. */
export interface TrainingFigure {
  add(event: TrainingEvent): void;
  /** @throws If there is no step yet. */
  figure(): Figure;
}

/**
 * A run's steps in small multiples: each weighted term of the loss and their sum, the embeddings' entropy (LogDet), their rank and
 * spread, and the online probe's accuracy where there is a probe. A long run stays a small figure, and costs no more than a short
 * one: at most 120 points a line, each the mean of 1, 2, 4, … steps.
 *
 * @throws As `train`, on its options.
 */
export function trainingFigure(options: RunOptions): TrainingFigure {
  const { name, dataset, seed = 0, batchSize = 128 } = options;
  const highest = greatestRank(options);
  const means = stepMeans(shownPoints);
  let last: TrainingEvent | undefined;
  return {
    add(event) {
      last = event;
      means.add(event.step, shownMeasures(event, highest));
    },
    figure() {
      if (!last) throw new Error('trainingFigure: expected at least one step, got none; call add first.');
      const rows = means.points().map(({ panel, series, value, last: x }): PanelRow => {
        return { panel, series, x, y: Number.isFinite(value) ? value : null };
      });
      const stretch = means.stretch();
      return smallMultiples({
        title: `Training ${name}`,
        scale: scale(),
        data: dataset.source,
        real: dataset.real,
        seeds: [seed],
        samples: `step ${last.step.toLocaleString('en')} of ${last.steps.toLocaleString('en')}`,
        notes: [
          `entropy and rank are of the first view’s embeddings, ${measuredRows(batchSize)} of each batch`,
          ...(stretch > 1 ? [`each point is the mean of ${stretch} steps`] : []),
        ].join('; '),
        rows,
        x: { label: 'step' },
        y: { label: 'value, in the unit above each panel' },
      });
    },
  };
}

function shownMeasures(event: TrainingEvent, highest: number): readonly CurveValue[] {
  const { terms, total, embeddingEntropy, embeddingRank, normalizedStd, online } = event;
  const names = Object.keys(terms);
  return [
    ...names.map((panel) => ({ panel, series: 'weighted term', value: terms[panel]! })),
    ...(names.length > 1 ? [{ panel: 'total loss', series: 'sum of the terms', value: total }] : []),
    { panel: 'entropy of the embeddings', series: 'LogDet, nats', value: embeddingEntropy },
    { panel: 'rank and spread', series: `rank / ${highest}`, value: embeddingRank / highest },
    { panel: 'rank and spread', series: 'spread, 0 to 1', value: normalizedStd },
    ...(online ? [{ panel: 'online probe', series: 'accuracy on the views', value: online.accuracy }] : []),
  ];
}
