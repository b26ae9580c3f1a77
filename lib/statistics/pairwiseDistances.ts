import { equalBin, equalEdges, type Histogram } from './histogram';
import { type Images, type SquaredDistances, squaredDistances } from './squaredDistances';

/** What is summed up of the distances, and how. */
export interface PairwiseDistancesOptions {
  /** Multiplies every distance, so 1 / 255 turns bytes into the range [0, 1]. Default 1. */
  readonly scale?: number;
  /** Bins of the histogram. Default 200. */
  readonly bins?: number;
  /** Range of the histogram, in scaled units. Default: from 0 to an upper bound of the distances. */
  readonly range?: readonly [number, number];
  /** Levels of the quantiles, in [0, 1]. Default 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99. */
  readonly levels?: readonly number[];
  /** Called after each block with the pairs done and all pairs; default: none. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops the work, between two blocks, with the signal's reason as the error; default: none. */
  readonly signal?: AbortSignal;
  /** Rows of a block. Default: as many as make 2²³ numbers, at least 64, at most 1024. */
  readonly blockRows?: number;
}

/**
 * The l2 distances between all pairs of different rows, summed up; every distance is multiplied by the scale.
 *
 * @param level As asked for, 0 to 1.
 * @param value The quantile at that level, a distance.
 * @param distance To the nearest other row, [count].
 * @param index The number of that row, [count].
 */
export interface PairwiseDistances {
  /** count (count − 1) / 2 */
  readonly pairs: number;
  /** The least distance. */
  readonly min: number;
  /** The greatest distance. */
  readonly max: number;
  /** The mean over all pairs. */
  readonly mean: number;
  /** All pairs, in the bins and the range asked for. */
  readonly histogram: Histogram;
  /** One for each level asked for. */
  readonly quantiles: readonly { readonly level: number; readonly value: number }[];
  /**
   * No quantile is off by more, the distances' own error aside: the width of a bin of the fine histogram that they are
   * read from.
   */
  readonly quantileError: number;
  /**
   * For each row the mean distance to the other rows: their spread gives the standard error of `mean`, a U-statistic.
   */
  readonly rowMeans: Float64Array;
  /** For each row the distance to the nearest other row, and that row's number (the lowest among equals). */
  readonly nearest: { readonly distance: Float64Array; readonly index: Int32Array };
}

const FINE_BINS = 2 ** 16;

/**
 * All l2 distances between `count` images, given one after another as bytes or as float32, block by block: memory stays
 * at a few blocks whatever the count, and the event loop runs between blocks.
 *
 * Bytes: every distance is exact (the squared ones are whole numbers; only the square root rounds). Floats: `min`,
 * `max` and `nearest` come from differences in double precision; for the histogram, mean and quantiles a distance is
 * off by at most 0.5 % (a worst-case bound; on a CPU typically 1e-6), pairs too close for that in float32 being
 * recomputed in double precision, and duplicates have distance 0. Time count² d / 2 (10,000 CIFAR images as bytes:
 * about 10 s on two cores); float data made of many tight clusters take longer, for the recomputed pairs.
 *
 * @param images All numbers of one image, then of the next.
 * @param count How many images.
 * @throws If there are fewer than 2 images, they are not of one size, or an option is out of its range; the signal's
 *   reason where it aborts.
 * @example
 * // Three images of two bytes: 5, 10 and 5 apart.
 * const distances = await pairwiseDistances(Uint8Array.of(0, 0, 3, 4, 6, 8), 3, { bins: 10 });
 * distances; // { pairs: 3, min: 5, max: 10, mean: 6.6667 }
 * distances.nearest; // { distance: [5, 5, 5], index: [1, 0, 1] }
 */
export async function pairwiseDistances(
  images: Images,
  count: number,
  options: PairwiseDistancesOptions = {},
): Promise<PairwiseDistances> {
  const { scale = 1, bins = 200, levels = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99], onProgress, signal } = options;
  const d = images.length / count;
  if (!Number.isInteger(count) || count < 2 || !Number.isInteger(d) || d < 1) {
    throw new Error(
      `pairwiseDistances: expected at least 2 images of one size, got count ${count} and ${images.length} numbers`,
    );
  }
  if (!(scale > 0)) throw new Error(`pairwiseDistances: expected scale > 0, got ${scale}`);
  const blockRows = options.blockRows ?? Math.max(64, Math.min(1024, Math.floor(2 ** 23 / d)));
  if (!Number.isInteger(blockRows) || blockRows < 1) {
    throw new Error(`pairwiseDistances: expected blockRows to be a whole number >= 1, got ${blockRows}`);
  }
  for (const level of levels) {
    if (!(level >= 0 && level <= 1)) throw new Error(`pairwiseDistances: expected levels in [0, 1], got ${level}`);
  }
  const source = squaredDistances(images, count, d);
  const bound = source.bound * scale || 1;
  const [low, high] = options.range ?? [0, bound];
  const tally = newTally(count, equalEdges(low, high, bins), FINE_BINS / bound, scale);
  const total = (count * (count - 1)) / 2;
  let done = 0;
  // Blocks in this order show row i its partners in rising order, so the first of equals is the lowest.
  for (let i0 = 0; i0 < count; i0 += blockRows) {
    for (let j0 = i0; j0 < count; j0 += blockRows) {
      await new Promise(setImmediate);
      signal?.throwIfAborted();
      const [i1, j1] = [Math.min(count, i0 + blockRows), Math.min(count, j0 + blockRows)];
      done += addBlock(tally, source, await source.block(i0, i1, j0, j1), i0, i1, j0, j1);
      onProgress?.(done, total);
    }
  }
  return summarize(tally, total, levels, bound / FINE_BINS);
}

/** What the blocks add up to; squared distances unscaled, the rest scaled. */
interface Tally {
  readonly scale: number;
  readonly nearestSquared: Float64Array;
  readonly nearestIndex: Int32Array;
  readonly edges: Float64Array;
  readonly counts: Float64Array;
  readonly fine: Float64Array;
  readonly rowSums: Float64Array;
  readonly finePerUnit: number;
  below: number;
  above: number;
  sum: number;
  maxSquared: number;
}

function newTally(count: number, edges: Float64Array, finePerUnit: number, scale: number): Tally {
  return {
    scale,
    nearestSquared: new Float64Array(count).fill(Number.POSITIVE_INFINITY),
    nearestIndex: new Int32Array(count).fill(-1),
    edges,
    counts: new Float64Array(edges.length - 1),
    fine: new Float64Array(FINE_BINS),
    rowSums: new Float64Array(count),
    finePerUnit,
    below: 0,
    above: 0,
    sum: 0,
    maxSquared: -1,
  };
}

/** Adds the pairs i < j of a block and returns their number. */
function addBlock(
  tally: Tally,
  source: SquaredDistances,
  block: Float64Array,
  i0: number,
  i1: number,
  j0: number,
  j1: number,
): number {
  const { spread, tolerance } = source;
  const { scale, nearestSquared, nearestIndex, edges, counts, fine, rowSums, finePerUnit } = tally;
  let pairs = 0;
  let sum = 0;
  for (let i = i0; i < i1; i++) {
    for (let j = Math.max(j0, i + 1); j < j1; j++) {
      let squared = block[(i - i0) * (j1 - j0) + (j - j0)]!;
      const error = tolerance * (spread[i]! + spread[j]!);
      const closest = squared - error;
      if (
        closest < nearestSquared[i]! ||
        closest < nearestSquared[j]! ||
        squared + error > tally.maxSquared ||
        error > 0.01 * squared
      ) {
        if (tolerance > 0) squared = source.pair(i, j);
        if (squared < nearestSquared[i]!) {
          nearestSquared[i] = squared;
          nearestIndex[i] = j;
        }
        if (squared < nearestSquared[j]!) {
          nearestSquared[j] = squared;
          nearestIndex[j] = i;
        }
        if (squared > tally.maxSquared) tally.maxSquared = squared;
      }
      const distance = Math.sqrt(squared) * scale;
      sum += distance;
      rowSums[i]! += distance;
      rowSums[j]! += distance;
      fine[Math.min(FINE_BINS - 1, Math.floor(distance * finePerUnit))]!++;
      const bin = equalBin(edges, distance);
      if (bin < 0) tally.below++;
      else if (bin >= counts.length) tally.above++;
      else counts[bin]!++;
      pairs++;
    }
  }
  tally.sum += sum;
  return pairs;
}

function summarize(tally: Tally, pairs: number, levels: readonly number[], fineWidth: number): PairwiseDistances {
  const distance = tally.nearestSquared.map((s) => Math.sqrt(s) * tally.scale);
  const min = distance.reduce((a, b) => Math.min(a, b));
  const max = Math.sqrt(tally.maxSquared) * tally.scale;
  const valueAt = (level: number) => {
    if (level === 0) return min;
    if (level === 1) return max;
    // The middle of the bin that holds the value of this rank.
    const rank = level * (pairs - 1);
    let bin = 0;
    for (let seen = tally.fine[0]!; seen <= rank; seen += tally.fine[++bin]!);
    return Math.min(max, Math.max(min, (bin + 0.5) * fineWidth));
  };
  return {
    pairs,
    min,
    max,
    mean: tally.sum / pairs,
    rowMeans: tally.rowSums.map((sum) => sum / (tally.rowSums.length - 1)),
    histogram: { edges: tally.edges, counts: tally.counts, below: tally.below, above: tally.above },
    quantiles: levels.map((level) => ({ level, value: valueAt(level) })),
    quantileError: fineWidth,
    nearest: { distance, index: tally.nearestIndex },
  };
}
