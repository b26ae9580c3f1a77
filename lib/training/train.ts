import { channelStatistics } from '../datasets/channelStatistics';
import { foldIn, permutation } from '../engine/random';
import type { ChannelStatistics } from '../views/normalize';
import { watchCollapse } from './collapse';
import { Interrupted, watchInterrupt, yieldToEventLoop } from './interrupt';
import type { Networks } from './networks';
import { completeSnapshots, plannedSnapshots, type Snapshot, saveSnapshot } from './snapshots';
import { type StepResult, takeStep } from './takeStep';
import { planTraining, type TrainOptions } from './trainingPlan';
import {
  beginTraining,
  disposeState,
  finishState,
  isFiniteState,
  requireFiniteState,
  resumeTraining,
  saveTraining,
  type TrainedWeights,
  type TrainingState,
} from './trainingState';

/** What a step did. Counts start at 1. */
export interface TrainingEvent extends StepResult {
  /** The pass over the data set, from 1. */
  readonly epoch: number;
  /** Passes in all. */
  readonly epochs: number;
  /** The step, from 1. */
  readonly step: number;
  /** Steps in all. */
  readonly steps: number;
  /** Images through the encoder a second, two views of each counted, over the last steps. */
  readonly imagesPerSecond: number;
  /** Until the end, at the speed so far. */
  readonly remainingSeconds: number;
}

/** The caller disposes its weights (`disposeTraining`). */
export interface TrainingResult extends TrainedWeights {
  /** What was trained, with the predictor and prototypes that the objective required. */
  readonly networks: Networks;
  /** What the images were normalized by; embed others by the same. */
  readonly statistics: ChannelStatistics;
  /** Steps in all. */
  readonly steps: number;
  /** The weights along the training that were kept, from step 0 to the last; none unless `snapshots` asked for them. */
  readonly snapshots: readonly Snapshot[];
}

/**
 * Trains encoder and projector on two views of each image: an event after every step, the trained weights as the
 * generator's return value (`finishTraining` gives them). With a checkpoint's path it goes on from the last good
 * checkpoint there; stopped at any step and started again, it ends bit for bit where an uninterrupted run does on the
 * same machine. It saves one at each epoch's end, and within long epochs, so that a process killed outright loses an
 * epoch at most.
 *
 * It gives way to the event loop after every step, so outputs appear, and stops at the next step on SIGINT or when
 * `signal` aborts: it saves a checkpoint and throws `Interrupted`. A consumer that breaks off is treated alike, without
 * the error.
 *
 * The objective's requirements are met: a predictor, momentum copies (moved after the optimizer's step), prototypes
 * (without gradient while they are frozen) and a memory (moved last) are made, trained, saved and given back with the
 * weights.
 *
 * @throws If a term or the gradient is not finite (naming step and term) and `Collapsed` if the embeddings have become
 *   one direction: the last good checkpoint stays. If the options are impossible, a network does not fit or gets no
 *   gradient, the checkpoint is of another run, or a snapshot of an earlier step is gone.
 * @example
 * const encoder = sequential('encoder', [32, 32, 3], { pool: globalAveragePool(), fc: dense({ units: 4 }) });
 * const networks = { encoder, projector: mlp({ sizes: [4, 4] }) };
 * const options = { dataset: shapes({ count: 16 }), networks, objective: vicreg(), epochs: 5, batchSize: 8 };
 * const seen: string[][] = [];
 * for await (const { terms } of train(options)) {
 *   if (seen.push(Object.keys(terms)) === 2) break;
 * }
 * seen[1]; // ['invariance', 'variance', 'covariance']
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainingEvent, TrainingResult, void> {
  const planned = planTraining(options);
  const { steps, stepsPerEpoch, batchSize, orderKey, networks } = planned;
  const { dataset, checkpoint } = options;
  const snapshots = plannedSnapshots(checkpoint?.path, planned);
  const watch = watchInterrupt(options.signal);
  let state: TrainingState | undefined;
  let returned = false;
  let savedStep = 0;
  let healthy = true;
  const kept =
    checkpoint &&
    (() =>
      savedStep > 0
        ? `The last good checkpoint, ${checkpoint.path}, is kept`
        : `No checkpoint had been written yet to ${checkpoint.path}`);
  const collapse = watchCollapse(options.objective, networks.projector.outputShape[0]!, planned.collapse, kept);
  try {
    state = beginTraining(options, planned);
    await completeSnapshots(snapshots, state);
    await resumeTraining(state, options, planned);
    savedStep = state.step;
    await completeSnapshots(snapshots, state);
    const statistics = channelStatistics(dataset);
    const context = { options, plan: planned, statistics, collapse, kept };
    const clock = stepClock();
    let lastSave = performance.now();
    let order = permutation(foldIn(orderKey, Math.floor(state.step / stepsPerEpoch)), dataset.count);
    while (state.step < steps) {
      await yieldToEventLoop();
      if (watch.requested) {
        throw interrupted(state.step, steps, checkpoint?.path, collapse.collapsing ? savedStep : state.step);
      }
      const epoch = Math.floor(state.step / stepsPerEpoch);
      if (state.step % stepsPerEpoch === 0) order = permutation(foldIn(orderKey, epoch), dataset.count);
      healthy = false;
      const measures = takeStep(state, order, context);
      // If it cannot be written, the step is taken again.
      await saveSnapshot(snapshots, state);
      healthy = true;
      const seconds = clock();
      yield {
        ...{ epoch: epoch + 1, epochs: options.epochs, step: state.step, steps, ...measures },
        imagesPerSecond: (2 * batchSize) / seconds,
        remainingSeconds: (steps - state.step) * seconds,
      };
      if (!checkpoint || collapse.collapsing) continue;
      const due = performance.now() - lastSave > 1000 * (checkpoint.seconds ?? 60);
      if (due || state.step % stepsPerEpoch === 0) {
        requireFiniteState(options.objective.name, state, kept);
        await saveTraining(state, checkpoint.path, planned);
        savedStep = state.step;
        lastSave = performance.now();
      }
    }
    requireFiniteState(options.objective.name, state, kept);
    if (checkpoint && savedStep < state.step) await saveTraining(state, checkpoint.path, planned);
    savedStep = state.step;
    returned = true;
    return { ...finishState(state), networks, statistics, steps, snapshots };
  } finally {
    watch.stop();
    try {
      const whole = healthy && !collapse.collapsing;
      if (state && checkpoint && whole && savedStep < state.step && isFiniteState(state)) {
        await saveTraining(state, checkpoint.path, planned);
      }
    } finally {
      if (state && !returned) disposeState(state);
    }
  }
}

/**
 * The seconds a step takes, the consumer's own time included: the mean of the last ten, without the very first, in
 * which the engine warms up, as soon as there is another.
 */
function stepClock(): () => number {
  let last = performance.now();
  let warm = false;
  let recent: number[] = [];
  return () => {
    const now = performance.now();
    recent = [...recent, Math.max(1e-6, (now - last) / 1000)].slice(-10);
    last = now;
    if (recent.length === 2 && !warm) {
      recent.shift();
      warm = true;
    }
    return recent.reduce((a, b) => a + b) / recent.length;
  };
}

function interrupted(step: number, steps: number, path: string | undefined, savedStep: number): Interrupted {
  const saved = !path
    ? 'No checkpoint path was given, so nothing is saved.'
    : savedStep === 0
      ? `${step > 0 ? 'Its embeddings have almost one direction, so it was not saved. ' : ''}No checkpoint had been written yet to ${path}: run the same again to begin anew.`
      : savedStep === step
        ? `${path} holds everything: run the same again to go on from here.`
        : `Its embeddings have almost one direction, so ${path} was left as it was at step ${savedStep}: run the same again to go on from there.`;
  return new Interrupted(`train: stopped after step ${step} of ${steps}, as asked. ${saved}`);
}

/**
 * Runs a training to its end, telling `onEvent` of every step, and gives its result.
 *
 * @param onEvent Told of every step; default: no one is.
 * @param training Of `train`.
 * @throws What the training throws, or `onEvent`.
 * @example
 * const encoder = sequential('encoder', [32, 32, 3], { pool: globalAveragePool(), fc: dense({ units: 4 }) });
 * const networks = { encoder, projector: mlp({ sizes: [4, 4] }) };
 * const options = { dataset: shapes({ count: 16 }), networks, objective: vicreg(), epochs: 1, batchSize: 8 };
 * const losses: number[] = [];
 * const result = await finishTraining(train(options), ({ total }) => void losses.push(total));
 * [result.steps, losses.length]; // [2, 2]
 * result.weights.encoder['fc.weight'].shape; // [3, 4]
 */
export async function finishTraining(
  training: AsyncGenerator<TrainingEvent, TrainingResult, void>,
  onEvent?: (event: TrainingEvent) => void | Promise<void>,
): Promise<TrainingResult> {
  try {
    for (;;) {
      const { done, value } = await training.next();
      if (done) return value;
      await onEvent?.(value);
    }
  } catch (error) {
    // An error of the listener must still let the training save and free what it holds.
    await training.return(undefined as never).catch((failed: unknown) => {
      if (error instanceof Error && error.cause === undefined) error.cause = failed;
      else console.warn(failed);
    });
    throw error;
  }
}
