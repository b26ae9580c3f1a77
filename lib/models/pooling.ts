import { isRecording, withGradient } from '../engine/gradient';
import { runKernel } from '../engine/kernel';
import { tf } from '../engine/tensorflow';
import { outputSize, paddingAttributes } from './convolution';
import { checkRank, checkSize, defineModule, type Layer } from './module';

/**
 * The mean over the image: [height, width, channels] to [channels]. Linear.
 *
 * @throws If the input is no image.
 * @example
 * globalAveragePool()([1, 2, 1]).apply({}, tf.tensor4d([1, 3], [1, 1, 2, 1])); // [[2]]
 */
export function globalAveragePool(): Layer {
  return (inputShape) => {
    checkRank('globalAveragePool', inputShape, 'height, width, channels');
    return defineModule({
      name: 'globalAveragePool',
      inputShape,
      outputShape: [inputShape[2]!],
      piecewiseAffine: true,
      run: (_, x) => tf.mean(x, [1, 2]),
    });
  };
}

/**
 * All axes but the batch's as one, in row-major order.
 *
 * @example
 * flatten()([4, 4, 3]).outputShape; // [48]
 */
export function flatten(): Layer {
  return (inputShape) => {
    const size = inputShape.reduce((product, axis) => product * axis, 1);
    return defineModule({
      name: 'flatten',
      inputShape,
      outputShape: [size],
      piecewiseAffine: true,
      run: (_, x) => x.reshape([x.shape[0]!, size]),
    });
  };
}

export interface MaxPoolOptions {
  /** Rows and columns of the square window. */
  readonly size: number;
  /** Default: the window's size. */
  readonly stride?: number;
  /** Rows and columns on every side that count as −∞; default 0, at most half the window. */
  readonly padding?: number;
}

/**
 * The largest value in each window of images [height, width, channels], as torch.nn.MaxPool2d. Ties send their gradient to
 * the first of the window.
 *
 * @throws If an option is not a whole number in range, or the window is larger than the padded image; if a second derivative
 *   is asked for.
 * @example
 * maxPool({ size: 2 })([2, 2, 1]).apply({}, tf.tensor4d([1, 3, 2, 0], [1, 2, 2, 1])).reshape([1]); // [3]
 */
export function maxPool({ size, stride = size, padding = 0 }: MaxPoolOptions): Layer {
  checkSize('maxPool', 'size', size);
  checkSize('maxPool', 'stride', stride);
  checkSize('maxPool', 'padding', padding, 0);
  if (padding > size / 2) {
    throw new Error(`maxPool: expected a padding of at most half the window (${size / 2}), got ${padding}`);
  }
  const window = {
    T: { type: 'float32' },
    ksize: { ints: [1, size, size, 1] },
    strides: { ints: [1, stride, stride, 1] },
    data_format: { string: 'NHWC' },
    ...paddingAttributes(size, stride, padding),
  } as const;
  const pool = (x: tf.Tensor) =>
    withGradient([x], () => {
      const y = runKernel('MaxPool', window, [x]);
      const gradient = (dy: tf.Tensor, saved: tf.Tensor[]) => {
        if (isRecording()) throw new Error('maxPool: it has first derivatives only, a second was asked for');
        return [runKernel('MaxPoolGrad', window, [...saved, dy])];
      };
      return { value: y, saved: [x, y], gradient };
    });
  return (inputShape) => {
    checkRank('maxPool', inputShape, 'height, width, channels');
    const [height, width, channels] = inputShape as [number, number, number];
    const rows = outputSize(height, size, stride, padding);
    const columns = outputSize(width, size, stride, padding);
    if (rows < 1 || columns < 1) {
      throw new Error(
        `maxPool: expected images of at least ${size - 2 * padding} rows and columns, got [${inputShape}]`,
      );
    }
    return defineModule({
      name: 'maxPool',
      inputShape,
      outputShape: [rows, columns, channels],
      piecewiseAffine: true,
      run(_, x, { observe }) {
        const y = pool(x);
        observe('maxPool', x, y, { size, stride, padding });
        return y;
      },
    });
  };
}
