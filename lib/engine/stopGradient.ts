import { withGradient } from './gradient';
import { heldConstant } from './heldConstants';
import { tf } from './tensorflow';

/**
 * x itself, through which no gradient flows (`detach` of PyTorch, `stop_gradient` of JAX). Any shape and type.
 *
 * @param x Of any shape; the result has the same.
 * @example
 * // The gradient of x · x with one factor held: x, not 2 x.
 * const gradient = tf.grad((x) => x.mul(stopGradient(x)).sum());
 * gradient(tf.tensor1d([3, 5])); // [3, 5]
 */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  return withGradient([x], () => ({
    value: heldConstant(() => x.clone()),
    saved: [],
    gradient: (dy) => [tf.zerosLike(dy)],
  })) as T;
}
