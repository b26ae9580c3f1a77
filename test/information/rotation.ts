import { qr } from '../../lib/engine/qr';
import { type Key, normal } from '../../lib/engine/random';
import type { tf } from '../../lib/engine/tensorflow';

/** A random orthonormal matrix [k, k]. */
export function rotation(k: Key, size: number): tf.Tensor2D {
  return qr(normal(k, [size, size])).q as tf.Tensor2D;
}
