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

/** What a network's features are worth: accuracies on the test set, 0 to 1, and measures without labels. Plain numbers. */
export interface Evaluation {
  readonly linear: number;
  readonly nearest: number;
  readonly online?: number;
  readonly rankMe: number;
  readonly alignment: number;
  readonly uniformity: number;
  readonly embeddingRankMe?: number;
  readonly embeddingAlignment?: number;
  readonly embeddingUniformity?: number;
}

/** How each number of an `Evaluation` comes about; published numbers of one name mix such protocols. */
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

export interface EvaluationData {
  readonly train: Dataset;
  readonly test: Dataset;
  /** Those of the training (`TrainingResult.statistics`). */
  readonly statistics: ChannelStatistics;
}

export interface EvaluateOptions {
  /** The projector with its weights, to measure the embeddings too. */
  readonly projector?: { readonly module: Module; readonly weights: Weights };
  /** The online probe's weights (`TrainingResult.probe`), to count its accuracy. */
  readonly probe?: Weights;
  /** The views for the alignment; default VICReg's recipe. */
  readonly recipe?: Recipe;
  readonly linear?: Omit<LinearProbeOptions, 'signal'>;
  readonly nearest?: NearestNeighborsOptions;
  readonly signal?: AbortSignal;
}

/**
 * The quality of an encoder's features (before the projector): probes fitted on the training set, counted on the test set, both
 * without augmentation, with the weights as they are (give those of the last step). For an untrained encoder give freshly made
 * weights. `evaluationProtocols` says how each number comes about.
 *
 * @throws Interrupted On SIGINT, or when `signal` aborts.
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
