import { classPartners } from '../datasets/classPartners';
import type { Dataset } from '../datasets/dataset';
import { foldIn, key, split } from '../engine/random';
import type { Objective } from '../objectives/objective';
import { type Recipe, recipes } from '../views/recipe';
import type { Json } from './checkpoint';
import { type CollapseOptions, collapseOptions } from './collapse';
import { completeNetworks, type NetworkName, type Networks, networkOf } from './networks';
import { checkProbeData, type OnlineProbeOptions } from './onlineProbe';
import type { LearningRate, Optimizer } from './optimizer';
import { cosineSchedule } from './schedules';
import { sgd } from './sgd';
import { checkSnapshots } from './snapshots';

/**
 * What is trained, on what, by which objective, and how.
 *
 * @param path The checkpoint's file.
 * @param seconds Apart at most; default 60.
 */
export interface TrainOptions {
  /** The images; labels are used only where `pairs` or `onlineProbe` says so. */
  readonly dataset: Dataset;
  /** Encoder and projector; predictor and prototypes default to what the objective requires. */
  readonly networks: Networks;
  /** What the training makes small. */
  readonly objective: Objective;
  /** How the views are made; default VICReg's. */
  readonly recipe?: Recipe;
  /**
   * What a step's two views are of. `augmentation` (default): twice of one image. `class`: of two different images of
   * one class, the second drawn afresh at every step among the others of the first one's class (`classPartners`), as
   * the theorems on generalization suppose it; the labels enter in no other way. The recipe applies to both alike: with
   * `unaugmented` the views are two draws of the class as they are. Every class then needs two images.
   */
  readonly pairs?: 'augmentation' | 'class';
  /** Passes over the data set. */
  readonly epochs: number;
  /** Images a step, each giving two views; default 128. What is left of an epoch after whole batches is dropped. */
  readonly batchSize?: number;
  /**
   * Micro-batches that make one batch, a divisor of `batchSize`; default 1. The objective sees all embeddings of the
   * batch, as without (`accumulatedPass`); only one micro-batch's activations are held at a time, at the price of a
   * second forward pass.
   */
  readonly accumulate?: number;
  /** The highest rate; default 0.06 · batchSize / 128 (lightly's CIFAR-10 benchmarks, SGD). */
  readonly learningRate?: number;
  /** Networks whose weights keep the highest rate throughout, as SimSiam's predictor does; default none. */
  readonly constantRate?: readonly NetworkName[];
  /** Epochs of linear warm-up before the cosine; default 0. */
  readonly warmUpEpochs?: number;
  /** Default SGD with momentum 0.9 and weight decay 5e-4 (lightly's), on weights of two or more axes. */
  readonly optimizer?: Optimizer;
  /** The greatest Euclidean length of the whole gradient (torch.nn.utils.clip_grad_norm_); default none. */
  readonly clipGradient?: number;
  /**
   * Trains a linear classifier beside the network on the encoder's features of both views, with no gradient into the
   * encoder (solo-learn's online probe): every event then tells its accuracy. Nothing else changes by a bit. Default
   * none.
   */
  readonly onlineProbe?: OnlineProbeOptions;
  /**
   * Stops a run whose embeddings have all become one direction: `normalizedStd` below `threshold`, default 0.1, for
   * `patience` steps running, default 50 (`collapseDefaults` says how they were chosen). While it is below, no
   * checkpoint is written, unless the run comes to its end. Embeddings that shrink to a few dimensions are no error:
   * `embeddingRank` shows them.
   */
  readonly collapse?: false | CollapseOptions;
  /** Determines everything random: first weights, order of the images, views. Default 0. */
  readonly seed?: number;
  /**
   * How many sets of weights are kept along the training: the first, the last, and those after steps spaced
   * geometrically between (`snapshotSteps`; fewer if there are fewer steps), in the folder `snapshots` beside the
   * checkpoint. Default 0, else at least 2.
   */
  readonly snapshots?: number;
  /**
   * Where to keep checkpoints: one at each epoch's end, and within an epoch when so many `seconds` have passed since
   * the last; default 60. Without it nothing is saved.
   */
  readonly checkpoint?: { readonly path: string; readonly seconds?: number };
  /** Stops it, with `Interrupted`; default: only SIGINT does. */
  readonly signal?: AbortSignal;
  /** Told of a broken checkpoint that the one before replaces; default `console.warn`. */
  readonly warn?: (message: string) => void;
}

function checkBatch({ dataset, epochs, batchSize = 128, accumulate = 1, clipGradient }: TrainOptions): void {
  if (!Number.isInteger(epochs) || epochs < 1) {
    throw new Error(`train: expected a whole number of epochs >= 1, got ${epochs}`);
  }
  if (!Number.isInteger(batchSize) || batchSize < 2 || batchSize > dataset.count) {
    throw new Error(
      `train: expected a batch of 2 to ${dataset.count} images (all of ${dataset.name}), got ${batchSize}; choose a smaller batchSize or more images.`,
    );
  }
  if (!Number.isInteger(accumulate) || accumulate < 1 || batchSize % accumulate !== 0 || batchSize < 2 * accumulate) {
    throw new Error(
      `train: expected accumulate to divide the batchSize ${batchSize} into micro-batches of at least 2 images, got ${accumulate}`,
    );
  }
  if (clipGradient !== undefined && !(clipGradient > 0)) {
    throw new Error(
      `train: expected clipGradient, the greatest length of the gradient, to be > 0, got ${clipGradient}`,
    );
  }
}

function checkPairs({ pairs = 'augmentation' }: TrainOptions): void {
  if (pairs === 'augmentation' || pairs === 'class') return;
  throw new Error(`train: expected pairs to be 'augmentation' or 'class', got '${pairs}'`);
}

function checkMomentum({ name, momentum }: Objective): void {
  if (!momentum) return;
  const { start, end = start } = momentum;
  if (start >= 0 && start <= 1 && end >= 0 && end <= 1) return;
  throw new Error(`train: expected the momentum of ${name} from 0 to 1, got ${start} to ${end}`);
}

/** Everything about the options that does not show in weights: plain data by name, for checkpoints and cached runs. */
function identityOf(options: TrainOptions, facts: Record<string, Json>): Record<string, Json> {
  const { dataset, objective, clipGradient, accumulate = 1, onlineProbe, constantRate = [] } = options;
  const { snapshots = 0, pairs = 'augmentation' } = options;
  const { predictor, momentum, prototypes, memory, settings } = objective;
  return {
    dataset: dataset.checksum,
    objective: settings ? `${objective.name} ${JSON.stringify(settings)}` : objective.name,
    requirements: JSON.stringify({ predictor, momentum, prototypes, memory: memory !== undefined }),
    clipGradient: clipGradient ?? null,
    accumulate,
    onlineProbe: onlineProbe ? JSON.stringify({ ...onlineProbe, classes: dataset.classNames.length }) : null,
    constantRate: [...constantRate].sort().join(),
    // A run without is the same whether or not there are such options.
    ...(snapshots > 0 && { snapshots }),
    ...(pairs !== 'augmentation' && { pairs }),
    ...facts,
  };
}

/** The text of an objective's terms, where no settings tell what it is. */
function ownWords({ settings, source }: Objective): { source?: string } {
  return settings || source === undefined ? {} : { source };
}

function checkRates(rates: Readonly<Record<string, number>>): void {
  for (const [name, rate] of Object.entries(rates)) {
    if (!Number.isFinite(rate) || rate < 0) throw new Error(`train: expected ${name} to be at least 0, got ${rate}`);
  }
}

function checkWarmUp(warmUpEpochs: number, epochs: number): void {
  if (warmUpEpochs >= 0 && warmUpEpochs <= epochs) return;
  throw new Error(
    `train: expected warmUpEpochs from 0 to the run's epochs (${epochs}), got ${warmUpEpochs}; train for longer, or give warmUpEpochs for a short run (a method's published settings have those of a long one).`,
  );
}

/** The options with every default filled in, and what follows from them. */
export function planTraining(options: TrainOptions) {
  checkBatch(options);
  checkPairs(options);
  checkMomentum(options.objective);
  const { dataset, epochs, batchSize = 128, accumulate = 1, warmUpEpochs = 0, seed = 0, constantRate = [] } = options;
  const { recipe = recipes.vicreg, onlineProbe, snapshots = 0 } = options;
  checkSnapshots(snapshots);
  const networks = completeNetworks(options.networks, options.objective);
  const unknown = constantRate.find((name) => !networks[name]);
  if (unknown) {
    throw new Error(
      `train: expected constantRate to name networks of this run (${Object.keys(networks).join(', ')}), got '${unknown}'`,
    );
  }
  if (onlineProbe) checkProbeData(dataset);
  const collapse = collapseOptions(options.collapse);
  const peak = options.learningRate ?? (0.06 * batchSize) / 128;
  const probePeak = onlineProbe?.learningRate ?? (0.1 * batchSize) / 256;
  checkRates({ learningRate: peak, 'onlineProbe.learningRate': probePeak });
  checkWarmUp(warmUpEpochs, epochs);
  const stepsPerEpoch = Math.floor(dataset.count / batchSize);
  const steps = epochs * stepsPerEpoch;
  const schedule = cosineSchedule({ peak, steps, warmUpSteps: warmUpEpochs * stepsPerEpoch });
  const optimizer = options.optimizer ?? sgd({ weightDecay: 5e-4 });
  const [initKey, orderKey, viewKey, pairKey] = split(key(seed), 4);
  const partnersOf = options.pairs === 'class' ? classPartners(dataset) : undefined;
  const identity = identityOf(options, {
    recipe: JSON.stringify(recipe),
    optimizer: optimizer.name,
    ...{ epochs, batchSize, learningRate: peak, warmUpEpochs, seed },
    collapse: collapse ? JSON.stringify(collapse) : false,
  });
  return {
    source: ownWords(options.objective),
    ...{
      networks,
      batchSize,
      accumulate,
      recipe,
      stepsPerEpoch,
      steps,
      schedule,
      optimizer,
      collapse,
      snapshots,
      identity,
    },
    ...{ initKey: initKey!, orderKey: orderKey!, viewKey: viewKey! },
    /** The images whose views stand beside those of `indices` at a step. */
    partners(step: number, indices: Int32Array): Int32Array {
      return partnersOf ? partnersOf(foldIn(pairKey!, step), indices) : indices;
    },
    /** The rate of each weight at a step. */
    rates(step: number): LearningRate {
      const rate = schedule(step);
      return (weight) => (constantRate.includes(networkOf(weight)) ? peak : rate);
    },
    /** The online probe's rate at a step: it follows the schedule. */
    probeRate: (step: number) => (peak > 0 ? (probePeak * schedule(step)) / peak : probePeak),
  };
}

export type TrainingPlan = ReturnType<typeof planTraining>;
