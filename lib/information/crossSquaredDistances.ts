import { withGradient } from '../engine/gradient';
import { relu } from '../engine/relu';
import { tf } from '../engine/tensorflow';

export interface CrossDistanceOptions {
  /** v, [N, K]: weights of the squared differences, for each row of m its own. Default 1. */
  readonly weights?: tf.Tensor;
  /**
   * By products of matrices, good to some 1e-6 of the larger v ‖z − mean‖², where false takes differences, [S, N, K] of them at
   * once, good to 1e-6 of the result.
   */
  readonly byProducts: boolean;
}

function byMatrixProducts(z: tf.Tensor, m: tf.Tensor, v: tf.Tensor | undefined): tf.Tensor {
  const weighted = v ? m.mul(v) : m;
  const squares = v ? tf.matMul(z.square(), v, false, true) : z.square().sum(1, true);
  const products = tf.matMul(z, weighted, false, true);
  return relu(squares.add(weighted.mul(m).sum(1)).sub(products.mul(2)));
}

function byDifferences(z: tf.Tensor, m: tf.Tensor, v: tf.Tensor | undefined): tf.Tensor {
  const squares = z.expandDims(1).sub(m.expandDims(0)).square();
  return (v ? squares.mul(v.expandDims(0)) : squares).sum(2);
}

/**
 * Σ_s w_sn (z_sk − m_nk)² of the rows of z [S, K] and m [N, K], weighted by w [S, N]: [N, K]. By products, or by differences,
 * [S, N, K] of them at once (see `CrossDistanceOptions`).
 */
export function weightedSquares(w: tf.Tensor, z: tf.Tensor, m: tf.Tensor, byProducts: boolean): tf.Tensor {
  if (!byProducts) {
    return z.expandDims(1).sub(m.expandDims(0)).square().mul(w.expandDims(2)).sum(0);
  }
  const cross = tf.matMul(w, z, true, false).sub(m.mul(w.sum(0).expandDims(1)).mul(0.5));
  return tf.matMul(w, z.square(), true, false).sub(m.mul(cross).mul(2));
}

/**
 * Σ_k v_nk (z_sk − m_nk)² of the rows of z [S, K] and m [N, K], [S, N]: at least 0. Differentiable any number of times; the gradient by z
 * and m is by products of matrices either way, as it loses no digits there.
 */
export function crossSquaredDistances(z: tf.Tensor, m: tf.Tensor, options: CrossDistanceOptions): tf.Tensor {
  const { weights, byProducts } = options;
  const inputs = weights ? [z, m, weights] : [z, m];
  return withGradient(inputs, () => {
    // A shift of both changes nothing, and keeps the products no larger than the distances ask for.
    const centre = m.mean(0);
    const value = byProducts ? byMatrixProducts(z.sub(centre), m.sub(centre), weights) : byDifferences(z, m, weights);
    return {
      value,
      saved: [...inputs, centre],
      gradient: (dy, saved) => {
        const c = saved[saved.length - 1]!;
        const [x, y] = [saved[0]!.sub(c), saved[1]!.sub(c)];
        const v = weights ? saved[2]! : undefined;
        const byColumn = dy.sum(0).expandDims(1);
        const dz = v
          ? x.mul(tf.matMul(dy, v)).sub(tf.matMul(dy, y.mul(v)))
          : x.mul(dy.sum(1, true)).sub(tf.matMul(dy, y));
        const dm = y.mul(byColumn).sub(tf.matMul(dy, x, true, false));
        const gradients = [dz.mul(2), (v ? dm.mul(v) : dm).mul(2)];
        return v ? [...gradients, weightedSquares(dy, x, y, byProducts)] : gradients;
      },
    };
  });
}
