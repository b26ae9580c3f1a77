import { tf } from '../engine/tensorflow';
import { type Augmentation, happens, requireImages, requireRange, select } from './augmentation';

/**
 * Mirrors each image left to right with this probability, default 0.5 (`torchvision.transforms.RandomHorizontalFlip`).
 * [N, H, W, C] in [0, 1] → the same.
 *
 * @throws If the probability is not in [0, 1], or what it is applied to is no batch of images.
 * @example
 * const row = tf.tensor4d([0.1, 0.2, 0.3], [1, 1, 3, 1]);
 * randomHorizontalFlip(1)(key(0), row).reshape([3]); // [0.3, 0.2, 0.1]
 */
export function randomHorizontalFlip(probability = 0.5): Augmentation {
  requireRange('randomHorizontalFlip', 'the probability', probability, 0, 1);
  return (k, images) => {
    requireImages('randomHorizontalFlip', images);
    return tf.tidy(() => select(happens(k, images.shape[0], probability), images.reverse(2), images));
  };
}
