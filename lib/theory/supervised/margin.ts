import type { tf } from '../../engine/tensorflow';
import { quantile } from '../../statistics/summary';
import { requireLogits } from './labelledExamples';

/**
 * The output margin of each example: its label's logit minus the largest other one, positive where the classifier is
 * right. `logits` is [N, classes], at least 2 classes; `labels` N classes from 0.
 * Source: Jiang et al. 2019.
 *
 * @param logits [N, classes], at least 2 classes.
 * @param labels N classes, from 0.
 * @throws If a logit is not finite, a label names no class, or the numbers of logits and labels differ.
 * @example
 * // The label's logit less the other: 2 − 1, and 0 − 3.
 * outputMargins(tf.tensor2d([[2, 1], [0, 3]]), [0, 0]); // [1, -3]
 */
export function outputMargins(logits: tf.Tensor2D, labels: ArrayLike<number>): Float64Array {
  const [count, classes] = logits.shape;
  if (count < 1 || count !== labels.length) {
    throw new Error(
      `outputMargins: expected at least one example and a label for each, got ${count} and ${labels.length}`,
    );
  }
  const values = logits.dataSync();
  requireLogits('outputMargins', values, classes, labels);
  return Float64Array.from({ length: count }, (_, i) => {
    let other = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < classes; j++) if (j !== labels[i]) other = Math.max(other, values[i * classes + j]!);
    return values[i * classes + labels[i]!]! - other;
  });
}

/**
 * The margin γ of a classifier on its training set: the 10th percentile of the output margins, which a few odd examples
 * do not move as they move the minimum (Jiang et al. 2019, "Fantastic Generalization Measures and Where to Find Them").
 * Interpolated between order statistics; the code of Dziugaite et al. 2020 takes the ⌊N/10⌋-th smallest. Negative where
 * more than a tenth of the training examples are misclassified: then it is no margin, and what is divided by it says
 * little.
 *
 * @param logits [N, classes], at least 2 classes.
 * @param labels N classes, from 0.
 * @throws As `outputMargins`.
 * @example
 * // The margins are 1 and 2; a tenth of the way from one to the other.
 * margin(tf.tensor2d([[1, 0], [2, 0]]), [0, 0]); // 1.1
 */
export function margin(logits: tf.Tensor2D, labels: ArrayLike<number>): number {
  return quantile(outputMargins(logits, labels), 0.1);
}

/**
 * 1/γ² (Jiang et al. 2019, equation 22). Infinite at γ = 0. For γ < 0 it is that of |γ|, as in the code of Dziugaite et
 * al. 2020, where the networks fit their training set and it hardly happens.
 *
 * @param gamma γ, in units of the logits.
 * @example
 * inverseMargin(0.5); // 4
 */
export function inverseMargin(gamma: number): number {
  return 1 / gamma ** 2;
}
