import { tf } from '../engine/tensorflow';
import { exponential } from './exponential';
import { logKernelSums } from './logKernelSums';
import { overRowBlocks, type RowBlock } from './overRowBlocks';
import { requireRows } from './requireRows';
import { squaredDistancesFrom } from './squaredDistances';

/**
 * Which distance between components, and so which side of the true entropy: `kl` an upper bound, `bhattacharyya` a
 * lower one, as is the Chernoff α-divergence −ln ∫ p^α q^{1−α} for any 0 < α < 1, of which Bhattacharyya's is α = ½.
 *
 * @param chernoff α, strictly between 0 and 1.
 */
export type Divergence = 'kl' | 'bhattacharyya' | { readonly chernoff: number };

/** The components around the centres, and which bound. */
export interface PairDistOptions {
  /**
   * The components' standard deviation, in units of z: one number, or one a component ([N], differentiable if a tensor,
   * then not checked to be positive).
   */
  readonly sigma: number | readonly number[] | tf.Tensor1D;
  /** Default `kl`. */
  readonly divergence?: Divergence;
  /** [N], positive, of sum 1. Default 1 / N each. */
  readonly weights?: readonly number[];
  /**
   * Default true. False leaves out Σ c_i h_i: the rest is the entropy of the centres, from 0 to ln N (for equal
   * variances and weights), which is all that moves the centres. Float32 keeps more of its digits than of the sum,
   * where K is large.
   */
  readonly componentEntropy?: boolean;
}

/** Own sigmas: distances of this many pairs are held at a time, in some 20 matrices. */
const PAIRS = 2 ** 22;

/** h(N(·, σ²I)) in nats, (K/2) ln(2πe σ²), for K dimensions. */
export function isotropicEntropy(dimension: number, sigma: number): number {
  return (dimension / 2) * Math.log(2 * Math.PI * Math.E * sigma ** 2);
}

function positive(values: readonly number[]): boolean {
  return values.every((value) => value > 0 && value < Number.POSITIVE_INFINITY);
}

function requireOptions(n: number, { sigma, divergence, weights }: PairDistOptions): void {
  const sigmas = typeof sigma === 'number' ? [sigma] : Array.isArray(sigma) ? (sigma as readonly number[]) : undefined;
  const count = typeof sigma === 'number' ? n : Array.isArray(sigma) ? sigma.length : (sigma as tf.Tensor1D)?.size;
  if (count !== n || (sigmas && !positive(sigmas))) {
    const got = sigmas ? `${sigmas.slice(0, 4)}${sigmas.length > 4 ? ', …' : ''}` : `a tensor of ${count}`;
    throw new Error(
      `pairDist: expected sigma to be positive and finite, one or ${n} of them (one a row of z), got ${got}`,
    );
  }
  if (weights) {
    const sum = weights.reduce((total, weight) => total + weight, 0);
    if (weights.length !== n || !positive(weights) || Math.abs(sum - 1) > 1e-4) {
      throw new Error(
        `pairDist: expected ${n} positive weights of sum 1, one a row of z, got ${weights.length} of sum ${sum}`,
      );
    }
  }
  const alpha = typeof divergence === 'object' ? divergence.chernoff : 0.5;
  const known =
    divergence === undefined || divergence === 'kl' || divergence === 'bhattacharyya' || typeof divergence === 'object';
  if (!known || !(alpha > 0 && alpha < 1)) {
    throw new Error(
      `pairDist: expected the divergence 'kl', 'bhattacharyya' or { chernoff: a number between 0 and 1 }, got ${JSON.stringify(divergence)}`,
    );
  }
}

/** D(p_i, p_j) of components of one variance, over the squared distance. */
function equalScale(sigma: number, divergence: Divergence): number {
  if (divergence === 'kl') return 1 / (2 * sigma ** 2);
  const alpha = divergence === 'bhattacharyya' ? 0.5 : divergence.chernoff;
  return (alpha * (1 - alpha)) / (2 * sigma ** 2);
}

/** D(p_i, p_j) of components with variances σ_i², [count, N] for the rows of a block. */
function divergences(
  distances: tf.Tensor,
  sigmas: tf.Tensor,
  { start, count }: RowBlock,
  divergence: Divergence,
  k: number,
): tf.Tensor {
  // Ratios, so that nearly equal variances lose no digits.
  const variance = sigmas.square();
  const [own, other] = [sigmas.slice(start, count).expandDims(1), sigmas.expandDims(0)];
  const ratio = own.div(other).square();
  const shift = distances.div(variance);
  if (divergence === 'kl') return shift.add(ratio.sub(1).sub(ratio.log()).mul(k)).mul(0.5);
  const alpha = divergence === 'bhattacharyya' ? 0.5 : divergence.chernoff;
  const mixed = ratio.mul(1 - alpha).add(alpha);
  const shape = mixed.log().sub(ratio.log().mul(1 - alpha));
  return shift
    .div(mixed)
    .mul(alpha * (1 - alpha))
    .add(shape.mul(k))
    .mul(0.5);
}

/**
 * The entropy of the Gaussian mixture Σ_i c_i N(z_i, σ_i² I) by pairwise distances, in nats (Kolchinsky & Tracey 2017,
 * "Estimating mixture entropy with pairwise distances", arXiv 1706.02419): Σ_i c_i h_i − Σ_i c_i ln Σ_j c_j exp(−D(p_i,
 * p_j)). With one σ and equal weights: h where all rows coincide, h + ln N where all are far apart, h = (K/2) ln(2πe
 * σ²); always h ≤ Bhattacharyya ≤ the true entropy ≤ KL ≤ h + ln N. For one σ, D is d² / 2σ² (KL) and α (1 − α) d² /
 * 2σ² (Chernoff; Bhattacharyya d² / 8σ²).
 *
 * Not changed by a permutation, rotation or shift of the rows. Value and gradient are finite for coinciding rows, where
 * the gradient is 0. Differentiable any number of times. Pairs are compared a tile at a time, also in the first
 * gradient, so that the memory grows with N, not N²; the second gradient holds N × N matrices.
 *
 * Float32: squared distances are good to some 1e-6 max ‖z − mean‖², which σ² must be far above, or the value may be
 * nats off, past the truth (600 rows at ±10 in 2 dimensions, of deviation 1e-3: 0.01 off at σ = 0.01, 2.9 at 3e-4).
 * `mixtureEntropyBound` is the same with distances from differences where needed, slower, and keeps the digits.
 *
 * @param z The centres, [N, K].
 * @throws If z is no such matrix, or an option is unfit.
 * @example
 * const z = tf.tensor2d([[0], [2]]);
 * // ½ ln 2πe − ln ½(1 + e^−D), D = 2²/2 and 2²/8; the truth, 1.756, lies between.
 * pairDist(z, { sigma: 1 }); // 1.9852
 * pairDist(z, { sigma: 1, divergence: 'bhattacharyya' }); // 1.6380
 */
export function pairDist(z: tf.Tensor, options: PairDistOptions): tf.Scalar {
  requireRows('pairDist', 'z', z, 1);
  const [n, k] = z.shape as [number, number];
  requireOptions(n, options);
  const { sigma, divergence = 'kl', weights, componentEntropy = true } = options;
  return tf.tidy(() => {
    const c = weights ? tf.tensor1d([...weights]) : undefined;
    const average = (x: tf.Tensor) => (c ? x.mul(c).sum(-1) : x.mean(-1));
    if (typeof sigma === 'number') {
      const logs = logKernelSums(z, { scale: equalScale(sigma, divergence), weights: c ?? 1 / n });
      const centres = average(logs).neg() as tf.Scalar;
      return componentEntropy ? (centres.add(isotropicEntropy(k, sigma)) as tf.Scalar) : centres;
    }
    const sigmas = Array.isArray(sigma) ? tf.tensor1d(sigma) : (sigma as tf.Tensor1D);
    const logs = overRowBlocks([z, sigmas], n, Math.ceil(PAIRS / n), (block, x, s) => {
      const d = divergences(squaredDistancesFrom(x!, block), s!, block, divergence, k);
      // D ≥ 0 up to rounding, and 0 on the diagonal, so the exponentials neither overflow nor sum to 0: no maximum to take out first.
      return average(exponential(d.neg())).log();
    });
    const centres = average(logs).neg() as tf.Scalar;
    return componentEntropy
      ? (centres.add(average(sigmas.log()).mul(k)).add(isotropicEntropy(k, 1)) as tf.Scalar)
      : centres;
  });
}
