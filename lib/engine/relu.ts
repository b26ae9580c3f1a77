import { withGradient } from './gradient';
import { runKernel } from './kernel';
import type { tf } from './tensorflow';

const float32 = { T: { type: 'float32' } } as const;

/** dy where y > 0, else 0. Differentiable in dy, so that second derivatives of a rectified network are right. */
export function reluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  return withGradient([dy], () => ({
    value: runKernel('ReluGrad', float32, [dy, y]),
    saved: [y],
    gradient: (ddy, [ySaved]) => [reluGradient(ddy, ySaved)],
  }));
}

/**
 * max(x, 0), any shape, float32. Its gradient, 0 at x ≤ 0, is one kernel (`ReluGrad`), where `tf.relu` takes three; and it
 * keeps the output for it, not the input, so that the input's memory is free.
 */
export function relu<T extends tf.Tensor>(x: T): T {
  const y = withGradient([x], () => {
    const value = runKernel('Relu', float32, [x]);
    return { value, saved: [value], gradient: (dy, [ySaved]) => [reluGradient(dy, ySaved)] };
  });
  return y as T;
}
