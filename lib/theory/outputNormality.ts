import { foldIn, type Key, permutation } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { dagostinoPearsonColumns } from '../statistics/dagostinoPearson';
import { henzeZirkler } from '../statistics/henzeZirkler';
import { mardia } from '../statistics/mardia';
import { shapiroWilkColumns } from '../statistics/shapiroWilk';
import { outputsInBatches } from './momentComparison';
import { inputSize, type Network, outputs, requireBatch, requireCount, requireSigma } from './network';
import { noisyCopies } from './regionStability';

/** At which noise, with how many samples. */
export interface NormalityOptions {
  /** Standard deviations of the input noise, in units of the input. */
  readonly sigmas: readonly number[];
  /** Noisy copies of each point at each sigma; default 512. */
  readonly samples?: number;
  /** How many outputs the multivariate tests see together, drawn from those that vary; default 8. */
  readonly jointOutputs?: number;
  /** Of all that is random: the same key, the same numbers. */
  readonly key: Key;
  /** Inputs in one forward pass; default 256. */
  readonly batchSize?: number;
  /** Called after each point and sigma with how many are done, of how many; default: no one is. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops the work after the current point and sigma, with the signal's reason as the error; default: nothing does. */
  readonly signal?: AbortSignal;
}

/** p-values of one point's outputs at one sigma. NaN where an output does not vary: a test says nothing of it. */
export interface OutputNormality {
  /** Index of the point in the batch. */
  readonly point: number;
  /** Standard deviation of the input noise, in units of the input. */
  readonly sigma: number;
  /** D'Agostino and Pearson's K² of each output, [K]. */
  readonly dagostinoPearson: Float64Array;
  /** Shapiro and Wilk's test of each output, [K]. */
  readonly shapiroWilk: Float64Array;
  /** Henze and Zirkler's test of `jointOutputs` outputs together; NaN if fewer vary. */
  readonly henzeZirkler: number;
  /** Mardia's test, skewness and kurtosis joined, of the same outputs. */
  readonly mardia: number;
}

/**
 * Is f(x_n + e), e ~ N(0, sigma² I), Gaussian? Tests of normality of the outputs for each point and each sigma, as in
 * the paper's Figure 1 (left): output by output, and jointly on a few of them drawn at random, since all together often
 * have a singular covariance. (Random projections would not do: mixing many outputs makes them more Gaussian than they
 * are.) The outputs are centred on f(x_n), since float32 keeps 7 digits.
 *
 * Rows come in the order of the points, then of the sigmas. The event loop runs between them.
 *
 * @param x N points: [N, ...inputShape].
 * @throws If x is no batch of the network's inputs, samples is below 20, or a sigma is not above 0; the signal's reason
 *   where it aborts.
 * @example
 * const network = frozenNetwork(sequential('relu', [1], { relu: relu() }), {});
 * // Gaussian where the network is affine, and not at its kink.
 * const options = { sigmas: [1], samples: 200, key: key(0) };
 * const [inside, kink] = await outputNormality(network, tf.tensor2d([[9], [0]]), options);
 * inside.dagostinoPearson; // [0.055]
 * kink.dagostinoPearson[0] < 0.001; // true
 */
export async function outputNormality(
  network: Network,
  x: tf.Tensor,
  { sigmas, samples = 512, jointOutputs = 8, key, batchSize, onProgress, signal }: NormalityOptions,
): Promise<OutputNormality[]> {
  requireBatch(network, x, 'outputNormality');
  requireCount(samples, 20, 'samples', 'outputNormality');
  requireCount(jointOutputs, 1, 'jointOutputs', 'outputNormality');
  for (const sigma of sigmas) requireSigma(sigma, 'outputNormality');
  const rows: OutputNormality[] = [];
  const total = x.shape[0]! * sigmas.length;
  for (let point = 0; point < x.shape[0]!; point++) {
    for (const [i, sigma] of sigmas.entries()) {
      await new Promise(setImmediate);
      signal?.throwIfAborted();
      const noise = foldIn(foldIn(key, point), i);
      const { values, count } = tf.tidy(() => {
        const reference = x.slice([point], [1]);
        const copies = noisyCopies(reference, sigma, samples, noise);
        const z = outputsInBatches(network, copies, batchSize).sub(outputs(network, reference));
        return { values: z.dataSync(), count: z.shape[1]! };
      });
      const varying = varyingColumns(values, samples, count);
      const shapiro = shapiroWilkColumns(values, samples, count).pValue;
      const joint = draw(varying, jointOutputs, foldIn(noise, 1));
      const together = columns(values, samples, count, joint);
      const testable = joint.length === jointOutputs;
      rows.push({
        point,
        sigma,
        dagostinoPearson: dagostinoPearsonColumns(values, samples, count).pValue,
        shapiroWilk: shapiro.map((p, output) => (varying.includes(output) ? p : Number.NaN)),
        henzeZirkler: testable ? henzeZirkler(together, samples, jointOutputs).pValue : Number.NaN,
        mardia: testable ? mardia(together, samples, jointOutputs).pValue : Number.NaN,
      });
      onProgress?.(rows.length, total);
    }
  }
  return rows;
}

function varyingColumns(values: ArrayLike<number>, n: number, d: number): number[] {
  return Array.from({ length: d }, (_, column) => column).filter((column) => {
    for (let row = 1; row < n; row++) if (values[row * d + column] !== values[column]) return true;
    return false;
  });
}

function draw(from: readonly number[], count: number, key: Key): number[] {
  if (from.length === 0) return [];
  return Array.from(permutation(key, from.length).slice(0, count), (i) => from[i]!);
}

function columns(values: ArrayLike<number>, n: number, d: number, chosen: readonly number[]): Float64Array {
  const part = new Float64Array(n * chosen.length);
  for (let row = 0; row < n; row++) {
    for (const [i, column] of chosen.entries()) part[row * chosen.length + i] = values[row * d + column]!;
  }
  return part;
}

/**
 * The null beside it: a random linear map with K outputs, whose outputs are exactly Gaussian. Put through the same
 * tests it shows what they say of true Gaussians. `weights` [D, K] is the caller's to dispose.
 *
 * @param like The network whose inputs it reads.
 * @param weights [D, K], held by reference.
 * @throws If the weights have not a row for each of the inputs' coordinates.
 * @example
 * const network = frozenNetwork(sequential('relu', [2], { relu: relu() }), {});
 * // The null for networks of two inputs: here their sum.
 * outputs(linearNetwork(network, tf.ones([2, 1])), tf.tensor2d([[1, -3]])); // [[-2]]
 */
export function linearNetwork(like: Network, weights: tf.Tensor2D): Network {
  if (weights.shape[0] !== inputSize(like)) {
    throw new Error(
      `linearNetwork: expected weights of ${inputSize(like)} rows for inputs of '${like.name}', got [${weights.shape}]`,
    );
  }
  return {
    name: 'random linear map',
    inputShape: like.inputShape,
    piecewiseAffine: true,
    apply: (x) => tf.tidy(() => x.reshape([x.shape[0]!, weights.shape[0]]).matMul(weights)),
  };
}
