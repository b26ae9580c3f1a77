import { tf } from '../../lib/engine/tensorflow';
import type { LayeredNetwork, LinearLayer } from '../../lib/theory/supervised/layeredNetwork';

/** Dense layers with ReLU between them; kernels as rows by input. */
export function denseClassifier(
  kernels: readonly (readonly (readonly number[])[])[],
  biases: readonly (readonly number[])[] = [],
): LayeredNetwork {
  const layers = kernels.map(
    (rows, i): LinearLayer => ({
      kind: 'dense',
      kernel: tf.tensor2d(rows.map((row) => [...row])),
      ...(biases[i] && { bias: tf.tensor1d([...biases[i]!]) }),
    }),
  );
  return {
    name: 'dense classifier',
    layers,
    apply: (own, x) =>
      tf.tidy(() =>
        own.reduce((h, { kernel, bias }, i) => {
          const z = tf.matMul(h as tf.Tensor2D, kernel as tf.Tensor2D);
          const affine = bias ? z.add(bias) : z;
          return (i < own.length - 1 ? tf.relu(affine) : affine) as tf.Tensor2D;
        }, x as tf.Tensor2D),
      ),
  };
}
