import type { Key } from '../engine/random';
import { tf } from '../engine/tensorflow';
import type { GaussianMixture } from './gaussianMixture';
import { logDensity } from './logDensity';
import { drawMixture } from './sampleMixture';
import { logRootDeterminants } from './standardComponents';

/** How the entropy is sampled. */
export interface MonteCarloOptions {
  /** Draws, at least 2. */
  readonly samples: number;
  /** Of all that is random: the same key, the same numbers. */
  readonly key: Key;
}

/** An estimate in nats and its standard error. */
export interface MonteCarloEstimate {
  /** The estimate, nats. */
  readonly value: number;
  /** Of the sampling alone, nats. */
  readonly standardError: number;
}

/**
 * The differential entropy H = −E ln p of a mixture by sampling, in nats: unbiased, the reference for the bounds. The
 * components' own entropies are known, so only the rest is sampled: H = Σ c_n h_n + E[ln p_n(z) − ln p(z)], n the
 * component that z came from. The rest is the mutual information of component and sample. Its summand is at most −ln
 * c_n, and falls below −t with a probability under e^−t (Markov, as E p / p_n ≤ 1 under p_n), so its error is a
 * fraction of that of −ln p, in many dimensions above all, and nothing where the components coincide, or lie apart with
 * equal weights. Derived here.
 *
 * Float32 adds some 1e-6 K (see `logDensity`), which the standard error does not know of.
 *
 * @param mixture N components.
 * @throws If samples is below 2 or a covariance is singular.
 * @example
 * const mixture = gaussianMixture({ means: [[0], [2]], sigma: 1 });
 * // The truth is 1.756, by quadrature; the bounds of `mixtureEntropyBound` are 1.638 and 1.985.
 * monteCarloEntropy(mixture, { samples: 1000, key: key(0) }); // { value: 1.734, standardError: 0.019 }
 */
export function monteCarloEntropy(mixture: GaussianMixture, { samples, key }: MonteCarloOptions): MonteCarloEstimate {
  if (!Number.isInteger(samples) || samples < 2) {
    throw new Error(`monteCarloEntropy: expected samples to be a whole number of at least 2, got ${samples}`);
  }
  const [n, k] = mixture.means.shape;
  const numbers = tf.tidy(() => {
    const draws = drawMixture(mixture, samples, key);
    return {
      component: draws.component,
      // ‖ε‖²/2: what ln p_n(z) falls short of its maximum by.
      depth: draws.noise.square().sum(1).mul(0.5).dataSync<'float32'>(),
      density: logDensity(mixture, draws.samples).dataSync<'float32'>(),
      roots: logRootDeterminants(mixture).dataSync<'float32'>(),
      weights: mixture.weights?.dataSync<'float32'>(),
    };
  });
  const { component, depth, density, roots, weights } = numbers;
  const root = (i: number) => roots[roots.length === 1 ? 0 : i]!;
  const constant = (k / 2) * Math.log(2 * Math.PI);
  let [total, weighted] = [0, 0];
  for (let i = 0; i < n; i++) {
    const weight = weights ? weights[i]! : 1;
    total += weight;
    weighted += weight * root(i);
  }
  const rest = Float64Array.from(component, (own, s) => -constant - root(own) - depth[s]! - density[s]!);
  const mean = rest.reduce((sum, value) => sum + value, 0) / samples;
  const squares = rest.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    value: constant + k / 2 + weighted / total + mean,
    standardError: Math.sqrt(squares / (samples - 1) / samples),
  };
}
