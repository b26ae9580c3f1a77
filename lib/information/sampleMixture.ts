import { foldIn, type Key, normal, uniform } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { BLOCK, joined } from './blocks';
import type { GaussianMixture } from './gaussianMixture';

/** Draws with how they came about: the component of each, [S], and its standard normal noise, [S, K]. */
export interface MixtureDraws {
  readonly samples: tf.Tensor2D;
  readonly component: Int32Array;
  readonly noise: tf.Tensor2D;
}

/** The component that each of `count` draws comes from, by the inverse of the weights' distribution function. */
function drawComponents({ means, weights }: GaussianMixture, count: number, key: Key): Int32Array {
  const [n] = means.shape;
  const positions = tf.tidy(() => uniform(key, [count]).dataSync());
  if (!weights) return Int32Array.from(positions, (position) => Math.min(n - 1, Math.floor(position * n)));
  const cumulative = new Float64Array(n);
  let sum = 0;
  weights.dataSync().forEach((weight, i) => {
    sum += weight;
    cumulative[i] = sum;
  });
  return Int32Array.from(positions, (position) => {
    let [low, high] = [0, n - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! > position * sum) high = middle;
      else low = middle + 1;
    }
    return low;
  });
}

/** L_n ε for each row of noise [S, K], n its component; in blocks, as there is a factor a row. */
function byFactors(factor: tf.Tensor3D, noise: tf.Tensor2D, rows: tf.Tensor1D): tf.Tensor2D {
  const [count, k] = noise.shape;
  if (factor.shape[0] === 1) return tf.matMul(noise, factor.squeeze<tf.Tensor2D>([0]), false, true);
  const size = Math.max(1, Math.floor(BLOCK / k ** 2));
  const blocks: tf.Tensor[] = [];
  for (let from = 0; from < count; from += size) {
    const length = Math.min(size, count - from);
    blocks.push(
      tf.tidy(() => {
        const own = factor.gather(rows.slice([from], [length]));
        return tf.matMul(own, noise.slice([from, 0], [length, k]).expandDims(2)).squeeze<tf.Tensor2D>([2]);
      }),
    );
  }
  return joined(blocks) as tf.Tensor2D;
}

/** `sampleMixture`, with how the samples came about. */
export function drawMixture(mixture: GaussianMixture, count: number, key: Key): MixtureDraws {
  if (!Number.isInteger(count) || count < 1) {
    throw new Error(`sampleMixture: expected count to be a whole number of at least 1, got ${count}`);
  }
  const { means, covariance } = mixture;
  const component = drawComponents(mixture, count, foldIn(key, 0));
  return tf.tidy(() => {
    const rows = tf.tensor1d(component, 'int32');
    const noise = normal(foldIn(key, 1), [count, means.shape[1]]) as tf.Tensor2D;
    const scaled = () => {
      if (covariance.kind === 'full') return byFactors(covariance.factor, noise, rows);
      const sigma = covariance.sigma.shape[0] === 1 ? covariance.sigma : covariance.sigma.gather(rows);
      return noise.mul(covariance.kind === 'isotropic' ? sigma.expandDims(1) : sigma);
    };
    return { samples: means.gather(rows).add<tf.Tensor2D>(scaled()), component, noise };
  });
}

/**
 * Draws from the mixture, [count, K]: a component by its weight, then its mean plus its root of a covariance times
 * normal noise. A singular factor is fine. Differentiable in means and covariances (at fixed noise), not in the
 * weights.
 *
 * @param mixture N components in K dimensions.
 * @param count How many draws.
 * @param key Of the draws: the same key, the same ones.
 * @throws If count is not a whole number of at least 1.
 * @example
 * const mixture = gaussianMixture({ means: [[-5, 0], [5, 0]], sigma: 0.001, weights: [0.1, 0.9] });
 * const samples = sampleMixture(mixture, 1000, key(0));
 * samples.shape; // [1000, 2]
 * // The share of the second component.
 * samples.slice([0, 0], [1000, 1]).greater(0).toFloat().mean(); // 0.896
 */
export function sampleMixture(mixture: GaussianMixture, count: number, key: Key): tf.Tensor2D {
  return tf.tidy(() => drawMixture(mixture, count, key).samples);
}
