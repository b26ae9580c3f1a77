import { channelStatistics } from '../datasets/channelStatistics';
import { batch } from '../datasets/dataset';
import { foldIn, permutation } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { disposeWeights } from '../models/weights';
import { checkTerms } from '../objectives/objective';
import type { ChannelStatistics } from '../views/normalize';
import { twoViews } from '../views/recipe';
import { Interrupted, watchInterrupt, yieldToEventLoop } from './interrupt';
import { planTraining, type TrainingPlan, type TrainOptions } from './trainingPlan';
import { beginTraining, disposeState, resumeTraining, saveTraining, type TrainingState } from './trainingState';
import { allWeights, lossAndGradients, type NetworkWeights, type StepMeasures } from './trainingStep';

/** What a step did. Counts start at 1. */
export interface TrainingEvent extends StepMeasures {
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
  readonly learningRate: number;
  /** Images through the encoder a second, two views of each counted, over the last steps. */
  readonly imagesPerSecond: number;
  /** Until the end, at the speed so far. */
  readonly remainingSeconds: number;
}

export interface TrainingResult {
  /** The caller disposes them (`disposeTraining`). */
  readonly weights: NetworkWeights;
  /** What the images were normalized by; embed others by the same. */
  readonly statistics: ChannelStatistics;
  readonly steps: number;
}

/** One step: everything it does follows from the state, the seed and the step's number. */
function takeStep(
  state: TrainingState,
  order: Int32Array,
  statistics: ChannelStatistics,
  options: TrainOptions,
  { batchSize, stepsPerEpoch, schedule, optimizer, recipe, viewKey }: TrainingPlan,
): StepMeasures & { learningRate: number } {
  const { step, weights, memory } = state;
  const first = (step % stepsPerEpoch) * batchSize;
  const learningRate = schedule(step);
  const views = tf.tidy(() => {
    const images = batch(options.dataset, order.subarray(first, first + batchSize));
    return twoViews(recipe, foldIn(viewKey!, step), images, statistics);
  });
  let gradients: tf.NamedTensorMap = {};
  try {
    const result = lossAndGradients(options.networks, weights, options.objective, views);
    gradients = result.gradients;
    requireFinite(options.objective.name, result.measures, step + 1, options.checkpoint?.path);
    optimizer.update(allWeights(weights), memory, gradients, () => learningRate);
    state.step++;
    return { ...result.measures, learningRate };
  } finally {
    tf.dispose(views);
    tf.dispose(gradients);
  }
}

function requireFinite(name: string, { terms, gradientNorm }: StepMeasures, step: number, path?: string): void {
  const when = `step ${step}${path ? ` (the last good checkpoint, ${path}, is kept)` : ''}`;
  checkTerms(name, terms, when);
  if (Number.isFinite(gradientNorm)) return;
  throw new Error(
    `${name}: at ${when} the loss is finite but its gradient's norm is ${gradientNorm}; lower the learning rate, lengthen the warm-up, and see that no term has an infinite slope.`,
  );
}

/**
 * Trains encoder and projector on two views of each image: an event after every step, the trained weights as the
 * generator's return value (`finishTraining` gives them). With a checkpoint's path it goes on from the last good checkpoint
 * there; stopped at any step and started again, it ends bit for bit where an uninterrupted run does on the same machine.
 *
 * It gives way to the event loop after every step, so outputs appear, and stops at the next step on SIGINT or when `signal`
 * aborts: it saves a checkpoint and throws `Interrupted`. A consumer that breaks off is treated alike, without the error.
 *
 * @throws If a term or the gradient is not finite (naming step and term; the last good checkpoint stays), if the options are
 *   impossible, or if the checkpoint is of another run.
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainingEvent, TrainingResult, void> {
  const planned = planTraining(options);
  const { steps, stepsPerEpoch, batchSize, orderKey } = planned;
  const { dataset, checkpoint } = options;
  const watch = watchInterrupt(options.signal);
  let state: TrainingState | undefined;
  let returned = false;
  let savedStep = 0;
  let healthy = true;
  try {
    state = beginTraining(options, planned);
    await resumeTraining(state, options, planned);
    savedStep = state.step;
    const statistics = channelStatistics(dataset);
    const clock = stepClock();
    let lastSave = performance.now();
    let order = permutation(foldIn(orderKey!, Math.floor(state.step / stepsPerEpoch)), dataset.count);
    while (state.step < steps) {
      await yieldToEventLoop();
      if (watch.requested) throw interrupted(state.step, steps, checkpoint?.path);
      const epoch = Math.floor(state.step / stepsPerEpoch);
      if (state.step % stepsPerEpoch === 0) order = permutation(foldIn(orderKey!, epoch), dataset.count);
      healthy = false;
      const measures = takeStep(state, order, statistics, options, planned);
      healthy = true;
      const seconds = clock();
      yield {
        ...{ epoch: epoch + 1, epochs: options.epochs, step: state.step, steps, ...measures },
        imagesPerSecond: (2 * batchSize) / seconds,
        remainingSeconds: (steps - state.step) * seconds,
      };
      if (checkpoint && performance.now() - lastSave > 1000 * (checkpoint.seconds ?? 60)) {
        await saveTraining(state, checkpoint.path, planned);
        savedStep = state.step;
        lastSave = performance.now();
      }
    }
    if (checkpoint && savedStep < state.step) await saveTraining(state, checkpoint.path, planned);
    savedStep = state.step;
    returned = true;
    return { weights: state.weights, statistics, steps };
  } finally {
    watch.stop();
    try {
      if (state && checkpoint && healthy && savedStep < state.step) await saveTraining(state, checkpoint.path, planned);
    } finally {
      if (state && returned) disposeWeights(state.memory);
      else if (state) disposeState(state);
    }
  }
}

/**
 * The seconds a step takes, the consumer's own time included: the mean of the last ten, without the very first, in which the
 * engine warms up, as soon as there is another.
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

function interrupted(step: number, steps: number, path: string | undefined): Interrupted {
  const saved = path
    ? `${path} holds everything: run the same again to go on from here.`
    : 'No checkpoint path was given, so nothing is saved.';
  return new Interrupted(`train: stopped after step ${step} of ${steps}, as asked. ${saved}`);
}

/** Runs a training to its end, telling `onEvent` of every step, and gives its result. */
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
    await training.return(undefined as never).catch(() => undefined);
    throw error;
  }
}
