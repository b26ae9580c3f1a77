import { batch, type Dataset } from '../datasets/dataset';
import { key } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { type FoldedNetwork, foldBatchNorm } from '../models/folding/foldBatchNorm';
import { boundTerms } from '../theory/generalization/boundTerms';
import type { Matrix } from '../theory/generalization/float64Matrix';
import { lossGap } from '../theory/generalization/lossGap';
import { supervisedMeasures } from '../theory/supervised/supervisedMeasures';
import { accuracy } from '../training/embed';
import { Interrupted } from '../training/interrupt';
import type { NamedNumbers } from '../training/keptResult';
import { initNetworks } from '../training/networks';
import type { Run } from '../training/run';
import { settleStatistics } from '../training/settleStatistics';
import { planTraining, type TrainOptions } from '../training/trainingPlan';
import { disposeTraining } from '../training/trainingState';
import { normalize } from '../views/normalize';
import {
  type Layer,
  layers,
  type PairKind,
  type PairRows,
  pairedRepresentations,
  pairKinds,
  representationsOf,
} from './pairedRepresentations';

export interface GeneralizationOptions {
  /** How the run was trained; its data set is S̄. */
  readonly training: TrainOptions;
  /** S: labelled images that the run was not trained on. */
  readonly labelled: Dataset;
  /** Labelled images for the test loss. */
  readonly test: Dataset;
  /** How many images of S the supervised measures see, the first; default 256. */
  readonly supervisedImages?: number;
  /** Stops it, with its reason as the error. Default: none. */
  readonly signal?: AbortSignal;
}

/**
 * The files of `lib` that the measures run through, under whose version they are kept.
 *
 * @example
 * generalizationCode.includes('models'); // true
 */
export const generalizationCode: readonly string[] = ['workbook/generalizationMeasures.ts', 'models'];

/**
 * Everything Figure 5 needs of one trained model, by name. For each layer (`features.…`, `embeddings.…`): the measured gap in the loss
 * of W_S (`gap`, its standard error `gapError`, `trainLoss`, `testLoss`, and `accuracy`, the share of test images whose label has
 * the largest of W_S f(x)); for each kind of pairs (`features.class.…`, …) the terms of Theorems 3 and 4 (`boundTerms`). Then the
 * supervised measures of the encoder with W_S as its linear head (`supervised.…`), whose first weights are the seed's, and zeros
 * for the head, where gradient descent that ends at the minimum norm begins.
 *
 * Batch normalisation's statistics are first settled (`settleStatistics`) on the run's own images, in place. Representations are
 * float32, so singular values below max(n, m, K) · 2⁻²³ of the largest count as zero; least squares and losses are float64.
 *
 * @throws Interrupted On SIGINT, or when `signal` aborts. As `classPartners`, `boundTerms` and `supervisedMeasures`.
 * @example
 * const sets = [shapes({ count: 512 }), shapes({ seed: 1, count: 512 }), shapes({ split: 'test', count: 512 })] as const;
 * const [dataset, labelled, test] = sets;
 * const networks = { encoder: resnet18({ width: 8 }), projector: projector({ inputSize: 64, sizes: [64, 64, 64] }) };
 * const training = { name: 'small', dataset, networks, objective: vicreg(), epochs: 1, seed: 0 };
 * const { 'features.gap': gap } = await generalizationMeasures(await trainLive(training), { training, labelled, test });
 */
export async function generalizationMeasures(run: Run, options: GeneralizationOptions): Promise<NamedNumbers> {
  const { training, labelled, test, signal } = options;
  settleStatistics(run.networks, run.weights, training.dataset, run.statistics);
  const kept: tf.TensorContainer[] = [];
  try {
    const pairs = await pairedRepresentations(run, training.dataset, signal);
    kept.push(pairs as unknown as tf.TensorContainer);
    const [z, zTest] = [await representationsOf(run, labelled, signal), await representationsOf(run, test, signal)];
    kept.push(z as unknown as tf.TensorContainer, zTest as unknown as tf.TensorContainer);
    const found: Record<string, number> = {};
    const heads: Partial<Record<Layer, Matrix>> = {};
    for (const layer of layers) {
      const rows = {
        z: z[layer],
        zTest: zTest[layer],
        pairs: pairKinds.map((kind) => [kind, pairs[kind][layer]] as const),
      };
      const { weights, measures } = layerMeasures(rows, options);
      heads[layer] = weights;
      Object.assign(found, withPrefix(layer, measures));
    }
    if (signal?.aborted) throw new Interrupted('generalizationMeasures: stopped, as asked; nothing of it is kept.');
    return { ...found, ...withPrefix('supervised', await headMeasures(run, heads.features!, options)) };
  } finally {
    tf.dispose(kept);
  }
}

const withPrefix = (prefix: string, values: NamedNumbers): NamedNumbers =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));

const oneHot = ({ labels, classNames }: Dataset): tf.Tensor2D =>
  tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), classNames.length).toFloat() as tf.Tensor2D);

const tensorOf = ({ rows, columns, values }: Matrix): tf.Tensor2D =>
  tf.tensor2d(Float32Array.from(values), [rows, columns]);

interface LayerRows {
  readonly z: tf.Tensor2D;
  readonly zTest: tf.Tensor2D;
  readonly pairs: readonly (readonly [PairKind, PairRows])[];
}

/** What is measured of one layer, and its W_S. */
function layerMeasures(
  { z, zTest, pairs }: LayerRows,
  { training: { dataset }, labelled, test }: GeneralizationOptions,
): { readonly weights: Matrix; readonly measures: NamedNumbers } {
  const [y, yPairs, yTest] = [oneHot(labelled), oneHot(dataset), oneHot(test)];
  const rankTolerance = Math.max(labelled.count, dataset.count, z.shape[1]) * 2 ** -23;
  const ofKinds = pairs.map(([kind, { first, second }]) => {
    const samples = { labelled: { z, y }, unlabelled: { z: first, y: yPairs, paired: second } };
    return [kind, boundTerms(samples, { rankTolerance })] as const;
  });
  // S is the same for all kinds.
  const weights = ofKinds[0]![1].weightsLabelled;
  const { standardError: gapError, ...losses } = lossGap(weights, { z, y }, { z: zTest, y: yTest });
  const measures: NamedNumbers = {
    ...{ ...losses, gapError, accuracy: accuracy(predicted(zTest, weights), test.labels) },
    ...Object.assign(
      {},
      ...ofKinds.map(([kind, { weightsLabelled, weightsUnlabelled, ...terms }]) => withPrefix(kind, { ...terms })),
    ),
  };
  tf.dispose([y, yPairs, yTest]);
  return { weights, measures };
}

/** The labels with the largest of W f(x). */
function predicted(z: tf.Tensor2D, weights: Matrix): ArrayLike<number> {
  return tf.tidy(() => tf.matMul(z, tensorOf(weights)).argMax(1).dataSync());
}

/** The supervised measures of encoder and head, batch normalisation folded in. */
async function headMeasures(
  { networks: { encoder }, weights, statistics }: Run,
  head: Matrix,
  { training, labelled, supervisedImages = 256, signal }: GeneralizationOptions,
): Promise<NamedNumbers> {
  const { networks, initKey } = planTraining(training);
  const first = initNetworks(networks, initKey);
  const trained = tensorOf(head);
  const untrained = tf.zerosLike(trained);
  const count = Math.min(supervisedImages, labelled.count);
  const indices = Int32Array.from({ length: count }, (_, i) => i);
  const x = tf.tidy(() => normalize(batch(labelled, indices), statistics));
  let network: FoldedNetwork | undefined;
  let initial: FoldedNetwork | undefined;
  try {
    settleStatistics(networks, first, training.dataset, statistics);
    network = foldBatchNorm(encoder, weights.encoder, { weight: trained });
    initial = foldBatchNorm(encoder, first.encoder, { weight: untrained });
    const examples = { x, labels: labelled.labels.subarray(0, count) };
    return await supervisedMeasures(network, initial.layers, examples, {
      ...{ key: key(0), trainingExamples: labelled.count, signal },
    });
  } finally {
    network?.dispose();
    initial?.dispose();
    disposeTraining({ weights: first });
    tf.dispose([trained, untrained, x]);
  }
}
