import type { Dataset } from '../datasets/dataset';
import { tf } from '../engine/tensorflow';
import type { Weights } from '../models/module';
import type { LinearProbe } from './linearProbe';
import type { OnlineOutputs } from './onlineBranch';
import { sgd } from './sgd';

export interface OnlineProbeOptions {
  /**
   * The highest rate, which follows the run's schedule; default 0.1 · batchSize / 256, solo-learn's `classifier_lr`,
   * but for MoCo v2+ (0.3).
   */
  readonly learningRate?: number;
}

/** The weights of an online probe, `weight` [D, classes] and `bias` [classes], and its optimizer's state. */
export interface OnlineProbe {
  readonly weights: Weights;
  readonly optimizer: Weights;
}

/** SGD with momentum 0.9 and no weight decay, solo-learn's for the classifier beside SGD. */
const optimizer = sgd({ momentum: 0.9, weightDecay: 0 });

/** @throws If the data set has no labels to train a probe with. */
export function checkProbeData({ name, classNames, labels, count }: Dataset): void {
  const classes = classNames.length;
  const wrong = labels.findIndex((label) => !(label >= 0 && label < classes));
  if (classes >= 2 && labels.length === count && wrong < 0) return;
  const got =
    wrong < 0 ? `${labels.length} labels of ${classes} classes` : `the label ${labels[wrong]} of image ${wrong}`;
  throw new Error(
    `train: expected a label from 0 to ${classes - 1} for each of ${count} images of ${name}, at least two classes, for the online probe, got ${got}; leave onlineProbe out for data without labels.`,
  );
}

/** A probe of `dimension` features that gives every class the same probability: it starts at 0, so it needs no seed. */
export function initOnlineProbe(dimension: number, classes: number): OnlineProbe {
  const weights = tf.tidy(() => ({
    weight: tf.variable(tf.zeros([dimension, classes])),
    bias: tf.variable(tf.zeros([classes])),
  }));
  return { weights, optimizer: optimizer.init(weights) };
}

/** What a probe saw of a batch, on the device; the caller disposes it. */
export interface ProbePass {
  /** Mean cross-entropy over both views. */
  readonly loss: tf.Scalar;
  /** The share of both views' images that it classifies rightly. */
  readonly accuracy: tf.Scalar;
  readonly gradients: { readonly weight: tf.Tensor; readonly bias: tf.Tensor };
}

/**
 * The online linear probe's loss, accuracy and gradient on the encoder's features of both augmented views, as
 * solo-learn trains its classifier beside the network: its published accuracies are of this kind. The gradient is
 * written out (softmax less one-hot), so nothing reaches the encoder.
 *
 * @param labels One for each image of the batch.
 */
export function probePass({ weights }: OnlineProbe, { fa, fb }: OnlineOutputs, labels: Int32Array): ProbePass {
  return tf.tidy(() => {
    const count = 2 * labels.length;
    const x = tf.concat([fa, fb]).reshape([count, -1]) as tf.Tensor2D;
    const once = tf.tensor1d(labels, 'int32');
    const target = tf.concat([once, once]);
    const oneHot = tf.oneHot(target, weights.bias!.shape[0]!).toFloat();
    const logits = x.matMul(weights.weight as tf.Tensor as tf.Tensor2D).add(weights.bias!) as tf.Tensor2D;
    const logProbability = logits.logSoftmax();
    const excess = logProbability.exp().sub(oneHot).div(count) as tf.Tensor2D;
    return {
      loss: logProbability.mul(oneHot).sum().div(-count) as tf.Scalar,
      accuracy: logits.argMax(1).equal(target).mean() as tf.Scalar,
      gradients: { weight: x.matMul(excess, true), bias: excess.sum(0) },
    };
  });
}

/** Moves the probe by the gradient of a pass. */
export function updateOnlineProbe(probe: OnlineProbe, { gradients }: ProbePass, learningRate: number): void {
  optimizer.update(probe.weights, probe.optimizer, gradients, () => learningRate);
}

/**
 * An online probe's weights (`TrainingResult.probe`) as a classifier for `predictLinear`: it does not standardize.
 *
 * @param weights `weight` [D, classes] and `bias` [classes]; read, not disposed.
 * @example
 * const weights = { weight: tf.variable(tf.tensor2d([[-1, 1]])), bias: tf.variable(tf.tensor1d([0, 0.5])) };
 * const features = { values: Float32Array.of(-1, 0), count: 2, dimension: 1 };
 * // Class 1 where −x < x + 0.5.
 * predictLinear(onlineClassifier(weights), features); // [0, 1]
 */
export function onlineClassifier(weights: Weights): LinearProbe {
  const [dimension] = weights.weight!.shape as [number, number];
  return {
    mean: new Float32Array(dimension),
    std: new Float32Array(dimension).fill(1),
    weight: weights.weight!.dataSync() as Float32Array,
    bias: weights.bias!.dataSync() as Float32Array,
    converged: true,
    iterations: 0,
  };
}
