import { foldIn, type Key } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { type AffineMaps, applyAffine } from './affineMap';
import { outputsInBatches } from './momentComparison';
import { type Network, requireBatch, requireCount, requirePiecewiseAffine, requireSigma } from './network';
import { gaussianMixtureOfOutputs, outputLogDensity } from './outputMixture';
import { noisyCopies } from './regionStability';

/** At which noise, with how many samples. */
export interface LikelihoodOptions {
  /** Standard deviations of the input noise, in units of the input. */
  readonly sigmas: readonly number[];
  /** Fresh noisy copies of each point at each sigma; at least 2. */
  readonly samples: number;
  /** Of all that is random: the same key, the same numbers. */
  readonly key: Key;
  /** Inputs in one forward pass; default 256. */
  readonly batchSize?: number;
}

/** A mean with its standard error, nats. */
export interface MeanAndError {
  /** The mean, nats. */
  readonly mean: number;
  /** Of that mean, nats. */
  readonly standardError: number;
}

/** Log-likelihoods under the mixture of Theorem 1, nats a sample. */
export interface LikelihoodComparison {
  /** Standard deviation of the input noise, in units of the input. */
  readonly sigma: number;
  /** E log q(f(x_n + e)): the network's own outputs. */
  readonly outputs: MeanAndError;
  /** E log q(A_n (x_n + e) + b_n), the same noise: samples of the mixture q itself, so minus its entropy. */
  readonly expected: MeanAndError;
  /** Their difference sample by sample; about 0 where the theorem holds. */
  readonly difference: MeanAndError;
}

/**
 * Fresh outputs' log-likelihood under the mixture of Theorem 1, against what it would be if they came from the mixture.
 * The same noise goes through the network and through the affine maps, so the difference has little sampling error.
 * Points have equal weight, `samples` noisy copies each; standard errors are of that stratified mean.
 * Source: theory.md, section 2.
 *
 * @param maps the affine maps at the points, as `affineMaps` gives them.
 * @param x The N points: [N, ...inputShape].
 * @throws If the network is not piecewise affine, x is no batch of its inputs, samples is below 2, a sigma is not above
 *   0, or a covariance is singular.
 * @example
 * const network = frozenNetwork(sequential('relu', [1], { relu: relu() }), {});
 * const x = tf.tensor2d([[5]]);
 * // 50 standard deviations from the kink the outputs are Gaussian: their log-likelihood is what it should be.
 * const options = { sigmas: [0.1], samples: 100, key: key(0) };
 * const [row] = compareLikelihoods(network, x, affineMaps(network, x), options);
 * row.difference.mean.toFixed(3); // '0.000'
 */
export function compareLikelihoods(
  network: Network,
  x: tf.Tensor,
  maps: AffineMaps,
  { sigmas, samples, key, batchSize = 256 }: LikelihoodOptions,
): LikelihoodComparison[] {
  requirePiecewiseAffine(network, 'compareLikelihoods');
  requireBatch(network, x, 'compareLikelihoods');
  requireCount(samples, 2, 'samples', 'compareLikelihoods');
  for (const sigma of sigmas) requireSigma(sigma, 'compareLikelihoods');
  return sigmas.map((sigma, i) => {
    const mixture = gaussianMixtureOfOutputs(maps, x, { sigma });
    try {
      const own: Float32Array[] = [];
      const ideal: Float32Array[] = [];
      for (let point = 0; point < x.shape[0]!; point++) {
        tf.tidy(() => {
          const noisy = noisyCopies(x.slice([point], [1]), sigma, samples, foldIn(foldIn(key, point), i));
          const map = {
            jacobian: maps.jacobian.slice([point, 0, 0], [1, -1, -1]),
            offset: maps.offset.slice([point, 0], [1, -1]),
          };
          own.push(outputLogDensity(mixture, outputsInBatches(network, noisy, batchSize)));
          ideal.push(outputLogDensity(mixture, applyAffine(map, noisy)));
        });
      }
      return {
        sigma,
        outputs: stratifiedMean(own),
        expected: stratifiedMean(ideal),
        difference: stratifiedMean(own.map((values, n) => values.map((value, j) => value - ideal[n]![j]!))),
      };
    } finally {
      tf.dispose([mixture.means, mixture.factors]);
    }
  });
}

/** Mean of the strata's means, with its standard error: sqrt(sum of variances / samples) / strata. */
function stratifiedMean(strata: readonly ArrayLike<number>[]): MeanAndError {
  let [mean, variance] = [0, 0];
  for (const values of strata) {
    const list = Array.from(values);
    const centre = list.reduce((sum, value) => sum + value, 0) / list.length;
    mean += centre / strata.length;
    variance += list.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (list.length - 1) / list.length;
  }
  return { mean, standardError: Math.sqrt(variance) / strata.length };
}
