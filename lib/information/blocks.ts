import { tf } from '../engine/tensorflow';

/** Numbers in one block of a computation over pairs: 16 MiB of float32. */
export const BLOCK = 2 ** 22;

/** The parts of x along its first axis, `size` long each, the last maybe shorter. Differentiable. */
export function parts(x: tf.Tensor, size: number): tf.Tensor[] {
  const count = x.shape[0]!;
  if (size >= count) return [x];
  const sizes = Array.from({ length: Math.ceil(count / size) }, (_, i) => Math.min(size, count - i * size));
  return tf.split(x, sizes);
}

/** Parts, put together again along the first axis. */
export function joined(blocks: tf.Tensor[]): tf.Tensor {
  return blocks.length === 1 ? blocks[0]! : tf.concat(blocks);
}
