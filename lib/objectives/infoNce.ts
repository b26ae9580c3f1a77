import { isRecording, withGradient } from '../engine/gradient';
import { runKernelMulti } from '../engine/kernel';
import { tf } from '../engine/tensorflow';
import { rowProducts } from './normalizeRows';

/** ln Σ_j exp(x_nj) and softmax(x), row by row: [N, 1] and [N, M], less 1 in column 0, which is how the one kernel gives it. */
function logSumExpAndSoftmax(x: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const attributes = { T: { type: 'float32' }, Tlabels: { type: 'int32' } } as const;
  const first = tf.zeros([x.shape[0]!], 'int32');
  const [loss, softmax] = runKernelMulti('SparseSoftmaxCrossEntropyWithLogits', attributes, [x, first], 2);
  return [loss!.expandDims(1).add(x.slice([0, 0], [-1, 1])), softmax!];
}

/**
 * InfoNCE of queries against one positive key each and negatives shared by all, the mean over the queries of
 * −ln (e^{q·k/τ} / (e^{q·k/τ} + Σ_j e^{q·n_j/τ})) (van den Oord et al. 2018, arXiv 1807.03748; He et al. 2020, arXiv 1911.05722,
 * equation 1). Scalar, at least 0. No gradient flows into keys and negatives.
 *
 * @param queries [N, K], rows of length 1.
 * @param keys [N, K], row i the positive of query i, of length 1.
 * @param negatives [M, K], M ≥ 1, rows of length 1.
 * @param temperature τ > 0.
 */
export function infoNce(queries: tf.Tensor, keys: tf.Tensor, negatives: tf.Tensor, temperature: number): tf.Scalar {
  // With L = ln Σ_j e^{q·n_j/τ} the loss is softplus(L − q·k/τ): no matrix of all logits has to be put together, and its
  // gradient by q is σ(L − q·k/τ) (Σ_j softmax_j n_j − k) / τ.
  return withGradient([queries], () => {
    const n = queries.shape[0]!;
    const scaled = queries.div(temperature);
    const [logSumExp, softmax] = logSumExpAndSoftmax(
      tf.matMul(scaled as tf.Tensor2D, negatives as tf.Tensor2D, false, true),
    );
    const margins = logSumExp.sub(rowProducts(scaled, keys));
    return {
      value: margins.softplus().mean(),
      saved: [queries, keys, negatives, margins, softmax],
      gradient: (dy, [q, k, others, marginsSaved, softmaxSaved]) => {
        const share = dy.div(n * temperature);
        if (isRecording()) {
          const again = q!.div(temperature);
          const logits = tf.matMul(again as tf.Tensor2D, others as tf.Tensor2D, false, true);
          const weights = logits.logSumExp(1, true).sub(rowProducts(again, k!)).sigmoid().mul(share);
          return [
            tf
              .matMul(tf.softmax(logits), others as tf.Tensor2D)
              .sub(k!)
              .mul(weights),
          ];
        }
        const pull = tf
          .matMul(softmaxSaved as tf.Tensor2D, others as tf.Tensor2D)
          .add(others!.slice(0, 1))
          .sub(k!);
        return [pull.mul(marginsSaved!.sigmoid().mul(share))];
      },
    };
  }) as tf.Scalar;
}
