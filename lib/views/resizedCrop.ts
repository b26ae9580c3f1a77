import type { Key } from '../engine/random';
import { split } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { type Augmentation, draw, requireImages, requireRange } from './augmentation';
import { separableFilter } from './separable';

/** A rectangle of whole pixels. */
export interface Crop {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** How pixels between pixels are found: from 2 × 2 or from 4 × 4 neighbours. */
export type Interpolation = 'bilinear' | 'bicubic';

export interface ResizedCropOptions {
  /** Least and most share of the image's area; default [0.08, 1] (torchvision's). */
  readonly scale?: readonly [number, number];
  /** Least and most width / height; default [3/4, 4/3] (torchvision's). */
  readonly ratio?: readonly [number, number];
  /** Height and width of the result; default the image's own. */
  readonly size?: readonly [number, number];
  /** Default 'bilinear' (torchvision's); solo-learn and the reference VICReg take 'bicubic'. */
  readonly interpolation?: Interpolation;
}

const attempts = 10;

/**
 * Crops as torchvision's `RandomResizedCrop.get_params` draws them: an area uniform in `scale`, a ratio log-uniform in
 * `ratio`, sides rounded to pixels, tried ten times until the crop fits, then a place uniform among all that fit; after ten
 * failures the largest central crop within `ratio`.
 */
export function sampleCrops(
  k: Key,
  count: number,
  [height, width]: readonly [number, number],
  scale: readonly [number, number],
  ratio: readonly [number, number],
): Crop[] {
  const [areaKey, ratioKey, topKey, leftKey] = split(k, 4);
  const areas = draw(areaKey!, count * attempts, ...scale);
  const logRatios = draw(ratioKey!, count * attempts, Math.log(ratio[0]), Math.log(ratio[1]));
  const tops = draw(topKey!, count);
  const lefts = draw(leftKey!, count);
  return Array.from({ length: count }, (_, n) => {
    for (let t = n * attempts; t < (n + 1) * attempts; t++) {
      const area = height * width * areas[t]!;
      const aspect = Math.exp(logRatios[t]!);
      const w = Math.round(Math.sqrt(area * aspect));
      const h = Math.round(Math.sqrt(area / aspect));
      if (w < 1 || w > width || h < 1 || h > height) continue;
      const top = Math.floor(tops[n]! * (height - h + 1));
      const left = Math.floor(lefts[n]! * (width - w + 1));
      return { top, left, height: h, width: w };
    }
    return centralCrop(height, width, ratio);
  });
}

function centralCrop(height: number, width: number, ratio: readonly [number, number]): Crop {
  const own = width / height;
  const w = own > ratio[1] ? Math.round(height * ratio[1]) : width;
  const h = own < ratio[0] ? Math.round(width / ratio[0]) : height;
  return { top: (height - h) >> 1, left: (width - w) >> 1, height: h, width: w };
}

const kernels: Record<Interpolation, { readonly support: number; weight(x: number): number }> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  // Keys' cubic with a = -1/2, as Pillow's.
  bicubic: {
    support: 2,
    weight: (x) => {
      const t = Math.abs(x);
      if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
      return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
    },
  },
};

/**
 * The weights that resample `length` pixels from `start` on to `outputs` pixels: output pixel i has its centre at
 * start + (i + ½) length / outputs - ½, the kernel widens by the factor of a reduction (so that reducing does not alias),
 * and the weights on the crop's own pixels sum to 1 (Pillow's `resize` of a crop).
 */
function fillResampling(
  weights: Float32Array,
  offset: number,
  inputs: number,
  outputs: number,
  start: number,
  length: number,
  interpolation: Interpolation,
): void {
  const { support, weight } = kernels[interpolation];
  const stretch = Math.max(1, length / outputs);
  for (let i = 0; i < outputs; i++) {
    const centre = start + ((i + 0.5) * length) / outputs - 0.5;
    const first = Math.max(start, Math.ceil(centre - support * stretch));
    const last = Math.min(start + length - 1, Math.floor(centre + support * stretch));
    const row = offset + i * inputs;
    let sum = 0;
    for (let j = first; j <= last; j++) sum += weights[row + j] = weight((j - centre) / stretch);
    for (let j = first; j <= last; j++) weights[row + j]! /= sum;
  }
}

/**
 * Crops each image [N, H, W, C] to its rectangle and resizes it to `size`, [N, h, w, C], clipped to [0, 1] (a cubic
 * overshoots). Crop n belongs to image n.
 */
export function resizedCrop(
  images: tf.Tensor4D,
  crops: readonly Crop[],
  [h, w]: readonly [number, number],
  interpolation: Interpolation = 'bilinear',
): tf.Tensor4D {
  const [n, height, width] = images.shape;
  const rows = new Float32Array(n * h * height);
  const columns = new Float32Array(n * w * width);
  crops.forEach((crop, i) => {
    fillResampling(rows, i * h * height, height, h, crop.top, crop.height, interpolation);
    fillResampling(columns, i * w * width, width, w, crop.left, crop.width, interpolation);
  });
  return tf.tidy(() => {
    const out = separableFilter(tf.tensor3d(rows, [n, h, height]), tf.tensor3d(columns, [n, w, width]), images);
    return out.clipByValue(0, 1) as tf.Tensor4D;
  });
}

/**
 * A random crop of each image, resized: `torchvision.transforms.RandomResizedCrop` (Szegedy and others' "Inception"
 * augmentation), with Pillow's resampling. [N, H, W, C] in [0, 1] → [N, h, w, C], by default the same size.
 *
 * @throws If scale, ratio or size is out of range, or what it is applied to is no batch of images.
 * @example
 * const crop = randomResizedCrop({ scale: [0.2, 1], size: [24, 24], interpolation: 'bicubic' });
 * crop(key(0), batch(shapes({ count: 4 }), [0, 1])).shape; // [2, 24, 24, 3]
 */
export function randomResizedCrop(options: ResizedCropOptions = {}): Augmentation {
  const { scale = [0.08, 1], ratio = [3 / 4, 4 / 3], interpolation = 'bilinear' } = options;
  requireRange('randomResizedCrop', 'the least area', scale[0], 0, scale[1]);
  requireRange('randomResizedCrop', 'the greatest area', scale[1], scale[0], 1);
  requireRange('randomResizedCrop', 'the least ratio', ratio[0], Number.MIN_VALUE, ratio[1]);
  const { size: given } = options;
  if (given && !(given.length === 2 && given.every((side) => Number.isInteger(side) && side >= 1))) {
    throw new Error(`randomResizedCrop: expected size [height, width] of at least 1 pixel each, got [${given}]`);
  }
  return (k, images) => {
    requireImages('randomResizedCrop', images);
    const [count, height, width] = images.shape;
    const size = given ?? [height, width];
    return resizedCrop(images, sampleCrops(k, count, [height, width], scale, ratio), size, interpolation);
  };
}
