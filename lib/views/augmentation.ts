import { type Key, split, uniform } from '../engine/random';
import { tf } from '../engine/tensorflow';

/**
 * A random change of images, [N, H, W, C] float32 in [0, 1], each image by its own draw; the same key gives the same result.
 * The input is left as it was; the result is a new tensor in [0, 1].
 */
export type Augmentation = (k: Key, images: tf.Tensor4D) => tf.Tensor4D;

/**
 * One augmentation of several, applied in this order, each with a key of its own. None at all returns the images unchanged.
 *
 * @example
 * const augment = compose(randomHorizontalFlip(), randomGrayscale(0.5));
 * augment(key(0), batch(shapes({ count: 4 }), [0, 1])).shape; // [2, 32, 32, 3]
 */
export function compose(...augmentations: readonly Augmentation[]): Augmentation {
  return (k, images) =>
    tf.tidy(() => {
      const keys = split(k, augmentations.length);
      return augmentations.reduce((current, augment, i) => augment(keys[i]!, current), images.clone());
    });
}

/** Throws unless the tensor is a batch of images, float32 [N, H, W, C] with 1 or 3 channels. */
export function requireImages(name: string, images: tf.Tensor): void {
  const channels = images.shape[3];
  if (images.rank !== 4 || (channels !== 1 && channels !== 3)) {
    throw new Error(
      `${name}: expected images [N, H, W, C] with 1 or 3 channels, got shape [${images.shape}]. A single image needs expandDims(0).`,
    );
  }
  if (images.dtype !== 'float32') {
    throw new Error(
      `${name}: expected float32 images in [0, 1], got ${images.dtype}; images.toFloat().div(255) makes them of 8 bits.`,
    );
  }
}

/** Throws unless all numbers of the images lie in [0, 1]; waits for two numbers. */
export function requireUnitRange(name: string, images: tf.Tensor4D): void {
  const [least, greatest] = tf.tidy(() => tf.stack([images.min(), images.max()]).dataSync()) as unknown as number[];
  if (!(least! >= -1e-4 && greatest! <= 1 + 1e-4)) {
    throw new Error(
      `${name}: expected images in [0, 1], got numbers from ${least} to ${greatest}; divide those of 8 bits by 255, and normalize after the views.`,
    );
  }
}

/** Throws unless `value` lies in [min, max]. */
export function requireRange(name: string, what: string, value: number, min: number, max: number): void {
  if (!(value >= min && value <= max)) {
    throw new Error(`${name}: expected ${what} from ${min} to ${max}, got ${value}`);
  }
}

/** `count` uniform numbers in [min, max) as plain numbers, one an image. */
export function draw(k: Key, count: number, min = 0, max = 1): Float32Array {
  return tf.tidy(() => uniform(k, [count], min, max).dataSync() as Float32Array);
}

/** One number an image as [N, 1, 1, 1], which broadcasts over its pixels. */
export function perImage(values: ArrayLike<number>): tf.Tensor4D {
  return tf.tensor4d(Float32Array.from(values), [values.length, 1, 1, 1]);
}

/** `changed` for the chosen images, the others as they are; both [N, H, W, C] (finite). */
export function select(chosen: ArrayLike<boolean>, changed: tf.Tensor4D, images: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    // Products with 0 and 1 are exact, and several times faster here than TensorFlow's broadcasting select.
    const n = chosen.length;
    const mask = tf.tensor2d(Float32Array.from(chosen, Number), [n, 1]);
    const kept = images.reshape([n, -1]).mul(tf.sub(1, mask));
    return changed.reshape([n, -1]).mul(mask).add(kept).reshape(images.shape);
  });
}

/** For each of `count` images, whether an event of this probability happens to it. */
export function happens(k: Key, count: number, probability: number): boolean[] {
  return Array.from(draw(k, count), (u) => u < probability);
}
