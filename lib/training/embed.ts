import { batch, type Dataset } from '../datasets/dataset';
import { tf } from '../engine/tensorflow';
import type { Module, Weights } from '../models/module';
import { type ChannelStatistics, normalize } from '../views/normalize';
import { Interrupted, watchInterrupt, yieldToEventLoop } from './interrupt';

/** One vector for each image of a data set, in its order. */
export interface Features {
  /** [count, dimension], row-major. */
  readonly values: Float32Array;
  /** How many vectors. */
  readonly count: number;
  /** How long each is. */
  readonly dimension: number;
}

/** The features as a tensor [count, dimension]. */
export function featureTensor({ values, count, dimension }: Features): tf.Tensor2D {
  return tf.tensor2d(values, [count, dimension]);
}

/** How images are embedded. */
export interface EmbedOptions {
  /** What the images are normalized by: those of the training (`TrainingResult.statistics`). */
  readonly statistics: ChannelStatistics;
  /** Default 256. The result does not depend on it, save in the last bits. */
  readonly batchSize?: number;
  /** Stops it, with `Interrupted`; default: only SIGINT does. */
  readonly signal?: AbortSignal;
}

/**
 * What `run` gives for the images of each batch, [size, dimension], joined over the first `count` images in their
 * order. It gives way to the event loop after each batch.
 *
 * @throws Interrupted On SIGINT, or when `signal` aborts.
 */
export async function embedBatches(
  dataset: Dataset,
  { count = dataset.count, batchSize = 256, signal }: { count?: number; batchSize?: number; signal?: AbortSignal },
  run: (images: tf.Tensor4D, first: number) => readonly tf.Tensor[],
): Promise<Features[]> {
  const watch = watchInterrupt(signal);
  const parts: Float32Array[][] = [];
  try {
    for (let first = 0; first < count; first += batchSize) {
      await yieldToEventLoop();
      if (watch.requested) {
        throw new Interrupted(
          `embed: stopped after ${first} of ${count} images of ${dataset.name}, as asked. Nothing of it is kept.`,
        );
      }
      const size = Math.min(batchSize, count - first);
      const indices = Int32Array.from({ length: size }, (_, i) => first + i);
      parts.push(tf.tidy(() => run(batch(dataset, indices), first).map((part) => part.dataSync() as Float32Array)));
    }
  } finally {
    watch.stop();
  }
  return (parts[0] ?? []).map((_, output) => {
    const values = new Float32Array(parts.reduce((sum, part) => sum + part[output]!.length, 0));
    let at = 0;
    for (const part of parts) {
      values.set(part[output]!, at);
      at += part[output]!.length;
    }
    return { values, count, dimension: values.length / count };
  });
}

/**
 * The module's outputs, flattened, for all images of a data set as they are (no augmentation), in inference mode: batch
 * normalisation uses its running statistics.
 *
 * @param module, weights The encoder, or any module that reads the images.
 * @param dataset N images.
 * @throws Interrupted On SIGINT, or when `signal` aborts, after the batch under way.
 * @throws If the module, its weights and the images do not fit each other.
 * @example
 * const encoder = sequential('pool', [32, 32, 3], { pool: globalAveragePool() });
 * const dataset = shapes({ count: 4 });
 * const features = await embed(encoder, {}, dataset, { statistics: channelStatistics(dataset) });
 * features; // { count: 4, dimension: 3 }
 * // Normalized by the data's own statistics, each channel's mean is 0.
 * Math.abs(mean(features.values.filter((_, i) => i % 3 === 0))) < 1e-3; // true
 */
export async function embed(
  module: Module,
  weights: Weights,
  dataset: Dataset,
  { statistics, ...options }: EmbedOptions,
): Promise<Features> {
  const [features] = await embedBatches(dataset, options, (images) => [
    module.apply(weights, normalize(images, statistics)),
  ]);
  return features!;
}

/** Throws unless the features have as many labels, from 0 to classes - 1. */
export function checkLabels(name: string, features: Features, labels: ArrayLike<number>, classes: number): void {
  if (labels.length !== features.count || features.count === 0) {
    throw new Error(
      `${name}: expected one label for each of ${features.count} features (at least 1), got ${labels.length}`,
    );
  }
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    throw new Error(`${name}: expected labels from 0 to ${classes - 1}, got ${label} at ${i}`);
  }
}

/**
 * The share of predictions that are right, 0 to 1.
 *
 * @param predictions, labels A class for each of the same images.
 * @throws If there are not as many predictions as labels, or none.
 * @example
 * accuracy([0, 1, 1], [0, 1, 0]); // 0.6667
 */
export function accuracy(predictions: ArrayLike<number>, labels: ArrayLike<number>): number {
  if (predictions.length !== labels.length || labels.length === 0) {
    throw new Error(`accuracy: expected as many predictions as labels, got ${predictions.length} and ${labels.length}`);
  }
  let right = 0;
  for (let i = 0; i < labels.length; i++) if (predictions[i] === labels[i]) right++;
  return right / labels.length;
}
