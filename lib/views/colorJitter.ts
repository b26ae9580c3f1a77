import { runKernel } from '../engine/kernel';
import { type Key, permutation, split } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { type Augmentation, draw, happens, perImage, requireImages, requireRange } from './augmentation';
import { lumaWeights } from './grayscale';

export interface ColorJitterOptions {
  /** The factor is uniform in [max(0, 1 - brightness), 1 + brightness]; default 0. */
  readonly brightness?: number;
  /** As brightness; default 0. */
  readonly contrast?: number;
  /** As brightness; default 0. */
  readonly saturation?: number;
  /** The shift is uniform in [-hue, hue], in turns of the colour circle, at most 0.5; default 0. */
  readonly hue?: number;
  /** The share of the images that is jittered; default 0.8. */
  readonly probability?: number;
}

const operations = ['brightness', 'contrast', 'saturation', 'hue'] as const;
type Operation = (typeof operations)[number];

/** What happens to one image: the four operations in this order, each with its factor (hue: its shift). */
export interface Jitter extends Readonly<Record<Operation, number>> {
  readonly order: readonly Operation[];
}

/** Shifts the hue of images [N, H, W, 3] by `shifts[n]` turns (1 is the whole circle); saturation and value stay. */
export function shiftHue(images: tf.Tensor4D, shifts: ArrayLike<number>): tf.Tensor4D {
  return tf.tidy(() => {
    const hsv = runKernel('RGBToHSV', { T: { type: 'float32' } }, [images]);
    const turn = tf.concat([perImage(shifts), perImage(new Float32Array(shifts.length * 2)).reshape([-1, 1, 1, 2])], 3);
    const shifted = hsv.add(turn);
    // Saturation and value reach 1 and must stay there, so only the hue is taken modulo 1.
    const wraps = tf.tensor1d([1, 0, 0]).mul(shifted.floor());
    return runKernel('HSVToRGB', { T: { type: 'float32' } }, [shifted.sub(wraps)]) as tf.Tensor4D;
  });
}

/**
 * One of brightness, contrast and saturation for each image: factor · image + (1 - factor) · other, clipped to [0, 1], where
 * the other is black, the image's mean luma, or its luma. So each image's colours go through one affine map.
 */
function blend(images: tf.Tensor4D, kinds: readonly Operation[], factors: readonly number[]): tf.Tensor4D {
  const [n, height, width, channels] = images.shape;
  const weights = channels === 3 ? lumaWeights : [1];
  const matrices = new Float32Array(n * channels * channels);
  for (let i = 0; i < n; i++) {
    const toLuma = kinds[i] === 'saturation' ? 1 - factors[i]! : 0;
    for (let from = 0; from < channels; from++) {
      for (let to = 0; to < channels; to++) {
        matrices[(i * channels + from) * channels + to] = toLuma * weights[from]! + (from === to ? factors[i]! : 0);
      }
    }
  }
  const pixels = images.reshape([n, height * width, channels]);
  const meanLuma = pixels.mean(1).matMul(tf.tensor2d([...weights], [channels, 1]));
  const towardsMean = tf.tensor2d(
    Float32Array.from(kinds, (kind, i) => (kind === 'contrast' ? 1 - factors[i]! : 0)),
    [n, 1],
  );
  const offset = meanLuma.mul(towardsMean);
  const mapped = pixels.matMul(tf.tensor3d(matrices, [n, channels, channels])).reshape([n, -1]);
  return mapped.add(offset).clipByValue(0, 1).reshape(images.shape);
}

/** Applies to image n of [N, H, W, C] the operations of `jitters[n]`; all must have their hue at the same place in the order. */
function jitterGroup(images: tf.Tensor4D, jitters: readonly Jitter[]): tf.Tensor4D {
  const hasColor = images.shape[3] === 3;
  let current = images;
  for (let place = 0; place < operations.length; place++) {
    const kinds = jitters.map((jitter) => jitter.order[place]!);
    if (kinds[0] !== 'hue') {
      const factors = jitters.map((jitter, n) => jitter[kinds[n]!]);
      current = blend(current, kinds, factors);
    } else if (hasColor && jitters.some((jitter) => jitter.hue !== 0)) {
      const shifts = jitters.map((jitter) => jitter.hue);
      current = shiftHue(current, shifts);
    }
  }
  return current;
}

/**
 * Applies brightness, contrast, saturation and hue to each image [N, H, W, C] in its own order and by its own factors;
 * where `jitters[n]` is null, image n stays. Images of one channel have no saturation or hue to change.
 *
 * Images whose hue comes at the same place go together: the other three operations are one blend with three choices.
 */
export function jitterColors(images: tf.Tensor4D, jitters: readonly (Jitter | null)[]): tf.Tensor4D {
  return tf.tidy(() => {
    const groups = Array.from({ length: operations.length + 1 }, (): number[] => []);
    jitters.forEach((jitter, n) => {
      groups[jitter ? jitter.order.indexOf('hue') : operations.length]!.push(n);
    });
    const sorted = groups.flat();
    const parts = groups
      .filter((group) => group.length > 0)
      .map((group) => {
        const part = tf.gather(images, tf.tensor1d(group, 'int32'));
        const own = group.map((n) => jitters[n]!);
        return own[0] ? jitterGroup(part, own) : part;
      });
    const inverse = new Int32Array(sorted.length);
    sorted.forEach((n, place) => {
      inverse[n] = place;
    });
    return tf.gather(tf.concat(parts, 0), tf.tensor1d(inverse, 'int32'));
  });
}

/** The jitters of `count` images, null for those that stay. */
export function sampleJitters(k: Key, count: number, options: ColorJitterOptions): (Jitter | null)[] {
  const { brightness = 0, contrast = 0, saturation = 0, hue = 0, probability = 0.8 } = options;
  const [chosenKey, orderKey, ...factorKeys] = split(k, 6);
  const chosen = happens(chosenKey!, count, probability);
  const orderKeys = split(orderKey!, count);
  const factors = (i: number, strength: number) => draw(factorKeys[i]!, count, Math.max(0, 1 - strength), 1 + strength);
  const [b, c, s] = [factors(0, brightness), factors(1, contrast), factors(2, saturation)];
  const h = draw(factorKeys[3]!, count, -hue, hue);
  return chosen.map((jittered, n) => {
    if (!jittered) return null;
    const order = Array.from(permutation(orderKeys[n]!, operations.length), (i) => operations[i]!);
    return { order, brightness: b[n]!, contrast: c[n]!, saturation: s[n]!, hue: h[n]! };
  });
}

/**
 * `torchvision.transforms.ColorJitter` under `RandomApply`: brightness, contrast, saturation and hue by random factors in a
 * random order, drawn for each image on its own. [N, H, W, C] in [0, 1] → the same.
 *
 * @throws If a strength, the hue or the probability is out of its range, or what it is applied to is no batch of
 *   images.
 * @example
 * const images = batch(shapes({ count: 4 }), [0, 1]);
 * const jitter = randomColorJitter({ brightness: 0.5, hue: 0.1, probability: 1 });
 * jitter(key(0), images).shape; // [2, 32, 32, 3]
 */
export function randomColorJitter(options: ColorJitterOptions): Augmentation {
  for (const strength of ['brightness', 'contrast', 'saturation'] as const) {
    requireRange('randomColorJitter', strength, options[strength] ?? 0, 0, Number.MAX_VALUE);
  }
  requireRange('randomColorJitter', 'hue', options.hue ?? 0, 0, 0.5);
  requireRange('randomColorJitter', 'the probability', options.probability ?? 0.8, 0, 1);
  return (k, images) => {
    requireImages('randomColorJitter', images);
    return jitterColors(images, sampleJitters(k, images.shape[0], options));
  };
}
