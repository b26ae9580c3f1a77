import { type BootstrapInterval, type BootstrapOptions, bootstrapInterval } from './bootstrap';
import { resampledConcordance, tauB } from './concordance';
import { pearsonCoefficient, resampledRanks } from './correlation';
import { type GranulatedKendall, granulatedKendall } from './granulatedKendall';
import { type CorrelationMethod, type GroupName, groupIds, pooledCorrelation } from './withinGroupCorrelation';

/** What is correlated within, and how the intervals are made. */
export interface CorrelationSummaryOptions extends BootstrapOptions {
  /** Number of resamples of the models; default 2,000. */
  readonly resamples?: number;
  /** Of each model its group, for the pooled within-group correlations; default: none are computed. */
  readonly groups?: ArrayLike<GroupName>;
  /** Of each model its hyperparameters, for the granulated Kendall coefficient; default: it is not computed. */
  readonly settings?: readonly Readonly<Record<string, GroupName>>[];
}

/** A coefficient and its bootstrap interval over models; NaN all where it is not defined. */
export type CorrelationInterval = BootstrapInterval;

/** How one measure goes with the gap. */
export interface MeasureCorrelation {
  /** Its name, as given. */
  readonly measure: string;
  /** Models whose measure and gap are both finite. */
  readonly models: number;
  /** The others, left out of every coefficient. */
  readonly leftOut: number;
  /** Pearson's r over all models. */
  readonly pearson: CorrelationInterval;
  /** Spearman's rank correlation over all models. */
  readonly spearman: CorrelationInterval;
  /** Kendall's τ-b over all models. */
  readonly kendall: CorrelationInterval;
  /** The same within groups (`withinGroupCorrelation`), where groups were given. */
  readonly within?: Readonly<Record<CorrelationMethod, CorrelationInterval>>;
  /** Where settings were given; without an interval, as resampled models break its groups. */
  readonly granulated?: GranulatedKendall;
}

/**
 * How each of several measures of the same models goes with their generalization gap: Pearson's, Spearman's and
 * Kendall's coefficients, over all models and within groups, each with a bootstrap interval over models (BCa, 95
 * percent, as `bootstrapInterval`). A model whose measure or gap is NaN or infinite is left out for that measure, and
 * counted. A coefficient is NaN with fewer than 3 models left, or where a series is constant. Every measure sees the
 * same resamples, as far as none is left out, so that differences between measures are not the bootstrap's.
 *
 * @param measures One series by each name, a value for each model.
 * @param gap The generalization gap of each model.
 * @throws If a series is not as long as the gap.
 * @example
 * const gap = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
 * const measures = { norm: [1, 2, 3, 5, 4, 6], depth: [2, 2, 2, 2, 2, 2] };
 * const [norm, depth] = correlationSummary(measures, gap, { key: key(0), resamples: 200 });
 * // 14 of 15 pairs of models are in order; a constant measure has no correlation.
 * norm.kendall.value; // 0.8667
 * depth.kendall.value; // NaN
 */
export function correlationSummary(
  measures: Readonly<Record<string, ArrayLike<number>>>,
  gap: ArrayLike<number>,
  options: CorrelationSummaryOptions,
): MeasureCorrelation[] {
  const { groups, settings } = options;
  const lengths = { ...(groups && { groups: groups.length }), ...(settings && { settings: settings.length }) };
  for (const [name, length] of [
    ...Object.entries(lengths),
    ...Object.entries(measures).map(([n, v]) => [n, v.length]),
  ]) {
    if (length === gap.length) continue;
    throw new Error(`correlationSummary: expected ${name} of each of ${gap.length} models, got ${length}`);
  }
  return Object.entries(measures).map(([measure, values]) => {
    const kept = Array.from({ length: gap.length }, (_, i) => i).filter(
      (i) => Number.isFinite(values[i]!) && Number.isFinite(gap[i]!),
    );
    const [x, y] = [kept.map((i) => values[i]!), kept.map((i) => gap[i]!)];
    const over = ({ pearson, spearman, kendall }: Coefficients) => ({
      pearson: interval(kept.length, pearson, options),
      spearman: interval(kept.length, spearman, options),
      kendall: interval(kept.length, kendall, options),
    });
    return {
      measure,
      models: kept.length,
      leftOut: gap.length - kept.length,
      ...over(coefficients(x, y)),
      ...(groups && {
        within: over(
          coefficientsWithin(
            x,
            y,
            kept.map((i) => groups[i]!),
          ),
        ),
      }),
      ...(settings && {
        granulated: granulatedKendall(
          x,
          y,
          kept.map((i) => settings[i]!),
        ),
      }),
    };
  });
}

/** A coefficient of the models with these numbers, with repetitions. */
type Coefficient = (rows: Int32Array) => number;
type Coefficients = Readonly<Record<CorrelationMethod, Coefficient>>;

function pick(series: ArrayLike<number>, rows: Int32Array): Float64Array {
  const picked = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) picked[i] = series[rows[i]!]!;
  return picked;
}

function coefficients(x: readonly number[], y: readonly number[]): Coefficients {
  const [ranksX, ranksY, counted] = [resampledRanks(x), resampledRanks(y), resampledConcordance(x, y)];
  return {
    pearson: (rows) => pearsonCoefficient(pick(x, rows), pick(y, rows)),
    spearman: (rows) => pearsonCoefficient(ranksX(rows), ranksY(rows)),
    kendall: (rows) => tauB(counted(rows)),
  };
}

/** As `withinGroupCorrelation` of the models picked. */
function coefficientsWithin(x: readonly number[], y: readonly number[], groups: readonly GroupName[]): Coefficients {
  const { ids, count } = groupIds(groups);
  const [ranksX, ranksY] = [resampledRanks(x), resampledRanks(y)];
  const counted = resampledConcordance(x, y, (i, j) => ids[i] === ids[j]);
  const of = (rows: Int32Array) => rows.map((i) => ids[i]!);
  return {
    pearson: (rows) => pooledCorrelation(pick(x, rows), pick(y, rows), of(rows), count),
    spearman: (rows) => pooledCorrelation(ranksX(rows), ranksY(rows), of(rows), count),
    kendall: (rows) => tauB(counted(rows)),
  };
}

const undefinedInterval = { value: Number.NaN, low: Number.NaN, high: Number.NaN, standardError: Number.NaN };

function interval(
  models: number,
  coefficient: Coefficient,
  { key, confidence, resamples = 2000, method }: CorrelationSummaryOptions,
): CorrelationInterval {
  const statistic = (rows: Int32Array) => (rows.length < 3 ? Number.NaN : coefficient(rows));
  const all = Int32Array.from({ length: models }, (_, i) => i);
  if (Number.isNaN(statistic(all))) return undefinedInterval;
  return bootstrapInterval(models, statistic, { key, confidence, resamples, method });
}
