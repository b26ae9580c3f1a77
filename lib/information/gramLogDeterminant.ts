import { cholesky } from '../engine/cholesky';
import { isRecording, withGradient } from '../engine/gradient';
import { runKernel } from '../engine/kernel';
import { diagonalMatrix, diagonalPart, identityLike } from '../engine/matrix';
import { tf } from '../engine/tensorflow';
import { triangularSolve } from '../engine/triangularSolve';

const float32 = { T: { type: 'float32' } } as const;

export interface GramLogDeterminantOptions {
  /** What the Gram matrix is multiplied with, positive. */
  readonly scale: number;
  /** What is added to its diagonal: 1 or 0. */
  readonly shift: 0 | 1;
  /** Whether the mean row is taken out first. */
  readonly centred: boolean;
}

/** shift I + scale · X Xᵀ or Xᵀ X, whichever is smaller: with shift 1 both have one determinant. */
function shiftedGram(x: tf.Tensor, { scale, shift }: GramLogDeterminantOptions): tf.Tensor {
  const [n, k] = x.shape as [number, number];
  const gram = tf.matMul(x, x, n > k, n <= k).mul(scale);
  return shift === 0 ? gram : gram.add(identityLike(gram));
}

/** Far above what rounding does to a Gram matrix, relative to its diagonal; used only where rounding made it indefinite. */
const JITTER = 1e-4;

/** The Cholesky factor of I + a Gram matrix, with its diagonal raised by a relative JITTER where float32 has none without. */
function factorOf(a: tf.Tensor, shift: 0 | 1): tf.Tensor {
  const plain = runKernel('Cholesky', float32, [a]);
  if (shift === 0) return plain;
  const raised = runKernel('Cholesky', float32, [a.add(diagonalMatrix(diagonalPart(a).mul(JITTER)))]);
  // Chosen without reading a number back. NaN is not below infinity.
  return tf.where(diagonalPart(plain).sum().less(Number.POSITIVE_INFINITY), plain, raised);
}

/** ∂ ln det / ∂ X / (2 · scale): A⁻¹ X or X A⁻¹, from the Cholesky factor L of A. */
function gradientFrom(l: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const half = isRecording()
    ? triangularSolve(l, identityLike(l))
    : runKernel('MatrixTriangularSolve', { ...float32, lower: true, adjoint: false }, [l, identityLike(l)]);
  const inverse = tf.matMul(half, half, true, false);
  return x.shape[0]! <= x.shape[1]! ? tf.matMul(inverse, x) : tf.matMul(x, inverse);
}

/**
 * ½ ln det(shift I + scale XᵀX), X the rows of z, less their mean where `centred`. By the smaller Gram matrix and its Cholesky
 * factor. With shift 1 finite for every finite z. With shift 0, for N > K only: −Infinity, with a gradient of NaN, where float32 has no such
 * factor.
 * Differentiable any number of times.
 */
export function gramLogDeterminant(z: tf.Tensor, options: GramLogDeterminantOptions): tf.Scalar {
  const { scale, shift, centred } = options;
  const rows = (x: tf.Tensor) => (centred ? x.sub(x.mean(0)) : x);
  return withGradient([z], () => {
    const x = rows(z);
    const a = shiftedGram(x, options);
    const l = factorOf(a, shift);
    const sum = diagonalPart(l).log().sum();
    // No factor though A has no NaN: A is singular.
    const singular = sum.isNaN().logicalAnd(diagonalPart(a).sum().isFinite());
    return {
      value: shift === 1 ? sum : tf.where(singular, tf.scalar(Number.NEGATIVE_INFINITY), sum),
      saved: [z, x, l],
      // A centred x gives a gradient with columns of mean 0 already: 1 is an eigenvector of A.
      gradient: (dy, [zSaved, xSaved, lSaved]) => {
        const again = isRecording();
        const own = again ? rows(zSaved!) : xSaved!;
        const factor = again ? cholesky(shiftedGram(own, options)) : lSaved!;
        return [gradientFrom(factor, own).mul(dy.mul(scale))];
      },
    };
  }) as tf.Scalar;
}
