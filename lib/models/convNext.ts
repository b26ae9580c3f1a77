import { convNextBlock } from './convNextBlock';
import { dense } from './dense';
import { layerNorm } from './layerNorm';
import { checkRank, checkSize, type Layer, type Module } from './module';
import { patchConv2d } from './patchConv2d';
import { globalAveragePool } from './pooling';
import { sequential } from './sequential';

const sizes = {
  atto: { depths: [2, 2, 6, 2], dimensions: [40, 80, 160, 320] },
  femto: { depths: [2, 2, 6, 2], dimensions: [48, 96, 192, 384] },
  pico: { depths: [2, 2, 6, 2], dimensions: [64, 128, 256, 512] },
  nano: { depths: [2, 2, 8, 2], dimensions: [80, 160, 320, 640] },
  tiny: { depths: [3, 3, 9, 3], dimensions: [96, 192, 384, 768] },
} as const;

/** The published sizes, smallest first. */
export type ConvNextSize = keyof typeof sizes;

export interface ConvNextOptions {
  /** Default `atto`. `tiny` is the paper's smallest; the others are timm's. */
  readonly size?: ConvNextSize;
  /** Blocks of each stage; default the size's. */
  readonly depths?: readonly number[];
  /** Channels of each stage, as many as `depths`; default the size's. */
  readonly dimensions?: readonly number[];
  /** Rows and columns of the stem's patches; default 2, for images of 32 or 64 pixels a side. The published networks take 4, for 224. */
  readonly patchSize?: number;
  /** [height, width, channels], without batch; default [32, 32, 3]. */
  readonly inputShape?: readonly number[];
  /** A linear classifier `head.fc` on the features; default none. */
  readonly classes?: number;
}

/**
 * ConvNeXt (Liu et al. 2022, "A ConvNet for the 2020s"): a stem of patches, stages of `convNextBlock`s with a layer
 * normalisation and a 2×2 convolution with stride 2 between them, the mean over the image and a layer normalisation: features
 * [N, last of dimensions]. Sizes, names of weights and initial values as timm's convnext.py: with patches of 4 and 1,000 classes
 * Atto has 3,695,520 parameters, Femto 5,217,784, Pico 9,045,672, Nano 15,593,560 and Tiny 28,589,128.
 *
 * Not piecewise affine: GELU and layer normalisation are not. There is no stochastic depth: `apply` is deterministic and is given
 * no key.
 *
 * @throws If the size is unknown, depths and dimensions differ in number, or the image's sides are not multiples of
 *   patchSize · 2^(stages − 1).
 * @example
 * const encoder = convNext({ depths: [1, 1], dimensions: [8, 16], inputShape: [16, 16, 3] });
 * encoder.outputShape; // [16]
 * encoder.piecewiseAffine; // false
 */
export function convNext({
  size = 'atto',
  depths = sizes[size]?.depths,
  dimensions = sizes[size]?.dimensions,
  patchSize = 2,
  inputShape = [32, 32, 3],
  classes,
}: ConvNextOptions = {}): Module {
  if (!(size in sizes)) {
    throw new Error(
      `convNext: expected the size ${Object.keys(sizes)
        .map((name) => `'${name}'`)
        .join(', ')}, got '${size}'`,
    );
  }
  if (depths.length !== dimensions.length || depths.length === 0) {
    throw new Error(
      `convNext: expected as many depths as dimensions, at least one, got depths [${depths.join(', ')}] and dimensions ` +
        `[${dimensions.join(', ')}]; give both or neither.`,
    );
  }
  for (const depth of depths) checkSize('convNext', 'each depth', depth);
  for (const dimension of dimensions) checkSize('convNext', 'each dimension', dimension);
  checkSize('convNext', 'patchSize', patchSize);
  checkRank('convNext', inputShape, 'height, width, channels');
  const multiple = patchSize * 2 ** (depths.length - 1);
  if (inputShape[0]! % multiple !== 0 || inputShape[1]! % multiple !== 0) {
    throw new Error(
      `convNext: expected images whose height and width are multiples of ${multiple} (patches of ${patchSize}, halved ` +
        `${depths.length - 1} times), got [${inputShape.join(', ')}]; resize them, or take a smaller patchSize.`,
    );
  }
  const patches = (filters: number, side: number) => patchConv2d({ filters, patchSize: side, initialStd: 0.02 });
  const blocks = (depth: number): Layer => {
    return (shape) => sequential('blocks', shape, Array.from({ length: depth }, convNextBlock));
  };
  const stages = depths.map((depth, i): Layer => {
    const downsample: Layer = (shape) => sequential('downsample', shape, [layerNorm(), patches(dimensions[i]!, 2)]);
    return (shape) => sequential(`stage${i}`, shape, { ...(i > 0 && { downsample }), blocks: blocks(depth) });
  });
  return sequential('convNext', inputShape, {
    stem: (shape) => sequential('stem', shape, [patches(dimensions[0]!, patchSize), layerNorm()]),
    stages: (shape) => sequential('stages', shape, stages),
    head: (shape) =>
      sequential('head', shape, {
        global_pool: globalAveragePool(),
        norm: layerNorm(),
        ...(classes !== undefined && { fc: dense({ units: classes, initialStd: 0.02 }) }),
      }),
  });
}
