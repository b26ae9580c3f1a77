import { tf } from '../engine/tensorflow';
import { linearWeights } from './linearWeights';
import { checkRank, checkSize, defineModule, type Layer } from './module';

export interface PatchConv2dOptions {
  /** Output channels. */
  readonly filters: number;
  /** Rows and columns of a patch: of the square filter, and its stride. */
  readonly patchSize: number;
  /** Given, `weight` starts normal with this standard deviation and `bias` at 0; default: both uniform on ±1/√in. */
  readonly initialStd?: number;
}

/**
 * A convolution of patches that touch and do not overlap: ViT's patch embedding, ConvNeXt's stem and its 2×2 downsampling.
 * [height, width, channels] to [height / patchSize, width / patchSize, filters]. `weight` is
 * [patchSize, patchSize, in, filters], `bias` [filters]. Computed as one matrix product of the patches.
 *
 * @throws If the image is not a whole number of patches (PyTorch would leave out its last rows and columns).
 * @example
 * patchConv2d({ filters: 8, patchSize: 4 })([32, 32, 3]).outputShape; // [8, 8, 8]
 */
export function patchConv2d({ filters, patchSize, initialStd }: PatchConv2dOptions): Layer {
  checkSize('patchConv2d', 'filters', filters);
  checkSize('patchConv2d', 'patchSize', patchSize);
  return (inputShape) => {
    checkRank('patchConv2d', inputShape, 'height, width, channels');
    const [height, width, channels] = inputShape as [number, number, number];
    if (height % patchSize !== 0 || width % patchSize !== 0) {
      throw new Error(
        `patchConv2d: expected images whose height and width are multiples of the patch size ${patchSize}, got ` +
          `[${inputShape.join(', ')}]; resize or crop them, or take another patch size.`,
      );
    }
    const [rows, columns] = [height / patchSize, width / patchSize];
    const inputs = patchSize * patchSize * channels;
    return defineModule({
      name: 'patchConv2d',
      inputShape,
      outputShape: [rows, columns, filters],
      piecewiseAffine: true,
      weights: linearWeights([patchSize, patchSize, channels, filters], initialStd),
      run(w, x) {
        const patches =
          patchSize === 1
            ? x
            : x.reshape([x.shape[0]! * rows, patchSize, columns, patchSize * channels]).transpose([0, 2, 1, 3]);
        return tf
          .matMul(patches.reshape([-1, inputs]), w.weight!.reshape([inputs, filters]))
          .add(w.bias!)
          .reshape([x.shape[0]!, rows, columns, filters]);
      },
    });
  };
}
