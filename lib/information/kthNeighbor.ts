import { withGradient } from '../engine/gradient';
import { runKernelMulti } from '../engine/kernel';
import { tf } from '../engine/tensorflow';

/** Distances of this many pairs are held at a time. */
const PAIRS = 2 ** 23;

/** Candidates beyond k, as distances by products of matrices may order near ones wrongly. */
const SPARE = 8;

/** 64 roundings of float32: what a squared distance by products is wrong by at most, over the squared norms it is a difference of. */
const ROUNDING = 2 ** -18;

/** A squared distance is right to this much relatively: better than that, products need no second look. */
const ACCURACY = 1e-4;

/**
 * For each row of z [N, K], the index of its k-th nearest other row by Euclidean distance, int32 [N], 1 ≤ k < N; of rows equally
 * far any. A constant to the gradient.
 *
 * By blocks of rows: k + 8 candidates by one product of matrices, then their distances from differences. Products lose the digits of
 * distances below some 1e-5 of the norms (clusters that are tight and far apart), so that a nearer row may be no candidate: rows
 * for which rounding leaves that open are compared with all by differences, N K operations each. The distance is then that of the
 * k-th nearest to 1e-4 of its square or better, whatever the scale and the place of the rows.
 */
export function kthNeighbor(z: tf.Tensor, k: number): tf.Tensor1D {
  const [n, dimension] = z.shape as [number, number];
  const candidates = Math.min(n, k + 1 + SPARE);
  const size = Math.max(1, Math.min(n, Math.floor(PAIRS / Math.max(n, candidates * dimension))));
  return withGradient([], () => {
    const x = z.sub(z.mean(0)) as tf.Tensor2D;
    const squares = x.square().sum(1) as tf.Tensor1D;
    const found = new Int32Array(n);
    for (let start = 0; start < n; start += size) {
      const rows = Math.min(size, n - start);
      const { neighbors, open } = tf.tidy(() => {
        const [own, ownSquares] = [x.slice(start, rows), squares.slice(start, rows)];
        // Less |x_i|², which orders no differently.
        const nearness = tf.matMul(own, x, false, true).mul(2).sub(squares);
        const { values, indices: near } = topK(nearness, candidates);
        const others = z.gather(near.flatten()).reshape([rows, candidates, dimension]);
        const self = tf.range(start, start + rows, 1, 'int32').expandDims(1);
        const distances = distancesToOthers(z.slice(start, rows), others, near.equal(self));
        const nearest = topK(distances.neg(), k);
        const kth = last(nearest.values).neg();
        const rounding = ownSquares.sqrt().add(kth.sqrt()).square().mul(ROUNDING);
        // No row that is no candidate is nearer than this.
        const beyond = ownSquares.sub(last(values)).sub(rounding);
        const unsure = kth.greater(beyond).logicalAnd(rounding.greater(kth.mul(ACCURACY)));
        return {
          neighbors: tf.gather(near, last(nearest.indices).expandDims(1), 1, 1).dataSync<'int32'>(),
          open: unsure.logicalAnd(kth.greater(0)).dataSync(),
        };
      });
      found.set(neighbors, start);
      if (candidates === n) continue;
      const unsure = Array.from({ length: rows }, (_, i) => start + i).filter((i) => open[i - start]);
      byDifferences(z, k, unsure, found);
    }
    return { value: tf.tensor1d(found, 'int32'), saved: [], gradient: () => [] };
  }) as tf.Tensor1D;
}

/** Writes the k-th neighbors of these rows into `found`, from differences with all rows. */
function byDifferences(z: tf.Tensor, k: number, rows: readonly number[], found: Int32Array): void {
  const [n, dimension] = z.shape as [number, number];
  const size = Math.max(1, Math.floor(PAIRS / (n * dimension)));
  for (let start = 0; start < rows.length; start += size) {
    const block = rows.slice(start, start + size);
    const neighbors = tf.tidy(() => {
      const index = tf.tensor1d(block, 'int32');
      const self = tf.range(0, n, 1, 'int32').equal(index.expandDims(1));
      return last(topK(distancesToOthers(z.gather(index), z, self).neg(), k).indices).dataSync();
    });
    for (const [i, row] of block.entries()) found[row] = neighbors[i]!;
  }
}

/** ‖own_i − others_j‖², [rows, others], infinite where `self`. */
function distancesToOthers(own: tf.Tensor, others: tf.Tensor, self: tf.Tensor): tf.Tensor {
  const distances = others.sub(own.expandDims(1)).square().sum(2);
  return tf.where(self, tf.fill(distances.shape, Number.POSITIVE_INFINITY), distances);
}

/** The last column. */
function last(x: tf.Tensor): tf.Tensor1D {
  return x.slice([0, x.shape[1]! - 1], [-1, 1]).flatten();
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
