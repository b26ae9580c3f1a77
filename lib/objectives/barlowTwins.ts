import { batchNormTraining } from '../engine/batchNorm';
import { isRecording, withGradient } from '../engine/gradient';
import { diagonalMatrix } from '../engine/matrix';
import { tf } from '../engine/tensorflow';
import { type Objective, objective } from './objective';
import { requireNonNegative, requirePositive } from './optionChecks';

export interface BarlowTwinsOptions {
  /**
   * Weight λ of the off-diagonal term; default 0.0051, facebookresearch/barlowtwins' and solo-learn's. lightly's is
   * 0.005.
   */
  readonly lambda?: number;
  /** Multiplies both terms; default 0.1, solo-learn's for CIFAR-10. lightly's is 1. */
  readonly scale?: number;
  /** Added to each variance before its root; default 1e-5, that of PyTorch's BatchNorm1d, as both projects have it. */
  readonly epsilon?: number;
}

/** Each dimension of z [N, K] less its mean, over √(its biased variance + epsilon). */
function standardize(z: tf.Tensor, epsilon: number): tf.Tensor2D {
  const k = z.shape[1]!;
  return batchNormTraining(z, tf.ones([k]), tf.zeros([k]), epsilon).output as tf.Tensor2D;
}

/** C_kk of C = Aᵀ B / N: [K]. */
function diagonal(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return a.mul(b).mean(0);
}

/** C = Aᵀ B / N without its diagonal, [K, K]; or where N < K, A Aᵀ and B Bᵀ, [N, N] each, in its place. */
function products(a: tf.Tensor, b: tf.Tensor): tf.Tensor[] {
  const [n, k] = a.shape as [number, number];
  if (n < k) return [tf.matMul(a, a, false, true), tf.matMul(b, b, false, true)];
  const c = tf.matMul(a, b, true, false).div(n);
  return [c.sub(diagonalMatrix(diagonal(a, b)))];
}

/**
 * The gradients of the off-diagonal term by A and B: 2 (B Bᵀ A − N B diag(C)) / N² and 2 (A Aᵀ B − N A diag(C)) / N².
 */
function offDiagonalGradients(dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor, [first, second]: tf.Tensor[]): tf.Tensor[] {
  const n = a.shape[0]!;
  if (!second) {
    const slope = first!.mul(dy.mul(2 / n));
    return [tf.matMul(b, slope, false, true), tf.matMul(a, slope)];
  }
  const share = diagonal(a, b).mul(dy.mul(2 / n));
  const half = (gram: tf.Tensor, x: tf.Tensor, y: tf.Tensor) =>
    tf.matMul(gram.mul(dy.mul(2 / n ** 2)), x).sub(y.mul(share));
  return [half(second, a, b), half(first!, b, a)];
}

/**
 * Σ_{j ≠ k} C_jk² of C = Aᵀ B / N, for a and b [N, K]. Scalar. Where N < K it is ⟨A Aᵀ, B Bᵀ⟩ / N² − Σ C_kk², whose
 * products take N / K of the work. Its absolute error is some 1e-6 of ‖C‖². For about equal variances that is little,
 * for the rank of C is below K; where epsilon leaves the variances very unequal, the difference may come out slightly
 * below 0.
 */
function offDiagonalSum(a: tf.Tensor, b: tf.Tensor): tf.Scalar {
  return withGradient([a, b], () => {
    const all = products(a, b);
    const [first, second] = all;
    const n = a.shape[0]!;
    const value = second
      ? first!
          .mul(second)
          .sum()
          .div(n ** 2)
          .sub(diagonal(a, b).square().sum())
      : first!.square().sum();
    return {
      value,
      saved: [a, b, ...all],
      gradient: (dy, [aSaved, bSaved, ...saved]) =>
        offDiagonalGradients(dy, aSaved!, bSaved!, isRecording() ? products(aSaved!, bSaved!) : saved),
    };
  }) as tf.Scalar;
}

/**
 * Barlow Twins (Zbontar et al. 2021, arXiv 2103.03230): C = Âᵀ B̂ / N is the cross-correlation of the two views, each
 * dimension standardised over its own view's batch; terms scale · Σ_k (1 − C_kk)² (`onDiagonal`) and scale · λ · Σ_{j ≠
 * k} C_jk² (`offDiagonal`). Standardised as the source does, by BatchNorm1d without affine part: variance **biased**
 * (over N), plus epsilon. An early version of lightly's divided by the unbiased deviation without epsilon and C by N,
 * so that its C_kk of equal views is (N − 1) / N.
 *
 * @throws If an option is negative or not finite.
 * @example
 * // Both dimensions are the same: C is 1 everywhere, and its two off-diagonal entries cost 0.1 · 0.0051 each.
 * const z = tf.tensor2d([[-1, -1], [1, 1]]);
 * barlowTwins().terms({ za: z, zb: z }); // { onDiagonal: 0, offDiagonal: 0.00102 }
 */
export function barlowTwins({ lambda = 0.0051, scale = 0.1, epsilon = 1e-5 }: BarlowTwinsOptions = {}): Objective {
  requireNonNegative('barlowTwins', { lambda, scale });
  requirePositive('barlowTwins', { epsilon });
  return objective(
    'Barlow Twins',
    ({ za, zb }) => {
      const [a, b] = [standardize(za, epsilon), standardize(zb, epsilon)];
      return {
        onDiagonal: tf.sub(1, diagonal(a, b)).square().sum().mul(scale),
        offDiagonal: offDiagonalSum(a, b).mul(scale * lambda),
      };
    },
    { shiftInvariant: true, settings: { lambda, scale, epsilon } },
  );
}
