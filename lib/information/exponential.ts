import { isRecording, withGradient } from '../engine/gradient';
import type { tf } from '../engine/tensorflow';

/** exp x, any shape. Differentiable any number of times: the gradient of `tf.exp` takes its own result for a constant. */
export function exponential(x: tf.Tensor): tf.Tensor {
  return withGradient([x], () => {
    const value = x.exp();
    return {
      value,
      saved: [x, value],
      gradient: (dy, [xSaved, ySaved]) => [dy.mul(isRecording() ? exponential(xSaved!) : ySaved!)],
    };
  });
}
