import { split } from '../engine/random';
import { tf } from '../engine/tensorflow';
import type { Weights } from '../models/module';
import { disposeWeights } from '../models/weights';
import type { Objective } from '../objectives/objective';
import { assignWeights, type Json, loadLastGood, saveCheckpoint } from './checkpoint';
import { initMomentum, type MomentumWeights } from './momentumBranch';
import { allWeights, initNetworks, type NetworkWeights } from './networks';
import { initOnlineProbe, type OnlineProbe } from './onlineProbe';
import { stepText } from './stepText';
import type { TrainingPlan, TrainOptions } from './trainingPlan';

/** Everything that a step changes. */
export interface TrainingState {
  readonly weights: NetworkWeights;
  /** What the optimizer remembers. */
  readonly optimizer: Weights;
  readonly momentum?: MomentumWeights;
  /** The objective's own variables. */
  readonly memory?: Weights;
  readonly probe?: OnlineProbe;
  step: number;
}

/** The weights that a training gives. */
export interface TrainedWeights {
  /** Of each network, by its name. */
  readonly weights: NetworkWeights;
  /** The momentum copies of encoder and projector, where the objective has them. */
  readonly momentum?: MomentumWeights;
  /** What the objective remembers (its queue), where it does. */
  readonly memory?: Weights;
  /** The online probe's `weight` and `bias`, where there is one; `onlineClassifier` makes a classifier of them. */
  readonly probe?: Weights;
}

/**
 * Frees the weights of a training.
 *
 * @example
 * const networks = { encoder: mlp({ sizes: [2, 3] }), projector: mlp({ sizes: [3, 3] }) };
 * const weights = { encoder: networks.encoder.init(key(0)), projector: networks.projector.init(key(1)) };
 * disposeTraining({ weights });
 * weights.encoder['fc1.weight'].isDisposed; // true
 */
export function disposeTraining({ weights, momentum, memory, probe }: TrainedWeights): void {
  for (const own of [...Object.values(weights), ...Object.values(momentum ?? {}), memory, probe] as Weights[]) {
    if (own) disposeWeights(own);
  }
}

/** The first of a state's tensors that holds a NaN or an infinity, such as `encoder.fc.weight`. */
function nonFiniteWeight(state: TrainingState): string | undefined {
  const named = Object.entries(stateGroups(state)).flatMap(([group, own]) =>
    Object.entries(own).map(([name, weight]) => [`${group}.${name}`, weight] as const),
  );
  const sums = tf.tidy(() => tf.stack(named.map(([, weight]) => weight.sum().toFloat())).dataSync());
  return named.find((_, i) => !Number.isFinite(sums[i]))?.[0];
}

/** Whether no number of a state is NaN or infinite. */
export const isFiniteState = (state: TrainingState): boolean => nonFiniteWeight(state) === undefined;

/**
 * @param kept Says which checkpoint stays, for the message.
 * @throws If a weight, or what optimizer, memory or probe hold, is NaN or infinite after the last step's update.
 */
export function requireFiniteState(name: string, state: TrainingState, kept?: () => string): void {
  const weight = nonFiniteWeight(state);
  if (weight === undefined) return;
  throw new Error(
    `${name}: expected finite weights after ${stepText(state.step, kept)}, got '${weight}' not finite; ` +
      'lower the learning rate, lengthen the warm-up, and see that the images are finite.',
  );
}

/** The state in named groups, as checkpoints hold it. */
function stateGroups({ weights, optimizer, momentum, memory, probe }: TrainingState): Record<string, Weights> {
  const copies = Object.entries(momentum ?? {}).map(([network, own]) => [`momentum.${network}`, own as Weights]);
  return {
    ...weights,
    optimizer,
    ...Object.fromEntries(copies),
    ...(memory && { memory }),
    ...(probe && { probe: probe.weights, 'probe.optimizer': probe.optimizer }),
  };
}

function initMemory({ name, memory }: Objective, k: readonly [number, number], dimension: number): Weights | undefined {
  if (!memory) return undefined;
  const variables = memory.init(k, dimension);
  for (const [variable, { dtype, trainable }] of Object.entries(variables)) {
    if (dtype === 'float32' && !trainable) continue;
    disposeWeights(variables);
    throw new Error(
      `train: expected the memory of ${name} to be float32 variables that are not trainable, got ${dtype}${trainable ? ', trainable,' : ''} for '${variable}'; make it with tf.variable(value, false).`,
    );
  }
  return variables;
}

/** The state before the first step. */
export function beginTraining({ objective, dataset, onlineProbe }: TrainOptions, plan: TrainingPlan): TrainingState {
  const { networks, initKey, optimizer } = plan;
  const weights = initNetworks(networks, initKey);
  try {
    const memory = initMemory(objective, split(initKey, 5)[4]!, networks.projector.outputShape[0]!);
    const features = networks.encoder.outputShape.reduce((product, size) => product * size, 1);
    return {
      weights,
      optimizer: optimizer.init(allWeights(weights)),
      ...(objective.momentum && { momentum: initMomentum(weights) }),
      ...(memory && { memory }),
      ...(onlineProbe && { probe: initOnlineProbe(features, dataset.classNames.length) }),
      step: 0,
    };
  } catch (error) {
    disposeTraining({ weights });
    throw error;
  }
}

/** Frees the state, weights and all. */
export function disposeState(state: TrainingState): void {
  for (const own of Object.values(stateGroups(state))) disposeWeights(own);
}

/** Frees what only a training under way needs, and gives the rest. */
export function finishState({ weights, optimizer, momentum, memory, probe }: TrainingState): TrainedWeights {
  disposeWeights(optimizer);
  if (probe) disposeWeights(probe.optimizer);
  return { weights, ...(momentum && { momentum }), ...(memory && { memory }), ...(probe && { probe: probe.weights }) };
}

/** Takes up the last good checkpoint, if there is one. */
export async function resumeTraining(
  state: TrainingState,
  options: TrainOptions,
  { identity, source }: TrainingPlan,
): Promise<void> {
  const path = options.checkpoint?.path;
  const found = path === undefined ? null : await loadLastGood(path);
  if (!found) return;
  const { groups, facts } = found.checkpoint;
  try {
    if (found.problem) (options.warn ?? console.warn)(`${found.problem} Going on from the checkpoint before.`);
    const theirs = facts.identity as Record<string, Json>;
    for (const name of Object.keys(identity)) {
      if (theirs?.[name] !== identity[name]) {
        throw new Error(
          `train: the checkpoint ${path} is of another run: its ${name} is ${theirs?.[name]}, this one's ${identity[name]}. Give this run its own path, or delete the checkpoint.`,
        );
      }
    }
    if (source.source !== undefined && facts.source !== undefined && facts.source !== source.source) {
      (options.warn ?? console.warn)(
        `train: the terms of ${options.objective.name} are not in the words of ${path}: edited, or compiled otherwise. Going on with them as they are now; give this run its own path if they mean something else.`,
      );
    }
    const own = stateGroups(state);
    for (const group of new Set([...Object.keys(own), ...Object.keys(groups)])) {
      assignWeights(own[group] ?? {}, groups[group] ?? {}, `train: ${path}, ${group}`);
    }
    state.step = facts.step as number;
  } finally {
    for (const group of Object.values(groups)) disposeWeights(group);
  }
}

/** Saves the state. */
export async function saveTraining(state: TrainingState, path: string, plan: TrainingPlan): Promise<void> {
  const { identity, source } = plan;
  await saveCheckpoint(path, { groups: stateGroups(state), facts: { step: state.step, identity, ...source } });
}
