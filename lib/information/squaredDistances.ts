import { withGradient } from '../engine/gradient';
import { runKernel } from '../engine/kernel';
import { relu } from '../engine/relu';
import { tf } from '../engine/tensorflow';
import type { RowBlock } from './overRowBlocks';

const float32 = { T: { type: 'float32' } } as const;

/**
 * ‖z_i − z_j‖² of all pairs of rows of z [N, K], as [N, N]: symmetric, at least 0, and exactly 0 on the diagonal. One product of
 * matrices forward and one backward; differentiable any number of times.
 *
 * Float32: the rows are centred first, and each distance is good to some 1e-6 of the larger ‖z_i − mean‖², so two rows that
 * are far from all others but close to each other have a distance of little relative accuracy.
 */
export function squaredDistances(z: tf.Tensor): tf.Tensor2D {
  return withGradient([z], () => {
    const centred = z.sub(z.mean(0));
    const products = tf.matMul(centred, centred, false, true);
    const squares = runKernel('MatrixDiagPart', float32, [products]);
    const distances = relu(squares.expandDims(1).add(squares).sub(products.mul(2)));
    return {
      value: runKernel('MatrixSetDiag', float32, [distances, tf.zerosLike(squares)]),
      saved: [z],
      // The Laplacian of the graph with weights w = dy + dyᵀ: ∂/∂z_i = 2 Σ_j w_ij (z_i − z_j).
      gradient: (dy, [zSaved]) => {
        const w = dy.add(dy.transpose());
        return [
          zSaved!
            .mul(w.sum(1, true))
            .sub(tf.matMul(w as tf.Tensor2D, zSaved as tf.Tensor2D))
            .mul(2),
        ];
      },
    };
  }) as tf.Tensor2D;
}

/** ‖z_i − z_j‖² of the rows i of a block and all rows j of z [N, K], as [count, N]; otherwise as `squaredDistances`. */
export function squaredDistancesFrom(z: tf.Tensor, { start, count }: RowBlock): tf.Tensor {
  const n = z.shape[0]!;
  if (count === n) return squaredDistances(z);
  const centred = z.sub(z.mean(0)) as tf.Tensor2D;
  const own = centred.slice(start, count);
  const squares = centred.square().sum(1);
  const products = tf.matMul(own, centred, false, true);
  const distances = relu(squares.slice(start, count).expandDims(1).add(squares).sub(products.mul(2)));
  const self = tf.oneHot(tf.range(start, start + count, 1, 'int32'), n);
  return distances.mul(tf.scalar(1).sub(self));
}
