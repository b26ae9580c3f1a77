import { tf } from '../engine/tensorflow';
import type { Weights } from '../models/module';
import { momentumUpdate } from '../models/momentum';
import { copyWeights } from '../models/weights';
import type { Moment, Objective } from '../objectives/objective';
import type { Networks, NetworkWeights } from './networks';
import type { Views } from './onlineBranch';
import { cosineSchedule } from './schedules';

/** The weights of the momentum copies of encoder and projector. */
export interface MomentumWeights {
  /** Of the encoder's momentum copy. */
  readonly encoder: Weights;
  /** Of the projector's momentum copy. */
  readonly projector: Weights;
}

/** Copies of encoder and projector as they are. */
export function initMomentum({ encoder, projector }: NetworkWeights): MomentumWeights {
  return { encoder: copyWeights(encoder), projector: copyWeights(projector) };
}

/**
 * The momentum copies' embeddings [N, K] of both views. They run in training mode (batch normalisation takes each view's own
 * statistics and moves the copies' own running ones), as BYOL's, MoCo's and solo-learn's do, and outside any gradient: call it
 * before the tape begins.
 */
export function momentumTargets(
  { encoder, projector }: Networks,
  weights: MomentumWeights,
  views: Views,
): { readonly ta: tf.Tensor2D; readonly tb: tf.Tensor2D } {
  const run = (view: tf.Tensor) =>
    tf.tidy(() => {
      const features = encoder.apply(weights.encoder, view, { training: true });
      return projector.apply(weights.projector, features, { training: true }) as tf.Tensor2D;
    });
  return { ta: run(views[0]), tb: run(views[1]) };
}

/** τ at a moment: from `start` at the first step to `end` at the last on half a cosine (BYOL, Grill et al. 2020). */
export function momentumAt(
  { start, end = start }: NonNullable<Objective['momentum']>,
  { step, steps }: Pick<Moment, 'step' | 'steps'>,
): number {
  return cosineSchedule({ peak: start, end, steps: Math.max(1, steps - 1) })(step);
}

/** Moves the copies towards the trained networks: target ← τ · target + (1 − τ) · online. */
export function followOnline(momentum: MomentumWeights, weights: NetworkWeights, tau: number): void {
  momentumUpdate(momentum.encoder, weights.encoder, tau);
  momentumUpdate(momentum.projector, weights.projector, tau);
}
