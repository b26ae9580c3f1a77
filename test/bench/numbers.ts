import type { tf } from '../../lib/engine/tensorflow';

/** A tensor as JSON, for a script to read. */
export interface Numbers {
  readonly shape: readonly number[];
  /** float32, little-endian, in base64. */
  readonly data: string;
}

/** Writes a float32 tensor so. */
export function numbers(tensor: tf.Tensor): Numbers {
  return { shape: tensor.shape, data: Buffer.from(Float32Array.from(tensor.dataSync()).buffer).toString('base64') };
}
