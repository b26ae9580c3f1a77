import { withGradient } from '../engine/gradient';
import { tf } from '../engine/tensorflow';
import { exponential } from './exponential';

/** The largest value along the axis, a constant to gradients; finite, so that −∞ − (−∞) does not come up. */
function shift(x: tf.Tensor, axis: number): tf.Tensor {
  return withGradient([x], () => ({
    value: tf.maximum(x.max(axis, true), -3e38),
    saved: [],
    gradient: () => [tf.zeros(x.shape)],
  }));
}

/**
 * ln Σ exp x along one axis, which is left out of the result. Never overflows, −∞ where all are −∞, NaN where one is. Differentiable
 * any number of times, where `tf.logSumExp` is once.
 */
export function logSumExp(x: tf.Tensor, axis: number): tf.Tensor {
  return tf.tidy(() => {
    const largest = shift(x, axis);
    return exponential(x.sub(largest))
      .sum(axis)
      .log()
      .add(largest.squeeze([axis]));
  });
}
