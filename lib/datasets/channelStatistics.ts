import type { Dataset } from './dataset';

/** Mean and standard deviation of a data set's channels, for `normalize`. */
export interface ChannelStatistics {
  /** One number a channel, of values in [0, 1]. */
  readonly mean: number[];
  /** Population standard deviation (divided by n), as the usual constants of CIFAR-10 and ImageNet. */
  readonly std: number[];
}

/**
 * Mean and standard deviation of each channel over all pixels of all images, exact (from the counts of each byte).
 *
 * @example
 * const { mean, std } = channelStatistics(shapes({ count: 100 }));
 * mean; // [0.5112, 0.5048, 0.5252]
 * std; // [0.2435, 0.2416, 0.2507]
 */
export function channelStatistics(dataset: Dataset): ChannelStatistics {
  const { images, channels, count, height, width } = dataset;
  const counts = Array.from({ length: channels }, () => new Float64Array(256));
  for (let i = 0; i < images.length; i += channels) {
    for (let c = 0; c < channels; c++) counts[c]![images[i + c]!]! += 1;
  }
  const pixels = count * height * width;
  const mean = counts.map((histogram) => histogram.reduce((sum, n, byte) => sum + n * byte, 0) / pixels);
  const variance = counts.map(
    (histogram, c) => histogram.reduce((sum, n, byte) => sum + n * (byte - mean[c]!) * (byte - mean[c]!), 0) / pixels,
  );
  return { mean: mean.map((m) => m / 255), std: variance.map((v) => Math.sqrt(v) / 255) };
}
