import { withGradient } from '../engine/gradient';
import { runKernelMulti } from '../engine/kernel';
import { tf } from '../engine/tensorflow';

/** Distances of this many pairs are held at a time. */
const PAIRS = 2 ** 23;

/** Candidates beyond k, as distances by products of matrices may order near ones wrongly. */
const SPARE = 8;

/**
 * For each row of z [N, K], the index of its k-th nearest other row by Euclidean distance, int32 [N], 1 ≤ k < N; of rows equally far any.
 * A constant to the gradient. By blocks of rows: k + 8 candidates by one product of matrices, then their distances from differences, so that
 * float32 loses no digits to rows that are far from all others.
 */
export function kthNeighbour(z: tf.Tensor, k: number): tf.Tensor1D {
  const [n, dimension] = z.shape as [number, number];
  const candidates = Math.min(n, k + 1 + SPARE);
  const size = Math.max(1, Math.min(n, Math.floor(PAIRS / Math.max(n, candidates * dimension))));
  return withGradient([], () => {
    const x = z.sub(z.mean(0)) as tf.Tensor2D;
    const squares = x.square().sum(1);
    const blocks: tf.Tensor1D[] = [];
    for (let start = 0; start < n; start += size) {
      const rows = Math.min(size, n - start);
      blocks.push(
        tf.tidy(() => {
          const own = x.slice(start, rows);
          // Less |x_i|² , which orders no differently.
          const nearness = tf.matMul(own, x, false, true).mul(2).sub(squares);
          const near = topK(nearness, candidates).indices;
          const differences = x.gather(near.flatten()).reshape([rows, candidates, dimension]).sub(own.expandDims(1));
          const self = tf.range(start, start + rows, 1, 'int32').expandDims(1);
          const distances = differences.square().sum(2);
          const others = tf.where(near.equal(self), tf.fill(distances.shape, Number.POSITIVE_INFINITY), distances);
          const place = topK(others.neg(), k).indices.slice([0, k - 1], [rows, 1]);
          return tf.gather(near, place, 1, 1).flatten() as tf.Tensor1D;
        }),
      );
    }
    return { value: tf.concat(blocks), saved: [], gradient: () => [] };
  }) as tf.Tensor1D;
}

function topK(x: tf.Tensor, k: number): { values: tf.Tensor; indices: tf.Tensor } {
  const attributes = {
    sorted: true,
    T: { type: 'float32' },
    Tk: { type: 'int32' },
    index_type: { type: 'int32' },
  } as const;
  const [values, indices] = runKernelMulti('TopKV2', attributes, [x, tf.scalar(k, 'int32')], 2);
  return { values: values!, indices: indices! };
}
