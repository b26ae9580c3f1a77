import { tf } from './tensorflow';

/** One linear (affine, with a bias) map of a network, any batch normalisation after it folded in. */
export type LinearLayer =
  | {
      /** A map of vectors. */
      readonly kind: 'dense';
      /** [in, out]: x ↦ x · kernel + bias. */
      readonly kernel: tf.Tensor2D;
      /** [out]; default none. */
      readonly bias?: tf.Tensor1D;
    }
  | {
      /** A convolution of images. */
      readonly kind: 'conv2d';
      /** [kernel height, kernel width, in, out]: a cross-correlation, as PyTorch's conv2d. */
      readonly kernel: tf.Tensor4D;
      /** [out]; default none. */
      readonly bias?: tf.Tensor1D;
      /** Rows and columns from one output to the next. */
      readonly stride: number;
      /** Zeros on every side. */
      readonly padding: number;
      /** [height, width] of the images that this layer reads in the network. */
      readonly inputSize: readonly [number, number];
    };

/** The shape of one input of the layer, without the batch: [in], or [height, width, in]. */
export function inputShape(layer: LinearLayer): number[] {
  return layer.kind === 'dense' ? [layer.kernel.shape[0]] : [...layer.inputSize, layer.kernel.shape[2]];
}

/** The shape of one output of the layer, without the batch: [out], or [rows, columns, out]. */
export function outputShape(layer: LinearLayer): number[] {
  if (layer.kind === 'dense') return [layer.kernel.shape[1]];
  const { kernel, stride, padding, inputSize } = layer;
  const sizes = inputSize.map((size, axis) => Math.floor((size + 2 * padding - kernel.shape[axis]!) / stride) + 1);
  return [...sizes, kernel.shape[3]];
}

/** Where TensorFlow's SAME is this padding, one kernel does what else takes two. */
function keepsSize({ kernel, stride, padding }: Extract<LinearLayer, { kind: 'conv2d' }>): boolean {
  return stride === 1 && kernel.shape[0] === 2 * padding + 1 && kernel.shape[1] === 2 * padding + 1;
}

/** The linear part of the layer, A x, without its bias: x [N, ...inputShape] to [N, out] or [N, rows, columns, out]. */
export function linearMap(layer: LinearLayer, x: tf.Tensor): tf.Tensor {
  if (layer.kind === 'dense') return tf.matMul(x as tf.Tensor2D, layer.kernel);
  const { kernel, stride, padding } = layer;
  if (keepsSize(layer)) return tf.conv2d(x as tf.Tensor4D, kernel, 1, 'same');
  const sides: [number, number] = [padding, padding];
  return tf.tidy(() => tf.conv2d(tf.pad(x as tf.Tensor4D, [[0, 0], sides, sides, [0, 0]]), kernel, stride, 'valid'));
}

/** The transpose of `linearMap`, Aᵀ y: y [N, out] or [N, rows, columns, out] to [N, ...inputShape]. */
export function transposedLinearMap(layer: LinearLayer, y: tf.Tensor): tf.Tensor {
  if (layer.kind === 'dense') return tf.matMul(y as tf.Tensor2D, layer.kernel, false, true);
  const { kernel, stride, padding } = layer;
  const [height, width, channels] = inputShape(layer) as [number, number, number];
  const images = y.shape[0]!;
  const outer = [images, height, width, channels] as [number, number, number, number];
  if (keepsSize(layer)) return tf.conv2dTranspose(y as tf.Tensor4D, kernel, outer, 1, 'same');
  return tf.tidy(() => {
    const padded: [number, number, number, number] = [images, height + 2 * padding, width + 2 * padding, channels];
    const whole = tf.conv2dTranspose(y as tf.Tensor4D, kernel, padded, stride, 'valid');
    return tf.slice(whole, [0, padding, padding, 0], outer);
  });
}
