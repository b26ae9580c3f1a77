import { tf } from '../../engine/tensorflow';
import type { LinearLayer } from './layeredNetwork';

/** All parameters of the layers in one vector [ω]: layer by layer the kernel, then the bias if there is one. */
export function parameterVector(layers: readonly LinearLayer[]): tf.Tensor1D {
  return tf.tidy(() => tf.concat(layers.flatMap(parametersOf).map((parameter) => parameter.flatten())));
}

/** The layers with the numbers of a parameter vector in place of their own: `parameterVector` undone, differentiable. */
export function layersFromVector(layers: readonly LinearLayer[], vector: tf.Tensor1D): LinearLayer[] {
  const sizes = layers.flatMap(parametersOf).map((parameter) => parameter.size);
  // The gradient of tf.split fails for a single part.
  const parts = sizes.length === 1 ? [vector] : tf.split(vector, sizes);
  let next = 0;
  return layers.map((layer): LinearLayer => {
    const kernel = parts[next++]!;
    const bias = layer.bias ? { bias: parts[next++]! as tf.Tensor1D } : {};
    return layer.kind === 'dense'
      ? { ...layer, kernel: kernel.reshape(layer.kernel.shape) as tf.Tensor2D, ...bias }
      : { ...layer, kernel: kernel.reshape(layer.kernel.shape) as tf.Tensor4D, ...bias };
  });
}

function parametersOf({ kernel, bias }: LinearLayer): tf.Tensor[] {
  return bias ? [kernel, bias] : [kernel];
}
