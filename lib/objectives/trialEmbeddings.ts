import { type Key, normal, split } from '../engine/random';
import { tf } from '../engine/tensorflow';
import type { Embeddings, Objective } from './objective';

/**
 * Random embeddings to try an objective on, with what else it asks for: za standard normal [rows, dimension], zb, and predictions and
 * targets, 0.7 za and noise of standard deviation 0.4; scores by random prototypes. The caller disposes them.
 *
 * @param memory The objective's, where it has one.
 */
export function trialEmbeddings(
  { predictor, momentum, prototypes }: Objective,
  k: Key,
  [rows, dimension]: readonly [number, number],
  memory?: Readonly<Record<string, tf.Tensor>>,
): Embeddings {
  const keys = split(k, 7);
  const base = normal(keys[0]!, [rows, dimension]) as tf.Tensor2D;
  const near = (i: number) =>
    tf.tidy(() => base.mul(0.7).add(normal(keys[i]!, [rows, dimension], 0, 0.4)) as tf.Tensor2D);
  const lines = prototypes && (normal(keys[6]!, [dimension, prototypes.count]) as tf.Tensor2D);
  return {
    za: base,
    zb: near(1),
    ...(predictor && { pa: near(2), pb: near(3) }),
    ...(momentum && { ta: near(4), tb: near(5) }),
    ...(lines && { scores: (z: tf.Tensor2D) => tf.matMul(z, lines) }),
    ...(memory && { memory }),
  };
}
