import { tf } from '../engine/tensorflow';
import { type Augmentation, happens, requireImages, requireRange, select } from './augmentation';

/** Inverts the values x ≥ threshold to 1 - x; the default ½ is Pillow's 128 of 256. [N, H, W, C] → the same. */
export function solarize(images: tf.Tensor4D, threshold = 0.5): tf.Tensor4D {
  return tf.tidy(() => tf.where(images.greaterEqual(threshold), tf.sub(1, images), images) as tf.Tensor4D);
}

/**
 * Solarizes each image with this probability, default 0.2 (BYOL's second view;
 * `torchvision.transforms.RandomSolarize`). Values of at least `threshold`, default 0.5, become 1 − x. [N, H, W, C] in
 * [0, 1] → the same.
 *
 * @throws If the probability or the threshold is not in [0, 1], or what it is applied to is no batch of images.
 * @example
 * const row = tf.tensor4d([0.2, 0.5, 0.9], [1, 1, 3, 1]);
 * randomSolarize(1)(key(0), row).reshape([3]); // [0.2, 0.5, 0.1]
 */
export function randomSolarize(probability = 0.2, threshold = 0.5): Augmentation {
  requireRange('randomSolarize', 'the probability', probability, 0, 1);
  return (k, images) => {
    requireImages('randomSolarize', images);
    return tf.tidy(() => select(happens(k, images.shape[0], probability), solarize(images, threshold), images));
  };
}
