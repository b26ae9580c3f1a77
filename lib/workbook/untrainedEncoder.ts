import { channelStatistics } from '../datasets/channelStatistics';
import { batch, type Dataset } from '../datasets/dataset';
import { tf } from '../engine/tensorflow';
import type { Module, Weights } from '../models/module';
import { normalize } from '../views/normalize';

/** By then 0.1 of the way a pass leaves 4 % of where the running statistics began. */
const passes = 30;

/**
 * Lets batch normalisation's running statistics settle on the data set's first 256 images, with no weight trained. An untrained
 * encoder is judged fairly only so: in training mode it normalises by such statistics from its first step.
 */
export function settleStatistics(encoder: Module, weights: Weights, dataset: Dataset): void {
  const count = Math.min(256, dataset.count);
  const images = tf.tidy(() =>
    normalize(
      batch(
        dataset,
        Int32Array.from({ length: count }, (_, i) => i),
      ),
      channelStatistics(dataset),
    ),
  );
  for (let pass = 0; pass < passes; pass++) {
    tf.tidy(() => {
      encoder.apply(weights, images, { training: true });
    });
  }
  images.dispose();
}
