import { describe, expect, it } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { logDet } from '../../lib/information/logDet';
import { rankMe } from '../../lib/information/rankMe';
import { readMeasures } from '../../lib/training/stepMeasures';

const measured = (za: tf.Tensor2D) =>
  readMeasures({ terms: { t: tf.scalar(2) }, gradients: { g: tf.scalar(1) }, embeddings: { za, zb: za } });

describe('readMeasures', () => {
  it('gives the LogDet entropy of the embeddings', () => {
    // Variances over N − 1: 2/3 and 8/3, no covariance.
    const z = tf.tensor2d([
      [1, 0],
      [-1, 0],
      [0, 2],
      [0, -2],
    ]);
    expect(measured(z).embeddingEntropy).toBeCloseTo(0.5 * (Math.log(5 / 3) + Math.log(11 / 3)), 5);
    expect(measured(tf.ones([4, 2])).embeddingEntropy).toBe(0);
  });

  it('takes entropy and rank of the first 256 embeddings, and keeps the probe’s numbers apart', () => {
    const z = normal(key(0), [300, 8]) as tf.Tensor2D;
    const first = z.slice([0, 0], [256, -1]);
    const { embeddingEntropy, embeddingRank, online, terms } = readMeasures(
      { terms: { a: tf.scalar(3), b: tf.scalar(4) }, gradients: { g: tf.scalar(1) }, embeddings: { za: z, zb: z } },
      { loss: tf.scalar(0.5), accuracy: tf.scalar(0.25) },
    );
    expect(embeddingEntropy).toBeCloseTo(logDet(first).dataSync()[0]!, 4);
    expect(embeddingRank).toBeCloseTo(rankMe(first).dataSync()[0]!, 2);
    expect(online).toEqual({ loss: 0.5, accuracy: 0.25 });
    expect(terms).toEqual({ a: 3, b: 4 });
  });
});
