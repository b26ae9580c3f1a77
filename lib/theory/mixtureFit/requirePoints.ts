import { allFinite } from '../../engine/matrix';
import type { tf } from '../../engine/tensorflow';
import { requireRows } from '../../information/requireRows';

/** @throws If the points are not float32 [S, K], S and K at least 1, or not finite. */
export function requirePoints(name: string, points: tf.Tensor2D): void {
  requireRows(name, 'points', points, 1);
  if (!allFinite(points)) {
    throw new Error(`${name}: expected finite points, got NaN or infinite values; look for them where they are made.`);
  }
}

/** @throws If the means are not finite, or not of the points' dimension. */
export function requireMeans(name: string, means: tf.Tensor2D, points: tf.Tensor2D): void {
  requireRows(name, 'the means', means, 1);
  if (means.shape[1] !== points.shape[1]) {
    throw new Error(
      `${name}: expected means of ${points.shape[1]} dimensions, as the points are [${points.shape.join(', ')}], got [${means.shape.join(', ')}]`,
    );
  }
  if (!allFinite(means)) throw new Error(`${name}: expected finite means, got NaN or infinite values.`);
}
