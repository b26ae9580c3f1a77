import { foldIn, integers, type Key, uniform } from '../../engine/random';
import { tf } from '../../engine/tensorflow';
import { requirePoints } from './requirePoints';

/**
 * The index drawn with probabilities proportional to these weights, at a position in [0, 1). Where all are 0: any of
 * the `free` ones.
 */
function draw(weights: Float32Array, position: number, free: () => readonly number[]): number {
  let total = 0;
  for (const weight of weights) total += weight;
  if (!(total > 0)) {
    const left = free();
    return left[Math.floor(position * left.length)]!;
  }
  let left = position * total;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    if (!(weights[i]! > 0)) continue;
    last = i;
    left -= weights[i]!;
    if (left < 0) return i;
  }
  return last;
}

/**
 * Starting centres among the points, spread out by the k-means++ rule (Arthur & Vassilvitskii 2007): the first
 * uniformly, each next one with a probability proportional to its squared distance to the nearest centre so far. Where
 * the other points all coincide with centres, one of them is a centre again. Reads [S] numbers back for each centre.
 *
 * @param points [S, K].
 * @param count From 1 to S.
 * @param key Of the choice: the same key, the same centres.
 * @returns [count, K].
 * @throws If the points are not finite, or fewer than the centres.
 * @example
 * // Two far groups of two: one centre in each, whatever the key.
 * const points = tf.tensor2d([[0], [0], [100], [100]]);
 * seedCentres(points, 2, key(0)).sum(); // 100
 */
export function seedCentres(points: tf.Tensor2D, count: number, key: Key): tf.Tensor2D {
  requirePoints('seedCentres', points);
  const [size] = points.shape;
  if (!(Number.isInteger(count) && count >= 1 && count <= size)) {
    throw new Error(
      `seedCentres: expected a number of centres from 1 to the ${size} points, got ${count}; give starting centres of your own for more.`,
    );
  }
  return tf.tidy(() => {
    const positions = uniform(foldIn(key, 0), [count]).dataSync();
    const chosen = [integers(foldIn(key, 1), [1], 0, size).dataSync()[0]!];
    let nearest: tf.Tensor1D | undefined;
    while (chosen.length < count) {
      const before: tf.Tensor1D | undefined = nearest;
      const last = chosen[chosen.length - 1]!;
      nearest = tf.tidy(() => {
        const own = points.squaredDifference<tf.Tensor2D>(points.slice([last, 0], [1, -1])).sum<tf.Tensor1D>(1);
        return before ? before.minimum<tf.Tensor1D>(own) : own;
      });
      before?.dispose();
      const taken = new Set(chosen);
      const free = () => Array.from({ length: size }, (_, i) => i).filter((i) => !taken.has(i));
      chosen.push(draw(nearest.dataSync() as Float32Array, positions[chosen.length]!, free));
    }
    return points.gather(tf.tensor1d(chosen, 'int32'));
  });
}
