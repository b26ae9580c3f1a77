import { type Key, normal } from '../engine/random';
import { tf } from '../engine/tensorflow';

/**
 * A first-in, first-out queue, a plain tensor [length, K] with its newest row first, filled with random directions:
 * rows of length 1, uniform on the sphere; the same key gives the same.
 *
 * @param k Of the directions: the same key, the same ones.
 * @param length, dimension How many rows, and K.
 * @returns [length, dimension], float32; the caller disposes it.
 * @throws TensorFlow's own error if a size is negative.
 * @example
 * const queue = randomUnitRows(key(0), 4, 3);
 * queue.shape; // [4, 3]
 * queue.norm('euclidean', 1); // [1, 1, 1, 1]
 */
export function randomUnitRows(k: Key, length: number, dimension: number): tf.Tensor2D {
  return tf.tidy(() => {
    const rows = normal(k, [length, dimension]);
    return rows.div(rows.norm('euclidean', 1, true)) as tf.Tensor2D;
  });
}

/**
 * The queue [length, K] after the rows [N, K] have joined it at the front, in their order, and its N oldest have left.
 * Reads nothing from the device. No gradient flows through it.
 *
 * @param queue [length, K], newest row first.
 * @param rows [N, K], N at most the length.
 * @throws If there are more rows than the queue holds.
 * @example
 * // The oldest row, 3, leaves.
 * enqueue(tf.tensor2d([[1], [2], [3]]), tf.tensor2d([[9]])); // [[9], [1], [2]]
 */
export function enqueue(queue: tf.Tensor2D, rows: tf.Tensor2D): tf.Tensor2D {
  const [length, dimension] = queue.shape;
  requireFits('enqueue', length, rows.shape[0]);
  return tf.tidy(() => {
    if (rows.shape[0] === length) return rows.clone();
    return tf.concat([rows, queue.slice([0, 0], [length - rows.shape[0], dimension])]);
  });
}

/** @throws If a queue of this length cannot hold a batch of this size. */
export function requireFits(name: string, length: number, batch: number): void {
  if (batch <= length) return;
  throw new Error(
    `${name}: expected a queue of at least one batch, got a queue of ${length} for a batch of ${batch}; lengthen the queue or take a smaller batch.`,
  );
}
