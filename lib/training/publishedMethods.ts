import type { ProjectionHeadOptions } from '../models/projectionHead';
import { type BarlowTwinsOptions, barlowTwins } from '../objectives/barlowTwins';
import { type ByolOptions, byol } from '../objectives/byol';
import { type ByolLogDetOptions, byolLogDet } from '../objectives/byolLogDet';
import { type ByolPairDistOptions, byolPairDist } from '../objectives/byolPairDist';
import { type MocoOptions, moco } from '../objectives/moco';
import type { Objective } from '../objectives/objective';
import { type SimclrOptions, simclr } from '../objectives/simclr';
import { type SimsiamOptions, simsiam } from '../objectives/simsiam';
import { type SwavOptions, swav } from '../objectives/swav';
import { type VicregOptions, vicreg } from '../objectives/vicreg';
import { type VicregLogDetOptions, vicregLogDet } from '../objectives/vicregLogDet';
import { type VicregPairDistOptions, vicregPairDist } from '../objectives/vicregPairDist';
import { type Recipe, recipes, type ViewRecipe } from '../views/recipe';
import { adamW } from './adamW';
import { lars } from './lars';
import type { NetworkName } from './networks';
import { everything, type Optimizer } from './optimizer';
import { sgd } from './sgd';

/** The options of each method's objective. */
export interface ObjectiveOptions {
  /** Of `vicreg`. */
  readonly VICReg: VicregOptions;
  /** Of `simclr`. */
  readonly SimCLR: SimclrOptions;
  /** Of `byol`. */
  readonly BYOL: ByolOptions;
  /** Of `barlowTwins`. */
  readonly 'Barlow Twins': BarlowTwinsOptions;
  /** Of `swav`. */
  readonly SwAV: SwavOptions;
  /** Of `moco`. */
  readonly MoCo: MocoOptions;
  /** Of `simsiam`. */
  readonly SimSiam: SimsiamOptions;
  /** Of `vicregLogDet`. */
  readonly 'VICReg + LogDet': VicregLogDetOptions;
  /** Of `vicregPairDist`. */
  readonly 'VICReg + PairDist': VicregPairDistOptions;
  /** Of `byolLogDet`. */
  readonly 'BYOL + LogDet': ByolLogDetOptions;
  /** Of `byolPairDist`. */
  readonly 'BYOL + PairDist': ByolPairDistOptions;
}

/** The methods that `method` knows. */
export type MethodName = keyof ObjectiveOptions;

/** The methods for which no one publishes settings, and those whose settings they take. */
export const entropyMethods = {
  'VICReg + LogDet': 'VICReg',
  'VICReg + PairDist': 'VICReg',
  'BYOL + LogDet': 'BYOL',
  'BYOL + PairDist': 'BYOL',
} as const satisfies Partial<Record<MethodName, MethodName>>;

export type BaseMethod = Exclude<MethodName, keyof typeof entropyMethods>;
/** Whose published settings. */
export type Preset = 'solo-learn' | 'lightly';

/** How one project trains one method on CIFAR-10. */
export interface Published<O> {
  /** The objective's options; the sizes among them (`hidden`, `prototypes`, `queueLength`) are scaled with the head. */
  readonly objective: O;
  readonly head: Omit<ProjectionHeadOptions, 'inputSize'>;
  readonly optimizer: () => Optimizer;
  /** At the project's own batch size; otherwise multiplied by batch / own batch, but where `fixedRate`. */
  readonly learningRate: number;
  readonly fixedRate?: boolean;
  /** What the project's loss is of ours, up to a constant; default 1. With plain SGD it scales every step. */
  readonly lossScale?: number;
  readonly recipe: Recipe;
  readonly constantRate?: readonly NetworkName[];
  /** What is not the project's, or not quite. */
  readonly note?: string;
}

/** Makes each method's objective. */
export const objectives: { readonly [M in MethodName]: (options?: ObjectiveOptions[M]) => Objective } = {
  VICReg: vicreg,
  SimCLR: simclr,
  BYOL: byol,
  'Barlow Twins': barlowTwins,
  SwAV: swav,
  MoCo: moco,
  SimSiam: simsiam,
  'VICReg + LogDet': vicregLogDet,
  'VICReg + PairDist': vicregPairDist,
  'BYOL + LogDet': byolLogDet,
  'BYOL + PairDist': byolPairDist,
};

/** What a project's runs share. */
export const protocols: Readonly<Record<Preset, { batchSize: number; warmUpEpochs: number; source: string }>> = {
  'solo-learn': {
    batchSize: 256,
    warmUpEpochs: 10,
    source: 'solo-learn, scripts/pretrain/cifar (1,000 epochs, batch 256, 10 epochs of warm-up)',
  },
  lightly: {
    batchSize: 128,
    warmUpEpochs: 0,
    source:
      'lightly, docs/source/getting_started/benchmarks/cifar10_benchmark.py (200 epochs, batch 128; its cosine steps by epoch, here by step)',
  },
};

const larsOf = (weightDecay: number) => () => lars({ weightDecay });
/** Both projects give `torch.optim.SGD` all parameters: biases and normalisations decay too. */
const sgdOf = (weightDecay: number) => () => sgd({ weightDecay, decays: everything });

/** solo-learn's, by its configuration files for CIFAR-10 and the projectors in solo/methods. */
const soloLearn: { readonly [M in BaseMethod]: Published<ObjectiveOptions[M]> } = {
  VICReg: {
    objective: { varianceConvention: 'summed' },
    head: { sizes: [2048, 2048, 2048] },
    ...{ optimizer: larsOf(1e-4), learningRate: 0.3, recipe: recipes.vicreg },
  },
  SimCLR: {
    objective: { temperature: 0.2 },
    head: { sizes: [2048, 256], normalize: false },
    ...{ optimizer: larsOf(1e-4), learningRate: 0.4, recipe: recipes.symmetric },
  },
  BYOL: {
    objective: { hidden: 4096, momentum: 0.99, finalMomentum: 1 },
    head: { sizes: [4096, 256] },
    ...{ optimizer: larsOf(1e-5), learningRate: 1, recipe: recipes.asymmetric },
  },
  'Barlow Twins': {
    objective: { lambda: 0.0051, scale: 0.1 },
    head: { sizes: [2048, 2048, 2048] },
    ...{ optimizer: larsOf(1e-4), learningRate: 0.3, recipe: recipes.asymmetric },
  },
  SwAV: {
    objective: { prototypes: 3000, frozenEpochs: 2, queueLength: 3840, queueFromEpoch: 50 },
    head: { sizes: [2048, 128] },
    ...{ optimizer: larsOf(1e-6), learningRate: 0.6, recipe: recipes.symmetric },
  },
  MoCo: {
    objective: { temperature: 0.2, queueLength: 32768, momentum: 0.99, finalMomentum: 0.999 },
    head: { sizes: [2048, 256], normalize: false },
    ...{ optimizer: sgdOf(1e-4), learningRate: 0.3, recipe: recipes.symmetricWeak },
  },
  SimSiam: {
    objective: { hidden: 512 },
    head: { sizes: [2048, 2048, 2048], normalizeOutput: 'standard' },
    ...{ optimizer: sgdOf(1e-5), learningRate: 0.5, recipe: recipes.symmetricWeak, constantRate: ['predictor'] },
    note: 'that biases and normalisations decay too is as in solo-learn’s other SGD configurations; its simsiam.yaml was not read for it',
  },
};

/**
 * Both views as lightly's `SimCLRCollateFunction` or `SwaVCollateFunction` makes them with its benchmark's arguments:
 * no blur.
 */
function lightlyViews(name: string, leastArea: number, jitter: number, hue: number): Recipe {
  const view: ViewRecipe = {
    crop: { scale: [leastArea, 1] },
    colorJitter: { brightness: jitter, contrast: jitter, saturation: jitter, hue, probability: 0.8 },
    ...{ grayscale: 0.2, blur: 0, solarize: 0, flip: 0.5 },
  };
  return { name, source: protocols.lightly.source, views: [view, view] };
}

const lightlyRecipe = lightlyViews('lightly', 0.08, 0.4, 0.1);
const lightlySgd = { optimizer: sgdOf(5e-4), learningRate: 0.06, recipe: lightlyRecipe };

/** lightly's, by its CIFAR-10 benchmark and the heads in lightly/models/modules. */
const lightly: { readonly [M in BaseMethod]: Published<ObjectiveOptions[M]> } = {
  VICReg: {
    objective: {},
    head: { sizes: [2048, 2048, 2048] },
    ...lightlySgd,
    note: 'lightly’s CIFAR-10 benchmark has no VICReg: its common settings with the three-layer expander of solo-learn’s, for with two layers it diverges; chosen here',
  },
  SimCLR: {
    objective: { temperature: 0.5 },
    head: { sizes: [512, 128], normalizeOutput: 'affine' },
    ...lightlySgd,
  },
  BYOL: {
    objective: { hidden: 1024, momentum: 0.99, finalMomentum: 0.99 },
    head: { sizes: [1024, 256] },
    ...lightlySgd,
    lossScale: 0.25,
    note: 'the loss is multiplied by ¼, for lightly’s is the mean of two −cos',
  },
  'Barlow Twins': {
    objective: { lambda: 0.005, scale: 1 },
    head: { sizes: [2048, 2048] },
    ...lightlySgd,
  },
  SwAV: {
    objective: { prototypes: 512, frozenEpochs: 0, queueLength: 0 },
    head: { sizes: [512, 128] },
    ...{ optimizer: () => adamW({ weightDecay: 1e-6, decays: everything }), learningRate: 1e-3 },
    recipe: lightlyViews('lightly, SwAV', 0.14, 0.8, 0.2),
    note: 'lightly takes Adam with 1e-6 in the gradient; here it is decoupled',
  },
  MoCo: {
    objective: { temperature: 0.1, queueLength: 4096, momentum: 0.99, finalMomentum: 0.99 },
    head: { sizes: [512, 128], normalize: false },
    ...lightlySgd,
    note: 'lightly’s one bank serves both views, and it shuffles the key batch, its batch normalisation split in 8; here each view has its queue, nothing is shuffled or split',
  },
  SimSiam: {
    objective: { hidden: 512 },
    head: { sizes: [2048, 2048], normalizeOutput: 'affine' },
    ...lightlySgd,
    fixedRate: true,
  },
};

/** The settings of each base method, by project. */
export const published = { 'solo-learn': soloLearn, lightly } as const;
