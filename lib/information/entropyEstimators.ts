import { tf } from '../engine/tensorflow';
import { type KernelDensityOptions, kernelDensity } from './kernelDensity';
import { type KozachenkoLeonenkoOptions, kozachenkoLeonenko } from './kozachenkoLeonenko';
import { logDet } from './logDet';
import { momentBound } from './momentBound';
import { isotropicEntropy, pairDist } from './pairDist';

/** What the estimators of the table are told; each takes what it needs. */
export interface EntropySettings {
  /** The standard deviation of the noise around each row, in units of z: for the two PairDist and LogDet. */
  readonly sigma: number;
  /** Which neighbour Kozachenko and Leonenko's looks at; default 3. */
  readonly k?: KozachenkoLeonenkoOptions['k'];
  /** Bandwidth of the kernel density; default `scott`. */
  readonly bandwidth?: KernelDensityOptions['bandwidth'];
}

/** An estimator of entropy, with what its value is of. */
export interface EntropyEstimator {
  /** As a figure shows it. */
  readonly name: string;
  /** Nats, of the rows of z [N, K]; differentiable. */
  estimate(z: tf.Tensor, settings: EntropySettings): tf.Scalar;
  /**
   * Whose entropy: `mixture`, of (1/N) Σ N(z_i, sigma² I), the embeddings with noise; `density`, of the distribution
   * that the rows are independent draws of.
   */
  readonly of: 'mixture' | 'density';
  /**
   * On which side of that entropy: `above` or `below` always (`mixture`), or for many rows (`density`); `near` for many
   * rows in few dimensions. N rows in K dimensions make the moment bound lower by near K (K + 1) / 4N, which for a
   * Gaussian is below the truth (8 nats for 512 rows in 128 dimensions).
   */
  readonly side: 'above' | 'below' | 'near';
  /** Where the formula is from. */
  readonly source: string;
}

/**
 * The entropy estimators by the name that a figure shows, all in nats of differential entropy, so that they share an
 * axis. LogDet is here the entropy of the Gaussian with covariance Σ̂ + sigma² I: `logDet` with beta = 1 / sigma², and
 * (K/2) ln(2πe sigma²) added. The mixture's own covariance is that or less (N for N − 1), so it lies above the
 * mixture's entropy, by the same theorem as the moment bound.
 *
 * Float32: sigma² must be far above 1e-6 max ‖z − mean‖² for the two PairDist, and so the bandwidth's square for the
 * kernel density; below that, `mixtureEntropyBound` keeps the digits. The two for densities that look at neighbors are
 * much too high in high dimension (see there).
 *
 * @example
 * const ofMixture = entropyEstimators.filter((estimator) => estimator.of === 'mixture');
 * ofMixture.map(({ name }) => name); // ['PairDist upper (KL)', 'PairDist lower (Bhattacharyya)', 'LogDet']
 * // Rows that coincide leave the noise alone: the entropy of N(0, I) in the plane, ln 2πe.
 * ofMixture.map(({ estimate }) => estimate(tf.zeros([4, 2]), { sigma: 1 })); // [2.8379, 2.8379, 2.8379]
 */
export const entropyEstimators: readonly EntropyEstimator[] = [
  {
    name: 'PairDist upper (KL)',
    estimate: (z, { sigma }) => pairDist(z, { sigma }),
    of: 'mixture',
    side: 'above',
    source: 'Kolchinsky & Tracey 2017, arXiv 1706.02419',
  },
  {
    name: 'PairDist lower (Bhattacharyya)',
    estimate: (z, { sigma }) => pairDist(z, { sigma, divergence: 'bhattacharyya' }),
    of: 'mixture',
    side: 'below',
    source: 'Kolchinsky & Tracey 2017, arXiv 1706.02419',
  },
  {
    name: 'LogDet',
    estimate: (z, { sigma }) => logDetEntropy(z, sigma),
    of: 'mixture',
    side: 'above',
    source: 'Zhouyin & Liu 2021, arXiv 2105.03705',
  },
  {
    name: 'moment bound',
    estimate: (z) => momentBound(z),
    of: 'density',
    side: 'above',
    source: 'the Gaussian has the most entropy of all distributions with its second moments',
  },
  {
    name: 'Kozachenko–Leonenko',
    estimate: (z, { k }) => kozachenkoLeonenko(z, { k }),
    of: 'density',
    side: 'near',
    source: 'Kozachenko & Leonenko 1987; Kraskov, Stögbauer & Grassberger 2004, arXiv cond-mat/0305641',
  },
  {
    name: 'kernel density',
    estimate: (z, { bandwidth }) => kernelDensity(z, { bandwidth }),
    of: 'density',
    side: 'above',
    source: 'Beirlant, Dudewicz, Györfi & van der Meulen 1997, cross-validation (leave-one-out) estimate',
  },
];

function logDetEntropy(z: tf.Tensor, sigma: number): tf.Scalar {
  if (!(sigma > 0 && sigma < Number.POSITIVE_INFINITY)) {
    throw new Error(`entropyEstimators: expected sigma to be positive and finite, got ${sigma}`);
  }
  return tf.tidy(() => logDet(z, { beta: 1 / sigma ** 2 }).add(isotropicEntropy(z.shape[1]!, sigma)) as tf.Scalar);
}
