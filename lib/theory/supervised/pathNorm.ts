import { inputShape } from '../../engine/linearLayer';
import { tf } from '../../engine/tensorflow';
import { type LayeredNetwork, type LinearLayer, requireLayers } from './layeredNetwork';

/**
 * Σ_k f_{w²}(1)_k: the sum of the logits for an input of ones, of the network whose weights and biases are squared, as
 * in the code of Dziugaite et al. 2020 (measures.py; equation 44 of Jiang et al. 2019). For a ReLU network the sum over
 * all paths from an input, or a bias, to an output of the product of the squared weights on it, as Neyshabur et al.
 * 2015, "Norm-Based Capacity Control in Neural Networks", have it for paths from inputs. Unchanged by a factor moved
 * from one layer to the next.
 *
 * @param network The classifier.
 * @throws If there is no layer, a weight is not finite, or the sum overflows float32 (1e38).
 * @example
 * const layers: LinearLayer[] = [{ kind: 'dense', kernel: tf.tensor2d([[1, 2], [3, 4]]) }];
 * const apply: LayeredNetwork['apply'] = ([{ kernel }], x) => tf.dot(x, kernel) as tf.Tensor2D;
 * // 1 + 4 + 9 + 16: each weight is a path.
 * pathNorm({ name: 'linear', layers, apply }); // 30
 */
export function pathNorm(network: LayeredNetwork): number {
  requireLayers('pathNorm', network.layers);
  const value = tf.tidy(() => {
    const squared = network.layers.map((layer) => {
      const bias = layer.bias ? { bias: layer.bias.square() } : {};
      return { ...layer, kernel: layer.kernel.square(), ...bias } as LinearLayer;
    });
    const ones = tf.ones([1, ...inputShape(network.layers[0]!)]);
    return network.apply(squared, ones).sum().dataSync()[0]!;
  });
  if (Number.isFinite(value)) return value;
  throw new Error(
    `pathNorm: the sum over the paths of '${network.name}' overflows float32; its weights are too large to compare it by this measure.`,
  );
}
