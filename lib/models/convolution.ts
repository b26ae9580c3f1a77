import { type KernelAttributes, runKernel } from '../engine/kernel';
import { tf } from '../engine/tensorflow';

interface Geometry {
  readonly inputShape: readonly number[];
  readonly filterShape: readonly number[];
  readonly stride: number;
  readonly padding: number;
}

type Operands = Record<string, tf.Tensor>;

/** Rows (or columns) of output of a convolution or pooling: ⌊(size + 2 padding − window) / stride⌋ + 1, as in PyTorch. */
export function outputSize(size: number, window: number, stride: number, padding: number): number {
  return Math.floor((size + 2 * padding - window) / stride) + 1;
}

/** TensorFlow's padding attributes for `padding` rows and columns on every side of NHWC images. */
export function paddingAttributes(window: number, stride: number, padding: number): KernelAttributes {
  // TensorFlow runs the gradients of explicit paddings without oneDNN. With stride 1 that is slower (2.5 times); with stride 2
  // the filter gradient is not, and oneDNN's of a strided 1×1 convolution of fewer than 8 channels is wrong (TensorFlow 2.21).
  if (stride === 1 && padding === 0) return noPadding;
  if (stride === 1 && window === 2 * padding + 1)
    return { padding: { string: 'SAME' }, explicit_paddings: { ints: [] } };
  const explicit = [0, 0, padding, padding, padding, padding, 0, 0];
  return { padding: { string: 'EXPLICIT' }, explicit_paddings: { ints: explicit } };
}

const noPadding: KernelAttributes = { padding: { string: 'VALID' }, explicit_paddings: { ints: [] } };

function attributes({ filterShape, stride, padding }: Geometry, paddings?: KernelAttributes): KernelAttributes {
  return {
    T: { type: 'float32' },
    strides: { ints: [1, stride, stride, 1] },
    data_format: { string: 'NHWC' },
    ...(paddings ?? paddingAttributes(filterShape[0]!, stride, padding)),
  };
}

/**
 * Registers a differentiable kernel. Not `tf.customGrad`: here each gradient is computed only where wanted. The first
 * layer's input needs none in training, and no weight needs any while a Jacobian is taken.
 */
function register(
  kernelName: string,
  operands: readonly string[],
  forward: (inputs: Operands, geometry: Geometry) => tf.Tensor,
  gradient: (upstream: tf.Tensor, saved: Operands, geometry: Geometry) => Record<string, () => tf.Tensor>,
): (inputs: Operands, geometry: Geometry) => tf.Tensor {
  if (tf.getKernel(kernelName, 'tensorflow')) {
    tf.unregisterKernel(kernelName, 'tensorflow'); // a notebook evaluates an edited file anew
    tf.unregisterGradient(kernelName);
  }
  tf.registerKernel({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs }) => forward(inputs as Operands, attrs as unknown as Geometry),
  });
  tf.registerGradient({
    kernelName,
    inputsToSave: [...operands],
    gradFunc: (upstream, saved, attrs) => {
      const named = Object.fromEntries(operands.map((name, i) => [name, saved[i]!]));
      return gradient(upstream as tf.Tensor, named, attrs as unknown as Geometry);
    },
  });
  return (inputs, geometry) => tf.engine().runKernel(kernelName, inputs, { ...geometry }) as tf.Tensor;
}

/** The shape of the images with the zeros around them, as far as a strided window comes; padding counts from the first row. */
function paddedShape({ inputShape, filterShape, stride, padding }: Geometry, dy: tf.Tensor): number[] {
  const [n, height, width, channels] = inputShape as [number, number, number, number];
  const padded = (size: number, outputs: number) => Math.max(padding + size, (outputs - 1) * stride + filterShape[0]!);
  return [n, padded(height, dy.shape[1]!), padded(width, dy.shape[2]!), channels];
}

/**
 * The image's gradient. A strided one by way of the padded image, since TensorFlow leaves oneDNN for explicit paddings, and
 * takes up to 7 times as long then.
 */
function runInputGradient(filter: tf.Tensor, dy: tf.Tensor, geometry: Geometry): tf.Tensor {
  const { inputShape, stride, padding } = geometry;
  const run = (shape: readonly number[], attrs: KernelAttributes) =>
    runKernel('Conv2DBackpropInput', attrs, [tf.tensor1d([...shape], 'int32'), filter, dy]);
  if (stride === 1) return run(inputShape, attributes(geometry));
  const whole = run(paddedShape(geometry, dy), attributes(geometry, noPadding));
  return padding === 0 ? whole : tf.slice(whole, [0, padding, padding, 0], [...inputShape]);
}

/** The filter's gradient. A strided one of 8 to 32 channels by the padded image: oneDNN takes 3/4 of the time there, not elsewhere. */
function runFilterGradient(x: tf.Tensor, dy: tf.Tensor, geometry: Geometry): tf.Tensor {
  const { inputShape, filterShape, stride, padding } = geometry;
  const run = (image: tf.Tensor, attrs: KernelAttributes) =>
    runKernel('Conv2DBackpropFilter', attrs, [image, tf.tensor1d([...filterShape], 'int32'), dy]);
  const channels = inputShape[3]!;
  if (stride === 1 || padding === 0 || channels < 8 || channels > 32) return run(x, attributes(geometry));
  const around = paddedShape(geometry, dy).map((size, axis): [number, number] => {
    const before = axis === 1 || axis === 2 ? padding : 0;
    return [before, size - before - inputShape[axis]!];
  });
  return run(tf.pad(x, around), attributes(geometry, noPadding));
}

// A convolution is linear in its image and in its filter, so its gradients are kernels of the same family, and the three are
// each other's gradients to any order.
const forward = register(
  'InfosslConvolution',
  ['x', 'filter'],
  ({ x, filter }, geometry) => runKernel('Conv2D', attributes(geometry), [x!, filter!]),
  (dy, { x, filter }, geometry) => ({
    x: () => inputGradient({ filter: filter!, dy }, geometry),
    filter: () => filterGradient({ x: x!, dy }, geometry),
  }),
);
const inputGradient = register(
  'InfosslConvolutionInputGradient',
  ['filter', 'dy'],
  ({ filter, dy }, geometry) => runInputGradient(filter!, dy!, geometry),
  (dx, { filter, dy }, geometry) => ({
    filter: () => filterGradient({ x: dx, dy: dy! }, geometry),
    dy: () => forward({ x: dx, filter: filter! }, geometry),
  }),
);
const filterGradient = register(
  'InfosslConvolutionFilterGradient',
  ['x', 'dy'],
  ({ x, dy }, geometry) => runFilterGradient(x!, dy!, geometry),
  (dfilter, { x, dy }, geometry) => ({
    x: () => inputGradient({ filter: dfilter, dy: dy! }, geometry),
    dy: () => forward({ x: x!, filter: dfilter }, geometry),
  }),
);

/**
 * The cross-correlation of images [N, height, width, in] with a square filter [k, k, in, out], over `padding` zeros on every
 * side, as PyTorch's conv2d (TensorFlow's own SAME pads a strided convolution unevenly, so it would see other pixels).
 */
export function convolve(x: tf.Tensor, filter: tf.Tensor, stride: number, padding: number): tf.Tensor {
  return forward({ x, filter }, { inputShape: x.shape, filterShape: filter.shape, stride, padding });
}
