import { layerNorm as normalize } from '../engine/layerNorm';
import { tf } from '../engine/tensorflow';
import { defineModule, type Layer } from './module';

/**
 * Layer normalisation over the last axis (Ba et al. 2016): of each vector, token or pixel by itself, so the same in training and
 * at inference. `weight` γ starts at 1, `bias` β at 0. It divides by a deviation that depends on the input: not piecewise affine.
 *
 * @param epsilon Added to the variance; default 1e-6, that of ViT and ConvNeXt (torch.nn.LayerNorm's is 1e-5).
 * @throws If epsilon is not positive and finite.
 * @example
 * const norm = layerNorm()([2]);
 * norm.apply(norm.init(key(0)), tf.tensor2d([[1, 3], [20, 10]])); // [[-1, 1], [1, -1]]
 */
export function layerNorm({ epsilon = 1e-6 }: { readonly epsilon?: number } = {}): Layer {
  if (!(epsilon > 0)) throw new Error(`layerNorm: expected epsilon > 0, got ${epsilon}`);
  return (inputShape) => {
    if (inputShape.length === 0)
      throw new Error('layerNorm: expected an input shape [..., features] (without batch), got []');
    const shape = inputShape.slice(-1);
    return defineModule({
      name: 'layerNorm',
      inputShape,
      outputShape: inputShape,
      piecewiseAffine: false,
      weights: {
        weight: { shape, initial: () => tf.ones([...shape]) },
        bias: { shape, initial: () => tf.zeros([...shape]) },
      },
      run: (w, x) => normalize(x, w.weight!, w.bias!, epsilon),
    });
  };
}
