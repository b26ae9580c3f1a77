import type { Dataset } from '../datasets/dataset';
import { key, split } from '../engine/random';
import type { Objective } from '../objectives/objective';
import { type Recipe, recipes } from '../views/recipe';
import type { Json } from './checkpoint';
import type { Optimizer } from './optimizer';
import { cosineSchedule } from './schedules';
import { sgd } from './sgd';
import type { Networks } from './trainingStep';

export interface TrainOptions {
  readonly dataset: Dataset;
  readonly networks: Networks;
  readonly objective: Objective;
  /** How the views are made; default VICReg's. */
  readonly recipe?: Recipe;
  readonly epochs: number;
  /** Images a step, each giving two views; default 128. What is left of an epoch after whole batches is dropped. */
  readonly batchSize?: number;
  /** The highest rate; default 0.06 · batchSize / 128 (lightly's CIFAR-10 benchmarks, SGD). */
  readonly learningRate?: number;
  /** Epochs of linear warm-up before the cosine; default 0. */
  readonly warmUpEpochs?: number;
  /** Default SGD with momentum 0.9 and weight decay 5e-4 (lightly's), on weights of two or more axes. */
  readonly optimizer?: Optimizer;
  /** Determines everything random: first weights, order of the images, views. Default 0. */
  readonly seed?: number;
  /** Where to keep checkpoints, and how many seconds apart at most; default 60. Without it nothing is saved. */
  readonly checkpoint?: { readonly path: string; readonly seconds?: number };
  readonly signal?: AbortSignal;
  /** Told of a broken checkpoint that the one before replaces; default `console.warn`. */
  readonly warn?: (message: string) => void;
}

/** The options with every default filled in, and what follows from them. */
export function planTraining(options: TrainOptions) {
  const { dataset, epochs, batchSize = 128, warmUpEpochs = 0, seed = 0, recipe = recipes.vicreg } = options;
  if (!Number.isInteger(epochs) || epochs < 1) {
    throw new Error(`train: expected a whole number of epochs >= 1, got ${epochs}`);
  }
  if (!Number.isInteger(batchSize) || batchSize < 2 || batchSize > dataset.count) {
    throw new Error(
      `train: expected a batch of 2 to ${dataset.count} images (all of ${dataset.name}), got ${batchSize}; choose a smaller batchSize or more images.`,
    );
  }
  const learningRate = options.learningRate ?? (0.06 * batchSize) / 128;
  const stepsPerEpoch = Math.floor(dataset.count / batchSize);
  const steps = epochs * stepsPerEpoch;
  const schedule = cosineSchedule({ peak: learningRate, steps, warmUpSteps: warmUpEpochs * stepsPerEpoch });
  const optimizer = options.optimizer ?? sgd({ weightDecay: 5e-4 });
  const [initKey, orderKey, viewKey] = split(key(seed), 3);
  const identity: Record<string, Json> = {
    dataset: dataset.checksum,
    objective: options.objective.name,
    recipe: recipe.name,
    optimizer: optimizer.name,
    ...{ epochs, batchSize, learningRate, warmUpEpochs, seed },
  };
  return { batchSize, recipe, stepsPerEpoch, steps, schedule, optimizer, initKey, orderKey, viewKey, identity };
}

export type TrainingPlan = ReturnType<typeof planTraining>;
