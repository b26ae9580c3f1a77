import { tf } from '../engine/tensorflow';
import { type Augmentation, happens, requireImages, requireRange, select } from './augmentation';

/** ITU-R BT.601's weights of red, green and blue, as Pillow's conversion to 'L'; they sum to 1, so grey stays as it is. */
export const lumaWeights = [0.299, 0.587, 0.114] as const;

/** Images [N, H, W, 3] with each channel replaced by the luma; images of one channel are unchanged. */
export function grayscale(images: tf.Tensor4D): tf.Tensor4D {
  if (images.shape[3] === 1) return images.clone();
  return tf.tidy(() => {
    const toLuma = tf.tensor2d(
      lumaWeights.flatMap((weight) => [weight, weight, weight]),
      [3, 3],
    );
    return images.reshape([-1, 3]).matMul(toLuma).reshape(images.shape);
  });
}

/**
 * Replaces each image's channels by its luma with this probability, default 0.2
 * (`torchvision.transforms.RandomGrayscale`). [N, H, W, C] in [0, 1] → the same.
 *
 * @throws If the probability is not in [0, 1], or what it is applied to is no batch of images.
 * @example
 * const red = tf.tensor4d([1, 0, 0], [1, 1, 1, 3]);
 * randomGrayscale(1)(key(0), red).reshape([3]); // [0.299, 0.299, 0.299]
 */
export function randomGrayscale(probability = 0.2): Augmentation {
  requireRange('randomGrayscale', 'the probability', probability, 0, 1);
  return (k, images) => {
    requireImages('randomGrayscale', images);
    return tf.tidy(() => select(happens(k, images.shape[0], probability), grayscale(images), images));
  };
}
