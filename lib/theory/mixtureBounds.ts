import { cholesky } from '../engine/cholesky';
import { logDeterminant } from '../engine/logDeterminant';
import { diagonalMatrix, transposeMatrix } from '../engine/matrix';
import { qr } from '../engine/qr';
import { type Key, normal, split, uniform } from '../engine/random';
import { symmetricEigen } from '../engine/symmetricEigen';
import { tf } from '../engine/tensorflow';
import { mixtureEntropyBound } from '../information/mixtureEntropyBound';
import { isotropicEntropy } from '../information/pairDist';
import type { AscentProblem } from './gradientAscent';

/**
 * Where the centres may lie, which bounds their differences.
 *
 * @param ball The radius.
 * @param box Half the width, one for all or one a coordinate.
 */
export type CentreBounds =
  /** ‖μ_i‖ ≤ ball: differences of at most 2 · ball in length, no direction preferred. */
  | { readonly ball: number }
  /** |μ_ik| ≤ box_k, one for all or one a coordinate: differences of at most 2 · box_k in coordinate k. */
  | { readonly box: number | readonly number[] };

/**
 * A mixture (1/N) Σ_i N(μ_i, Σ_i) of N components in K dimensions, with Σ_Z = (1/N) Σ_i Σ_i + (1/N) Σ_i (μ_i − μ̄)(μ_i
 * − μ̄)ᵀ: the eigenvalues of every Σ_i in [a, b], and the centres bounded.
 */
export interface MixtureBounds {
  /** These bounds. */
  readonly kind: 'mixture';
  /** N ≥ 2. Fewer than K + 1 centres leave directions that they cannot fill. */
  readonly components: number;
  /** [a, b], 0 ≤ a ≤ b; b = Infinity drops the upper bound, a = 0 the lower one. */
  readonly eigenvalues: readonly [number, number];
  /** Infinity drops the bound. */
  readonly centres: CentreBounds;
  /**
   * What is maximised, in nats:
   * - `moment` (default): the moment bound of the entropy, ½ ln |2πe Σ_Z|, which sees the mixture by Σ_Z alone.
   * - `kl`, `bhattacharyya`: PairDist's upper and lower bound of the entropy (`mixtureEntropyBound`), which see its
   *   components; a start at a time, so for few starts. They need a > 0.
   * - `information`: the moment bound minus (1/N) Σ_i ln |Σ_i|, the part of H(Z) − ½ E[‖Δμ‖² + ln |Σ(x)| |Σ(x′)|]
   *   (recalled) that is moved by the covariances of two views of one law.
   */
  readonly objective?: 'moment' | 'kl' | 'bhattacharyya' | 'information';
}

export interface MixtureProblem extends AscentProblem {
  readonly covariance: (parameters: readonly tf.Tensor[]) => tf.Tensor;
  readonly maximum: number | null;
}

/** Radii of the box, one a coordinate; or the one of the ball. */
function radii(caller: string, centres: CentreBounds, dimension: number): { ball?: number; box?: number[] } {
  // Cells are not type-checked as they run.
  const { ball, box } = (centres ?? {}) as { ball?: unknown; box?: unknown };
  if (typeof ball !== 'number' && typeof box !== 'number' && !Array.isArray(box)) {
    throw new Error(
      `${caller}: expected a mixture's centres as { ball: r }, { box: r } or { box: [r_1, …, r_K] }, got ${JSON.stringify(centres)}`,
    );
  }
  const given = 'ball' in centres ? [centres.ball] : typeof centres.box === 'number' ? [centres.box] : [...centres.box];
  if (!given.every((radius) => radius > 0)) {
    throw new Error(`${caller}: expected the centres' bounds to be above 0, got ${given.join(', ')}`);
  }
  if ('ball' in centres) return { ball: centres.ball };
  if (given.length !== 1 && given.length !== dimension) {
    throw new Error(`${caller}: expected one bound of the centres or ${dimension}, got ${given.length}`);
  }
  return { box: Array.from({ length: dimension }, (_, k) => given[given.length === 1 ? 0 : k]!) };
}

/** [..., K, K] with the eigenvalues moved into [a, b], the vectors kept: the nearest such matrix in Frobenius norm. */
function clipEigenvalues(matrices: tf.Tensor, a: number, b: number): tf.Tensor {
  return tf.tidy(() => {
    const { values, vectors } = symmetricEigen(matrices);
    const clipped = values.clipByValue(a, Math.min(b, Number.MAX_VALUE));
    return tf.matMul(vectors.mul(clipped.expandDims(-2)), vectors, false, true);
  });
}

/** Points [..., K] moved to the nearest in the ball or box. */
function clipCentres(centres: tf.Tensor, { ball, box }: { ball?: number; box?: number[] }): tf.Tensor {
  return tf.tidy(() => {
    if (ball !== undefined) {
      if (ball === Number.POSITIVE_INFINITY) return centres.clone();
      const length = centres.square().sum(-1, true).sqrt();
      return centres.mul(tf.minimum(1, tf.div(ball, tf.maximum(length, 1e-30))));
    }
    const limit = tf.tensor1d(box!.map((radius) => Math.min(radius, 1e30)));
    return tf.maximum(tf.minimum(centres, limit), limit.neg());
  });
}

/** Σ_Z, [starts, K, K], of components [starts, N, K, K] and centres [starts, N, K]. */
function totalCovariance(components: tf.Tensor, centres: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const apart = centres.sub(centres.mean(1, true));
    return components.mean(1).add(tf.matMul(apart, apart, true, false).div(centres.shape[1]!));
  });
}

/**
 * The objective's maximum in closed form, a box's being an upper bound of it; null where none is known. The centres add
 * at most r² (ball) to the trace, over the filled = min(K, N − 1) dimensions that N centres span, or at most box_k² to
 * variance k (Popoviciu): Σ_Z is then M at best, s I plus that, with s = b where only ln |Σ_Z| counts. M is reached
 * - in a ball for N ≤ K + 1 by a regular simplex, and for more centres by a spherical 2-design: N centred points on the
 *   sphere, N C = (N r² / K) I. One exists save for N = K + 2 with K odd (existence otherwise recalled: Mimura 1990):
 *   the K columns √(K / N) μ / r, the column of 1 / √N and one more, w, are an orthogonal N × N matrix; unit rows give
 *   w_i = ±1 / √N, and Σ w_i = 0 takes an even N. [Derived here.]
 * - in a box where there are K balanced orthogonal columns of ±1 of length N.
 *
 * `information` has its maximum at Σ_i = a I, s = a, if b − a ≤ 2 m ln(b / a) with m the least eigenvalue of M (so
 * always if b ≤ 2a). ln |Σ_Z| is concave, so at most ln |M| + tr M⁻¹(Σ_Z − M), where the centres add at most 0 (a
 * ball's M taken along their span); by the eigenvalues λ of the N components the objective is thus at most M's plus
 * (1/N) Σ [(λ − a) / 2m − ln(λ / a)], a convex function of each λ that is 0 at a, and so ≤ 0 up to b if it is at b.
 * [Derived here.] Else a few wide components may gain more by ln |Σ_Z| than they lose: null.
 */
function closedMaximum(
  { components, eigenvalues: [a, b], objective }: MixtureBounds,
  { ball, box }: { ball?: number; box?: number[] },
  dimension: number,
): number | null {
  if (ball !== undefined && components === dimension + 2 && dimension % 2 === 1) return null;
  const s = objective === 'information' ? a : b;
  const filled = Math.min(dimension, components - 1);
  const variances = Array.from({ length: dimension }, (_, k) =>
    ball === undefined ? s + box![k]! ** 2 : k < filled ? s + ball ** 2 / filled : s,
  );
  const entropy = isotropicEntropy(dimension, 1) + variances.reduce((sum, v) => sum + Math.log(v), 0) / 2;
  if (objective !== 'information') return entropy;
  return b - a <= 2 * Math.min(...variances) * Math.log(b / a) ? entropy - dimension * Math.log(a) : null;
}

/** PairDist's bound of each start's mixture, [starts]. */
function pairwiseBounds([own, places]: readonly tf.Tensor[], divergence: 'kl' | 'bhattacharyya'): tf.Tensor {
  const factors = tf.unstack(cholesky(own!)) as tf.Tensor3D[];
  const means = tf.unstack(places!) as tf.Tensor2D[];
  return tf.stack(
    factors.map((factor, start) =>
      mixtureEntropyBound({ means: means[start]!, covariance: { kind: 'full', factor } }, { divergence }),
    ),
  );
}

/**
 * The problem of `ascendEntropyBound` for a mixture: its parameters are the components' covariances and the centres.
 */
export function mixtureProblem(caller: string, bounds: MixtureBounds, dimension: number): MixtureProblem {
  const { components, eigenvalues, centres, objective = 'moment' } = bounds;
  if (!Array.isArray(eigenvalues)) {
    throw new Error(`${caller}: expected a mixture's eigenvalues as [a, b], got ${JSON.stringify(eigenvalues)}`);
  }
  const [a, b] = eigenvalues as MixtureBounds['eigenvalues'];
  if (!(Number.isInteger(components) && components >= 2)) {
    throw new Error(`${caller}: expected at least 2 components, got ${components}; one has no differences of centres.`);
  }
  if (!(a >= 0 && a <= b && b > 0)) {
    throw new Error(`${caller}: expected eigenvalues [a, b] with 0 ≤ a ≤ b and b > 0, got [${a}, ${b}]`);
  }
  if (!['moment', 'kl', 'bhattacharyya', 'information'].includes(objective)) {
    throw new Error(
      `${caller}: expected the objective 'moment', 'kl', 'bhattacharyya' or 'information', got ${JSON.stringify(objective)}`,
    );
  }
  const pairwise = objective === 'kl' || objective === 'bhattacharyya';
  if (pairwise && a === 0) {
    throw new Error(
      `${caller}: expected eigenvalues [a, b] with a > 0 for '${objective}', got a = 0; a singular component has an entropy of −∞.`,
    );
  }
  const limits = radii(caller, centres, dimension);
  const unlimited = (limits.box ?? [limits.ball!]).includes(Number.POSITIVE_INFINITY);
  const covariance = ([own, places]: readonly tf.Tensor[]) => totalCovariance(own!, places!);
  return {
    initial: (key, starts) => tf.tidy(() => initialMixtures(key, [starts, components, dimension], eigenvalues, limits)),
    project: ([own, places]) => [clipEigenvalues(own!, a, b), clipCentres(places!, limits)],
    covariance,
    value: (parameters) =>
      tf.tidy(() => {
        if (pairwise) return pairwiseBounds(parameters, objective);
        const bound = logDeterminant(covariance(parameters)).mul(0.5).add(isotropicEntropy(dimension, 1));
        if (objective === 'moment') return bound;
        // By eigenvalues, since these may be 0, where the objective is infinite.
        const own = symmetricEigen(parameters[0]!).values;
        return bound.sub(tf.maximum(own, 0).log().sum(-1).mean(-1));
      }),
    maximum:
      pairwise || unlimited || b === Number.POSITIVE_INFINITY || (objective === 'information' && a === 0)
        ? null
        : closedMaximum(bounds, limits, dimension),
  };
}

/** Components with uniform eigenvalues and uniformly random axes, and centres spread inside their bounds. */
function initialMixtures(
  key: Key,
  [starts, n, k]: [number, number, number],
  [a, b]: readonly [number, number],
  limits: { ball?: number; box?: number[] },
): tf.Tensor[] {
  const [axesKey, valuesKey, centresKey] = split(key, 3);
  const { q } = qr(normal(axesKey!, [starts, n, k, k]));
  const values = uniform(valuesKey!, [starts, n, k], a, b === Number.POSITIVE_INFINITY ? a + 1 : b);
  const own = tf.matMul(q.matMul(diagonalMatrix(values)), transposeMatrix(q));
  const reach = (radius: number) => (radius === Number.POSITIVE_INFINITY ? 1 : radius);
  const centres =
    limits.ball === undefined
      ? uniform(centresKey!, [starts, n, k], -1, 1).mul(tf.tensor1d(limits.box!.map(reach)))
      : normal(centresKey!, [starts, n, k], 0, reach(limits.ball) / Math.sqrt(k));
  return [own, clipCentres(centres, limits)];
}
