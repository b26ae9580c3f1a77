import { relu } from './activations';
import { batchNorm } from './batchNorm';
import { conv2d } from './conv2d';
import { checkRank, type Layer } from './module';
import type { BasicBlockOptions } from './residual';
import { residualBlock } from './residualBlock';

export interface BottleneckOptions extends Pick<BasicBlockOptions, 'zeroInit'> {
  /** Channels of the first two convolutions; the output has 4 · filters. */
  readonly filters: number;
  /** Of the 3×3 convolution and the shortcut; default 1. */
  readonly stride?: number;
}

/**
 * The residual block of ResNet-50: 1×1, 3×3 and 1×1 convolutions, each with batch normalisation, ReLU between them and after
 * the sum with the shortcut, which is `residualBlock`'s. Names and order as Bottleneck of torchvision's resnet.py, "ResNet v1.5":
 * the stride is on the 3×3 convolution, where He et al. 2016 have it on the first 1×1.
 *
 * @throws If filters or stride is not a whole number of at least 1, or the input is no image.
 * @example
 * bottleneck({ filters: 4, stride: 2 })([8, 8, 16]).outputShape; // [4, 4, 16]
 */
export function bottleneck({ filters, stride = 1, zeroInit = false }: BottleneckOptions): Layer {
  return (inputShape) => {
    checkRank('bottleneck', inputShape, 'height, width, channels');
    const outputs = 4 * filters;
    const conv1 = conv2d({ filters, kernelSize: 1 })(inputShape);
    const conv2 = conv2d({ filters, kernelSize: 3, stride, padding: 1 })(conv1.outputShape);
    const conv3 = conv2d({ filters: outputs, kernelSize: 1 })(conv2.outputShape);
    return residualBlock('bottleneck', inputShape, stride, {
      conv1,
      bn1: batchNorm()(conv1.outputShape),
      relu1: relu()(conv1.outputShape),
      conv2,
      bn2: batchNorm()(conv2.outputShape),
      relu2: relu()(conv2.outputShape),
      conv3,
      bn3: batchNorm(zeroInit ? { initialScale: 0 } : {})(conv3.outputShape),
      relu3: relu()(conv3.outputShape),
    });
  };
}
