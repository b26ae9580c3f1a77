import { qr } from '../engine/qr';
import { foldIn, integers, type Key, normal } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { triangularSolve } from '../engine/triangularSolve';
import { type AffineMaps, applyAffine } from './affineMap';
import { requireCount, requireSigma } from './network';

/** Equal-weight Gaussian mixture of N components in K dimensions. The caller disposes both tensors. */
export interface OutputMixture {
  /** [N, K]. */
  readonly means: tf.Tensor2D;
  /** Lower-triangular F_n with F_n F_n' the covariance of component n: [N, K, R], R = min(K, rank of the noise). */
  readonly factors: tf.Tensor3D;
}

/** The input's noise covariance: sigma² I, or L_n L_n' by factors [N, D, R] (or [1, D, R] for all points). */
export type InputNoise = { readonly sigma: number } | { readonly factors: tf.Tensor3D };

/**
 * The mixture of Theorem 1: (1/N) sum_n N(A_n x_n + b_n, A_n S_n A_n'), S_n the noise covariance of the input at x_n.
 * [Theorem 1 is the paper's; this formula of it is recalled, theory.md section 2.]
 * The Cholesky factor of A S A' is R' of the QR decomposition of (A L)': the product is never formed, so a condition number
 * is not squared in float32.
 *
 * @param maps affine maps of the regions of the N points, as `affineMaps` gives them: jacobian [N, K, D], offset [N, K].
 * @param x the points: [N, ...], D coordinates each.
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
 * The mixture of some of the points, of the first of the outputs, and at another noise scale (σ' = noise · σ), without computing
 * its affine maps again. The caller disposes both tensors.
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
 * Log-density of the mixture at z [S, K], in nats: Float32Array of S. By the components' Cholesky factors and log-sum-exp.
 * Throws where a component's covariance is singular (fewer noise directions than outputs, or a dead output), for then its
 * outputs have no density.
 */
export function outputLogDensity(mixture: OutputMixture, z: tf.Tensor2D): Float32Array {
  const [points, units, rank] = mixture.factors.shape;
  if (z.rank !== 2 || z.shape[1] !== units) {
    throw new Error(`outputLogDensity: expected z of shape [S, ${units}], got [${z.shape.join(', ')}]`);
  }
  requireNonSingular(mixture, rank);
  return tf.tidy(() => {
    const terms = Array.from({ length: points }, (_, n) =>
      tf.tidy(() => {
        const factor = mixture.factors.slice([n, 0, 0], [1, -1, -1]).reshape([units, units]) as tf.Tensor2D;
        const centred = z.sub(mixture.means.slice([n, 0], [1, units]));
        const white = triangularSolve(factor, centred.transpose());
        const logDeterminant = factor.mul(tf.eye(units)).sum(1).log().sum();
        const constant = 0.5 * units * Math.log(2 * Math.PI);
        return white.square().sum(0).mul(-0.5).sub(logDeterminant).sub(constant);
      }),
    );
    return tf.logSumExp(tf.stack(terms), 0).sub(Math.log(points)).dataSync() as Float32Array;
  });
}

/** Draws from the mixture: [count, K]. */
export function sampleOutputMixture(mixture: OutputMixture, count: number, key: Key): tf.Tensor2D {
  requireCount(count, 1, 'count', 'sampleOutputMixture');
  const [points, , rank] = mixture.factors.shape;
  return tf.tidy(() => {
    const component = integers(foldIn(key, 0), [count], 0, points);
    const noise = normal(foldIn(key, 1), [count, rank]);
    const chosen = tf.oneHot(component as tf.Tensor1D, Math.max(points, 2)).slice([0, 0], [count, points]);
    const parts = Array.from({ length: points }, (_, n) => {
      const factor = mixture.factors.slice([n, 0, 0], [1, -1, -1]).squeeze([0]) as tf.Tensor2D;
      const draws = tf.matMul(noise as tf.Tensor2D, factor, false, true).add(mixture.means.slice([n, 0], [1, -1]));
      return draws.mul(chosen.slice([0, n], [count, 1]));
    });
    return tf.addN(parts) as tf.Tensor2D;
  });
}

/** A pivot this far below the largest is rounding of a zero in float32. */
const singularPivot = 1e-6;

function requireNonSingular(mixture: OutputMixture, rank: number): void {
  const [points, units] = mixture.factors.shape;
  if (rank < units) {
    throw new Error(
      `outputLogDensity: expected at least as many noise directions as outputs, got ${rank} for ${units} outputs: the ` +
        'mixture lies on lower-dimensional sets and has no density',
    );
  }
  const pivots = tf.tidy(() => mixture.factors.mul(tf.eye(units)).sum(2).abs().dataSync<'float32'>());
  for (let n = 0; n < points; n++) {
    const own = pivots.subarray(n * units, (n + 1) * units);
    const largest = own.reduce((a, b) => Math.max(a, b), 0);
    const flat = own.reduce((count, pivot) => count + (pivot > singularPivot * largest ? 0 : 1), 0);
    if (flat === 0) continue;
    throw new Error(
      `outputLogDensity: expected non-singular covariances, but ${flat} of ${units} outputs of component ${n} do not move, ` +
        'or move only with others (a dead unit): it has no density. Choose live outputs with selectOutputs',
    );
  }
}
