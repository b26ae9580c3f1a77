import { normal } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { convolve, outputSize } from './convolution';
import { checkRank, checkSize, defineModule, type Layer } from './module';

export interface Conv2dOptions {
  /** Output channels. */
  readonly filters: number;
  /** Rows and columns of the square filter. */
  readonly kernelSize: number;
  /** Default 1. */
  readonly stride?: number;
  /** Rows and columns of zeros on every side; default 0. */
  readonly padding?: number;
  /** Default false: batch normalisation follows, whose own bias makes it needless (as in torchvision's ResNet). */
  readonly bias?: boolean;
}

/**
 * A convolution of images [height, width, channels]. `weight` is [kernelSize, kernelSize, in, filters] (TensorFlow's order;
 * PyTorch's is [filters, in, kernelSize, kernelSize]), initially normal with mean 0 and variance
 * 2 / (kernelSize² · filters): He et al. 2015, "Delving Deep into Rectifiers", in its backward form, as torchvision's
 * resnet.py sets it (`kaiming_normal_(mode='fan_out', nonlinearity='relu')`). `bias` [filters] starts at 0.
 *
 * @throws If an option is not a whole number in range, or the filter is larger than the padded image.
 * @example
 * const conv = conv2d({ filters: 16, kernelSize: 3, stride: 2, padding: 1 })([32, 32, 3]);
 * conv.outputShape; // [16, 16, 16]
 * countParameters(conv.init(key(0))); // 432
 */
export function conv2d({ filters, kernelSize, stride = 1, padding = 0, bias = false }: Conv2dOptions): Layer {
  checkSize('conv2d', 'filters', filters);
  checkSize('conv2d', 'kernelSize', kernelSize);
  checkSize('conv2d', 'stride', stride);
  checkSize('conv2d', 'padding', padding, 0);
  return (inputShape) => {
    checkRank('conv2d', inputShape, 'height, width, channels');
    const [height, width, channels] = inputShape as [number, number, number];
    const rows = outputSize(height, kernelSize, stride, padding);
    const columns = outputSize(width, kernelSize, stride, padding);
    if (rows < 1 || columns < 1) {
      throw new Error(
        `conv2d: expected images of at least ${kernelSize - 2 * padding} rows and columns for a ${kernelSize}×${kernelSize} ` +
          `filter with padding ${padding}, got [${inputShape.join(', ')}]`,
      );
    }
    const weight = {
      shape: [kernelSize, kernelSize, channels, filters],
      initial: (k: readonly [number, number]) =>
        normal(k, [kernelSize, kernelSize, channels, filters], 0, Math.sqrt(2 / (kernelSize * kernelSize * filters))),
    };
    return defineModule({
      name: 'conv2d',
      inputShape,
      outputShape: [rows, columns, filters],
      piecewiseAffine: true,
      weights: bias ? { weight, bias: { shape: [filters], initial: () => tf.zeros([filters]) } } : { weight },
      run(w, x) {
        const y = convolve(x, w.weight!, stride, padding);
        return bias ? y.add(w.bias!) : y;
      },
    });
  };
}
