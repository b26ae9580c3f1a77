import { tf } from '../engine/tensorflow';
import { feedForward } from './feedForward';
import { layerNorm } from './layerNorm';
import { applyChild, checkInput, checkRank, initChildren, type Layer, type Module } from './module';
import { type MultiHeadAttentionOptions, multiHeadAttention } from './multiHeadAttention';

/**
 * The pre-norm block of a Vision Transformer: x + attn(norm1(x)), then x + mlp(norm2(x)), whose MLP maps each token to four times
 * the features, GELU, and back. Tokens [tokens, features]. Dosovitskiy et al. 2021, equations 2 and 3; names as Block of timm's
 * vision_transformer.py. Weights start normal with standard deviation 0.02, biases at 0.
 *
 * @throws If the heads do not divide the features.
 * @example
 * transformerBlock({ heads: 2 })([17, 8]).outputShape; // [17, 8]
 */
export function transformerBlock({ heads }: MultiHeadAttentionOptions): Layer {
  return (inputShape) => {
    checkRank('transformerBlock', inputShape, 'tokens, features');
    const children: Record<string, Module> = {
      norm1: layerNorm()(inputShape),
      attn: multiHeadAttention({ heads })(inputShape),
      norm2: layerNorm()(inputShape),
      mlp: feedForward()(inputShape),
    };
    const module: Module = {
      name: 'transformerBlock',
      inputShape,
      outputShape: inputShape,
      piecewiseAffine: false,
      init: (k) => initChildren(children, k),
      apply(w, x, options = {}) {
        checkInput(module, x, options.path);
        const run = (child: string, input: tf.Tensor) => applyChild(children, child, w, input, options);
        return tf.tidy(() => {
          const attended = x.add(run('attn', run('norm1', x)));
          return attended.add(run('mlp', run('norm2', attended)));
        });
      },
    };
    return module;
  };
}
