import { foldIn } from '../../engine/random';
import type { tf } from '../../engine/tensorflow';
import { type LinearLayer, requireLayers, requireSameShapes } from './layeredNetwork';
import { type SpectralNormOptions, spectralNormUnchecked } from './layerSpectralNorm';

/** Of each layer in order, its kernel alone: no measure of norms reads a bias, save the path norm. */
export interface LayerNorms {
  /** ‖W‖_F of the kernel's numbers. */
  readonly frobenius: readonly number[];
  /** ‖W‖₂ of the layer's linear map (`layerSpectralNorm`). */
  readonly spectral: readonly number[];
}

/**
 * The Frobenius and spectral norms of every layer. Each layer's iteration has its own key.
 * The measures of Jiang et al. 2019 are made of them.
 *
 * @param layers Of a network, in order.
 * @throws If there is no layer, a weight is not finite or a shape does not fit.
 * @example
 * // √(3² + 4²), and the largest singular value.
 * const layers: LinearLayer[] = [{ kind: 'dense', kernel: tf.tensor2d([[3, 0], [0, 4]]) }];
 * layerNorms(layers, { key: key(0) }); // { frobenius: [5], spectral: [4] }
 */
export function layerNorms(layers: readonly LinearLayer[], options: SpectralNormOptions): LayerNorms {
  requireLayers('layerNorms', layers);
  return {
    frobenius: layers.map(({ kernel }) => Math.sqrt(sumOfSquares(kernel))),
    spectral: layers.map((layer, i) => spectralNormUnchecked(layer, { ...options, key: foldIn(options.key, i) })),
  };
}

/** The layers' differences from their initial ones, W − W⁰, without biases; the caller disposes the kernels. */
function differences(layers: readonly LinearLayer[], initial: readonly LinearLayer[]): LinearLayer[] {
  return layers.map((layer, i): LinearLayer => {
    const kernel = layer.kernel.sub(initial[i]!.kernel);
    const { bias: _, ...rest } = layer;
    return { ...rest, kernel } as LinearLayer;
  });
}

/**
 * The Frobenius and spectral norms of W − W⁰, for every layer.
 * The measures of Jiang et al. 2019 are made of them.
 *
 * @param layers, initial The same layers after and before training.
 * @throws As `layerNorms`, and if the initial layers have other shapes.
 * @example
 * const before = [{ kind: 'dense', kernel: tf.zeros<tf.Rank.R2>([2, 2]) }] as const;
 * const after = [{ kind: 'dense', kernel: tf.tensor2d([[3, 0], [0, 4]]) }] as const;
 * distanceNorms(after, before, { key: key(0) }); // { frobenius: [5], spectral: [4] }
 */
export function distanceNorms(
  layers: readonly LinearLayer[],
  initial: readonly LinearLayer[],
  options: SpectralNormOptions,
): LayerNorms {
  requireLayers('distanceNorms', layers);
  requireSameShapes('distanceNorms', layers, initial);
  requireLayers('distanceNorms: initial layers', initial);
  const moved = differences(layers, initial);
  try {
    return layerNorms(moved, options);
  } finally {
    for (const { kernel } of moved) kernel.dispose();
  }
}

function sumOfSquares(x: tf.Tensor): number {
  let sum = 0;
  for (const value of x.dataSync()) sum += value * value;
  return sum;
}
