import { tf } from '../engine/tensorflow';
import type { Weights } from '../models/module';
import { trainableWeights } from '../models/weights';

/** The learning rate of each weight, by its name. */
export type LearningRate = (weightName: string) => number;

/**
 * How gradients move weights: plain functions over plain records, so that the state can be stored and compared. A
 * weight without a gradient (frozen, or not in the loss) stays where it is, and so does what is remembered of it.
 */
export interface Optimizer {
  /** With all its settings: checkpoints and cached runs are told apart by it. */
  readonly name: string;
  /** What it remembers of each trainable weight, by `weight name` or `weight name:what`; the caller disposes it. */
  init(weights: Weights): Weights;
  /**
   * Moves the weights and the state in place by the gradients (by weight name); disposes nothing that it was given.
   * @throws If there is a gradient for a weight that `init` did not know.
   */
  update(weights: Weights, state: Weights, gradients: tf.NamedTensorMap, learningRate: LearningRate): void;
}

/** Which weights decay. */
export type Decays = (name: string, weight: tf.Variable) => boolean;

/**
 * Those of two or more axes: neither biases nor the scales of a normalisation (LARS's authors', solo-learn's LARS,
 * VICReg's).
 */
export const decaysByDefault: Decays = (_, weight) => weight.rank > 1;

/**
 * Every weight, as PyTorch's optimizers take all the parameters that they are given; reads so in an optimizer's name.
 */
export const everything: Decays = Object.assign(() => true, { toString: () => 'everything' });

/** The end of an optimizer's name: nothing for the default. */
export function describeDecays(decays: Decays | undefined): string {
  return decays ? ` on ${decays}` : '';
}

/** New variables of zeros, not trainable, in the shapes of the trainable weights; `named` gives each one's name. */
export function zerosLikeTrainable(weights: Weights, named = (weight: string) => weight): Weights {
  return Object.fromEntries(
    Object.entries(trainableWeights(weights)).map(([weight, variable]) => [
      named(weight),
      tf.tidy(() => tf.variable(tf.zerosLike(variable), false)),
    ]),
  );
}
