import { valueAndGradients } from '../engine/gradient';
import { tf } from '../engine/tensorflow';
import type { Weights } from '../models/module';
import { trainableWeights } from '../models/weights';
import { type Embeddings, type Moment, type Objective, totalLoss } from '../objectives/objective';
import { explainGradient } from '../objectives/termSlopes';
import { accumulatedPass } from './accumulation';
import { type MomentumWeights, momentumTargets } from './momentumBranch';
import { allWeights, type Networks, type NetworkWeights, networkOf } from './networks';
import { type OnlineOutputs, onlineBranch, type Views } from './onlineBranch';

/** What a step's loss and gradient are made from, beside networks and views. */
export interface PassOptions {
  /** Only for an objective with `momentum`. */
  readonly momentum?: MomentumWeights;
  /** Only for an objective with `memory`; read, not moved. */
  readonly memory?: Readonly<Record<string, tf.Variable>>;
  /** Default: the first step of one. */
  readonly moment?: Moment;
  /** Micro-batches that make the batch (`accumulatedPass`); default 1. */
  readonly accumulate?: number;
}

/** The loss of one batch and its gradient, on the device. The caller disposes it (`disposePass`). */
export interface Pass {
  /** The objective's weighted terms. */
  readonly terms: Readonly<Record<string, tf.Scalar>>;
  /** By each trainable weight that is not frozen, under the names of `allWeights`. */
  readonly gradients: tf.NamedTensorMap;
  readonly outputs: OnlineOutputs;
  /** What the terms were given. */
  readonly embeddings: Embeddings;
}

/** Frees the tensors of a pass. */
export function disposePass({ terms, gradients, outputs, embeddings }: Pass): void {
  const { ta, tb, memory } = embeddings;
  tf.dispose([terms, gradients, outputs, [ta, tb].filter((t) => t !== undefined), memory ?? {}] as tf.TensorContainer);
}

/** The weights that this step's gradient is taken by: the trainable ones, without the prototypes while they are frozen. */
function trainedWeights(weights: NetworkWeights, { prototypes }: Objective, epoch: number): Weights {
  const frozen = epoch < (prototypes?.frozenEpochs ?? 0);
  const all = Object.entries(trainableWeights(allWeights(weights)));
  return Object.fromEntries(all.filter(([name]) => !(frozen && networkOf(name) === 'prototypes')));
}

/** Gradients by names; null where the loss does not depend on a weight. */
function named(objective: Objective, trained: Weights, gradients: readonly (tf.Tensor | null)[]): tf.NamedTensorMap {
  const missing = Object.keys(trained).filter((_, i) => !gradients[i]);
  if (missing.length > 0) {
    throw new Error(
      `train: expected the loss of ${objective.name} to depend on every trained weight, got no gradient by '${missing[0]}'${missing.length > 1 ? ` and ${missing.length - 1} more` : ''}; let the terms use what this network gives, without stopGradient around all of it, or leave the network out.`,
    );
  }
  return Object.fromEntries(Object.keys(trained).map((name, i) => [name, gradients[i]!]));
}

/**
 * The objective's terms on two batches of views, and the gradient of their sum by every trainable weight. All networks run in
 * training mode, once for each view. It moves running statistics and nothing else, and reads nothing from the device.
 *
 * @throws If a trained weight gets no gradient, and as `objective.terms`.
 */
export function lossAndGradients(
  networks: Networks,
  weights: NetworkWeights,
  objective: Objective,
  views: Views,
  { momentum, memory, moment, accumulate = 1 }: PassOptions = {},
): Pass {
  const trained = trainedWeights(weights, objective, moment?.epoch ?? 0);
  const kept: tf.Tensor[] = [];
  const keep = <T extends object>(tensors: T): T => {
    for (const tensor of Object.values(tensors) as tf.Tensor[]) kept.push(tf.keep(tensor));
    return tensors;
  };
  let embeddings: Embeddings | undefined;
  try {
    const given: { -readonly [field in keyof Embeddings]?: Embeddings[field] } = { ...(moment && { moment }) };
    if (networks.prototypes) {
      given.scores = (z) => networks.prototypes!.apply(weights.prototypes!, z, { training: true }) as tf.Tensor2D;
    }
    if (memory) {
      // Clones, which share the numbers: terms that wrote into them could not change what is remembered.
      given.memory = keep(Object.fromEntries(Object.entries(memory).map(([name, value]) => [name, value.clone()])));
    }
    if (accumulate > 1) {
      const pass = accumulatedPass(networks, weights, { objective, views, momentum, given, trained, accumulate }, keep);
      return { ...pass, gradients: named(objective, trained, pass.gradients) };
    }
    if (momentum) Object.assign(given, keep(momentumTargets(networks, momentum, views)));
    let outputs: OnlineOutputs | undefined;
    let terms: Record<string, tf.Scalar> = {};
    const { value, gradients } = valueAndGradients(() => {
      outputs = keep(onlineBranch(networks, weights, views));
      const { fa: _fa, fb: _fb, ...online } = outputs;
      embeddings = { ...given, ...online };
      terms = keep(objective.terms(embeddings));
      return totalLoss(terms);
    }, Object.values(trained));
    value.dispose();
    keep(gradients.filter((gradient) => gradient !== null));
    return { terms, gradients: named(objective, trained, gradients), outputs: outputs!, embeddings: embeddings! };
  } catch (error) {
    const explanation = embeddings ? explainGradient(error, objective, embeddings, weights.prototypes) : error;
    tf.dispose(kept);
    throw explanation;
  }
}
