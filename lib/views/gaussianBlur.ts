import { split } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { type Augmentation, draw, happens, requireImages, requireRange } from './augmentation';
import { separableFilter } from './separable';

/** Pixel -1 is pixel 1 again, and so on: a mirror at the first and last pixel ('reflect'). */
function reflect(i: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const folded = ((i % period) + period) % period;
  return folded < length ? folded : period - folded;
}

function blurMatrices(sigmas: ArrayLike<number>, length: number): tf.Tensor3D {
  const weights = new Float32Array(sigmas.length * length * length);
  for (let n = 0; n < sigmas.length; n++) {
    const sigma = sigmas[n]!;
    const radius = Math.ceil(3 * sigma);
    const bell = Array.from({ length: 2 * radius + 1 }, (_, d) =>
      sigma === 0 ? 1 : Math.exp(-((d - radius) ** 2) / (2 * sigma * sigma)),
    );
    const sum = bell.reduce((a, b) => a + b);
    for (let i = 0; i < length; i++) {
      for (let d = -radius; d <= radius; d++) {
        weights[(n * length + i) * length + reflect(i + d, length)]! += bell[d + radius]! / sum;
      }
    }
  }
  return tf.tensor3d(weights, [sigmas.length, length, length]);
}

/**
 * Blurs image n of [N, H, W, C] by a Gaussian of standard deviation `sigmas[n]` pixels, cut off at the whole pixel from
 * 3 σ on and normalised, the image reflected at its borders; σ = 0 leaves it unchanged.
 */
export function gaussianBlur(images: tf.Tensor4D, sigmas: ArrayLike<number>): tf.Tensor4D {
  const [, height, width] = images.shape;
  return tf.tidy(() => {
    const rows = blurMatrices(sigmas, height);
    return separableFilter(rows, height === width ? rows : blurMatrices(sigmas, width), images);
  });
}

/**
 * Blurs each image with this probability, default 0.5, by σ uniform in `sigma`, default [0.1, 2] pixels (SimCLR's range;
 * Chen and others 2020; solo-learn's `GaussianBlur`, which leaves the kernel to Pillow's approximation by boxes). [N,
 * H, W, C] in [0, 1] → the same.
 *
 * @throws If the probability or sigma is out of range, or what it is applied to is no batch of images.
 * @example
 * const images = batch(shapes({ count: 4 }), [0, 1]);
 * const blurred = randomGaussianBlur(1, [2, 2])(key(0), images);
 * const contrast = (x: tf.Tensor) => tf.moments(x).variance.sqrt();
 * contrast(images); // 0.2338
 * contrast(blurred); // 0.2135
 */
export function randomGaussianBlur(probability = 0.5, sigma: readonly [number, number] = [0.1, 2]): Augmentation {
  requireRange('randomGaussianBlur', 'the probability', probability, 0, 1);
  requireRange('randomGaussianBlur', 'the least sigma', sigma[0], 0, sigma[1]);
  return (k, images) => {
    requireImages('randomGaussianBlur', images);
    const [chosenKey, sigmaKey] = split(k);
    const chosen = happens(chosenKey!, images.shape[0], probability);
    const sigmas = draw(sigmaKey!, images.shape[0], ...sigma);
    return gaussianBlur(
      images,
      sigmas.map((s, n) => (chosen[n] ? s : 0)),
    );
  };
}
