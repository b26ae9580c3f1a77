import { type Key, permutation } from '../engine/random';
import type { Dataset } from './dataset';

export interface BatchOptions {
  /** Images a batch, at least 1. */
  readonly batchSize: number;
  /** Shuffles the images; without it they come in their order. One key an epoch: `foldIn(k, epoch)`. Default: none. */
  readonly key?: Key;
  /** Whether to leave out a last batch that is not full; default false. */
  readonly dropLast?: boolean;
}

/**
 * The indices of one epoch, each image once, in batches: for `batch(dataset, indices)`. The same key gives the same order.
 *
 * @throws If the batchSize is not a whole number of at least 1.
 * @example
 * const small = shapes({ count: 5 });
 * [...batches(small, { batchSize: 2 })]; // [[0, 1], [2, 3], [4]]
 * [...batches(small, { batchSize: 2, key: key(0), dropLast: true })]; // [[1, 2], [0, 4]]
 */
export function* batches(
  dataset: Pick<Dataset, 'count'>,
  { batchSize, key, dropLast = false }: BatchOptions,
): Generator<Int32Array, void, undefined> {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new Error(`batches: expected a batchSize of at least 1, got ${batchSize}`);
  }
  const { count } = dataset;
  const order = key ? permutation(key, count) : Int32Array.from({ length: count }, (_, i) => i);
  const end = dropLast ? count - (count % batchSize) : count;
  for (let start = 0; start < end; start += batchSize) yield order.slice(start, Math.min(start + batchSize, end));
}
