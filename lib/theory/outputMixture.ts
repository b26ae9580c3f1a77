import { qr } from '../engine/qr';
import type { Key } from '../engine/random';
import { tf } from '../engine/tensorflow';
import type { GaussianMixture } from '../information/gaussianMixture';
import { logDensity } from '../information/logDensity';
import { sampleMixture } from '../information/sampleMixture';
import { type AffineMaps, applyAffine } from './affineMap';
import { requireSigma } from './network';

/** Equal-weight Gaussian mixture of N components in K dimensions. The caller disposes both tensors. */
export type OutputMixture = {
  /** [N, K]. */
  readonly means: tf.Tensor2D;
  /** Lower-triangular F_n with F_n F_n' the covariance of component n: [N, K, R], R = min(K, rank of the noise). */
  readonly factors: tf.Tensor3D;
};

/**
 * The same as a mixture of lib/information, for its densities, entropies and bounds. Where R < K the factors' last
 * columns are 0: such a mixture has samples, but no density. To be called inside a tidy.
 */
export function asGaussianMixture({ means, factors }: OutputMixture): GaussianMixture {
  const [, units, rank] = factors.shape;
  const square = [
    [0, 0],
    [0, 0],
    [0, units - rank],
  ] as [number, number][];
  return { means, covariance: { kind: 'full', factor: rank < units ? (factors.pad(square) as tf.Tensor3D) : factors } };
}

/**
 * The input's noise covariance: sigma² I, or L_n L_n' by factors [N, D, R] (or [1, D, R] for all points).
 *
 * @param sigma σ of noise N(0, σ² I), in units of the input.
 * @param factors F_n of noise N(0, F_n F_nᵀ), [N or 1, D, R].
 */
export type InputNoise = { readonly sigma: number } | { readonly factors: tf.Tensor3D };

/**
 * The mixture of Theorem 1: (1/N) sum_n N(A_n x_n + b_n, A_n S_n A_n'), S_n the noise covariance of the input at x_n.
 * [Theorem 1 is the paper's; this formula of it is recalled, theory.md section 2.] The Cholesky factor of A S A' is R'
 * of the QR decomposition of (A L)': the product is never formed, so a condition number is not squared in float32.
 *
 * @param maps affine maps of the regions of the N points, as `affineMaps` gives them: jacobian [N, K, D], offset [N,
 *   K].
 * @param x the points: [N, ...], D coordinates each.
 * @param noise Of the inputs, one for all points or one each.
 * @throws If points or noise do not fit the maps, or the noise's sigma is not above 0.
 * @example
 * // z = 2 x + 1 at x = 3, noise of 0.5: N(7, 1²).
 * const maps = { jacobian: tf.tensor3d([[[2]]]), offset: tf.tensor2d([[1]]) };
 * gaussianMixtureOfOutputs(maps, tf.tensor2d([[3]]), { sigma: 0.5 }); // { means: [[7]], factors: [[[1]]] }
 */
export function gaussianMixtureOfOutputs(maps: AffineMaps, x: tf.Tensor, noise: InputNoise): OutputMixture {
  const [points, , size] = maps.jacobian.shape;
  if (x.shape[0] !== points || x.size !== points * size) {
    throw new Error(
      `gaussianMixtureOfOutputs: expected ${points} points of ${size} coordinates, one for each map, got shape ` +
        `[${x.shape.join(', ')}]`,
    );
  }
  if ('sigma' in noise) requireSigma(noise.sigma, 'gaussianMixtureOfOutputs');
  else if (noise.factors.shape[1] !== size || ![1, points].includes(noise.factors.shape[0])) {
    throw new Error(
      `gaussianMixtureOfOutputs: expected noise factors of shape [${points} or 1, ${size}, R], got ` +
        `[${noise.factors.shape.join(', ')}]`,
    );
  }
  const factors = tf.tidy(() => {
    const spread = 'sigma' in noise ? maps.jacobian.mul(noise.sigma) : tf.matMul(maps.jacobian, noise.factors);
    // qr gives R a diagonal that is not negative, so R' is the Cholesky factor.
    return tf.transpose(qr(tf.transpose(spread, [0, 2, 1])).r, [0, 2, 1]) as tf.Tensor3D;
  });
  return { means: applyAffine(maps, x), factors };
}

/** Which part of a mixture, and by what its noise is multiplied. */
export interface MixturePart {
  /** Numbers of components, in their new order; default all. */
  readonly components?: readonly number[];
  /** How many of the outputs, the first; default all. */
  readonly outputs?: number;
  /** Factor of the noise's standard deviation; default 1. */
  readonly noise?: number;
}

/**
 * The mixture of some of the points, of the first of the outputs, and at another noise scale (σ' = noise · σ), without
 * computing its affine maps again. The caller disposes both tensors.
 *
 * @throws If a component or the number of outputs is not one of the mixture's, or the noise is not above 0.
 * @example
 * const mixture = { means: tf.tensor2d([[7], [9]]), factors: tf.tensor3d([[[1]], [[2]]]) };
 * // The second component at three times the noise.
 * partOfMixture(mixture, { components: [1], noise: 3 }); // { means: [[9]], factors: [[[6]]] }
 */
export function partOfMixture(
  { means, factors }: OutputMixture,
  { components, outputs, noise = 1 }: MixturePart,
): OutputMixture {
  const [points, units, rank] = factors.shape;
  const rows = components ?? Array.from({ length: points }, (_, n) => n);
  const count = outputs ?? units;
  const known = rows.length > 0 && rows.every((n) => Number.isInteger(n) && n >= 0 && n < points);
  if (!known || !Number.isInteger(count) || count < 1 || count > units || !(noise > 0)) {
    throw new Error(
      `partOfMixture: expected components in 0 … ${points - 1}, 1 to ${units} outputs and a noise above 0, got ` +
        `[${rows.slice(0, 8)}${rows.length > 8 ? ', …' : ''}], ${count} and ${noise}`,
    );
  }
  return tf.tidy(() => {
    const index = tf.tensor1d([...rows], 'int32');
    return {
      means: tf.gather(means, index).slice([0, 0], [-1, count]) as tf.Tensor2D,
      // The leading rows of a lower triangle end at its leading columns.
      factors: tf
        .gather(factors, index)
        .slice([0, 0, 0], [-1, count, Math.min(count, rank)])
        .mul(noise) as tf.Tensor3D,
    };
  });
}

/**
 * Log-density of the mixture at z [S, K], in nats: Float32Array of S. Throws where a component's covariance is singular
 * (fewer noise directions than outputs, or a dead output: choose live ones with selectOutputs), for then its outputs
 * have no density.
 *
 * @param z Samples, [S, K].
 * @example
 * const mixture = { means: tf.tensor2d([[7]]), factors: tf.tensor3d([[[1]]]) };
 * // −½ ln 2π, and ½ less one standard deviation away.
 * outputLogDensity(mixture, tf.tensor2d([[7], [8]])); // [-0.9189, -1.4189]
 */
export function outputLogDensity(mixture: OutputMixture, z: tf.Tensor2D): Float32Array {
  return tf.tidy(() => logDensity(asGaussianMixture(mixture), z).dataSync<'float32'>());
}

/**
 * Draws from the mixture, of any rank: [count, K].
 *
 * @param count How many draws.
 * @param key Of the draws: the same key, the same ones.
 * @throws If count is not a whole number of at least 1.
 * @example
 * const mixture = { means: tf.tensor2d([[-5], [5]]), factors: tf.tensor3d([[[0.001]], [[0.001]]]) };
 * sampleOutputMixture(mixture, 6, key(0)).round(); // [[-5], [-5], [5], [5], [-5], [5]]
 */
export function sampleOutputMixture(mixture: OutputMixture, count: number, key: Key): tf.Tensor2D {
  return tf.tidy(() => sampleMixture(asGaussianMixture(mixture), count, key));
}
