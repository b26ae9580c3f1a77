import { tf } from '../engine/tensorflow';

/** Mean and standard deviation of each channel, of values in [0, 1]: what `channelStatistics` of a data set gives. */
export interface ChannelStatistics {
  /** One number a channel. */
  readonly mean: readonly number[];
  /** One number a channel. */
  readonly std: readonly number[];
}

/**
 * (images - mean) / std by channel: [N, H, W, C] in [0, 1] → about zero mean and unit variance over the set. A channel that
 * is constant over the set (deviation 0) is only centred.
 *
 * @throws If there is not one mean and deviation for each channel.
 * @example
 * const data = shapes({ count: 100 });
 * const images = normalize(batch(data, [0, 1, 2]), channelStatistics(data));
 * images.mean(); // -0.02147
 */
export function normalize(images: tf.Tensor4D, { mean, std }: ChannelStatistics): tf.Tensor4D {
  if (mean.length !== images.shape[3] || std.length !== images.shape[3]) {
    throw new Error(
      `normalize: expected statistics of ${images.shape[3]} channels, got ${mean.length} means and ${std.length} deviations`,
    );
  }
  return tf.tidy(() => images.sub(tf.tensor1d([...mean])).div(tf.tensor1d(std.map((s) => s || 1))) as tf.Tensor4D);
}
