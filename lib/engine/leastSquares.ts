import { gradientIsDifferentiated, withGradient } from './gradient';
import { requireMatrices, transposeMatrix } from './matrix';
import { svdUnchecked } from './svd';
import { tf } from './tensorflow';

const EPSILON = 2 ** -23;

export interface LeastSquaresOptions {
  /**
   * Singular values up to this fraction of the largest count as zero. Default max(m, n) · 2⁻²³, float32's step:
   * the convention of NumPy's matrix_rank and of MATLAB's pinv.
   */
  readonly rankTolerance?: number;
}

/** P diag(s)⁺ Rᵀ b: A⁺ b for (P, R) = (V, U), A⁺ᵀ b for (U, V). */
function apply(p: tf.Tensor, s: tf.Tensor, r: tf.Tensor, b: tf.Tensor, tolerance: number): tf.Tensor {
  const kept = s.greater(s.max(-1, true).mul(tolerance));
  const inverse = tf.where(kept, tf.where(kept, s, tf.onesLike(s)).reciprocal(), tf.zerosLike(s));
  return p.matMul(tf.matMul(r, b, true, false).mul(inverse.expandDims(-1)));
}

function solve(a: tf.Tensor, b: tf.Tensor, tolerance: number): tf.Tensor {
  return withGradient([a, b], () => {
    const { u, s, v } = svdUnchecked(a);
    const value = apply(v, s, u, b, tolerance);
    // Golub and Pereyra 1973, the differential of the pseudo-inverse at constant rank, transposed.
    const gradient = (dx: tf.Tensor, [aSaved, bSaved, ...factors]: tf.Tensor[]) => {
      const higher = gradientIsDifferentiated();
      const [uSaved, sSaved, vSaved] = factors;
      const inverse = (y: tf.Tensor) =>
        higher ? solve(aSaved, y, tolerance) : apply(vSaved, sSaved, uSaved, y, tolerance);
      const inverseTransposed = (y: tf.Tensor) =>
        higher ? solve(transposeMatrix(aSaved), y, tolerance) : apply(uSaved, sSaved, vSaved, y, tolerance);
      const x = inverse(bSaved);
      const db = inverseTransposed(dx);
      const residual = bSaved.sub(aSaved.matMul(x));
      const unseen = dx.sub(inverse(aSaved.matMul(dx)));
      const da = residual
        .matMul(inverse(db), false, true)
        .add(inverseTransposed(x).matMul(unseen, false, true))
        .sub(db.matMul(x, false, true));
      return [da, db];
    };
    return { value, saved: [a, b, u, s, v], gradient };
  });
}

/**
 * The X of least Frobenius norm among those that minimise ‖A X − B‖, for any shape and rank of A: X = A⁺ B, through the
 * singular value decomposition, never the normal equations.
 *
 * Differentiable any number of times in both at full rank. At lower rank A⁺ jumps under almost every change of A; the gradient
 * is then that along the changes that keep the rank.
 *
 * Float32: measured for n ≤ 64, ‖X − exact‖ ≤ 1e-3 ‖X‖ up to a condition number of A of 1e4 where B is near A's range, of 3e3
 * where the residual is as large as B. Above 1/rankTolerance, directions are dropped and it is another problem.
 *
 * @param a [..., m, n].
 * @param b [..., m, k], of the same leading shape; the result is [..., n, k].
 * @throws If a shape is wrong or a value is not finite. The checks read three values back.
 * @example
 * // One column taken twice: of all solutions the shortest.
 * leastSquares(tf.tensor2d([[1, 1], [2, 2]]), tf.tensor2d([[2], [4]])); // [[1], [1]]
 */
export function leastSquares(a: tf.Tensor, b: tf.Tensor, { rankTolerance }: LeastSquaresOptions = {}): tf.Tensor {
  requireMatrices('leastSquares', 'a', a);
  requireMatrices('leastSquares', 'b', b);
  const [m, n] = a.shape.slice(-2);
  if (`${b.shape.slice(0, -1)}` !== `${a.shape.slice(0, -1)}`) {
    throw new Error(`leastSquares: expected b to be [${a.shape.slice(0, -1)}, k], got [${b.shape}]`);
  }
  return tf.tidy(() => solve(a, b, rankTolerance ?? Math.max(m, n) * EPSILON));
}
