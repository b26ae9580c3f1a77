import { outputSize } from '../convolution';
import type { Module, Weights } from '../module';

/** A convolution of a ResNet, by the names of its weights, and what it does in its place. */
export interface PlacedConvolution {
  /** Of the kernel's weight, without `.weight`: `layer2.0.conv1`. */
  readonly name: string;
  /** Of the batch normalisation after it: `layer2.0.bn1`. */
  readonly normalization: string;
  readonly stride: number;
  readonly padding: number;
  /** [height, width] of the images it reads. */
  readonly inputSize: readonly [number, number];
}

type Size = readonly [number, number];

/**
 * The convolutions of a ResNet of resnet.ts in the order of evaluation, a block's shortcut after its main path. Strides and
 * paddings are those of torchvision's resnet.py, which its modules follow; the stem's padding is the one that gives its observed output.
 */
export function resnetConvolutions(module: Module, weights: Weights, stemOutput: Size): PlacedConvolution[] {
  const [height, width] = module.inputShape as [number, number, number];
  const stemKernel = weights['conv1.weight']!.shape[0]!;
  const imagenet = stemKernel === 7;
  const stemStride = imagenet ? 2 : 1;
  const stemPadding = imagenet ? 3 : (stemOutput[0] + stemKernel - 1 - height) / 2;
  const found: PlacedConvolution[] = [
    { name: 'conv1', normalization: 'bn1', stride: stemStride, padding: stemPadding, inputSize: [height, width] },
  ];
  const pool = (size: number) => (imagenet ? outputSize(size, 3, 2, 1) : size);
  let inputSize: Size = [pool(stemOutput[0]), pool(stemOutput[1])];
  for (let stage = 1; stage <= 4; stage++) {
    for (let index = 0; `layer${stage}.${index}.conv1.weight` in weights; index++) {
      const block = `layer${stage}.${index}`;
      const stride = stage > 1 && index === 0 ? 2 : 1;
      // The stride is on a block's first 3×3 convolution: the first of a basic block, the second of a bottleneck.
      const strided = `${block}.conv3.weight` in weights ? 2 : 1;
      const blockInput = inputSize;
      for (let i = 1; `${block}.conv${i}.weight` in weights; i++) {
        const kernel = weights[`${block}.conv${i}.weight`]!.shape[0]!;
        const geometry = { stride: i === strided ? stride : 1, padding: (kernel - 1) / 2, inputSize };
        found.push({ name: `${block}.conv${i}`, normalization: `${block}.bn${i}`, ...geometry });
        const next = (size: number) => outputSize(size, kernel, geometry.stride, geometry.padding);
        inputSize = [next(inputSize[0]), next(inputSize[1])];
      }
      if (`${block}.downsample.0.weight` in weights) {
        const names = { name: `${block}.downsample.0`, normalization: `${block}.downsample.1` };
        found.push({ ...names, stride, padding: 0, inputSize: blockInput });
      }
    }
  }
  return found;
}
