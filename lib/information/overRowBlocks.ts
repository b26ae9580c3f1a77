import { gradientsWithin, isRecording, withGradient } from '../engine/gradient';
import { tf } from '../engine/tensorflow';

export interface RowBlock {
  readonly start: number;
  readonly count: number;
}

/**
 * f of all rows, [N], made a block of `size` rows at a time, with so little held at once; each block is made again for its
 * gradient (checkpointing). Differentiable as often as f is; from the second gradient on in one block.
 *
 * @param inputs What f is differentiable in; each block may depend on all of them.
 * @param f The results [count] of one block, by recorded operations.
 */
export function overRowBlocks(
  inputs: readonly tf.Tensor[],
  n: number,
  size: number,
  f: (block: RowBlock, ...inputs: tf.Tensor[]) => tf.Tensor,
): tf.Tensor {
  const all = { start: 0, count: n };
  if (n <= size) return tf.tidy(() => f(all, ...inputs));
  const blocks = Array.from({ length: Math.ceil(n / size) }, (_, i) => ({
    start: i * size,
    count: Math.min(size, n - i * size),
  }));
  return withGradient(inputs, () => ({
    value: tf.concat(blocks.map((block) => tf.tidy(() => f(block, ...inputs)))),
    saved: inputs,
    gradient: (dy, saved) => {
      const slopes = (block: RowBlock) =>
        gradientsWithin((...xs) => f(block, ...xs), saved, dy.slice(block.start, block.count));
      if (isRecording()) return slopes(all);
      return blocks.reduce<tf.Tensor[]>((sums, block) => {
        const next = tf.tidy(() => slopes(block).map((slope, i) => (sums[i] ? sums[i].add(slope) : slope)));
        tf.dispose(sums);
        return next;
      }, []);
    },
  }));
}
