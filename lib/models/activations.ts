import { relu as rectify } from '../engine/relu';
import { tf } from '../engine/tensorflow';
import { defineModule, type Layer, type NonLinearity } from './module';

function activation(kind: NonLinearity, piecewiseAffine: boolean, f: (x: tf.Tensor) => tf.Tensor): Layer {
  return (inputShape) =>
    defineModule({
      name: kind,
      inputShape,
      outputShape: inputShape,
      piecewiseAffine,
      run(_, x, { observe }) {
        const y = f(x);
        observe(kind, x, y);
        return y;
      },
    });
}

/**
 * x ↦ max(x, 0), element by element, with derivative 0 at 0.
 *
 * @example
 * relu()([3]).apply({}, tf.tensor2d([[-1, 0, 2]])); // [[0, 0, 2]]
 */
export function relu(): Layer {
  return activation('relu', true, rectify);
}

/**
 * x ↦ x for x > 0, slope · x elsewhere. The default slope 0.01 is torch.nn.LeakyReLU's.
 *
 * @throws If the slope is not a finite number.
 * @param slope That of x below 0; default 0.01.
 * @example
 * leakyRelu({ slope: 0.1 })([3]).apply({}, tf.tensor2d([[-1, 0, 2]])); // [[-0.1, 0, 2]]
 */
export function leakyRelu({ slope = 0.01 }: { readonly slope?: number } = {}): Layer {
  if (!Number.isFinite(slope)) throw new Error(`leakyRelu: expected a finite slope, got ${slope}`);
  return activation('leakyRelu', true, (x) => tf.leakyRelu(x, slope));
}

/**
 * x ↦ x Φ(x), Φ the normal distribution function: Hendrycks & Gimpel 2016, "Gaussian Error Linear Units", by erf and not by
 * an approximation. Smooth, so a network with it is not piecewise affine and Theorem 1 does not speak of it.
 *
 * @example
 * gelu()([3]).apply({}, tf.tensor2d([[-1, 0, 2]])); // [[-0.1587, 0, 1.9545]]
 */
export function gelu(): Layer {
  return activation('gelu', false, (x) => x.mul(0.5).mul(tf.erf(x.mul(Math.SQRT1_2)).add(1)));
}
