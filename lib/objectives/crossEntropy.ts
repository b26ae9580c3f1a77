import { isRecording, withGradient } from '../engine/gradient';
import { runKernelMulti } from '../engine/kernel';
import { tf } from '../engine/tensorflow';

/**
 * How ill softmax(scores / τ) predicts the target distributions: the mean over the rows of −Σ_p target_p ln softmax_p.
 * Scalar. No gradient flows into the targets. `F.cross_entropy` of PyTorch with probabilities.
 *
 * @param scores [N, P].
 * @param targets [N, P], rows that sum to 1.
 * @param temperature τ > 0.
 * @throws TensorFlow's own error if the shapes differ; neither the rows' sums nor τ are checked here.
 * @example
 * const target = tf.tensor2d([[1, 0]]);
 * // ln 2 for scores that do not tell; −ln σ(2/τ) at a lead of 2.
 * crossEntropy(tf.tensor2d([[0, 0]]), target, 1); // 0.6931
 * crossEntropy(tf.tensor2d([[2, 0]]), target, 2); // 0.3133
 */
export function crossEntropy(scores: tf.Tensor, targets: tf.Tensor, temperature: number): tf.Scalar {
  return withGradient([scores], () => {
    const n = scores.shape[0]!;
    // One kernel gives the loss and its gradient, softmax − targets.
    const float32 = { T: { type: 'float32' } } as const;
    const logits = scores.div(temperature);
    const [losses, slope] = runKernelMulti('SoftmaxCrossEntropyWithLogits', float32, [logits, targets], 2);
    return {
      value: losses!.mean(),
      saved: [scores, targets, slope!],
      gradient: (dy, [scoresSaved, targetsSaved, slopeSaved]) => {
        const now = isRecording() ? tf.softmax(scoresSaved!.div(temperature)).sub(targetsSaved!) : slopeSaved!;
        return [now.mul(dy.div(n * temperature))];
      },
    };
  }) as tf.Scalar;
}
