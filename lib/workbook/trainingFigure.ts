import type { Figure } from '../figures/figure';
import { type PanelRow, smallMultiples } from '../figures/smallMultiples';
import type { RunOptions } from '../training/runOptions';
import type { TrainingEvent } from '../training/train';
import { greatestRank } from './greatestRank';
import { scale } from './scale';

const shownPoints = 120;

/** A run's steps as they come, and the figure of them. */
export interface TrainingFigure {
  add(event: TrainingEvent): void;
  /** @throws If there is no step yet. */
  figure(): Figure;
}

/** As many steps as every other point, the last perhaps fewer. */
interface Point {
  readonly x: number;
  readonly count: number;
  /** By panel and line. */
  readonly sums: readonly number[];
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
  let points: Point[] = [];
  let stretch = 1;
  let last: TrainingEvent | undefined;
  return {
    add(event) {
      last = event;
      const point = { x: event.step, count: 1, sums: shownMeasures(event, highest).map(({ value }) => value) };
      const open = points.at(-1);
      if (open && open.count < stretch) points[points.length - 1] = joined(open, point);
      else points.push(point);
      if (points.length <= shownPoints) return;
      points = points.flatMap((first, i) => (i % 2 ? [] : points[i + 1] ? [joined(first, points[i + 1]!)] : [first]));
      stretch *= 2;
    },
    figure() {
      if (!last) throw new Error('trainingFigure: expected at least one step, got none; call add first.');
      const lines = shownMeasures(last, highest);
      const rows = points.flatMap(({ x, count, sums }) =>
        lines.map(({ panel, series }, i): PanelRow => {
          const y = sums[i]! / count;
          return { panel, series, x, y: Number.isFinite(y) ? y : null };
        }),
      );
      return smallMultiples({
        title: `Training ${name}`,
        scale: scale(),
        data: dataset.source,
        real: dataset.real,
        seeds: [seed],
        samples: `step ${last.step.toLocaleString('en')} of ${last.steps.toLocaleString('en')}`,
        notes: [
          `entropy and rank are of the first view’s embeddings, ${Math.min(256, batchSize)} of each batch`,
          ...(stretch > 1 ? [`each point is the mean of ${stretch} steps`] : []),
        ].join('; '),
        rows,
        x: { label: 'step' },
        y: { label: 'value, in the unit above each panel' },
      });
    },
  };
}

function joined(a: Point, b: Point): Point {
  return { x: b.x, count: a.count + b.count, sums: a.sums.map((sum, i) => sum + b.sums[i]!) };
}

interface ShownMeasure {
  readonly panel: string;
  /** What the line is, with its unit. */
  readonly series: string;
  readonly value: number;
}

function shownMeasures(event: TrainingEvent, highest: number): readonly ShownMeasure[] {
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
