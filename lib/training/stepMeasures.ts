import { runKernel } from '../engine/kernel';
import { tf } from '../engine/tensorflow';
import { logDet } from '../information/logDet';
import { rankMe } from '../information/rankMe';
import type { Pass } from './trainingStep';

/**
 * What one step saw.
 *
 * @param loss The probe's mean cross-entropy, nats.
 * @param accuracy The share of views that it classified rightly, 0 to 1.
 */
export interface StepMeasures {
  /** The objective's weighted terms; their sum is `total`. */
  readonly terms: Readonly<Record<string, number>>;
  /** The loss: the sum of the terms. */
  readonly total: number;
  /** The Euclidean length of the gradient by all trained weights, before any clipping. */
  readonly gradientNorm: number;
  /** The standard deviation over the batch, averaged over dimensions and both views; near 0 in a collapse. */
  readonly embeddingStd: number;
  /**
   * The same of the embeddings divided by their lengths, times √K, so free of their scale: about 1 where they spread over the
   * sphere, 0 where all are one direction (SimSiam's measure of collapse, Chen & He 2021, section 4.1). 0 to 1.
   */
  readonly normalizedStd: number;
  /**
   * `rankMe` of the first view's first embeddings, 256 at most: from 1 (all on one line: dimensional collapse) to the smaller
   * of their number and K.
   */
  readonly embeddingRank: number;
  /**
   * The LogDet entropy (`logDet` with its defaults, nats) of the same embeddings: ½ ln det(I + Σ̂), 0 at collapse. It grows with
   * the embeddings' scale, and over a batch is comparable only between batches of one size.
   */
  readonly embeddingEntropy: number;
  /** Of the online probe, where there is one: its loss and the share of views that it classified rightly, before its own step. */
  readonly online?: { readonly loss: number; readonly accuracy: number };
}

/** More embeddings would tell little more of the rank, and take the cube of the time. */
const rankRows = 256;

function averageStd(za: tf.Tensor, zb: tf.Tensor): tf.Tensor {
  return tf.stack([za, zb].map((z) => tf.moments(z, 0).variance.sqrt().mean())).mean();
}

/** Scale-free down to lengths of 10⁻¹², where `normalizeRows` holds rows below 10⁻⁶: a shrinking network is no collapse. */
function unitRows(z: tf.Tensor2D): tf.Tensor2D {
  return z.div(z.square().sum(1, true).sqrt().maximum(1e-12));
}

function normOf(gradients: tf.NamedTensorMap): tf.Tensor {
  const halves = Object.values(gradients).map((g) => runKernel('L2Loss', { T: { type: 'float32' } }, [g]));
  return tf.sqrt(tf.addN(halves).mul(2));
}

/** What a pass saw (and an online probe), read from the device at once. */
export function readMeasures(
  { terms, gradients, embeddings: { za, zb } }: Pick<Pass, 'terms' | 'gradients' | 'embeddings'>,
  online?: { readonly loss: tf.Scalar; readonly accuracy: tf.Scalar },
): StepMeasures {
  const names = Object.keys(terms);
  const values = tf.tidy(() => {
    const scale = Math.sqrt(za.shape[1]);
    const first = za.slice([0, 0], [Math.min(rankRows, za.shape[0]), -1]);
    const scalars = [
      normOf(gradients),
      averageStd(za, zb),
      averageStd(unitRows(za), unitRows(zb)).mul(scale),
      rankMe(first, { method: 'gram' }),
      logDet(first),
      ...(online ? [online.loss, online.accuracy] : []),
      ...Object.values(terms),
    ];
    return Array.from(tf.stack(scalars).dataSync());
  });
  type Five = [number, number, number, number, number];
  const [gradientNorm, embeddingStd, normalizedStd, embeddingRank, embeddingEntropy] = values as Five;
  const termValues = values.slice(-names.length);
  return {
    terms: Object.fromEntries(names.map((name, i) => [name, termValues[i]!])),
    total: termValues.reduce((a, b) => a + b, 0),
    ...{ gradientNorm, embeddingStd, normalizedStd, embeddingRank, embeddingEntropy },
    ...(online && { online: { loss: values[5]!, accuracy: values[6]! } }),
  };
}
