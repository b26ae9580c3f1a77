import { gradientIsDifferentiated, withGradient } from './gradient';
import { runKernelMulti } from './kernel';
import { bandPart, diagonalPart, requireMatrices, transposeMatrix } from './matrix';
import { tf } from './tensorflow';
import { requireNonzeroDiagonal, solveTriangular } from './triangularSolve';

/** A thin QR decomposition. */
export interface Qr {
  /** [..., m, k], k = min(m, n), with orthonormal columns. */
  readonly q: tf.Tensor;
  /** [..., k, n], upper triangular (trapezoidal where m < n), its diagonal not negative. */
  readonly r: tf.Tensor;
}

/** Rows: m of Q, n of R: a custom gradient can have one result only. */
function unpack(packed: tf.Tensor): Qr {
  const n = packed.shape[packed.rank - 1];
  const [q, r] = packed.split([packed.shape[packed.rank - 2] - n, n], packed.rank - 2);
  return { q, r };
}

/** Q and R of [..., m, n] with m ≥ n, the signs chosen so that R's diagonal is not negative. */
function decomposeTall(a: tf.Tensor): Qr {
  const packed = withGradient([a], () => {
    const [q, r] = runKernelMulti('Qr', { T: { type: 'float32' }, full_matrices: false }, [a], 2);
    const sign = tf.where(diagonalPart(r).less(0), -1, 1);
    const value = tf.concat([q.mul(sign.expandDims(-2)), r.mul(sign.expandDims(-1))], a.rank - 2);
    // (dQ + Q copyltu(R dRᵀ − dQᵀ Q)) R⁻ᵀ: Walter, Lehmann and Lamour, "On evaluating higher-order derivatives of the QR
    // decomposition of tall matrices with full column rank in forward and reverse mode algorithmic differentiation", 2012.
    const gradient = (dy: tf.Tensor, [aSaved, packedSaved]: tf.Tensor[]) => {
      const { q, r } = gradientIsDifferentiated() ? decomposeTall(aSaved) : unpack(packedSaved);
      requireNonzeroDiagonal('gradient of qr', r);
      const { q: dq, r: dr } = unpack(dy);
      const m = r.matMul(bandPart(dr, 0, -1), false, true).sub(dq.matMul(q, true, false));
      const lower = bandPart(m, -1, 0);
      const symmetric = lower.add(transposeMatrix(lower.sub(bandPart(m, 0, 0))));
      const inner = dq.add(q.matMul(symmetric));
      return [transposeMatrix(solveTriangular(r, transposeMatrix(inner), false, false))];
    };
    return { value, saved: [a, value], gradient };
  });
  return unpack(packed);
}

/**
 * The thin QR decomposition A = Q R with R's diagonal not negative, which makes it unique where the first k columns are
 * independent. Differentiable there any number of times; elsewhere the gradient throws.
 *
 * Float32: measured for n ≤ 64, ‖R − exact‖ ≤ 1e-3 ‖R‖ up to a condition number of A of 1e6, and every column of Q is within
 * 1e-3 of the exact one up to 1e4.
 *
 * @param a [..., m, n].
 * @throws If A is no matrix or not finite. The check reads one value back.
 * @example
 * const { q, r } = qr(tf.tensor2d([[3, 1], [4, 2]]));
 * q; // [[0.6, -0.8], [0.8, 0.6]]
 * r; // [[5, 2.2], [0, 0.4]]
 */
export function qr(a: tf.Tensor): Qr {
  requireMatrices('qr', 'a', a);
  const [m, n] = a.shape.slice(-2);
  return tf.tidy(() => {
    if (m >= n) return { ...decomposeTall(a) };
    // A = [X Y] with X square: Q and the first part of R are X's, the rest of R is Qᵀ Y.
    const [x, y] = a.split([m, n - m], a.rank - 1);
    const { q, r } = decomposeTall(x);
    return { q, r: tf.concat([r, q.matMul(y, true, false)], a.rank - 1) };
  });
}
