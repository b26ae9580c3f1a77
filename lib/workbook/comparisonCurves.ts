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

export interface CurvesOptions extends Omit<Provenance, 'title' | 'samples'> {
  /** All methods, in the panels' order, those that have no steps yet too. */
  readonly methods: readonly string[];
  /** What each method's `embeddingRank` can at most be: the smaller of batch and dimension, 256 at most. */
  readonly greatestRank: Readonly<Record<string, number>>;
}

const shownPoints = 40;

/**
 * Lines over the steps, a panel for each method: each point the mean over an equal stretch of steps and over the seeds that are
 * there, the band from the least to the greatest seed.
 */
export function curveRows(
  runs: readonly RunHistory[],
  measure: (event: TrainingEvent, method: string) => Readonly<Record<string, number>>,
): PanelRow[] {
  const points = runs.flatMap(({ method: panel, seed, history }) =>
    history.flatMap((event) => {
      const stretch = Math.ceil(event.steps / shownPoints);
      const x = Math.min(event.steps, Math.ceil(event.step / stretch) * stretch);
      return Object.entries(measure(event, panel)).map(([series, value]) => ({ panel, series, x, seed, value }));
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

/** What a comparison draws while it trains and when it is done. */
export interface ComparisonCurves {
  /** Every weighted term of the loss, each panel with its own range. */
  readonly terms: Figure;
  /** The online probe's accuracy on the training views. */
  readonly online: Figure;
  /** Rank and standard deviation of the embeddings, both as a share of what they can be. */
  readonly spread: Figure;
}

export function comparisonCurves(
  runs: readonly RunHistory[],
  { methods, greatestRank, ...provenance }: CurvesOptions,
): ComparisonCurves {
  const steps = runs.reduce((most, { history }) => Math.max(most, history[0]?.steps ?? 0), 0);
  const stretch = Math.ceil(steps / shownPoints);
  const shared = {
    ...provenance,
    samples: `${runs.length} ${runs.length === 1 ? 'run' : 'runs'} of ${steps} steps`,
    ...(runs.length > methods.length ? { errorBars: 'least to greatest seed' } : {}),
    ...(stretch > 1 ? { notes: `each point is the mean of ${stretch} steps` } : {}),
    panels: methods,
    x: { label: 'step', range: [0, 1.03 * Math.max(1, steps)] as const },
  };
  return {
    terms: smallMultiples({
      ...shared,
      title: 'The loss, term by term',
      rows: curveRows(runs, ({ terms }) => terms),
      y: { label: 'weighted loss term' },
    }),
    online: smallMultiples({
      ...shared,
      title: 'Accuracy of the online probe',
      rows: curveRows(runs, ({ online }): Record<string, number> => (online ? { accuracy: online.accuracy } : {})),
      y: { label: 'accuracy on the training views, as they come' },
      sharedY: true,
    }),
    spread: smallMultiples({
      ...shared,
      title: 'Rank and spread of the embeddings',
      rows: curveRows(runs, ({ embeddingRank, normalizedStd }, method) => ({
        rank: embeddingRank / greatestRank[method]!,
        spread: normalizedStd,
      })),
      y: { label: 'share of the greatest possible', range: [0, 1.05] },
    }),
  };
}
