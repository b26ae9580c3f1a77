import { isRecording, withGradient } from '../engine/gradient';
import { runKernel, runKernelMulti } from '../engine/kernel';
import { normalizeRows } from '../engine/normalizeRows';
import { tf } from '../engine/tensorflow';
import { type Objective, objective } from './objective';
import { requirePositive } from './optionChecks';

export interface SimclrOptions {
  /** τ > 0; default 0.2, solo-learn's for CIFAR-10. lightly's is 0.5. */
  readonly temperature?: number;
}

/** z zᵀ / τ with −∞ on the diagonal: an embedding is neither its own positive nor its own negative. */
function similarities(z: tf.Tensor, temperature: number): tf.Tensor {
  const all = tf.matMul(z, z, false, true).div(temperature);
  const never = tf.fill([z.shape[0]!], Number.NEGATIVE_INFINITY);
  return runKernel('MatrixSetDiag', { T: { type: 'float32' } }, [all, never]);
}

/** softmax(z zᵀ / τ) less the positives, in operations that leave a trace on the tape. */
function differentiableSlope(z: tf.Tensor, partners: tf.Tensor, temperature: number): tf.Tensor {
  const count = z.shape[0]!;
  const logits = tf.matMul(z, z, false, true).div(temperature).sub(tf.eye(count).mul(1e30));
  return tf.softmax(logits).sub(tf.oneHot(partners.as1D().toInt(), count));
}

/**
 * The normalised-temperature cross-entropy (NT-Xent) of SimCLR (Chen et al. 2020, arXiv 2002.05709, equation 1): for
 * each of the 2N embeddings, −ln of its positive's share e^{cos/τ} among all the others but itself, and the mean over
 * the 2N. Scalar, at least 0; ln(2N − 1) where all are equal. Rows of zeros keep value and gradient finite.
 *
 * @param za, zb [N, K], row i of both from image i.
 * @param temperature τ > 0.
 * @throws TensorFlow's own error if the shapes differ. τ is not checked here: 0 gives NaN.
 * @example
 * // All embeddings equal: ln(2N − 1). Each its positive's, and at a right angle to the rest: −ln(e / (e + 2)).
 * ntXentTerm(tf.ones([2, 3]), tf.ones([2, 3]), 1); // 1.0986
 * ntXentTerm(tf.eye(2), tf.eye(2), 1); // 0.5514
 */
export function ntXentTerm(za: tf.Tensor, zb: tf.Tensor, temperature: number): tf.Scalar {
  return tf.tidy(() => {
    const z = normalizeRows(tf.concat([za, zb]));
    // The gradient is written out: it takes one product of matrices, where the tape would take two; and one kernel gives the loss
    // and its slope, softmax − one-hot.
    return withGradient([z], () => {
      const n = za.shape[0]!;
      const partners = tf.concat([tf.range(n, 2 * n, 1, 'int32'), tf.range(0, n, 1, 'int32')]);
      const attributes = { T: { type: 'float32' }, Tlabels: { type: 'int32' } } as const;
      const logits = similarities(z, temperature);
      const [losses, slope] = runKernelMulti('SparseSoftmaxCrossEntropyWithLogits', attributes, [logits, partners], 2);
      return {
        value: losses!.mean(),
        saved: [z, slope!, partners],
        gradient: (dy, [zSaved, slopeSaved, partnersSaved]) => {
          const now = isRecording() ? differentiableSlope(zSaved!, partnersSaved!, temperature) : slopeSaved!;
          const both = now.add(now.transpose()).mul(dy.div(2 * n * temperature));
          return [tf.matMul(both, zSaved!)];
        },
      };
    }) as tf.Scalar;
  });
}

/**
 * SimCLR (Chen et al. 2020): NT-Xent over the two views of a batch, its one term `contrastive`.
 *
 * @throws If the temperature is not finite and above 0.
 * @example
 * // Two images, views equal and at a right angle to the other image's: ln(1 + 2 e^(−1/τ)).
 * simclr({ temperature: 0.5 }).terms({ za: tf.eye(2), zb: tf.eye(2) }); // { contrastive: 0.2395 }
 */
export function simclr({ temperature = 0.2 }: SimclrOptions = {}): Objective {
  requirePositive('simclr', { temperature });
  return objective('SimCLR', ({ za, zb }) => ({ contrastive: ntXentTerm(za, zb, temperature) }), {
    settings: { temperature },
  });
}
