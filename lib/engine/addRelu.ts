import { withGradient } from './gradient';
import { runKernel } from './kernel';
import { reluGradient } from './relu';
import type { tf } from './tensorflow';

const float32 = { T: { type: 'float32' } } as const;

/**
 * max(a + b, 0) of two float32 tensors of one shape: how a residual block ends. Its gradient, 0 where a + b ≤ 0, is one kernel for
 * both, and only the output is kept for it. Differentiable any number of times.
 *
 * @throws If the shapes differ: it does not broadcast.
 */
export function addRelu<T extends tf.Tensor>(a: T, b: T): T {
  if (a.shape.join() !== b.shape.join()) {
    throw new Error(`addRelu: expected two tensors of one shape, got [${a.shape}] and [${b.shape}]`);
  }
  const y = withGradient([a, b], () => {
    const sum = runKernel('AddV2', float32, [a, b]);
    const value = runKernel('Relu', float32, [sum]);
    sum.dispose();
    return {
      value,
      saved: [value],
      gradient: (dy, [ySaved]) => {
        const both = reluGradient(dy, ySaved);
        return [both, both.clone()];
      },
    };
  });
  return y as T;
}
