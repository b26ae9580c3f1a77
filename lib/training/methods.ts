import { tf } from '../engine/tensorflow';
import type { Module } from '../models/module';
import { projectionHead } from '../models/projectionHead';
import type { Objective } from '../objectives/objective';
import {
  type BaseMethod,
  entropyMethods,
  type MethodName,
  type ObjectiveOptions,
  objectives,
  type Preset,
  type Published,
  protocols,
  published,
} from './publishedMethods';
import type { TrainOptions } from './trainingPlan';

/** A method's settings: what `train` and `trainedRun` need besides data set, encoder, epochs and seed. */
export interface Method
  extends Pick<TrainOptions, 'objective' | 'recipe' | 'optimizer' | 'constantRate'>,
    Required<Pick<TrainOptions, 'batchSize' | 'learningRate' | 'warmUpEpochs'>> {
  /** The method's name. */
  readonly name: MethodName;
  /** The projection head after an encoder of `inputSize` features. */
  readonly projector: (inputSize: number) => Module;
  /** Where the numbers are published, and what of them is not. */
  readonly source: string;
}

/** Which settings of a method, and what of them is changed. */
export interface MethodOptions<M extends MethodName> {
  /** Whose settings; default `solo-learn`. */
  readonly preset?: Preset;
  /** Images a step; default the project's. The learning rate follows in proportion, as there. */
  readonly batchSize?: number;
  /**
   * Multiplies every width of the heads (projector, predictor, number of prototypes) and the queue's length, for short
   * runs of small networks; default 1, as published.
   */
  readonly headScale?: number;
  /** Options of the objective that go before the published ones; not scaled; default: none. */
  readonly objective?: ObjectiveOptions[M];
}

/**
 * The names, in the order of the published tables.
 *
 * @example
 * methodNames.slice(0, 4); // ['VICReg', 'SimCLR', 'BYOL', 'Barlow Twins']
 * methodNames.length; // 11
 */
export const methodNames = Object.keys(objectives) as readonly MethodName[];

/** At least 2, so that variances and prototypes make sense. */
const scaled = (size: number, factor: number) => Math.max(2, Math.round(size * factor));

/** The published options, their sizes scaled, and then the caller's own. */
function objectiveOptions(theirs: object, factor: number, own: object = {}): object {
  const sizes = ['hidden', 'prototypes', 'queueLength'];
  const scaledOnes = Object.entries(theirs).map(([option, value]) => [
    option,
    sizes.includes(option) && value > 0 ? scaled(value as number, factor) : value,
  ]);
  return { ...Object.fromEntries(scaledOnes), ...own };
}

/** The objective with every term multiplied. */
function timesScale(objective: Objective, scale: number): Objective {
  if (scale === 1) return objective;
  return {
    ...objective,
    ...(objective.settings && { settings: { ...objective.settings, lossScale: scale } }),
    terms: (embeddings) =>
      tf.tidy(() =>
        Object.fromEntries(Object.entries(objective.terms(embeddings)).map(([name, term]) => [name, term.mul(scale)])),
      ),
  };
}

/**
 * A method with the settings that solo-learn or lightly publish for it on CIFAR-10 (ResNet-18): objective, head,
 * optimizer, learning rate, warm-up, views. Spread it, with the networks, into a run:
 *
 * `const { projector, ...byol } = method('BYOL');`
 * `train({ ...byol, networks: { encoder, projector: projector(512) }, dataset, epochs, seed })`
 *
 * The published runs are of 1,000 epochs (solo-learn) and 200 (lightly). For a short run on few images lightly's have
 * no warm-up and need no change but `headScale`; solo-learn's 10 epochs of warm-up want a `warmUpEpochs` of the run's
 * own.
 *
 * @param name One of `methodNames`.
 * @throws If the name or preset is unknown, or headScale or the batch is not above 0.
 * @example
 * // solo-learn's settings; with half the batch, half the learning rate.
 * method('BYOL'); // { name: 'BYOL', batchSize: 256, learningRate: 1 }
 * method('BYOL', { batchSize: 128 }).learningRate; // 0.5
 * method('BYOL').projector(512).outputShape; // [256]
 */
export function method<M extends MethodName>(name: M, options: MethodOptions<M> = {}): Method {
  const { preset = 'solo-learn', headScale = 1 } = options;
  if (!methodNames.includes(name)) {
    throw new Error(`method: expected one of ${methodNames.join(', ')}, got '${name}'`);
  }
  const protocol = protocols[preset];
  if (!protocol) throw new Error(`method: expected the preset 'solo-learn' or 'lightly', got '${preset}'`);
  const { batchSize = protocol.batchSize } = options;
  if (!(headScale > 0) || !(batchSize >= 2)) {
    throw new Error(`method: expected headScale > 0 and a batchSize of at least 2, got ${headScale} and ${batchSize}`);
  }
  const base = (entropyMethods as Partial<Record<MethodName, BaseMethod>>)[name];
  const theirs = published[preset][base ?? (name as BaseMethod)] as Published<object>;
  const make = objectives[name] as (own: object) => Objective;
  // VICReg's options are of the terms that the entropy replaces; BYOL's stay.
  const publishedOptions = base === 'VICReg' ? {} : theirs.objective;
  return {
    name,
    objective: timesScale(
      make(objectiveOptions(publishedOptions, headScale, options.objective)),
      theirs.lossScale ?? 1,
    ),
    projector: (inputSize) =>
      projectionHead({ ...theirs.head, inputSize, sizes: theirs.head.sizes.map((size) => scaled(size, headScale)) }),
    optimizer: theirs.optimizer(),
    learningRate: theirs.fixedRate ? theirs.learningRate : (theirs.learningRate * batchSize) / protocol.batchSize,
    batchSize,
    warmUpEpochs: protocol.warmUpEpochs,
    recipe: theirs.recipe,
    ...(theirs.constantRate && { constantRate: theirs.constantRate }),
    source: [
      protocol.source,
      ...(theirs.note ? [theirs.note] : []),
      ...(base ? [`no one publishes settings for ${name}: those of ${base}, the entropy term’s chosen here`] : []),
      ...(headScale === 1 ? [] : [`heads times ${headScale}, chosen here`]),
      ...(options.objective ? [`objective with ${JSON.stringify(options.objective)}, chosen here`] : []),
    ].join('; '),
  };
}
