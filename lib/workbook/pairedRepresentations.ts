import { classPartners } from '../datasets/classPartners';
import type { Dataset } from '../datasets/dataset';
import { key } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { embed, featureTensor } from '../training/embed';
import { embedViews } from '../training/embedViews';
import type { Run } from '../training/run';
import { recipes } from '../views/recipe';

/** Which representations are judged: the encoder's features, or the projector's embeddings. */
export type Layer = 'features' | 'embeddings';
export const layers: readonly Layer[] = ['features', 'embeddings'];

/**
 * How the pairs are made that the bound is computed on. `class`: two images of one class as they are, which the theorems suppose.
 * `augmentation`: two random views of one image by VICReg's recipe, as in practice.
 */
export type PairKind = 'class' | 'augmentation';
export const pairKinds: readonly PairKind[] = ['class', 'augmentation'];

/** Both points of each pair [m, K], in one order. */
export interface PairRows {
  readonly first: tf.Tensor2D;
  readonly second: tf.Tensor2D;
}

/** Of each layer the rows [count, K] of all images of the set as they are, in inference mode. The caller disposes them. */
export async function representationsOf(
  { networks, weights, statistics }: Run,
  dataset: Dataset,
  signal?: AbortSignal,
): Promise<Readonly<Record<Layer, tf.Tensor2D>>> {
  const features = featureTensor(await embed(networks.encoder, weights.encoder, dataset, { statistics, signal }));
  return { features, embeddings: networks.projector.apply(weights.projector, features) as tf.Tensor2D };
}

/**
 * Of each kind of pairs and each layer both points of a pair for every image of the set, the first of them its own; the same pairs
 * for every network. The caller disposes them.
 */
export async function pairedRepresentations(
  { networks, weights, statistics }: Run,
  dataset: Dataset,
  signal?: AbortSignal,
): Promise<Readonly<Record<PairKind, Readonly<Record<Layer, PairRows>>>>> {
  const all = Int32Array.from({ length: dataset.count }, (_, i) => i);
  const partners = classPartners(dataset)(key(0), all);
  const options = { statistics, recipe: recipes.vicreg, images: dataset.count, signal };
  const views = await embedViews(networks, weights, dataset, options);
  const ofClass = (layer: Layer): PairRows => {
    const first = featureTensor(views[layer]!.plain);
    return { first, second: tf.tidy(() => tf.gather(first, tf.tensor1d(partners, 'int32'))) };
  };
  const ofViews = (layer: Layer): PairRows => {
    const { first, second } = views[layer]!;
    return { first: featureTensor(first), second: featureTensor(second) };
  };
  return {
    class: { features: ofClass('features'), embeddings: ofClass('embeddings') },
    augmentation: { features: ofViews('features'), embeddings: ofViews('embeddings') },
  };
}
