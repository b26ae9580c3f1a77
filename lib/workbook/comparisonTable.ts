import { meanInterval } from '../statistics/meanInterval';
import { mean } from '../statistics/summary';
import type { Evaluation } from '../training/evaluate';
import type { SortableRow } from './showSortable';

/** What one run ended with; accuracies from 0 to 1. A failed run has an `error` and no numbers. */
export interface ComparisonRow extends Partial<Evaluation> {
  /** The method's name. */
  readonly method: string;
  /** The run's seed. */
  readonly seed: number;
  /** Only of a run that failed: why. */
  readonly error?: string;
}

/** The columns that hold a number. */
export type Measure = Exclude<keyof ComparisonRow, 'method' | 'seed' | 'error'>;

/** A method's mean over its seeds. */
export interface MethodSummary {
  /** The method's name. */
  readonly method: string;
  /** What was averaged. */
  readonly measure: Measure;
  /** One value for each seed that did not fail, in the seeds' order. */
  readonly trials: readonly number[];
  /** The mean of the trials. */
  readonly value: number;
  /** Student's 95 % interval over the seeds; null for a single one. */
  readonly interval: readonly [number, number] | null;
}

/**
 * The mean of each method over its seeds that did not fail, with Student's 95 % interval; methods in order of appearance.
 *
 * @example
 * const rows = [0.8, 0.82, 0.84].map((linear, seed) => ({ method: 'VICReg', seed, linear }));
 * summarize(rows, 'linear'); // [{ method: 'VICReg', value: 0.82, interval: [0.7703, 0.8697] }]
 */
export function summarize(rows: readonly ComparisonRow[], measure: Measure): MethodSummary[] {
  const methods = [...new Set(rows.map(({ method }) => method))];
  return methods.flatMap((method): MethodSummary[] => {
    const own = rows.filter((row) => row.method === method).sort((a, b) => a.seed - b.seed);
    const trials = own.flatMap((row) => row[measure] ?? []);
    if (trials.length === 0) return [];
    if (trials.length === 1) return [{ method, measure, trials, value: trials[0]!, interval: null }];
    const { low, high } = meanInterval(trials);
    return [{ method, measure, trials, value: mean(trials), interval: [low, high] as const }];
  });
}

const heads: readonly (readonly [Measure, string, (value: number) => string])[] = [
  ['linear', 'linear %', (value) => (100 * value).toFixed(1)],
  ['nearest', 'kNN %', (value) => (100 * value).toFixed(1)],
  ['online', 'online %', (value) => (100 * value).toFixed(1)],
  ['rankMe', 'RankMe', (value) => value.toFixed(1)],
  ['alignment', 'alignment', (value) => value.toFixed(3)],
  ['uniformity', 'uniformity', (value) => value.toFixed(2)],
];

/**
 * A line for each method: the mean over its seeds and half the 95 % interval ('41.2 ± 1.3'), and how many seeds it rests on; for
 * `showSortable`, which sorts by the means.
 *
 * @example
 * const rows = [0.8, 0.82, 0.84].map((linear, seed) => ({ method: 'VICReg', seed, linear }));
 * summaryRows(rows)[0]!; // { method: 'VICReg', 'linear %': { value: 0.82, text: '82.0 ± 5.0' }, seeds: 3 }
 */
export function summaryRows(rows: readonly ComparisonRow[]): SortableRow[] {
  const there = heads.filter(([measure]) => rows.some((row) => row[measure] !== undefined));
  const columns = there.map(([measure, head, text]) => ({ head, text, byMethod: summarize(rows, measure) }));
  return [...new Set(rows.map(({ method }) => method))].map((method) => {
    const own = rows.filter((row) => row.method === method);
    const cells = columns.map(({ head, text, byMethod }) => {
      const found = byMethod.find((summary) => summary.method === method);
      if (!found) return [head, null] as const;
      const half = found.interval ? ` ± ${text(found.interval[1] - found.value)}` : '';
      return [head, { value: found.value, text: `${text(found.value)}${half}` }] as const;
    });
    return { method, ...Object.fromEntries(cells), seeds: own.filter(({ error }) => error === undefined).length };
  });
}
