import type { Figure } from '../figures/figure';
import type { Provenance } from '../figures/provenance';
import { groupBy } from '../figures/rows';
import { type PanelRow, smallMultiples } from '../figures/smallMultiples';
import { mean } from '../statistics/summary';
import type { TrainingEvent } from '../training/train';

/** A run's steps, as far as they are taken. */
export interface RunHistory {
  readonly method: string;
  readonly seed: number;
  readonly history: readonly TrainingEvent[];
}

export interface ComparisonFigureOptions extends Omit<Provenance, 'title' | 'samples'> {
  /** All methods, in the panels' order, those that have no steps yet too. */
  readonly methods: readonly string[];
  /** What each method's `embeddingRank` can at most be: the smaller of batch and dimension, 256 at most. */
  readonly greatestRank: Readonly<Record<string, number>>;
}

const shownPoints = 40;

/** A number of a step, and the line that it belongs to. */
export interface CurveValue {
  readonly panel: string;
  readonly series: string;
  readonly value: number;
}

/**
 * Lines over the steps: each point the mean over an equal stretch of steps and over the seeds that are there, the band from the
 * least to the greatest seed.
 */
export function curveRows(
  runs: readonly RunHistory[],
  measure: (event: TrainingEvent, method: string) => readonly CurveValue[],
): PanelRow[] {
  const points = runs.flatMap(({ method, seed, history }) =>
    history.flatMap((event) => {
      const stretch = Math.ceil(event.steps / shownPoints);
      const x = Math.min(event.steps, Math.ceil(event.step / stretch) * stretch);
      return measure(event, method).map((value) => ({ ...value, x, seed }));
    }),
  );
  const finite = points.filter(({ value }) => Number.isFinite(value));
  const places = groupBy(finite, ({ panel, series, x }) => JSON.stringify([panel, series, x]));
  return [...places.values()].map((own) => {
    const { panel, series, x } = own[0]!;
    const seeds = [...groupBy(own, ({ seed }) => String(seed)).values()];
    const values = seeds.map((ofSeed) => mean(ofSeed.map(({ value }) => value)));
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
  runs: readonly RunHistory[],
  { methods, greatestRank, ...provenance }: ComparisonFigureOptions,
): Figure {
  const steps = runs.reduce((most, { history }) => Math.max(most, history[0]?.steps ?? 0), 0);
  const stretch = Math.ceil(steps / shownPoints);
  const panels = (method: string) => [`${method}: loss`, `${method}: entropy`, `${method}: shares`] as const;
  const rows = curveRows(runs, ({ terms, embeddingEntropy, embeddingRank, normalizedStd, online }, method) => {
    const [loss, entropy, shares] = panels(method);
    return [
      ...Object.entries(terms).map(([series, value]) => ({ panel: loss, series, value })),
      { panel: entropy, series: 'LogDet, nats', value: embeddingEntropy },
      ...(online ? [{ panel: shares, series: 'probe', value: online.accuracy }] : []),
      { panel: shares, series: 'rank', value: embeddingRank / greatestRank[method]! },
      { panel: shares, series: 'spread', value: normalizedStd },
    ];
  });
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
    panels: methods.flatMap(panels),
    panelRanges: Object.fromEntries(
      methods.flatMap((method) => {
        const [, entropy, shares] = panels(method);
        return [...(highest > 0 ? [[entropy, [0, 1.05 * highest]]] : []), [shares, [0, 1.05]]];
      }),
    ),
    rows,
    x: { label: 'step', range: [0, 1.03 * Math.max(1, steps)] },
    y: { label: 'value, in the unit above each panel' },
  });
}
