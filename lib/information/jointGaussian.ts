import { factorPositiveDefinite } from '../engine/cholesky';
import { diagonalPart } from '../engine/matrix';
import { tf } from '../engine/tensorflow';
import { solveTriangular } from '../engine/triangularSolve';
import { type AffineConditional, requireConditional } from './conditional';
import { requireCovariance } from './requireCovariance';

/** Of a Gaussian (Z, X') stacked: its covariance and where X' begins. */
export interface JointGaussian {
  /** [K + M, K + M], symmetric and positive definite. */
  readonly covariance: tf.Tensor2D;
  /** K, the dimension of Z. */
  readonly split: number;
  /** [K + M]. Default 0. */
  readonly mean?: tf.Tensor1D;
}

/** Throws unless the matrix is a covariance that the split cuts in two; its size otherwise. */
export function requireJointCovariance(name: string, covariance: tf.Tensor, split: number): number {
  requireCovariance(name, 'the covariance', covariance);
  const size = covariance.shape[0]!;
  if (Number.isInteger(split) && split > 0 && split < size && covariance.rank === 2) return size;
  throw new Error(
    `${name}: expected a matrix and a split of its ${size} coordinates in two, a whole number from 1 to ${size - 1}, got [${covariance.shape}] and ${split}`,
  );
}

function blocks({ covariance, split }: JointGaussian, size: number) {
  const rest = size - split;
  return {
    zz: covariance.slice([0, 0], [split, split]),
    zx: covariance.slice([0, split], [split, rest]),
    xx: covariance.slice([split, split], [rest, rest]),
  };
}

function means({ mean, split }: JointGaussian, size: number, name: string): { z: tf.Tensor1D; x: tf.Tensor1D } {
  const all = mean ?? (tf.zeros([size]) as tf.Tensor1D);
  if (`${all.shape}` !== `${size}`) {
    throw new Error(`${name}: expected a mean of shape [${size}], as the covariance has, got [${all.shape}]`);
  }
  return { z: all.slice([0], [split]), x: all.slice([split], [size - split]) };
}

/**
 * The true conditional of Z given X' in a joint Gaussian, z | x' ~ N(W x' + b, C): W = S_zx S_xx⁻¹, b = E Z − W E X', C
 * = S_zz − W S_xz. With it the variational bound is the mutual information. Differentiable. The caller disposes the
 * three.
 * Source: Bishop 2006, "Pattern Recognition and Machine Learning", section 2.3.1.
 *
 * @param joint The covariance [K + M, K + M] of (Z, X'), and K.
 * @throws If the covariance is not finite, symmetric and positive definite, or a shape is wrong.
 * @returns W [K, M], b [K] and C [K, K].
 * @example
 * // Correlation 0.8: z | x' ~ N(0.8 x', 1 − 0.8²).
 * const q = trueConditional({ covariance: tf.tensor2d([[1, 0.8], [0.8, 1]]), split: 1 });
 * [q.map, q.offset, q.covariance]; // [[[0.8]], [0], [[0.36]]]
 */
export function trueConditional(joint: JointGaussian): AffineConditional & { readonly offset: tf.Tensor1D } {
  const size = requireJointCovariance('trueConditional', joint.covariance, joint.split);
  return tf.tidy(() => {
    const { zz, zx, xx } = blocks(joint, size);
    const mean = means(joint, size, 'trueConditional');
    const l = factorPositiveDefinite('trueConditional', xx);
    const half = solveTriangular(l, zx.transpose()); // L⁻¹ S_xz
    const map = solveTriangular(l, half, true, true).transpose() as tf.Tensor2D;
    const covariance = zz.sub(tf.matMul(half as tf.Tensor2D, half as tf.Tensor2D, true, false)) as tf.Tensor2D;
    const offset = mean.z.sub(tf.matMul(map, mean.x.expandDims(1) as tf.Tensor2D).squeeze([1])) as tf.Tensor1D;
    return { map, offset, covariance };
  });
}

/**
 * E log q(z | x') of q = N(W x' + b, C) under a joint Gaussian of (Z, X'), in nats, exact [derived in theory.md section
 * 3 for its special cases]: −½ (K ln 2π + ln |C| + tr C⁻¹ M), M = E (z − W x' − b)(z − W x' − b)ᵀ. With H(Z) it gives
 * the variational bound without sampling, and what that falls short by is −H(Z | X') − this. Differentiable.
 *
 * @param joint The covariance [K + M, K + M] of (Z, X'), and K.
 * @param q W, b and C.
 * @throws If a covariance is not finite, symmetric and positive definite, or a shape is wrong.
 * @example
 * const joint = { covariance: tf.tensor2d([[1, 0.8], [0.8, 1]]), split: 1 };
 * // With the true conditional it is −H(Z | X') = −½ ln(2πe · 0.36); with any other, less.
 * expectedLogConditional(joint, trueConditional(joint)); // -0.9081
 * expectedLogConditional(joint, { covariance: tf.tensor2d([[1]]) }); // -1.1189
 */
export function expectedLogConditional(joint: JointGaussian, q: AffineConditional): tf.Scalar {
  const name = 'expectedLogConditional';
  const size = requireJointCovariance(name, joint.covariance, joint.split);
  requireConditional(name, q, joint.split, size - joint.split);
  return tf.tidy(() => {
    const { zz, zx, xx } = blocks(joint, size);
    const mean = means(joint, size, name);
    const map = q.map ?? (tf.eye(joint.split) as tf.Tensor2D);
    const cross = tf.matMul(map, zx, false, true);
    const shift = mean.z
      .sub(tf.matMul(map, mean.x.expandDims(1) as tf.Tensor2D).squeeze([1]))
      .sub(q.offset ?? 0)
      .expandDims(1) as tf.Tensor2D;
    const moment = zz
      .sub(cross)
      .sub(cross.transpose())
      .add(tf.matMul(tf.matMul(map, xx), map, false, true))
      .add(tf.matMul(shift, shift, false, true));
    const l = factorPositiveDefinite(name, q.covariance);
    const white = solveTriangular(l, solveTriangular(l, moment).transpose());
    const constant = joint.split * Math.log(2 * Math.PI);
    return diagonalPart(l).log().sum().mul(2).add(diagonalPart(white).sum()).add(constant).mul(-0.5) as tf.Scalar;
  });
}

/**
 * H of a Gaussian, nats: ½ ln |2πe S|. Differentiable.
 * Source: Cover & Thomas, "Elements of Information Theory", chapter 8.
 *
 * @param covariance [K, K].
 * @throws If it is not finite, symmetric and positive definite.
 * @example
 * // ½ ln 2πe for the standard normal; independent coordinates add up.
 * gaussianEntropy(tf.eye(1)); // 1.4189
 * gaussianEntropy(tf.eye(3)); // 4.2568
 */
export function gaussianEntropy(covariance: tf.Tensor2D): tf.Scalar {
  requireCovariance('gaussianEntropy', 'the covariance', covariance);
  return tf.tidy(() => {
    const l = factorPositiveDefinite('gaussianEntropy', covariance);
    const constant = (covariance.shape[0] / 2) * Math.log(2 * Math.PI * Math.E);
    return diagonalPart(l).log().sum().add(constant) as tf.Scalar;
  });
}
