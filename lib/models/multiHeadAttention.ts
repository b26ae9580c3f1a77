import { tf } from '../engine/tensorflow';
import { applyChild, checkInput, checkRank, checkSize, initChildren, type Layer, type Module } from './module';
import { pointwise } from './pointwise';

export interface MultiHeadAttentionOptions {
  /** A divisor of the number of features. */
  readonly heads: number;
}

/**
 * Self-attention of tokens [tokens, features] (Vaswani et al. 2017): for each head of size d = features / heads
 * softmax(Q Kᵀ / √d) V, the heads side by side and a linear layer `proj`. `qkv` makes queries, keys and values in one
 * product, in this order, each head by head, with a bias; names and order as Attention of timm. Weights start normal
 * with standard deviation 0.02, biases at 0. Not piecewise affine.
 *
 * @throws If the heads do not divide the features.
 * @example
 * const attention = multiHeadAttention({ heads: 2 })([5, 8]);
 * attention.apply(attention.init(key(0)), normal(key(1), [3, 5, 8])).shape; // [3, 5, 8]
 */
export function multiHeadAttention({ heads }: MultiHeadAttentionOptions): Layer {
  checkSize('multiHeadAttention', 'heads', heads);
  return (inputShape) => {
    checkRank('multiHeadAttention', inputShape, 'tokens, features');
    const [tokens, features] = inputShape as [number, number];
    if (features % heads !== 0) {
      throw new Error(
        `multiHeadAttention: expected heads to divide the ${features} features, got ${heads} heads; each head takes the ` +
          'same number of features.',
      );
    }
    const size = features / heads;
    const qkv = pointwise({ units: 3 * features, initialStd: 0.02 })(inputShape);
    const children: Record<string, Module> = {
      qkv,
      proj: pointwise({ units: features, initialStd: 0.02 })(inputShape),
    };
    const module: Module = {
      name: 'multiHeadAttention',
      inputShape,
      outputShape: inputShape,
      piecewiseAffine: false,
      init: (k) => initChildren(children, k),
      apply(w, x, options = {}) {
        checkInput(module, x, options.path);
        return tf.tidy(() => {
          const all = applyChild(children, 'qkv', w, x, options).reshape([-1, tokens, 3, heads, size]);
          const [queries, keys, values] = tf.unstack(all.transpose([2, 0, 3, 1, 4]));
          // [N, heads, tokens, tokens]; the scale on the queries, which are fewer
          const scores = tf.matMul(queries!.mul(1 / Math.sqrt(size)), keys!, false, true);
          const mixed = tf.matMul(tf.softmax(scores), values!).transpose([0, 2, 1, 3]);
          return applyChild(children, 'proj', w, mixed.reshape([-1, tokens, features]), options);
        });
      },
    };
    return module;
  };
}
