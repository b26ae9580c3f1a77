import { diagonalPart } from '../engine/matrix';
import { foldIn, type Key, permutation } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { distanceToDiagonal } from '../statistics/distanceToDiagonal';
import { independentDistanceToDiagonal } from '../statistics/independentDistanceToDiagonal';
import { sampleCovariance } from '../statistics/sampleCovariance';
import { outputsInBatches } from './momentComparison';
import { type Network, requireBatch, requireCount, requireSigma } from './network';
import { noisyCopies } from './regionStability';

/** At which noise, with how many samples, of which outputs. */
export interface NoiseCovarianceOptions {
  /** Standard deviations of the input noise, in units of the input. */
  readonly sigmas: readonly number[];
  /** Noisy copies of each input at each sigma, S; default 512. Below some 4 K the null dominates what is measured. */
  readonly samples?: number;
  /**
   * Which outputs are measured, the same for all inputs: at most so many of each stage, drawn once by the key, or the
   * indices themselves, a list a stage; default 64.
   */
  readonly coordinates?: number | readonly (readonly number[])[];
  /** Of all that is random: the same key, the same numbers. */
  readonly key: Key;
  /** Inputs in one forward pass; default 256. */
  readonly batchSize?: number;
  /** Called after each input and sigma with how many are done, of how many; default: no one is. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops the work after the current input and sigma, with the signal's reason as the error; default: nothing does. */
  readonly signal?: AbortSignal;
}

/** One input, one sigma, one stage: how far the covariance of its noisy copies' outputs is from diagonal. */
export interface NoiseCovariance {
  /** Name of the stage. */
  readonly stage: string;
  /** Index of the input in the batch. */
  readonly point: number;
  /** Standard deviation of the input noise, in units of the input. */
  readonly sigma: number;
  /** `distanceToDiagonal` of the covariance. NaN where no output varies, or fewer than two. */
  readonly relativeFrobenius: number;
  /** `distanceToDiagonal` of the covariance, the other measure. */
  readonly meanAbsoluteCorrelation: number;
  /** `independentDistanceToDiagonal`: what as many copies of independent outputs with these variances give. */
  readonly independentFrobenius: number;
  /** `independentDistanceToDiagonal`, the other measure. */
  readonly independentCorrelation: number;
}

/**
 * The covariance of a network's outputs over noisy copies x_n + e, e ~ N(0, sigma² I), of each input, and its distance
 * to its own diagonal: the measurement of the paper's Figure 3 (caption read; how its distance is normalised, and at
 * which layer, was not). Each row has the null beside it, what independent outputs of the same variances give by chance
 * with as many copies.
 *
 * @param stages Networks in a row, each fed with the outputs of the one before, such as encoder and projector: each is
 *   measured.
 * @param x Inputs of the first, [N, ...].
 * @returns Rows by input, then sigma, then stage. The event loop runs between them.
 * @throws If there is no stage, x is no batch of the first one's inputs, samples is below 2, a sigma is not above 0, or
 *   the coordinates do not fit the stages; the signal's reason where it aborts.
 * @example
 * const network = frozenNetwork(sequential('relu', [2], { relu: relu() }), {});
 * const options = { sigmas: [0.1], samples: 64, key: key(0) };
 * // Independent noise, passed on: no further from diagonal than chance.
 * const [row] = await noiseCovariance([network], tf.tensor2d([[5, 5]]), options);
 * row; // { relativeFrobenius: 0.128, independentFrobenius: 0.119, meanAbsoluteCorrelation: 0.135 }
 */
export async function noiseCovariance(
  stages: readonly Network[],
  x: tf.Tensor,
  { sigmas, samples = 512, coordinates = 64, key, batchSize, onProgress, signal }: NoiseCovarianceOptions,
): Promise<NoiseCovariance[]> {
  const [encoder] = stages;
  if (!encoder) throw new Error('noiseCovariance: expected at least one stage, got none');
  requireBatch(encoder, x, 'noiseCovariance');
  requireCount(samples, 2, 'samples', 'noiseCovariance');
  requireCoordinates(coordinates, stages.length);
  for (const sigma of sigmas) requireSigma(sigma, 'noiseCovariance');
  const [points, rows] = [x.shape[0]!, [] as NoiseCovariance[]];
  for (let point = 0; point < points; point++) {
    for (const [i, sigma] of sigmas.entries()) {
      await new Promise(setImmediate);
      signal?.throwIfAborted();
      const covariances = tf.tidy(() => {
        const copies = noisyCopies(x.slice([point], [1]), sigma, samples, foldIn(foldIn(key, point), i));
        let outputs: tf.Tensor = copies;
        return stages.map((stage, s) => {
          outputs = outputsInBatches(stage, outputs.reshape([samples, ...stage.inputShape]), batchSize);
          const wanted = typeof coordinates === 'number' ? coordinates : coordinates[s]!;
          return sampleCovariance(chosen(outputs as tf.Tensor2D, wanted, stage.name, foldIn(key, points + s)));
        });
      });
      for (const [s, covariance] of covariances.entries()) {
        rows.push({ stage: stages[s]!.name, point, sigma, ...measure(covariance, samples) });
      }
      tf.dispose(covariances);
      onProgress?.(rows.length / stages.length, points * sigmas.length);
    }
  }
  return rows;
}

function requireCoordinates(coordinates: number | readonly (readonly number[])[], stages: number): void {
  if (typeof coordinates === 'number') {
    requireCount(coordinates, 2, 'coordinates', 'noiseCovariance');
    return;
  }
  if (coordinates.length === stages) return;
  throw new Error(
    `noiseCovariance: expected a list of coordinates for each of ${stages} stages, got ${coordinates.length}`,
  );
}

/** The columns with these indices, or at most so many, drawn by the key. */
function chosen(z: tf.Tensor2D, wanted: number | readonly number[], stage: string, key: Key): tf.Tensor2D {
  const size = z.shape[1];
  if (typeof wanted === 'number') {
    if (size <= wanted) return z;
    return tf.gather(z, tf.tensor1d(permutation(key, size).slice(0, wanted).sort(), 'int32'), 1);
  }
  const valid = wanted.every((index) => Number.isInteger(index) && index >= 0 && index < size);
  if (!valid || wanted.length < 2 || new Set(wanted).size < wanted.length) {
    throw new Error(
      `noiseCovariance: expected at least 2 different coordinates of '${stage}', each of 0 to ${size - 1}, got [${wanted.join(', ')}]`,
    );
  }
  return tf.gather(z, tf.tensor1d([...wanted], 'int32'), 1);
}

function measure(covariance: tf.Tensor, samples: number): Omit<NoiseCovariance, 'stage' | 'point' | 'sigma'> {
  const [variances, frobenius, correlation] = tf.tidy(() => {
    const { relativeFrobenius, meanAbsoluteCorrelation } = distanceToDiagonal(covariance);
    return [diagonalPart(covariance), relativeFrobenius, meanAbsoluteCorrelation].map((value) => value.dataSync());
  }) as [Float32Array, Float32Array, Float32Array];
  const independent = independentDistanceToDiagonal(variances, samples);
  return {
    relativeFrobenius: frobenius[0]!,
    meanAbsoluteCorrelation: correlation[0]!,
    independentFrobenius: independent.relativeFrobenius,
    independentCorrelation: independent.meanAbsoluteCorrelation,
  };
}
