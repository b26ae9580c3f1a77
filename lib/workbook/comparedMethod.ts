import type { Dataset } from '../datasets/dataset';
import type { Module } from '../models/module';
import { projector } from '../models/projector';
import type { Objective } from '../objectives/objective';
import type { RunOptions } from '../training/run';
import type { TrainOptions } from '../training/trainingPlan';

/** Settings of the training that a comparison may make for all its methods, or a method for itself. */
export interface ComparedSettings
  extends Partial<
    Pick<
      TrainOptions,
      | 'batchSize'
      | 'recipe'
      | 'learningRate'
      | 'warmUpEpochs'
      | 'optimizer'
      | 'constantRate'
      | 'clipGradient'
      | 'accumulate'
      | 'collapse'
    >
  > {
  /** The projector after an encoder of `inputSize` features; default 512-512-512 with batch normalisation (`projector`). */
  readonly projector?: (inputSize: number) => Module;
}

/** An objective with settings of its own, which go before the comparison's. */
export interface ComparedMethod extends ComparedSettings {
  /** Default: the objective's. */
  readonly name?: string;
  readonly objective: Objective;
}

/** What every run of a comparison shares. */
export interface SharedSettings extends ComparedSettings {
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
export function namedMethods(
  methods: readonly (Objective | ComparedMethod)[],
): readonly (ComparedMethod & { readonly name: string })[] {
  const named = methods.map((method) => {
    const all: ComparedMethod = isObjective(method) ? { objective: method } : method;
    return { ...all, name: all.name ?? all.objective.name };
  });
  if (named.length === 0) throw new Error('compare: expected at least one objective, got none');
  if (named.some(({ name }) => name === untrainedName)) {
    throw new Error(
      `compare: expected names other than '${untrainedName}', which stands for the encoder before any training, got a method of that name; give it another, { name: '…', objective: … }.`,
    );
  }
  const twice = named.find(({ name }, i) => named.findIndex((other) => other.name === name) < i);
  if (!twice) return named;
  throw new Error(
    `compare: expected names that differ, got '${twice.name}' twice; give one its own, { name: '…', objective: … }.`,
  );
}

/** The options of a method's runs, without their seed. */
export function runOptions(
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
