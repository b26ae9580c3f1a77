import { relu } from './activations';
import { batchNorm } from './batchNorm';
import { conv2d } from './conv2d';
import { checkRank, type Layer } from './module';
import { residualBlock } from './residualBlock';

export interface BasicBlockOptions {
  /** Output channels. */
  readonly filters: number;
  /** Of the first convolution and the shortcut; default 1. */
  readonly stride?: number;
  /** Start the last batch normalisation's scale at 0, so that the block starts as its shortcut; default false. */
  readonly zeroInit?: boolean;
}

/**
 * The residual block of ResNet-18: relu(bn2(conv2(relu1(bn1(conv1(x))))) + shortcut(x)), 3×3 convolutions with padding 1.
 * The shortcut as `residualBlock`'s; names and order as BasicBlock of torchvision's resnet.py.
 *
 * @throws If filters or stride is not a whole number of at least 1, or the input is no image.
 * @example
 * basicBlock({ filters: 16, stride: 2 })([8, 8, 8]).outputShape; // [4, 4, 16]
 */
export function basicBlock({ filters, stride = 1, zeroInit = false }: BasicBlockOptions): Layer {
  return (inputShape) => {
    checkRank('basicBlock', inputShape, 'height, width, channels');
    const conv1 = conv2d({ filters, kernelSize: 3, stride, padding: 1 })(inputShape);
    const inner = conv1.outputShape;
    return residualBlock('basicBlock', inputShape, stride, {
      conv1,
      bn1: batchNorm()(inner),
      relu1: relu()(inner),
      conv2: conv2d({ filters, kernelSize: 3, padding: 1 })(inner),
      bn2: batchNorm(zeroInit ? { initialScale: 0 } : {})(inner),
      relu2: relu()(inner),
    });
  };
}
