import { gradientIsDifferentiated, withGradient } from './gradient';
import { runKernel } from './kernel';
import {
  allFinite,
  bandPart,
  diagonalMatrix,
  diagonalPart,
  requireMatrices,
  symmetricPart,
  transposeMatrix,
} from './matrix';
import { tf } from './tensorflow';
import { solveTriangular } from './triangularSolve';

/** L of a symmetric matrix, without checks; NaN where it is not positive definite. */
function factor(a: tf.Tensor): tf.Tensor {
  return withGradient([a], () => {
    const value = runKernel('Cholesky', { T: { type: 'float32' } }, [a]);
    // L⁻ᵀ Φ(Lᵀ dL) L⁻¹, Φ the lower triangle with half the diagonal: Murray, "Differentiation of the Cholesky decomposition", 2016.
    const gradient = (dy: tf.Tensor, [aSaved, lSaved]: tf.Tensor[]) => {
      const l = gradientIsDifferentiated() ? factor(aSaved) : lSaved;
      const product = tf.matMul(l, dy, true, false);
      const phi = bandPart(product, -1, 0).sub(diagonalMatrix(diagonalPart(product)).mul(0.5));
      const left = solveTriangular(l, phi, true, true);
      return [symmetricPart(solveTriangular(l, transposeMatrix(left), true, true))];
    };
    return { value, saved: [a, value], gradient };
  });
}

/** `cholesky` under another function's name in its errors. */
export function factorPositiveDefinite(name: string, a: tf.Tensor): tf.Tensor {
  requireMatrices(name, 'a', a, true);
  return tf.tidy(() => {
    const l = factor(symmetricPart(a));
    if (allFinite(l)) return l;
    throw new Error(
      `${name}: expected positive definite matrices; shape [${a.shape}] holds one that is singular or indefinite in float32. ` +
        'Add a small multiple of the identity, or look at its eigenvalues with symmetricEigen.',
    );
  });
}

/**
 * The lower triangular L with L Lᵀ = A and a positive diagonal, of symmetric positive definite A. Only the symmetric part of
 * A counts, and its gradient is symmetric. Differentiable any number of times.
 *
 * Float32: measured for n ≤ 64, ‖L − exact‖ ≤ 1e-3 ‖L‖ up to a condition number of A of 1e6; from some 1e7 on, a positive
 * definite matrix may be refused.
 *
 * @param a [..., n, n].
 * @throws If A is not square, not finite or not positive definite. The checks read two values back.
 * @example
 * cholesky(tf.tensor2d([[4, 2], [2, 5]])); // [[2, 0], [1, 2]]
 */
export function cholesky(a: tf.Tensor): tf.Tensor {
  return factorPositiveDefinite('cholesky', a);
}
