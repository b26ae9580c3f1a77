import { withGradient } from '../engine/gradient';
import { tf } from '../engine/tensorflow';
import { requirePositive, requireWhole } from './optionChecks';

export interface SinkhornOptions {
  /** Entropic regularisation ε > 0, in units of the scores; default 0.05, facebookresearch/swav's. */
  readonly epsilon?: number;
  /** Times that prototypes, then samples, are given their share; default 3, facebookresearch/swav's. */
  readonly iterations?: number;
  /** Return only the assignments of so many last samples; default all. */
  readonly last?: number;
}

/**
 * The soft assignment of B samples to P prototypes that uses all prototypes alike: exp(scores / ε), alternately scaled
 * so that each prototype gets 1/P of the weight, then each sample 1/B (Cuturi 2013; SwAV: Caron et al. 2020, arXiv
 * 2006.09882, equation 5). The end is with the samples: each row of the result sums to 1 exactly, each column to B/P in
 * the limit of many iterations. No gradient flows through it. Scores of any size are safe: the first scalings are done
 * on logarithms, and leave each prototype a sample of weight 1/(B P) or more.
 *
 * @param scores [B, P], such as cosines of embeddings and prototypes.
 * @returns [B, P], or [last, P].
 * @throws If an option is out of its range.
 * @example
 * // Both samples score best with the first prototype, but each prototype has to get its half.
 * sinkhorn(tf.tensor2d([[1, 0], [1, 0]])); // [[0.5, 0.5], [0.5, 0.5]]
 * sinkhorn(tf.tensor2d([[1, 0], [0, 1]]), { epsilon: 0.5 }); // [[0.8808, 0.1192], [0.1192, 0.8808]]
 */
export function sinkhorn(
  scores: tf.Tensor2D,
  { epsilon = 0.05, iterations = 3, last }: SinkhornOptions = {},
): tf.Tensor2D {
  const [samples, prototypes] = scores.shape;
  requirePositive('sinkhorn', { epsilon });
  requireWhole('sinkhorn', { iterations, last: last ?? samples }, 1);
  const kept = last ?? samples;
  if (kept > samples) throw new Error(`sinkhorn: expected last to be at most the ${samples} samples, got ${kept}`);
  return withGradient([], () => {
    const scaled = scores.div(epsilon) as tf.Tensor2D;
    const q = tf.softmax(scaled.sub(scaled.logSumExp(0, true)) as tf.Tensor2D);
    // Further scalings only move two vectors: the assignments are diag(ofSamples) q diag(ofPrototypes).
    let ofSamples: tf.Tensor2D = tf.ones([samples, 1]);
    let ofPrototypes: tf.Tensor2D = tf.ones([1, prototypes]);
    for (let i = 1; i < iterations; i++) {
      ofPrototypes = tf.reciprocal(tf.matMul(ofSamples, q, true, false) as tf.Tensor2D);
      ofSamples = tf.reciprocal(tf.matMul(q, ofPrototypes, false, true) as tf.Tensor2D);
    }
    const start: [number, number] = [samples - kept, 0];
    const value = q
      .slice(start, [kept, prototypes])
      .mul(ofSamples.slice(start, [kept, 1]))
      .mul(ofPrototypes);
    return { value, saved: [], gradient: () => [] };
  }) as tf.Tensor2D;
}
