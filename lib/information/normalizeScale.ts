import { withGradient } from '../engine/gradient';
import { normalizeRows } from '../engine/normalizeRows';
import { tf } from '../engine/tensorflow';
import { requireRows } from './requireRows';

/**
 * How embeddings are scaled before their entropies are compared (`normalizeScale`), in words for a figure. A
 * differential entropy in K dimensions gains K ln a when all is multiplied by a, so without a common scale it compares
 * units.
 *
 * @example
 * embeddingScales.totalVariance; // 'total variance K'
 * Object.keys(embeddingScales); // ['totalVariance', 'raw', 'unitLength', 'standardized']
 */
export const embeddingScales = {
  totalVariance: 'total variance K',
  raw: 'as they are',
  unitLength: 'each of length √K',
  standardized: 'variance 1 in each dimension',
} as const;

/** The scales of `normalizeScale`. */
export type EmbeddingScale = keyof typeof embeddingScales;

/** A variance below this share of the mean square is rounding of a constant. */
const CONSTANT = 1e-12;

/**
 * The embeddings on a common scale, [N, K]:
 *
 * - `totalVariance`: centred, and divided by one number so that the variances (over N − 1) add up to K. Keeps the
 *   shape: what is left is how evenly and in how many directions they spread. Undoes any shift and positive factor;
 *   turns with a rotation.
 * - `raw`: as they are.
 * - `unitLength`: each row divided by its length, times √K, so that the mean square of an entry is 1: the directions
 *   alone, which is what a cosine sees. Undoes a positive factor on each row; not a shift.
 * - `standardized`: each dimension centred and divided by its standard deviation. Undoes a shift and factor of each
 *   dimension, and so hides that some have nearly none of the variance; a rotation changes it.
 *
 * Dimensions without any spread, and rows of zeros, become 0, without a gradient. Differentiable.
 * Chosen here.
 *
 * @param z [N, K], N ≥ 2.
 * @param scale Which of the four.
 * @throws If z is no such matrix, or the scale is unknown.
 * @example
 * const z = tf.tensor2d([[0, 0], [6, 0], [6, 2], [0, 2]]);
 * // Variances 12 and 4/3: by one factor to 1.8 and 0.2, and each by its own to 1.
 * normalizeScale(z, 'totalVariance').slice(1, 1); // [[1.1619, -0.3873]]
 * normalizeScale(z, 'standardized').slice(1, 1); // [[0.8660, -0.8660]]
 */
export function normalizeScale(z: tf.Tensor2D, scale: EmbeddingScale): tf.Tensor2D {
  requireRows('normalizeScale', 'z', z, 2);
  if (!Object.hasOwn(embeddingScales, scale)) {
    throw new Error(
      `normalizeScale: expected the scale ${Object.keys(embeddingScales).join(', ')}, got '${String(scale)}'`,
    );
  }
  return tf.tidy(() => {
    const [n, k] = z.shape;
    if (scale === 'raw') return z.clone();
    if (scale === 'unitLength') return normalizeRows(z).mul(Math.sqrt(k)) as tf.Tensor2D;
    const centred = z.sub(z.mean(0));
    const variances = centred
      .square()
      .sum(0)
      .div(n - 1);
    const variance = scale === 'totalVariance' ? variances.mean() : variances;
    // Rounding leaves a constant dimension a variance of some 1e-14 of its square.
    const squares = z.square().mean(scale === 'totalVariance' ? undefined : 0);
    const spread = exceeds(variance, squares.mul(CONSTANT));
    const factor = variance.add(tf.sub(1, spread)).rsqrt().mul(spread);
    return centred.mul(factor) as tf.Tensor2D;
  });
}

/** 1 where a > b, else 0: a constant for the gradient. */
function exceeds(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return withGradient([a, b], () => ({
    value: a.greater(b).toFloat(),
    saved: [],
    gradient: (dy) => [tf.zerosLike(dy), tf.zerosLike(dy)],
  }));
}
