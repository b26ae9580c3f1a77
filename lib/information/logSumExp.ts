import { stopGradient } from '../engine/stopGradient';
import { tf } from '../engine/tensorflow';
import { exponential } from './exponential';

/**
 * ln Σ exp x along one axis, which is left out of the result. Never overflows, −∞ where all are −∞, NaN where one is. Differentiable
 * any number of times, where `tf.logSumExp` is once.
 */
export function logSumExp(x: tf.Tensor, axis: number): tf.Tensor {
  return tf.tidy(() => {
    // Finite, so that −∞ − (−∞) does not come up.
    const largest = stopGradient(tf.maximum(x.max(axis, true), -3e38));
    return exponential(x.sub(largest))
      .sum(axis)
      .log()
      .add(largest.squeeze([axis]));
  });
}
