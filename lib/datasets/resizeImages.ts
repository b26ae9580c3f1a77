import type { Dataset } from './dataset';
import { makeDataset } from './makeDataset';

/** For each output position: the first input position and the weights from there on, which add up to 1. */
interface Taps {
  readonly first: Int32Array;
  readonly weights: readonly Float64Array[];
}

/**
 * The triangle filter: bilinear interpolation where the image grows; where it shrinks, the triangle is widened to cover all
 * the input pixels under an output pixel, so that nothing aliases. Pixel centres lie at half-integers; weights beyond the
 * edge are left out and the others scaled up (as Pillow's BILINEAR does).
 */
function triangleTaps(from: number, to: number): Taps {
  const scale = from / to;
  const reach = Math.max(scale, 1);
  const first = new Int32Array(to);
  const weights = Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const start = Math.max(Math.floor(centre - reach + 0.5), 0);
    const end = Math.min(Math.floor(centre + reach + 0.5), from);
    first[i] = start;
    const raw = Float64Array.from({ length: end - start }, (_, j) =>
      Math.max(1 - Math.abs((start + j + 0.5 - centre) / reach), 0),
    );
    const sum = raw.reduce((total, w) => total + w, 0);
    return raw.map((w) => w / sum);
  });
  return { first, weights };
}

/**
 * All images at another size, by the triangle filter (bilinear, antialiased), rounded to bytes: so that data sets can be
 * compared at one size. `height` and `width` in pixels, `width` default `height`. A data set of that size is returned as it is.
 *
 * @throws If a size is not a whole number of at least 1.
 * @example
 * const half = resizeImages(shapes({ count: 4 }), 16);
 * [half.count, half.height, half.width]; // [4, 16, 16]
 */
export function resizeImages(dataset: Dataset, height: number, width = height): Dataset {
  for (const side of [height, width]) {
    if (!Number.isInteger(side) || side < 1)
      throw new Error(`resizeImages: expected sides of at least 1 pixel, got ${side}`);
  }
  if (height === dataset.height && width === dataset.width) return dataset;
  const { images, count, channels } = dataset;
  const [across, down] = [triangleTaps(dataset.width, width), triangleTaps(dataset.height, height)];
  const resized = new Uint8Array(count * height * width * channels);
  const wide = new Float64Array(dataset.height * width * channels);
  const inSize = dataset.height * dataset.width * channels;
  for (let n = 0; n < count; n++) {
    for (let y = 0; y < dataset.height; y++) {
      const row = n * inSize + y * dataset.width * channels;
      for (let x = 0; x < width; x++) {
        const taps = across.weights[x]!;
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          const start = row + across.first[x]! * channels + c;
          for (let t = 0; t < taps.length; t++) sum += taps[t]! * images[start + t * channels]!;
          wide[(y * width + x) * channels + c] = sum;
        }
      }
    }
    const rowSize = width * channels;
    for (let y = 0; y < height; y++) {
      const taps = down.weights[y]!;
      const start = down.first[y]! * rowSize;
      const to = (n * height + y) * rowSize;
      for (let i = 0; i < rowSize; i++) {
        let sum = 0;
        for (let t = 0; t < taps.length; t++) sum += taps[t]! * wide[start + t * rowSize + i]!;
        resized[to + i] = Math.round(sum);
      }
    }
  }
  return makeDataset({
    ...dataset,
    images: resized,
    height,
    width,
    source: `${dataset.source}, resized to ${width}×${height}`,
  });
}

/**
 * Grey images repeated to red, green and blue, so that they can be compared with colour ones; colour images as they are.
 *
 * @example
 * const colour = toColour(shapes({ count: 4 }));
 * colour.channels; // 3
 */
export function toColour(dataset: Dataset): Dataset {
  if (dataset.channels === 3) return dataset;
  const { images } = dataset;
  const colour = new Uint8Array(images.length * 3);
  for (let i = 0; i < images.length; i++) colour.fill(images[i]!, 3 * i, 3 * i + 3);
  return makeDataset({
    ...dataset,
    images: colour,
    channels: 3,
    source: `${dataset.source}, grey repeated to three channels`,
  });
}
