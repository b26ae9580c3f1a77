import { isRecording, withGradient } from '../engine/gradient';
import { rowProducts } from '../engine/normalizeRows';
import { tf } from '../engine/tensorflow';

/** σ(L − q·k/τ) (Σ_j softmax_j n_j − k) in operations that can be differentiated by the queries. */
function pullAgain(queries: tf.Tensor, keys: tf.Tensor, negatives: tf.Tensor, temperature: number): tf.Tensor {
  const scaled = queries.div<tf.Tensor2D>(temperature);
  const logits = tf.matMul(scaled, negatives as tf.Tensor2D, false, true) as tf.Tensor2D;
  const weights = logits.logSumExp(1, true).sub(rowProducts(scaled, keys)).sigmoid();
  return tf
    .matMul(tf.softmax(logits), negatives as tf.Tensor2D)
    .sub(keys)
    .mul(weights);
}

/**
 * InfoNCE of queries against one positive key each and negatives shared by all, the mean over the queries of −ln
 * (e^{q·k/τ} / (e^{q·k/τ} + Σ_j e^{q·n_j/τ})) (van den Oord et al. 2018, arXiv 1807.03748; He et al. 2020, arXiv
 * 1911.05722, equation 1). Scalar, at least 0. No gradient flows into keys and negatives.
 *
 * @param queries [N, K], rows of length 1.
 * @param keys [N, K], row i the positive of query i, of length 1.
 * @param negatives [M, K], M ≥ 1, rows of length 1.
 * @param temperature τ > 0.
 * @throws TensorFlow's own error if the shapes do not fit; neither lengths nor τ are checked here.
 * @example
 * const query = tf.tensor2d([[1, 0]]);
 * // The key is the query, the one negative at a right angle: −ln(e / (e + 1)).
 * infoNce(query, query, tf.tensor2d([[0, 1]]), 1); // 0.3133
 */
export function infoNce(queries: tf.Tensor, keys: tf.Tensor, negatives: tf.Tensor, temperature: number): tf.Scalar {
  // With L = ln Σ_j e^{q·n_j/τ} the loss is softplus(L − q·k/τ): no matrix of all logits has to be put together, and its
  // gradient by q is σ(L − q·k/τ) (Σ_j softmax_j n_j − k) / τ.
  return withGradient([queries], () => {
    const n = queries.shape[0]!;
    const scaled = queries.div<tf.Tensor2D>(temperature);
    const logits = tf.matMul(scaled, negatives as tf.Tensor2D, false, true);
    const greatest = logits.max(1, true);
    const powers = logits.sub(greatest).exp();
    const sums = powers.sum(1, true);
    const margins = sums.log().add(greatest).sub(rowProducts(scaled, keys));
    return {
      value: margins.softplus().mean(),
      saved: [queries, keys, negatives, powers, sums, margins],
      gradient: (dy, [q, k, others, powersSaved, sumsSaved, marginsSaved]) => {
        const share = dy.div(n * temperature);
        if (isRecording()) return [pullAgain(q!, k!, others!, temperature).mul(share)];
        const average = tf.matMul(powersSaved as tf.Tensor2D, others as tf.Tensor2D).div(sumsSaved!);
        return [average.sub(k!).mul(marginsSaved!.sigmoid().mul(share))];
      },
    };
  }) as tf.Scalar;
}
