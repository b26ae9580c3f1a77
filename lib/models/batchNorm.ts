import { batchNormInference, batchNormTraining } from '../engine/batchNorm';
import { tf } from '../engine/tensorflow';
import { defineModule, type Layer } from './module';

export interface BatchNormOptions {
  /** Added to the variance; default 1e-5, torch.nn.BatchNorm2d's. */
  readonly epsilon?: number;
  /** The weight of a new batch in the running statistics; default 0.1, torch.nn.BatchNorm2d's. */
  readonly momentum?: number;
  /** What `weight` starts at; default 1. */
  readonly initialScale?: number;
  /** Whether it has `weight` and `bias`; default true. Without, as torch.nn.BatchNorm1d's `affine=False`, it only standardizes. */
  readonly affine?: boolean;
}

/**
 * Batch normalisation over the last axis (Ioffe & Szegedy 2015), of vectors or images. `weight` γ [C] starts at 1, `bias` β
 * at 0; `running_mean` and `running_var`, not trainable, at 0 and 1.
 *
 * At inference an affine map with the running statistics, so piecewise affine and independent of the rest of the batch. In
 * training mode it takes this batch's statistics, which is neither, and moves the running ones in place:
 * running ← (1 − momentum) running + momentum · batch, the variance unbiased, as in PyTorch. Each training pass moves them,
 * so two views passed one after the other, as facebookresearch/vicreg does, move them twice; the views in one batch of 2N
 * would have other statistics and other gradients.
 *
 * @throws In training mode, if there are fewer than two values a channel (a batch of one vector).
 * @example
 * const norm = batchNorm()([2]);
 * const w = norm.init(key(0));
 * norm.apply(w, tf.tensor2d([[1, 2], [3, 6]]), { training: true }); // [[-1, -1], [1, 1]]
 * w.running_mean!; // [0.2, 0.4]
 */
export function batchNorm({
  epsilon = 1e-5,
  momentum = 0.1,
  initialScale = 1,
  affine = true,
}: BatchNormOptions = {}): Layer {
  if (!(epsilon > 0)) throw new Error(`batchNorm: expected epsilon > 0, got ${epsilon}`);
  if (!(momentum >= 0 && momentum <= 1)) throw new Error(`batchNorm: expected momentum from 0 to 1, got ${momentum}`);
  return (inputShape) => {
    if (inputShape.length !== 1 && inputShape.length !== 3) {
      throw new Error(
        `batchNorm: expected an input shape [features] or [height, width, channels] (without batch), got [${inputShape.join(', ')}]`,
      );
    }
    const shape = inputShape.slice(-1);
    return defineModule({
      name: 'batchNorm',
      inputShape,
      outputShape: inputShape,
      piecewiseAffine: true,
      weights: {
        ...(affine && {
          weight: { shape, initial: () => tf.fill([...shape], initialScale) },
          bias: { shape, initial: () => tf.zeros([...shape]) },
        }),
        running_mean: { shape, trainable: false, initial: () => tf.zeros([...shape]) },
        running_var: { shape, trainable: false, initial: () => tf.ones([...shape]) },
      },
      run(w, x, { training }) {
        const scale = affine ? w.weight! : tf.ones([...shape]);
        const offset = affine ? w.bias! : tf.zeros([...shape]);
        if (!training) return batchNormInference(x, scale, offset, w.running_mean!, w.running_var!, epsilon);
        const running = { mean: w.running_mean!, variance: w.running_var!, momentum };
        const { output, mean, variance } = batchNormTraining(x, scale, offset, epsilon, running);
        w.running_mean!.assign(mean);
        w.running_var!.assign(variance);
        return output;
      },
    });
  };
}
