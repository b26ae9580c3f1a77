import { createHash } from 'node:crypto';
import type { Dataset } from './dataset';

/** What a loader knows; the count and the checksum follow from it. */
export type DatasetContent = Omit<Dataset, 'count' | 'checksum'>;

/** SHA-256, hexadecimal, of the image bytes followed by the labels as int32, little-endian. */
export function imageChecksum(images: Uint8Array, labels: Int32Array): string {
  const labelBytes = new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength);
  return createHash('sha256').update(images).update(labelBytes).digest('hex');
}

/**
 * Checks that sizes and labels fit together, counts the images and computes their checksum. The arrays are not copied.
 *
 * @throws If the images' bytes do not fit the sizes, or a label has no class.
 * @example
 * const { height, width, channels } = { height: 2, width: 2, channels: 1 };
 * const content = { name: 'two', split: 'train', source: 'made here', real: false, height, width, channels } as const;
 * const two = makeDataset({
 *   ...content,
 *   images: new Uint8Array(8),
 *   labels: Int32Array.of(0, 1),
 *   classNames: ['a', 'b'],
 * });
 * two.count; // 2
 */
export function makeDataset(content: DatasetContent): Dataset {
  const { name, images, labels, height, width, channels, classNames } = content;
  const expected = labels.length * height * width * channels;
  if (images.length !== expected) {
    throw new Error(
      `makeDataset: expected ${expected} bytes for ${labels.length} images of ${height}×${width}×${channels} in ${name}, got ${images.length}`,
    );
  }
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label < 0 || label >= classNames.length) {
      throw new Error(
        `makeDataset: expected labels from 0 to ${classNames.length - 1} in ${name}, got ${label} for image ${i}`,
      );
    }
  }
  return { ...content, count: labels.length, checksum: imageChecksum(images, labels) };
}
