import type { Dataset } from '../datasets/dataset';
import type { Module, Weights } from '../models/module';
import type { ChannelStatistics } from '../views/normalize';
import type { Recipe } from '../views/recipe';
import { accuracy, embed } from './embed';
import { fitLinearProbe, type LinearProbeOptions, predictLinear } from './linearProbe';
import { type NearestNeighborsOptions, predictNearest } from './nearestNeighbors';
import type { Networks, NetworkWeights } from './networks';
import { onlineClassifier } from './onlineProbe';
import { measureRepresentation } from './representation';

/**
 * What a network's features are worth: accuracies on the test set, 0 to 1, and measures without labels. Plain numbers.
 */
export interface Evaluation {
  /** Accuracy of the offline linear probe, 0 to 1. */
  readonly linear: number;
  /** Accuracy of the nearest neighbours, 0 to 1. */
  readonly nearest: number;
  /** Accuracy of the online linear probe, 0 to 1; only where its weights were given. */
  readonly online?: number;
  /** Effective rank of the features (`rankMe`). */
  readonly rankMe: number;
  /** Of the features, 0 to 4 (`alignment`). */
  readonly alignment: number;
  /** Of the features, 0 to −8 (`uniformity`). */
  readonly uniformity: number;
  /** Effective rank of the embeddings; only where a projector was given, as the next two. */
  readonly embeddingRankMe?: number;
  /** Of the embeddings, 0 to 4; only with a projector. */
  readonly embeddingAlignment?: number;
  /** Of the embeddings, 0 to −8; only with a projector. */
  readonly embeddingUniformity?: number;
}

/**
 * How each number of an `Evaluation` comes about; published numbers of one name mix such protocols.
 *
 * @example
 * evaluationProtocols.rankMe; // 'RankMe of the features of the first 2,048 test images'
 */
export const evaluationProtocols: Readonly<Record<keyof Evaluation, string>> = {
  linear: 'offline linear probe: logistic regression on frozen features, full batch to its optimum, test accuracy',
  nearest: 'k nearest neighbours, cosine, k 200, τ 0.1, the training set as bank, test accuracy',
  online: 'online linear probe, trained beside the network on augmented views, test accuracy after the last step',
  rankMe: 'RankMe of the features of the first 2,048 test images',
  alignment:
    'mean squared distance of the directions of two views (VICReg’s recipe unless told), features of the first 2,048 test images',
  uniformity: 'log mean Gaussian potential (t 2) of the directions, features of the first 2,048 test images',
  embeddingRankMe: 'RankMe of the embeddings of the first 2,048 test images',
  embeddingAlignment: 'mean squared distance of the directions of two views, embeddings of the first 2,048 test images',
  embeddingUniformity: 'log mean Gaussian potential (t 2) of the directions, embeddings of the first 2,048 test images',
};

/** The labelled images that features are judged on. */
export interface EvaluationData {
  /** The probes are fitted on these. */
  readonly train: Dataset;
  /** The accuracies are counted on these. */
  readonly test: Dataset;
  /** Those of the training (`TrainingResult.statistics`). */
  readonly statistics: ChannelStatistics;
}

/**
 * What is measured besides, and how.
 *
 * @param module The projector.
 * @param weights Its weights.
 */
export interface EvaluateOptions {
  /** The projector with its weights, to measure the embeddings too; default: none, and only features are measured. */
  readonly projector?: { readonly module: Module; readonly weights: Weights };
  /** The online probe's weights (`TrainingResult.probe`), to count its accuracy; default: none. */
  readonly probe?: Weights;
  /** The views for the alignment; default VICReg's recipe. */
  readonly recipe?: Recipe;
  /** Options of the linear probe; default: its own. */
  readonly linear?: Omit<LinearProbeOptions, 'signal'>;
  /** Options of the nearest neighbours; default: their own. */
  readonly nearest?: NearestNeighborsOptions;
  /** Stops it, with `Interrupted`; default: only SIGINT does. */
  readonly signal?: AbortSignal;
}

/**
 * The quality of an encoder's features (before the projector): probes fitted on the training set, counted on the test
 * set, both without augmentation, with the weights as they are (give those of the last step). For an untrained encoder
 * give freshly made weights. `evaluationProtocols` says how each number comes about.
 *
 * @param encoder, weights The encoder as it is to be judged.
 * @throws Interrupted On SIGINT, or when `signal` aborts.
 * @throws If the images, labels and networks do not fit each other, or the features are not finite.
 * @example
 * const encoder = sequential('pool', [32, 32, 3], { pool: globalAveragePool() });
 * const dataset = shapes({ count: 20 });
 * const sets = { train: dataset, test: shapes({ split: 'test', count: 20 }) };
 * const result = await evaluate(encoder, {}, { ...sets, statistics: channelStatistics(dataset) });
 * // The mean colour hardly tells the ten shapes; three channels have a rank of at most 3.
 * result; // { linear: 0.1, nearest: 0.05, rankMe: 2.94 }
 */
export async function evaluate(
  encoder: Networks['encoder'],
  weights: NetworkWeights['encoder'],
  { train, test, statistics }: EvaluationData,
  { projector, probe, recipe, linear, nearest, signal }: EvaluateOptions = {},
): Promise<Evaluation> {
  const classes = train.classNames.length;
  const bank = await embed(encoder, weights, train, { statistics, signal });
  const queries = await embed(encoder, weights, test, { statistics, signal });
  const fitted = await fitLinearProbe(bank, train.labels, classes, { ...linear, signal });
  const { features, embeddings } = await measureRepresentation(
    { encoder, projector: projector?.module },
    { encoder: weights, projector: projector?.weights },
    test,
    { statistics, recipe, signal },
  );
  return {
    linear: accuracy(predictLinear(fitted, queries), test.labels),
    nearest: accuracy(predictNearest(bank, train.labels, classes, queries, nearest), test.labels),
    ...(probe && { online: accuracy(predictLinear(onlineClassifier(probe), queries), test.labels) }),
    ...features,
    ...(embeddings && {
      embeddingRankMe: embeddings.rankMe,
      embeddingAlignment: embeddings.alignment,
      embeddingUniformity: embeddings.uniformity,
    }),
  };
}
