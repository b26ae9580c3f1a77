import { foldIn, type Key, normal } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { type Proportion, proportion } from '../statistics/proportion';
import { type PatternOptions, patternChanges } from './activationPattern';
import { type Network, requireBatch, requireCount, requirePiecewiseAffine, requireSigma } from './network';

/** At which noise, with how many samples. */
export interface StabilityOptions extends PatternOptions {
  /** Standard deviations of the input noise, in units of the input. */
  readonly sigmas: readonly number[];
  /** Noisy copies of each point at each sigma. */
  readonly samples: number;
  /** Of all that is random: the same key, the same numbers. */
  readonly key: Key;
}

/** How one point keeps its region under noise. */
export interface RegionStability {
  /** Index of the point in the batch. */
  readonly point: number;
  /** Standard deviation of the input noise, in units of the input. */
  readonly sigma: number;
  /** Noisy copies that kept the point's activation pattern. */
  readonly stay: Proportion;
  /** Mean share of the activations whose state changed, in [0, 1]. */
  readonly changed: number;
}

/**
 * Probability that x_n + e stays in the region of x_n, e ~ N(0, sigma² I): for each point and each sigma, by activation
 * pattern (activationPatterns), counted over `samples` noisy copies, with Wilson's 95 % interval. The pattern's cell
 * may be finer than the region, so the true probability of staying is at least this one. [theory.md section 2]
 *
 * @param x N points: [N, ...inputShape].
 * @throws If the network is not piecewise affine, x is no batch of its inputs, samples is below 1, or a sigma is not
 *   above 0.
 * @example
 * const network = frozenNetwork(sequential('relu', [1], { relu: relu() }), {});
 * // One standard deviation from the kink: Φ(1) = 0.8413 stay.
 * const options = { sigmas: [1], samples: 1000, key: key(0) };
 * const [row] = stayInRegionProbability(network, tf.tensor2d([[1]]), options);
 * row.stay; // { value: 0.828, low: 0.803, high: 0.850 }
 */
export function stayInRegionProbability(
  network: Network,
  x: tf.Tensor,
  { sigmas, samples, key, ...options }: StabilityOptions,
): RegionStability[] {
  requirePiecewiseAffine(network, 'stayInRegionProbability');
  requireBatch(network, x, 'stayInRegionProbability');
  requireCount(samples, 1, 'samples', 'stayInRegionProbability');
  for (const sigma of sigmas) requireSigma(sigma, 'stayInRegionProbability');
  const rows: RegionStability[] = [];
  for (let point = 0; point < x.shape[0]!; point++) {
    for (const [i, sigma] of sigmas.entries()) {
      const reference = x.slice([point], [1]);
      const noisy = noisyCopies(reference, sigma, samples, foldIn(foldIn(key, point), i));
      const { changed, activations } = patternChanges(network, reference, noisy, options);
      tf.dispose([reference, noisy]);
      const stayed = changed.reduce((count, changes) => count + (changes === 0 ? 1 : 0), 0);
      const changes = changed.reduce((sum, n) => sum + n, 0);
      rows.push({
        point,
        sigma,
        stay: proportion(stayed, samples),
        changed: activations ? changes / samples / activations : 0,
      });
    }
  }
  return rows;
}

/** The bound at one noise scale. */
export interface TotalVariationBound {
  /** Standard deviation of the input noise, in units of the input. */
  readonly sigma: number;
  /** Mean over the points of the probability of leaving the region, with its Monte Carlo interval. */
  readonly bound: Proportion;
}

/**
 * Upper bound on the total variation between the law of f(X) and the mixture of Theorem 1, X uniform on N points plus
 * noise: TV <= (1/N) sum_n P(x_n + e leaves region n). [Derived in theory.md section 2.]
 *
 * Proof. Send one and the same noise e through the network and through region n's affine map g_n. While x_n + e stays
 * in region n the two outputs are equal, so P(f(x_n + e) in B) - P(g_n(x_n + e) in B) <= P(outputs differ) <= P(leave
 * n) for every set B (the coupling inequality). Averaging over n keeps it: |(1/N) sum (P_n - Q_n)(B)| <= (1/N) sum
 * |P_n(B) - Q_n(B)|. It vanishes as sigma goes to 0 (points in the interior of a region) and is 0 for an affine f (one
 * region).
 *
 * @param rows Of `stayInRegionProbability`, every point at every sigma.
 * @returns One a sigma.
 * @example
 * const network = frozenNetwork(sequential('relu', [1], { relu: relu() }), {});
 * const options = { sigmas: [1], samples: 1000, key: key(0) };
 * const rows = stayInRegionProbability(network, tf.tensor2d([[1], [3]]), options);
 * // The mean of Φ(−1) and Φ(−3) is 0.0800.
 * totalVariationBound(rows)[0].bound; // { value: 0.0875, low: 0.076 }
 */
export function totalVariationBound(rows: readonly RegionStability[]): TotalVariationBound[] {
  const sigmas = [...new Set(rows.map((row) => row.sigma))].sort((a, b) => a - b);
  return sigmas.map((sigma) => {
    const here = rows.filter((row) => row.sigma === sigma);
    const samples = here.reduce((sum, row) => sum + row.stay.samples, 0);
    const left = here.reduce((sum, row) => sum + row.stay.samples - row.stay.count, 0);
    return { sigma, bound: proportion(left, samples) };
  });
}

/**
 * x + e for `count` draws of e ~ N(0, sigma² I): a batch of one, [1, ...], to [count, ...].
 *
 * @param x One point: [1, ...inputShape].
 * @param sigma σ, in units of x.
 * @param count How many copies.
 * @param key Of the noise: the same key, the same copies.
 * @throws If x is not one point, count is below 1, or sigma is not above 0.
 * @example
 * const copies = noisyCopies(tf.tensor2d([[5, 5]]), 0.1, 3, key(0));
 * copies.shape; // [3, 2]
 * copies.sub(5).abs().max().dataSync()[0] < 0.5; // true
 */
export function noisyCopies(x: tf.Tensor, sigma: number, count: number, key: Key): tf.Tensor {
  requireSigma(sigma, 'noisyCopies');
  requireCount(count, 1, 'count', 'noisyCopies');
  requireCount(x.shape[0] === 1 ? 1 : 0, 1, 'the number of points', 'noisyCopies');
  return tf.tidy(() => x.add(normal(key, [count, ...x.shape.slice(1)], 0, sigma)));
}
