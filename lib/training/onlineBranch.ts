import type { tf } from '../engine/tensorflow';
import type { Networks, NetworkWeights } from './networks';

/** Two views of a batch, [N, ...] each, row i of both from image i. */
export type Views = readonly [tf.Tensor, tf.Tensor];

/** What the trained networks make of two views. */
export interface OnlineOutputs {
  /** The encoder's features of both views. */
  readonly fa: tf.Tensor;
  readonly fb: tf.Tensor;
  /** The projector's. */
  readonly za: tf.Tensor2D;
  readonly zb: tf.Tensor2D;
  /** The predictor's, where there is one. */
  readonly pa?: tf.Tensor2D;
  readonly pb?: tf.Tensor2D;
}

/**
 * Encoder, projector and predictor in training mode, once for each view: batch normalisation takes each view's own statistics
 * (as facebookresearch/vicreg does), and its running ones move twice.
 */
export function onlineBranch(networks: Networks, weights: NetworkWeights, [a, b]: Views): OnlineOutputs {
  const run = (view: tf.Tensor) => {
    const features = networks.encoder.apply(weights.encoder, view, { training: true });
    const z = networks.projector.apply(weights.projector, features, { training: true }) as tf.Tensor2D;
    const p = networks.predictor?.apply(weights.predictor!, z, { training: true }) as tf.Tensor2D | undefined;
    return { features, z, p };
  };
  const [first, second] = [run(a), run(b)];
  const embeddings = { fa: first.features, fb: second.features, za: first.z, zb: second.z };
  return first.p ? { ...embeddings, pa: first.p, pb: second.p } : embeddings;
}
