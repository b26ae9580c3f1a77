import { withGradient } from '../engine/gradient';
import { runKernel } from '../engine/kernel';
import { tf } from '../engine/tensorflow';

const same = {
  T: { type: 'float32' },
  strides: { ints: [1, 1, 1, 1] },
  dilations: { ints: [1, 1, 1, 1] },
  padding: { string: 'SAME' },
  explicit_paddings: { ints: [] },
  data_format: { string: 'NHWC' },
} as const;

function inputGradient(shape: readonly number[], filter: tf.Tensor, dy: tf.Tensor): tf.Tensor {
  return withGradient([filter, dy], () => ({
    value: runKernel('DepthwiseConv2dNativeBackpropInput', same, [tf.tensor1d([...shape], 'int32'), filter, dy]),
    saved: [filter, dy],
    gradient: (dx, [f, d]) => [filterGradient(f!.shape, dx, d!), depthwiseConvolve(dx, f!)],
  }));
}

function filterGradient(shape: readonly number[], x: tf.Tensor, dy: tf.Tensor): tf.Tensor {
  return withGradient([x, dy], () => ({
    value: runKernel('DepthwiseConv2dNativeBackpropFilter', same, [x, tf.tensor1d([...shape], 'int32'), dy]),
    saved: [x, dy],
    gradient: (dfilter, [input, d]) => [inputGradient(input!.shape, dfilter, d!), depthwiseConvolve(input!, dfilter)],
  }));
}

/**
 * The cross-correlation of each channel of images [N, height, width, C] with its own filter, [k, k, C, 1] with k odd, over
 * (k − 1)/2 zeros on every side: PyTorch's conv2d with `groups = C`. It and its two gradients are linear in each operand and each
 * other's gradients, so differentiable to any order.
 */
export function depthwiseConvolve(x: tf.Tensor, filter: tf.Tensor): tf.Tensor {
  return withGradient([x, filter], () => ({
    value: runKernel('DepthwiseConv2dNative', same, [x, filter]),
    saved: [x, filter],
    gradient: (dy, [input, f]) => [inputGradient(input!.shape, f!, dy), filterGradient(f!.shape, input!, dy)],
  }));
}
