import { type Key, uniform } from '../engine/random';
import type { Dataset } from './dataset';

/** For each of the images at `indices` the index of another of its class, the same for the same key. */
export type ClassPartners = (k: Key, indices: ArrayLike<number>) => Int32Array;

/**
 * Draws pairs of images of one class, x⁺ and x⁺⁺ both from D_y, as the theorems on generalization ask for them: given the first
 * of each pair, the second is uniform among the other images of its class, independently for each index (which may repeat).
 *
 * @throws If a class has one image only, for which there is no other. The drawing throws on an index that is not the data set's.
 * @example
 * // Image i of the shapes has class i mod 10: the other of class 0 is 10.
 * const partners = classPartners(shapes({ count: 20 }));
 * partners(key(0), [0, 1, 12]); // [10, 11, 2]
 */
export function classPartners({ name, labels, count, classNames }: Dataset): ClassPartners {
  const members = new Map<number, number[]>();
  const placeOf = Int32Array.from(labels, (label, index) => {
    const own = members.get(label) ?? [];
    members.set(label, own);
    return own.push(index) - 1;
  });
  const single = [...members].find(([, own]) => own.length === 1);
  if (single) {
    throw new Error(
      `classPartners: expected at least 2 images of each class of ${name}, got 1 of '${classNames[single[0]]}'; take more images, or leave that class out.`,
    );
  }
  return (k, indices) => {
    const drawn = uniform(k, [indices.length]);
    const fractions = drawn.dataSync();
    drawn.dispose();
    return Int32Array.from(indices, (index, i) => {
      const own = members.get(labels[index]!);
      if (!own) throw new Error(`classPartners: expected indices from 0 to ${count - 1} into ${name}, got ${index}`);
      const others = own.length - 1;
      const other = Math.min(others - 1, Math.floor(fractions[i]! * others));
      return own[other < placeOf[index]! ? other : other + 1]!;
    });
  };
}
