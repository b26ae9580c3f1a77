import { offTape } from '../engine/rematerialize';
import { tf } from '../engine/tensorflow';
import { overDivergences, requireDivergence } from './gaussianDivergence';
import type { GaussianMixture } from './gaussianMixture';
import { logSumExp } from './logSumExp';
import type { Divergence } from './pairDist';
import { requireMixture } from './requireMixture';
import { logRootDeterminants, logWeights } from './standardComponents';

/**
 * Which bound.
 *
 * @param chernoff `'best'`: the α that makes the bound largest.
 */
export interface MixtureEntropyBoundOptions {
  /**
   * `kl`: an upper bound. `bhattacharyya`, or Chernoff with 0 < α < 1: lower bounds; `{ chernoff: 'best' }` takes the α
   * that makes it largest. Default `kl`.
   */
  readonly divergence?: Divergence | { readonly chernoff: 'best' };
}

/** Σ_i c_i x_i, of [N] or one for all [1]. */
function average(x: tf.Tensor, { weights }: GaussianMixture): tf.Scalar {
  return (weights && x.size > 1 ? x.mul(weights).sum() : x.mean()) as tf.Scalar;
}

function bound(mixture: GaussianMixture, divergence: Divergence): tf.Scalar {
  return tf.tidy(() => {
    const rest = overDivergences(
      mixture,
      divergence,
      (block, logs) => logSumExp(logs!.sub(block), 1),
      logWeights(mixture),
    );
    // The constant last: the mean of many large numbers would lose digits.
    const constant = (mixture.means.shape[1] / 2) * Math.log(2 * Math.PI * Math.E);
    const roots = average(logRootDeterminants(mixture), mixture);
    return roots.sub(average(rest, mixture)).add(constant) as tf.Scalar;
  });
}

/** Golden section narrows the best α down to this much; a parabola through the bracket does the rest. */
const BRACKET = 0.08;

/** The summit of the parabola through three points. */
function summit([x0, x1, x2]: readonly number[], [y0, y1, y2]: readonly number[]): number {
  const [left, right] = [(y1! - y0!) / (x1! - x0!), (y2! - y1!) / (x2! - x1!)];
  return (x0! + x1!) / 2 - (left * (x2! - x0!)) / (2 * (right - left));
}

/** The search of `bestChernoffAlpha`, for a mixture that is checked. */
function searchAlpha(mixture: GaussianMixture): number {
  const { means, covariance } = mixture;
  const roots = covariance.kind === 'full' ? covariance.factor : covariance.sigma;
  if (roots.shape[0] === 1 || means.shape[0] === 1) return 0.5;
  const at = (alpha: number) => offTape(() => bound(mixture, { chernoff: alpha }).dataSync()[0]!);
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [0, 1];
  let [left, right] = [1 - golden, golden];
  let [atLeft, atRight] = [at(left), at(right)];
  while (high - low > BRACKET) {
    if (atLeft > atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - golden * (high - low);
      atLeft = at(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + golden * (high - low);
      atRight = at(right);
    }
  }
  const [middle, atMiddle] = atLeft > atRight ? [left, atLeft] : [right, atRight];
  const ends = [Math.max(low, 1e-3), Math.min(high, 1 - 1e-3)] as const;
  const vertex = summit([ends[0], middle, ends[1]], [at(ends[0]), atMiddle, at(ends[1])]);
  // Rounding may bend a flat bound the wrong way.
  const found = vertex > low && vertex < high ? vertex : middle;
  // Never worse than Bhattacharyya.
  return at(0.5) >= at(found) ? 0.5 : found;
}

/**
 * The α in (0, 1) that makes the Chernoff bound of `mixtureEntropyBound` largest, to some 1e-3 (the bound is flat
 * there, and so good to about the square of that). Golden section and a parabola find it: ∫ p^α q^{1−α} is log-convex
 * in α (Hölder), so Σ_j c_j ∫ p_i^α p_j^{1−α} is log-convex too, and minus its logarithm, the bound, concave: one
 * maximum. With one covariance for all, every divergence is ½ α (1 − α) Δᵀ Σ⁻¹ Δ, largest at α = ½, and the bound grows
 * with each: ½ exactly. Derived here.
 *
 * @param mixture N components.
 * @throws If a covariance is singular.
 * @example
 * // One covariance for all: ½. Covariances and weights that differ move it.
 * bestChernoffAlpha(gaussianMixture({ means: [[0], [1]], sigma: 1 })); // 0.5
 * bestChernoffAlpha(gaussianMixture({ means: [[0], [1]], sigma: [1, 5], weights: [0.9, 0.1] })); // 0.565
 */
export function bestChernoffAlpha(mixture: GaussianMixture): number {
  requireMixture('bestChernoffAlpha', mixture);
  return searchAlpha(mixture);
}

/**
 * A bound of a Gaussian mixture's entropy by pairwise divergences, in nats, for components of any covariances
 * (Kolchinsky & Tracey 2017, "Estimating mixture entropy with pairwise distances", arXiv 1706.02419): Σ_i c_i h_i − Σ_i
 * c_i ln Σ_j c_j exp(−D(p_i, p_j)), with the divergences of `gaussianDivergences`. Upper for KL, lower for Chernoff's;
 * all of them Σ c_i h_i where the components coincide, and Σ c_i h_i − Σ c_i ln c_i where they lie far apart.
 * `pairDist` is the same for embeddings with isotropic components, and faster there.
 *
 * In blocks over the components, by log-sum-exp. Differentiable any number of times in means, covariances and weights;
 * with `{ chernoff: 'best' }` once, at the best α held fixed, which is the gradient of the maximum (envelope theorem).
 * The search takes the bound a dozen times.
 *
 * @param mixture N components.
 * @throws If it is none of these divergences or a covariance is singular.
 * @example
 * const near = gaussianMixture({ means: [[0], [2]], sigma: 1 });
 * mixtureEntropyBound(near, { divergence: 'kl' }); // 1.9852
 * mixtureEntropyBound(near, { divergence: 'bhattacharyya' }); // 1.6380
 * // Far apart the bounds meet, at ½ ln 2πe + ln 2.
 * mixtureEntropyBound(gaussianMixture({ means: [[0], [100]], sigma: 1 })); // 2.1121
 */
export function mixtureEntropyBound(
  mixture: GaussianMixture,
  { divergence = 'kl' }: MixtureEntropyBoundOptions = {},
): tf.Scalar {
  const best = typeof divergence === 'object' && divergence?.chernoff === 'best';
  if (!best) requireDivergence('mixtureEntropyBound', divergence as Divergence);
  requireMixture('mixtureEntropyBound', mixture);
  return bound(mixture, best ? { chernoff: searchAlpha(mixture) } : (divergence as Divergence));
}
