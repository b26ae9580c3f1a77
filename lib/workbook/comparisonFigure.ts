import type { Figure } from '../figures/figure';
import type { Provenance } from '../figures/provenance';
import { groupBy } from '../figures/rows';
import { type PanelRow, smallMultiples } from '../figures/smallMultiples';
import { mean } from '../statistics/summary';
import type { TrainingEvent } from '../training/train';
import { type CurvePoint, type StepMeans, stepMeans } from './stepMeans';

/** A run's steps, as far as they are taken, however many in at most 40 points a line. */
export interface RunCurves {
  readonly method: string;
  readonly seed: number;
  /** In all; 0 before the first. */
  steps(): number;
  add(event: TrainingEvent): void;
  points(): readonly CurvePoint[];
}

export interface ComparisonFigureOptions extends Omit<Provenance, 'title' | 'samples'> {
  /** All methods, in the panels' order, those that have no steps yet too. */
  readonly methods: readonly string[];
}

const shownPoints = 40;

/** The curves of a run that has no step yet; `greatestRank` is what its `embeddingRank` can at most be. */
export function runCurves(method: string, seed: number, greatestRank: number): RunCurves {
  const [loss, entropy, shares] = panelsOf(method);
  let steps = 0;
  let means: StepMeans | undefined;
  return {
    ...{ method, seed },
    steps: () => steps,
    add(event) {
      steps = event.steps;
      means ??= stepMeans(shownPoints, Math.ceil(steps / shownPoints));
      const { terms, embeddingEntropy, embeddingRank, normalizedStd, online } = event;
      means.add(event.step, [
        ...Object.entries(terms).map(([series, value]) => ({ panel: loss, series, value })),
        { panel: entropy, series: 'LogDet, nats', value: embeddingEntropy },
        ...(online ? [{ panel: shares, series: 'probe', value: online.accuracy }] : []),
        { panel: shares, series: 'rank', value: embeddingRank / greatestRank },
        { panel: shares, series: 'spread', value: normalizedStd },
      ]);
    },
    points: () => means?.points() ?? [],
  };
}

const panelsOf = (method: string) => [`${method}: loss`, `${method}: entropy`, `${method}: shares`] as const;

/**
 * Lines over the steps: each point the mean over an equal stretch of steps and over the seeds that are there, the band from the
 * least to the greatest seed.
 */
export function curveRows(runs: readonly RunCurves[]): PanelRow[] {
  const points = runs.flatMap((run) =>
    run.points().map(({ end, ...point }) => ({ ...point, x: Math.min(run.steps(), end) })),
  );
  const finite = points.filter(({ value }) => Number.isFinite(value));
  const places = groupBy(finite, ({ panel, series, x }) => JSON.stringify([panel, series, x]));
  return [...places.values()].map((own) => {
    const { panel, series, x } = own[0]!;
    const values = own.map(({ value }) => value);
    const ends = values.length > 1 ? { low: Math.min(...values), high: Math.max(...values) } : {};
    return { panel, series, x, y: mean(values), ...ends };
  });
}

/**
 * What a comparison draws while it trains and when it is done: a row of three panels for each method. Every weighted term of the
 * loss, in its own range; the embeddings' entropy (LogDet), in one range for all; and what is a share: the online probe's accuracy
 * on the training views, and the embeddings' rank and spread as a share of what they can be.
 */
export function comparisonFigure(
  runs: readonly RunCurves[],
  { methods, ...provenance }: ComparisonFigureOptions,
): Figure {
  const steps = runs.reduce((most, run) => Math.max(most, run.steps()), 0);
  const stretch = Math.ceil(steps / shownPoints);
  const rows = curveRows(runs);
  const entropies = rows.filter(({ series }) => series === 'LogDet, nats').map(({ y, high }) => high ?? y ?? 0);
  const highest = entropies.reduce((a, b) => Math.max(a, b), 0);
  const notes = [
    'loss: weighted terms; shares: the online probe’s accuracy on the training views, rank and spread of the greatest possible',
    ...(stretch > 1 ? [`each point is the mean of ${stretch} steps`] : []),
  ];
  return smallMultiples({
    ...provenance,
    title: 'Methods compared, step by step',
    samples: `${runs.length} ${runs.length === 1 ? 'run' : 'runs'} of ${steps} steps`,
    ...(runs.length > methods.length ? { errorBars: 'least to greatest seed' } : {}),
    notes: notes.join('; '),
    panels: methods.flatMap(panelsOf),
    panelRanges: Object.fromEntries(
      methods.flatMap((method) => {
        const [, entropy, shares] = panelsOf(method);
        return [...(highest > 0 ? [[entropy, [0, 1.05 * highest]]] : []), [shares, [0, 1.05]]];
      }),
    ),
    rows,
    x: { label: 'step', range: [0, 1.03 * Math.max(1, steps)] },
    y: { label: 'value, in the unit above each panel' },
  });
}
