import { foldIn, type Key } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { type JacobianOptions, jacobians } from './affineMap';
import { type Network, outputs, requireBatch, requireCount, requireSigma } from './network';
import { noisyCopies } from './regionStability';

/** At which noise, with how many samples. */
export interface MomentOptions extends JacobianOptions {
  /** Standard deviations of the input noise, in units of the input. */
  readonly sigmas: readonly number[];
  /** Noisy copies of each point at each sigma; at least 2. */
  readonly samples: number;
  /** Of all that is random: the same key, the same numbers. */
  readonly key: Key;
  /** Inputs in one forward pass; default 256. */
  readonly batchSize?: number;
}

/** One point, one sigma: the outputs' moments over the noise against those of the affine map. */
export interface MomentComparison {
  /** Index of the point in the batch. */
  readonly point: number;
  /** Standard deviation of the input noise, in units of the input. */
  readonly sigma: number;
  /** ||mean - (A x + b)|| / sqrt(tr S), S = sigma² A A'. */
  readonly meanError: number;
  /** What samples of an exact Gaussian N(A x + b, S) give for it: 1 / sqrt(samples). */
  readonly meanErrorExpected: number;
  /** ||C - S||_F / ||S||_F, C the outputs' sample covariance (over samples - 1). */
  readonly covarianceError: number;
  /** What samples of an exact Gaussian give for it: sqrt((1 + (tr S)² / ||S||_F²) / (samples - 1)). */
  readonly covarianceErrorExpected: number;
  /**
   * sqrt(E ||f(x + e) - (A (x + e) + b)||² / tr S): the part of the outputs' spread that the affine map misses, both
   * fed the same noise, so free of the sampling error of the other two. The numerator bounds the Wasserstein-2 distance
   * between f(x + e) and N(A x + b, S), by that coupling. Float rounding adds about 1e-7 ||f(x)|| / sqrt(tr S).
   */
  readonly residual: number;
}

/**
 * Mean and covariance of f(x_n + e), e ~ N(0, sigma² I), against A_n x_n + b_n and sigma² A_n A_n', at every point and
 * sigma. The expected errors are root mean squares for an exact Gaussian: E ||C - S||_F² = (||S||_F² + (tr S)²) /
 * (samples - 1). Works for any differentiable network, with A its Jacobian, so that a GELU network can be put beside
 * the others.
 * Source: theory.md, section 2.
 *
 * @param x N points: [N, ...inputShape].
 * @throws If x is no batch of the network's inputs, samples is below 2, or a sigma is not above 0.
 * @example
 * const network = frozenNetwork(sequential('relu', [1], { relu: relu() }), {});
 * // At 5 the network is affine for noise of 0.1; next to the kink the map misses what is cut off.
 * const options = { sigmas: [0.1], samples: 100, key: key(0) };
 * const [inside, kink] = compareMoments(network, tf.tensor2d([[5], [0.01]]), options);
 * inside; // { meanErrorExpected: 0.1 }
 * [inside.residual.toFixed(3), kink.residual.toFixed(1)]; // ['0.000', '0.6']
 */
export function compareMoments(
  network: Network,
  x: tf.Tensor,
  { sigmas, samples, key, batchSize = 256, ...options }: MomentOptions,
): MomentComparison[] {
  requireBatch(network, x, 'compareMoments');
  requireCount(samples, 2, 'samples', 'compareMoments');
  requireCount(batchSize, 1, 'batchSize', 'compareMoments');
  for (const sigma of sigmas) requireSigma(sigma, 'compareMoments');
  const rows: MomentComparison[] = [];
  for (let point = 0; point < x.shape[0]!; point++) {
    const reference = x.slice([point], [1]);
    const jacobian = tf.tidy(() => jacobians(network, reference, options).squeeze([0]) as tf.Tensor2D);
    const centre = outputs(network, reference);
    for (const [i, sigma] of sigmas.entries()) {
      const measured = tf.tidy(() => {
        const noisy = noisyCopies(reference, sigma, samples, foldIn(foldIn(key, point), i));
        const z = outputsInBatches(network, noisy, batchSize);
        // A e + f(x) in place of A (x + e) + b: equal, with less cancellation at small sigma.
        const noise = noisy.sub(reference).reshape([samples, jacobian.shape[1]]) as tf.Tensor2D;
        const predicted = tf.matMul(noise, jacobian, false, true).add(centre);
        const covariance = tf.matMul(jacobian, jacobian, false, true).mul(sigma * sigma);
        const trace = jacobian
          .square()
          .sum()
          .mul(sigma * sigma);
        const mean = z.mean(0, true);
        const centred = z.sub(mean) as tf.Tensor2D;
        const sampled = tf.matMul(centred, centred, true).div(samples - 1);
        return [
          tf.norm(mean.sub(centre)).div(trace.sqrt()),
          tf.norm(sampled.sub(covariance)).div(tf.norm(covariance)),
          trace.square().div(covariance.square().sum()),
          z.sub(predicted).square().sum(1).mean().div(trace).sqrt(),
        ].map((value) => value.dataSync()[0]!);
      });
      const [meanError, covarianceError, spread, residual] = measured as [number, number, number, number];
      rows.push({
        point,
        sigma,
        meanError,
        meanErrorExpected: 1 / Math.sqrt(samples),
        covarianceError,
        covarianceErrorExpected: Math.sqrt((1 + spread) / (samples - 1)),
        residual,
      });
    }
    tf.dispose([reference, jacobian, centre]);
  }
  return rows;
}

/**
 * Outputs of many inputs in passes of `batchSize`: [N, ...inputShape] to [N, K].
 *
 * @param x [N, ...inputShape].
 * @param batchSize Inputs in one pass; default 256.
 * @throws If x is no batch of the network's inputs, or batchSize is not a whole number of at least 1.
 * @example
 * const network = frozenNetwork(sequential('relu', [1], { relu: relu() }), {});
 * outputsInBatches(network, tf.tensor2d([[-1], [2], [3]]), 2); // [[0], [2], [3]]
 */
export function outputsInBatches(network: Network, x: tf.Tensor, batchSize = 256): tf.Tensor2D {
  requireCount(batchSize, 1, 'batchSize', 'outputsInBatches');
  return tf.tidy(() => {
    const pieces: tf.Tensor2D[] = [];
    for (let start = 0; start < x.shape[0]!; start += batchSize) {
      const count = Math.min(batchSize, x.shape[0]! - start);
      pieces.push(tf.tidy(() => outputs(network, x.slice([start], [count]))));
    }
    return tf.concat(pieces, 0) as tf.Tensor2D;
  });
}
