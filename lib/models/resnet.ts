import { relu } from './activations';
import { batchNorm } from './batchNorm';
import { bottleneck } from './bottleneck';
import { conv2d } from './conv2d';
import { dense } from './dense';
import { checkRank, checkSize, type Layer, type Module } from './module';
import { globalAveragePool, maxPool } from './pooling';
import { basicBlock } from './residual';
import { sequential } from './sequential';

export interface ResNetOptions {
  /** Channels of the first stage's 3×3 convolutions, doubled at each of the other three; default 64. */
  readonly width?: number;
  /**
   * `cifar` (default): a 3×3 convolution with stride 1, and no max-pool, as lightly's CIFAR-10 benchmarks and solo-learn.
   * `imagenet`: a 7×7 convolution with stride 2 and padding 3, then a 3×3 max-pool with stride 2.
   */
  readonly stem?: 'cifar' | 'imagenet';
  /** Of the CIFAR stem's convolution; default 1, lightly's. solo-learn's is 2: its feature maps have two rows and columns more. */
  readonly stemPadding?: number;
  /** [height, width, channels], without batch; default [32, 32, 3]. */
  readonly inputShape?: readonly number[];
  /** A linear classifier `fc` on the features; default none. */
  readonly classes?: number;
  /** Each block starts as its shortcut (Goyal et al. 2017, arXiv 1706.02677); default false, torchvision's. facebookresearch/vicreg sets it. */
  readonly zeroInitResidual?: boolean;
}

/** Strides 1, 2, 2, 2, and in each stage as many blocks as `blocks` says, of the first's stride and then 1. */
function resnet(
  name: string,
  block: typeof basicBlock | typeof bottleneck,
  blocks: readonly number[],
  {
    width = 64,
    stem = 'cifar',
    stemPadding,
    inputShape = [32, 32, 3],
    classes,
    zeroInitResidual: zeroInit = false,
  }: ResNetOptions,
): Module {
  checkSize(name, 'width', width);
  checkRank(name, inputShape, 'height, width, channels');
  if (stem !== 'cifar' && stem !== 'imagenet') {
    throw new Error(`${name}: expected the stem 'cifar' or 'imagenet', got '${stem}'`);
  }
  if (stem === 'imagenet' && stemPadding !== undefined) {
    throw new Error(`${name}: expected stemPadding with the stem 'cifar' only, got ${stemPadding}; leave it out`);
  }
  const stage = (index: number): Layer => {
    const filters = width * 2 ** index;
    const layers = Array.from({ length: blocks[index]! }, (_, i) =>
      block({ filters, stride: i === 0 && index > 0 ? 2 : 1, zeroInit }),
    );
    return (shape) => sequential(`layer${index + 1}`, shape, layers);
  };
  const conv1 =
    stem === 'cifar'
      ? conv2d({ filters: width, kernelSize: 3, padding: stemPadding ?? 1 })
      : conv2d({ filters: width, kernelSize: 7, stride: 2, padding: 3 });
  return sequential(name, inputShape, {
    conv1,
    bn1: batchNorm(),
    relu: relu(),
    ...(stem === 'imagenet' && { maxpool: maxPool({ size: 3, stride: 2, padding: 1 }) }),
    layer1: stage(0),
    layer2: stage(1),
    layer3: stage(2),
    layer4: stage(3),
    avgpool: globalAveragePool(),
    ...(classes !== undefined && { fc: dense({ units: classes }) }),
  });
}

/**
 * ResNet-18 (He et al. 2016, "Deep Residual Learning for Image Recognition"): a stem, four stages of two basic blocks with
 * strides 1, 2, 2, 2, and the mean over the image: features [N, 8 · width]. Weights have torchvision's names, without
 * `num_batches_tracked`. With 64 channels, the CIFAR stem and 10 classes it has 11,173,962 parameters. Piecewise affine at
 * inference.
 *
 * @throws If an option is unknown or out of range, or the image is too small.
 * @example
 * const encoder = resnet18({ width: 8, inputShape: [16, 16, 3] });
 * encoder.outputShape; // [64]
 * const w = encoder.init(key(0));
 * encoder.apply(w, uniform(key(1), [2, 16, 16, 3])).shape; // [2, 64]
 */
export function resnet18(options: ResNetOptions = {}): Module {
  return resnet('resnet18', basicBlock, [2, 2, 2, 2], options);
}

/**
 * ResNet-34: as `resnet18`, with 3, 4, 6 and 3 basic blocks. With the ImageNet stem and 1,000 classes 21,797,672 parameters.
 *
 * @example
 * resnet34({ width: 8, inputShape: [16, 16, 3] }).outputShape; // [64]
 */
export function resnet34(options: ResNetOptions = {}): Module {
  return resnet('resnet34', basicBlock, [3, 4, 6, 3], options);
}

/**
 * ResNet-50: as `resnet18`, with 3, 4, 6 and 3 bottleneck blocks: features [N, 32 · width], 2,048 of width 64. With the
 * ImageNet stem and 1,000 classes 25,557,032 parameters.
 *
 * @example
 * resnet50({ width: 8, inputShape: [16, 16, 3] }).outputShape; // [256]
 */
export function resnet50(options: ResNetOptions = {}): Module {
  return resnet('resnet50', bottleneck, [3, 4, 6, 3], options);
}

/**
 * ResNet-101: as `resnet50`, with 3, 4, 23 and 3 blocks. With the ImageNet stem and 1,000 classes 44,549,160 parameters.
 *
 * @example
 * resnet101({ width: 8, inputShape: [16, 16, 3] }).outputShape; // [256]
 */
export function resnet101(options: ResNetOptions = {}): Module {
  return resnet('resnet101', bottleneck, [3, 4, 23, 3], options);
}
