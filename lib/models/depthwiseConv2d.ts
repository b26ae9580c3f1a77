import { normal } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { depthwiseConvolve } from './depthwiseConvolution';
import { checkRank, checkSize, defineModule, type Layer } from './module';

export interface DepthwiseConv2dOptions {
  /** Rows and columns of the square filter; odd. */
  readonly kernelSize: number;
}

/**
 * A convolution of each channel by itself with stride 1 and padding (kernelSize − 1)/2, which keeps the shape
 * [height, width, channels]. `weight` is [kernelSize, kernelSize, channels, 1] (PyTorch's is
 * [channels, 1, kernelSize, kernelSize]), initially normal with standard deviation 0.02 as ConvNeXt's; `bias` [channels]
 * starts at 0.
 *
 * @throws If the kernel size is not odd.
 * @example
 * const conv = depthwiseConv2d({ kernelSize: 7 })([8, 8, 4]);
 * conv.outputShape; // [8, 8, 4]
 * countParameters(conv.init(key(0))); // 200
 */
export function depthwiseConv2d({ kernelSize }: DepthwiseConv2dOptions): Layer {
  checkSize('depthwiseConv2d', 'kernelSize', kernelSize);
  if (kernelSize % 2 === 0) throw new Error(`depthwiseConv2d: expected an odd kernelSize, got ${kernelSize}`);
  return (inputShape) => {
    checkRank('depthwiseConv2d', inputShape, 'height, width, channels');
    const channels = inputShape[2]!;
    const shape = [kernelSize, kernelSize, channels, 1];
    return defineModule({
      name: 'depthwiseConv2d',
      inputShape,
      outputShape: inputShape,
      piecewiseAffine: true,
      weights: {
        weight: { shape, initial: (k) => normal(k, shape, 0, 0.02) },
        bias: { shape: [channels], initial: () => tf.zeros([channels]) },
      },
      run: (w, x) => depthwiseConvolve(x, w.weight!).add(w.bias!),
    });
  };
}
