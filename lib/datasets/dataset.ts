import { tf } from '../engine/tensorflow';

/** Which part of a data set: the images to learn from, or those held out. */
export type Split = 'train' | 'test';

/** Labelled images of one size, as bytes in memory. Plain data: copy it with spread, cut it with `subset`. */
export interface Dataset {
  /** As `load` knows it, or as its maker called it. */
  readonly name: string;
  /** Which part of the data set these images are. */
  readonly split: Split;
  /** [count, height, width, channels], row-major, bytes 0 … 255; channels are 1 (grey) or 3 (red, green, blue). */
  readonly images: Uint8Array;
  /** [count], indices into `classNames`. */
  readonly labels: Int32Array;
  /** Number of images. */
  readonly count: number;
  /** Rows of pixels of each image. */
  readonly height: number;
  /** Columns of pixels of each image. */
  readonly width: number;
  /** 1 (grey) or 3 (red, green, blue). */
  readonly channels: number;
  /** What the labels stand for. */
  readonly classNames: readonly string[];
  /** False only for images made by code. */
  readonly real: boolean;
  /** One line for a figure's subtitle: what the images are, how many, and whether they are exact, lossy or generated. */
  readonly source: string;
  /** SHA-256, hexadecimal, of the image bytes followed by the labels (int32, little-endian). */
  readonly checksum: string;
}

const UNIT = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/**
 * The images at `indices` (any order, repeats allowed) as one tensor: float32 [indices.length, height, width, channels] in
 * [0, 1]. The bytes are copied once. The caller disposes the tensor.
 *
 * @throws If an index is not one of the data set's.
 * @example
 * const images = batch(shapes({ count: 10 }), [0, 3]);
 * images.shape; // [2, 32, 32, 3]
 */
export function batch(dataset: Dataset, indices: ArrayLike<number>): tf.Tensor4D {
  const { images, count, height, width, channels } = dataset;
  const size = height * width * channels;
  const values = new Float32Array(indices.length * size);
  for (let row = 0; row < indices.length; row++) {
    const index = indices[row]!;
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw new Error(`batch: expected indices from 0 to ${count - 1} into ${dataset.name}, got ${index} at ${row}`);
    }
    const from = index * size;
    const to = row * size;
    for (let i = 0; i < size; i++) values[to + i] = UNIT[images[from + i]!]!;
  }
  return tf.tensor4d(values, [indices.length, height, width, channels]);
}
