import type { BenchLine } from './benchLine';
import type { EmbeddingsSize, EstimatorName } from './information';
import type { MemoryMethod } from './memory';
import type { FittedKind, MixtureFitSize } from './mixtureFit';
import type { ObjectiveName, ObjectiveSize } from './objectives';
import type { Repeats } from './timed';

/** What benches are compared with, by the Python package that is imported. */
export const yardsticks = ['torch', 'numpy', 'sklearn'] as const;
export type Yardstick = (typeof yardsticks)[number];

/** The same work by a yardstick: a script beside this file and its arguments; it takes --steps and --warmup and prints a line. */
export interface Counterpart {
  readonly script: string;
  readonly arguments: readonly string[];
  /** Ways to hold its data (images' layout, numbers' precision), with the arguments of each: ours is compared with the fastest. */
  readonly formats?: Readonly<Record<string, readonly string[]>>;
  /** What else the line with the ratio says. */
  readonly facts?: Readonly<Record<string, string>>;
  /** Whether the script checks first what `writeValues` writes. */
  readonly check?: true;
}

/** One benchmark; the modules it needs are loaded when it runs, in a process of its own. */
export interface Bench {
  /** Its lines, as they come; a throw after them reports a failure. */
  run(repeats: Repeats): Promise<Iterable<BenchLine> | AsyncIterable<BenchLine>>;
  /** Takes so long that it runs only when it is named. */
  readonly onRequest?: true;
  readonly torch?: Counterpart;
  readonly numpy?: Counterpart;
  readonly sklearn?: Counterpart;
  /** Writes inputs and results to a file, for the script's `--check`. */
  writeValues?(file: string): Promise<void>;
}

const objectiveNames: readonly ObjectiveName[] = [
  'vicreg',
  'simclr',
  'barlowTwins',
  'byol',
  'simsiam',
  'moco',
  'swav',
  'vicregLogDet',
  'vicregPairDist',
  'byolLogDet',
  'byolPairDist',
];
const objectiveSize: ObjectiveSize = { batch: 256, dimension: 2048, queue: 4096 };

function stepBench(width: number, size: number): Bench {
  return {
    async run(repeats) {
      const [{ load }, { trainingStep }] = await Promise.all([
        import('../../lib/datasets/load'),
        import('./trainingStep'),
      ]);
      return trainingStep(await load('cifar10'), { width, size }, repeats);
    },
    torch: {
      script: 'torchStep.py',
      arguments: ['--width', String(width), '--batch', String(size)],
      formats: { contiguous: [], 'channels-last': ['--channels-last'] },
    },
  };
}

const reference = { algorithm: 'reference', torch_algorithm: 'reference' };
const gram = { algorithm: 'N×N Gram matrix', torch_algorithm: 'reference' };
const choleskyOfGram = 'Cholesky factor of the smaller Gram matrix';
const cholesky = { algorithm: choleskyOfGram, torch_algorithm: choleskyOfGram };

/** How both sides compute it: 'reference' is what the methods' own code does, K×K matrices for VICReg and Barlow Twins. */
const algorithms: Partial<Record<ObjectiveName, Readonly<Record<string, string>>>> = {
  ...{ vicreg: gram, barlowTwins: gram, vicregLogDet: cholesky, byolLogDet: cholesky },
};

function objectiveBenches(): Record<string, Bench> {
  const { batch, dimension, queue } = objectiveSize;
  const sizes = ['--batch', String(batch), '--dimension', String(dimension), '--queue', String(queue)];
  return Object.fromEntries(
    objectiveNames.map((name): [string, Bench] => [
      `objectives/${name}`,
      {
        run: async (repeats) => (await import('./objectives')).objectiveBench(name, objectiveSize, repeats),
        torch: {
          script: 'torchObjectives.py',
          arguments: [name, ...sizes],
          facts: algorithms[name] ?? reference,
          check: true,
        },
        writeValues: async (file) =>
          (await import('./objectiveValues')).writeObjectiveValues(name, objectiveSize, file),
      },
    ]),
  );
}

function memoryBench(name: MemoryMethod): Bench {
  return {
    async run() {
      const [{ load }, { memory }] = await Promise.all([import('../../lib/datasets/load'), import('./memory')]);
      return memory(await load('cifar10'), name, { steps: 500, settled: 100 });
    },
  };
}

const embeddingsSizes: Readonly<Record<EstimatorName, EmbeddingsSize>> = {
  pairDist: { rows: 4096, dimension: 512, setting: 16 },
  pairDistGradient: { rows: 4096, dimension: 512, setting: 16 },
  logDet: { rows: 4096, dimension: 2048, setting: 1 },
  logDetGradient: { rows: 4096, dimension: 2048, setting: 1 },
};

function informationBenches(): Record<string, Bench> {
  return Object.fromEntries(
    Object.entries(embeddingsSizes).map(([own, size]): [string, Bench] => {
      const name = own as EstimatorName;
      const sizes = ['--rows', size.rows, '--dimension', size.dimension, '--setting', size.setting].map(String);
      return [
        `information/${name}`,
        {
          run: async (repeats) => (await import('./information')).informationBench(name, size, repeats),
          numpy: { script: 'numpyInformation.py', arguments: [name, ...sizes], check: true },
          writeValues: async (file) => (await import('./information')).writeInformationValues(name, size, file),
        },
      ];
    }),
  );
}

/** 50,000 embeddings at a time, each estimator in a process of its own, in at most 2 GB. */
function manyEmbeddingsBench(name: EstimatorName): Bench {
  return {
    onRequest: true,
    run: async () =>
      (await import('./information')).informationMemory(name, { ...embeddingsSizes[name], rows: 50_000 }, 2000),
  };
}

/** What Theorems 3 and 4 need of the largest models: float64, beside NumPy's lstsq (gelsd). */
function leastSquaresBenches(): Record<string, Bench> {
  const size = { rows: 5000, dimension: 512, outputs: 10 };
  const sizes = Object.entries(size).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return {
    'leastSquares/5000x512': {
      run: async (repeats) => (await import('./leastSquares')).leastSquaresBench(size, repeats),
      numpy: { script: 'numpyLeastSquares.py', arguments: sizes, check: true },
      writeValues: async (file) => (await import('./leastSquares')).writeLeastSquaresValues(size, file),
    },
  };
}

const mixtureFitSize: MixtureFitSize = { points: 10_000, components: 64, dimension: 64, steps: 3 };

function mixtureFitBench(kind: FittedKind): Bench {
  const { points, components, dimension, steps } = mixtureFitSize;
  const sizes = ['--points', points, '--components', components, '--dimension', dimension, '--iterations', steps];
  return {
    run: async (repeats) => (await import('./mixtureFit')).mixtureFitBench(kind, mixtureFitSize, repeats),
    sklearn: {
      script: 'sklearnMixtureFit.py',
      arguments: [kind, ...sizes.map(String)],
      formats: { float64: [], float32: ['--float32'] },
      check: true,
    },
    writeValues: async (file) => (await import('./mixtureFit')).writeMixtureFitValues(kind, mixtureFitSize, file),
  };
}

/** Every benchmark by name. */
export const benches: Readonly<Record<string, Bench>> = {
  kernelLatency: { run: async () => (await import('./kernelLatency')).kernelLatency() },
  'trainingStep/w64-2x32': stepBench(64, 32),
  'trainingStep/w16-2x128': stepBench(16, 128),
  views: {
    async run(repeats) {
      const [{ load }, { views }] = await Promise.all([import('../../lib/datasets/load'), import('./views')]);
      return views(await load('cifar10'), {}, repeats);
    },
  },
  ...objectiveBenches(),
  ...informationBenches(),
  ...leastSquaresBenches(),
  'information/50000/pairDist': manyEmbeddingsBench('pairDistGradient'),
  'information/50000/logDet': manyEmbeddingsBench('logDetGradient'),
  'mixtureFit/spherical': mixtureFitBench('spherical'),
  'mixtureFit/diagonal': mixtureFitBench('diagonal'),
  'mixtureFit/full': mixtureFitBench('full'),
  'memory/vicreg': memoryBench('vicreg'),
  'memory/byol': memoryBench('byol'),
  'memory/moco': memoryBench('moco'),
  quality: {
    onRequest: true,
    run: async () => (await import('./quality')).quality(),
  },
};
