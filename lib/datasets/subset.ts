import type { Dataset } from './dataset';
import { makeDataset } from './makeDataset';

/**
 * The images at `indices`, in that order, copied; `source` says how many of how many they are.
 *
 * @throws If an index is not one of the data set's.
 * @example
 * const few = subset(shapes({ count: 100 }), [3, 14, 15]);
 * few.labels; // [3, 4, 5]
 */
export function subset(dataset: Dataset, indices: ArrayLike<number>): Dataset {
  const { images, labels, count, height, width, channels } = dataset;
  const size = height * width * channels;
  const chosenImages = new Uint8Array(indices.length * size);
  const chosenLabels = new Int32Array(indices.length);
  for (let row = 0; row < indices.length; row++) {
    const index = indices[row]!;
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw new Error(`subset: expected indices from 0 to ${count - 1} into ${dataset.name}, got ${index} at ${row}`);
    }
    chosenImages.set(images.subarray(index * size, (index + 1) * size), row * size);
    chosenLabels[row] = labels[index]!;
  }
  return makeDataset({
    ...dataset,
    images: chosenImages,
    labels: chosenLabels,
    source: `${dataset.source}; ${indices.length.toLocaleString('en')} of them`,
  });
}
