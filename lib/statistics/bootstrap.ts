import { integers, type Key } from '../engine/random';
import { normalCdf, normalQuantile } from './distributions';
import { quantile } from './summary';

/** How resamples are drawn, and the interval made of them. */
export interface BootstrapOptions {
  /** Seeds the resampling: the same key, the same interval. */
  readonly key: Key;
  /** Default 0.95. */
  readonly confidence?: number;
  /** Number of resamples. Default 10,000. */
  readonly resamples?: number;
  /**
   * `BCa` (default): bias-corrected and accelerated (Efron 1987). `percentile`: quantiles of the resampled statistic.
   */
  readonly method?: 'BCa' | 'percentile';
}

/** A statistic of the sample itself and the bootstrap's interval for it. */
export interface BootstrapInterval {
  /** The statistic of the sample. */
  readonly value: number;
  /** Lower end of the interval. */
  readonly low: number;
  /** Upper end of the interval. */
  readonly high: number;
  /** Standard deviation of the resampled statistic. */
  readonly standardError: number;
}

/**
 * A bootstrap confidence interval for a statistic of n observations. The statistic is given as a function of the
 * numbers, 0 to n − 1, of the observations it is to use, with repetitions, so it serves one sample, pairs (both series
 * by the same numbers) or whole models alike: `bootstrapInterval(x.length, (rows) => mean(Array.from(rows, (i) =>
 * x[i])), { key })`. Resamples on which it is NaN (as a correlation of one repeated pair) are left out; a statistic
 * that is the same on all others gives an interval of width 0. Expects n ≥ 2. Agrees with scipy.stats.bootstrap.
 *
 * @param n How many observations, at least 2.
 * @param statistic Of the observations with these numbers, n of them.
 * @throws If n is below 2, the confidence not strictly between 0 and 1, there are fewer than 2 resamples, or the
 *   statistic is NaN on the sample.
 * @example
 * const heights = [1, 2, 3, 4, 5];
 * const statistic = (rows: Int32Array) => mean(Array.from(rows, (i) => heights[i]));
 * const options = { key: key(0), resamples: 999 };
 * bootstrapInterval(heights.length, statistic, options); // { value: 3, low: 1.8, high: 4.2 }
 */
export function bootstrapInterval(
  n: number,
  statistic: (rows: Int32Array) => number,
  options: BootstrapOptions,
): BootstrapInterval {
  const { key, confidence = 0.95, resamples = 10_000, method = 'BCa' } = options;
  if (!Number.isInteger(n) || n < 2) throw new Error(`bootstrapInterval: expected n >= 2 observations, got ${n}`);
  if (!(confidence > 0 && confidence < 1)) {
    throw new Error(`bootstrapInterval: expected a confidence between 0 and 1, got ${confidence}`);
  }
  if (!Number.isInteger(resamples) || resamples < 2) {
    throw new Error(`bootstrapInterval: expected at least 2 resamples, got ${resamples}`);
  }
  const value = statistic(Int32Array.from({ length: n }, (_, i) => i));
  const resampled = resample(n, statistic, key, resamples);
  if (Number.isNaN(value) || resampled.length < 2) {
    throw new Error('bootstrapInterval: expected a statistic that is defined on the sample and its resamples, got NaN');
  }
  const tail = (1 - confidence) / 2;
  const levels = method === 'BCa' ? correctedLevels(n, statistic, value, resampled, tail) : [tail, 1 - tail];
  const centre = resampled.reduce((a, b) => a + b) / resampled.length;
  const squares = resampled.reduce((sum, v) => sum + (v - centre) ** 2, 0);
  return {
    value,
    low: quantile(resampled, levels[0]!),
    high: quantile(resampled, levels[1]!),
    standardError: Math.sqrt(squares / (resampled.length - 1)),
  };
}

/** The statistic on each resample, NaN left out. */
function resample(n: number, statistic: (rows: Int32Array) => number, key: Key, resamples: number): Float64Array {
  const tensor = integers(key, [resamples * n], 0, n);
  const rows = tensor.dataSync<'int32'>();
  tensor.dispose();
  const values = Float64Array.from({ length: resamples }, (_, r) => statistic(rows.subarray(r * n, (r + 1) * n)));
  return values.filter((v) => !Number.isNaN(v));
}

/** The levels at which BCa reads the quantiles; the plain ones where all resamples give the same. */
function correctedLevels(
  n: number,
  statistic: (rows: Int32Array) => number,
  value: number,
  resampled: Float64Array,
  tail: number,
): number[] {
  let below = 0;
  for (const v of resampled) below += v < value ? 1 : v === value ? 0.5 : 0;
  const bias = normalQuantile(below / resampled.length);
  const rows = Int32Array.from({ length: n - 1 }, (_, i) => i + 1);
  const leftOut = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    leftOut[i] = statistic(rows);
    if (i < n - 1) rows[i] = i; // now row i + 1 is the one left out
  }
  const centre = leftOut.reduce((a, b) => a + b) / n;
  const squares = leftOut.reduce((sum, v) => sum + (centre - v) ** 2, 0);
  const cubes = leftOut.reduce((sum, v) => sum + (centre - v) ** 3, 0);
  const acceleration = squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
  return [tail, 1 - tail].map((level) => {
    const z = bias + normalQuantile(level);
    const corrected = normalCdf(bias + z / (1 - acceleration * z));
    return Number.isFinite(bias) && !Number.isNaN(corrected) ? corrected : level;
  });
}
