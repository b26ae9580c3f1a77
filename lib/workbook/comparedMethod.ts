import type { Dataset } from '../datasets/dataset';
import type { Module } from '../models/module';
import { projector } from '../models/projector';
import { resnet18 } from '../models/resnet';
import type { Objective } from '../objectives/objective';
import type { RunOptions } from '../training/runOptions';
import type { TrainOptions } from '../training/trainingPlan';

/** Settings of the training that a comparison may make for all its methods, or a method for itself. */
export interface ComparedSettings
  extends Partial<
    Pick<
      TrainOptions,
      | 'batchSize'
      | 'recipe'
      | 'pairs'
      | 'learningRate'
      | 'warmUpEpochs'
      | 'optimizer'
      | 'constantRate'
      | 'clipGradient'
      | 'accumulate'
      | 'collapse'
      | 'snapshots'
    >
  > {
  /** The projector after an encoder of `inputSize` features; default 512-512-512 with batch normalisation (`projector`). */
  readonly projector?: (inputSize: number) => Module;
}

/** An objective with settings of its own, which go before the comparison's. */
export interface ComparedMethod extends ComparedSettings {
  /** Default: the objective's. */
  readonly name?: string;
  /** What it minimises. */
  readonly objective: Objective;
}

/** Which runs a comparison makes. */
export interface CompareRunsOptions extends ComparedSettings {
  /** Passes through the data set, of each run. */
  readonly epochs: number;
  /** Each method runs once with each, which gives the intervals; default [0, 1, 2]. */
  readonly seeds?: readonly number[];
  /** Default: ResNet-18 of width 16 with the CIFAR stem, for the data set's images. */
  readonly encoder?: Module;
  /** Where runs are kept; default `data/runs` of the project. */
  readonly folder?: string;
}

/** What every run of a comparison shares. */
interface SharedSettings extends ComparedSettings {
  readonly dataset: Dataset;
  readonly encoder: Module;
  readonly epochs: number;
}

function isObjective(method: Objective | ComparedMethod): method is Objective {
  return typeof (method as Objective).terms === 'function';
}

/** What the encoder that a seed starts from is called among the methods. */
export const untrainedName = 'untrained';

/** The methods with their names, each of which must be another's, and none the untrained encoder's. */
function namedMethods(
  caller: string,
  methods: readonly (Objective | ComparedMethod)[],
): readonly (ComparedMethod & { readonly name: string })[] {
  const named = methods.map((method) => {
    const all: ComparedMethod = isObjective(method) ? { objective: method } : method;
    return { ...all, name: all.name ?? all.objective.name };
  });
  if (named.length === 0) throw new Error(`${caller}: expected at least one objective, got none`);
  if (named.some(({ name }) => name === untrainedName)) {
    throw new Error(
      `${caller}: expected names other than '${untrainedName}', which stands for the encoder before any training, got a method of that name; give it another, { name: '…', objective: … }.`,
    );
  }
  const twice = named.find(({ name }, i) => named.findIndex((other) => other.name === name) < i);
  if (!twice) return named;
  throw new Error(
    `${caller}: expected names that differ, got '${twice.name}' twice; give one its own, { name: '…', objective: … }.`,
  );
}

/** The options of a method's runs, without their seed. */
function runOptions(
  { name, ...method }: ComparedMethod & { readonly name: string },
  { encoder, ...shared }: SharedSettings,
): RunOptions {
  const { projector: head, objective, ...settings } = { ...shared, ...method };
  const inputSize = encoder.outputShape[0]!;
  return {
    ...settings,
    objective,
    name: `compare-${name.toLowerCase().replace(/[^a-z0-9.]+/g, '-')}`,
    networks: { encoder, projector: head ? head(inputSize) : projector({ inputSize, sizes: [512, 512, 512] }) },
    onlineProbe: {},
  };
}

/**
 * The methods by name, the options of each one's runs, without their seed, in the same order, and the seeds.
 *
 * @throws If there is no method or no seed, two methods have one name, or one the untrained encoder's; `caller` is who says so.
 */
export function methodsToRun(
  caller: string,
  methods: readonly (Objective | ComparedMethod)[],
  dataset: Dataset,
  { epochs, seeds = [0, 1, 2], encoder, folder: _, ...settings }: CompareRunsOptions,
): {
  readonly named: readonly { readonly name: string }[];
  readonly runs: readonly RunOptions[];
  readonly seeds: readonly number[];
} {
  const named = namedMethods(caller, methods);
  if (seeds.length === 0) throw new Error(`${caller}: expected at least one seed, got none`);
  const { height, width, channels } = dataset;
  const shared = {
    dataset,
    epochs,
    encoder: encoder ?? resnet18({ width: 16, inputShape: [height, width, channels] }),
  };
  return { named, seeds, runs: named.map((method) => runOptions(method, { ...settings, ...shared })) };
}
