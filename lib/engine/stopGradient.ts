import { withGradient } from './gradient';
import { heldConstant } from './heldConstants';
import { tf } from './tensorflow';

/** x itself, through which no gradient flows (`detach` of PyTorch, `stop_gradient` of JAX). Any shape and type. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  return withGradient([x], () => ({
    value: heldConstant(() => x.clone()),
    saved: [],
    gradient: (dy) => [tf.zerosLike(dy)],
  })) as T;
}
