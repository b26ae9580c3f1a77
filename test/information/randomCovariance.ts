import { type Key, normal, split, uniform } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';

/** A random covariance [n, n] of condition number some 10 to 100. */
export function randomCovariance(k: Key, n: number): tf.Tensor2D {
  return tf.tidy(() => {
    const [noise, scales] = split(k);
    const a = normal(noise!, [n, 2 * n]) as tf.Tensor2D;
    const scale = uniform(scales!, [n], -1, 1).exp();
    const plain = tf.matMul(a, a, false, true).div(2 * n);
    return plain.mul(scale).mul(scale.expandDims(1)) as tf.Tensor2D;
  });
}
