import { normalizeRows } from '../engine/normalizeRows';
import { tf } from '../engine/tensorflow';
import { requirePositive, requireWhole } from '../objectives/optionChecks';
import { checkLabels, type Features } from './embed';

/** How the neighbours vote. */
export interface NearestNeighborsOptions {
  /** Neighbours that vote; default 200, or all if there are fewer. */
  readonly k?: number;
  /** τ of the votes' weights exp(cosine similarity / τ); default 0.1. */
  readonly temperature?: number;
  /** Queries at a time, which bounds the memory; default 256. */
  readonly blockSize?: number;
}

/**
 * The class of each query by its `k` nearest neighbours of the bank in cosine similarity, each voting with weight
 * exp(similarity / τ): lightly's `knn_predict` with its defaults k 200 and τ 0.1 (Wu and others 2018, "Unsupervised
 * feature learning via non-parametric instance discrimination").
 *
 * @param labels Of the bank, 0 … classes - 1.
 * @param bank The vectors that vote, with labels.
 * @param classes How many classes there are.
 * @param queries The vectors to classify.
 * @throws If labels or dimensions do not fit, k or blockSize is not a whole number from 1, or temperature is not above
 *   0.
 * @example
 * // Two clusters of directions, along x and along y.
 * const bank = { values: Float32Array.of(1, 0, 2, 0.1, 0, 1, 0.1, 3), count: 4, dimension: 2 };
 * const queries = { values: Float32Array.of(5, 1, 1, 5), count: 2, dimension: 2 };
 * predictNearest(bank, [0, 0, 1, 1], 2, queries); // [0, 1]
 */
export function predictNearest(
  bank: Features,
  labels: ArrayLike<number>,
  classes: number,
  queries: Features,
  { k = 200, temperature = 0.1, blockSize = 256 }: NearestNeighborsOptions = {},
): Int32Array {
  checkLabels('predictNearest', bank, labels, classes);
  if (bank.dimension !== queries.dimension) {
    throw new Error(`predictNearest: expected queries of ${bank.dimension} dimensions, got ${queries.dimension}`);
  }
  requireWhole('predictNearest', { k, blockSize }, 1);
  requirePositive('predictNearest', { temperature });
  const { dimension } = bank;
  const neighbors = Math.min(k, bank.count);
  const out = new Int32Array(queries.count);
  const kept = tf.tidy(() => ({
    directions: normalizeRows(tf.tensor2d(bank.values, [bank.count, dimension])),
    votes: tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), classes).toFloat(),
  }));
  try {
    for (let first = 0; first < queries.count; first += blockSize) {
      const size = Math.min(blockSize, queries.count - first);
      const block = queries.values.subarray(first * dimension, (first + size) * dimension);
      const classesOfBlock = tf.tidy(() => {
        const similarity = normalizeRows(tf.tensor2d(block, [size, dimension])).matMul(kept.directions, false, true);
        const { values, indices } = tf.topk(similarity, neighbors, true);
        // Relative to the nearest, so that a small temperature cannot overflow.
        const weights = values
          .sub(values.slice([0, 0], [-1, 1]))
          .div(temperature)
          .exp();
        const votes = tf
          .gather(kept.votes, indices as tf.Tensor2D)
          .mul(weights.expandDims(2))
          .sum(1);
        return votes.argMax(1).dataSync();
      });
      out.set(classesOfBlock as Int32Array, first);
    }
    return out;
  } finally {
    tf.dispose(kept);
  }
}
