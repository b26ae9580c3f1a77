import type { Dataset } from '../datasets/dataset';
import { foldIn, key } from '../engine/random';
import type { Module, Weights } from '../models/module';
import { type ChannelStatistics, normalize } from '../views/normalize';
import { type Recipe, recipes, twoViews } from '../views/recipe';
import { embedBatches, type Features } from './embed';

/** What a network gives for the images as they are, and for two random views of each. */
export interface OutputsOfViews<Outputs> {
  /** Of the images as they are. */
  readonly plain: Outputs;
  /** Of the first view of each. */
  readonly first: Outputs;
  /** Of the second view of each. */
  readonly second: Outputs;
}

export interface EmbedViewsOptions {
  readonly statistics: ChannelStatistics;
  /** How the views are made; default VICReg's recipe. */
  readonly recipe?: Recipe;
  /** How many images, the first of the set, or all if there are fewer. */
  readonly images: number;
  readonly signal?: AbortSignal;
}

/**
 * An encoder's features, flattened, and, given a projector, its embeddings, in inference mode, of images as they are and of two
 * random views of each, the same at every call.
 *
 * @throws Interrupted On SIGINT, or when `signal` aborts.
 */
export async function embedViews(
  { encoder, projector }: { readonly encoder: Module; readonly projector?: Module },
  weights: { readonly encoder: Weights; readonly projector?: Weights },
  dataset: Dataset,
  { statistics, recipe = recipes.vicreg, images, signal }: EmbedViewsOptions,
): Promise<{ readonly features: OutputsOfViews<Features>; readonly embeddings?: OutputsOfViews<Features> }> {
  const count = Math.min(images, dataset.count);
  const outputs = await embedBatches(dataset, { count, signal }, (pixels, at) => {
    const views = twoViews(recipe, foldIn(key(0), at), pixels, statistics);
    const features = [normalize(pixels, statistics), ...views].map((x) => {
      const output = encoder.apply(weights.encoder, x);
      return output.reshape([x.shape[0], -1]);
    });
    return projector ? [...features, ...features.map((x) => projector.apply(weights.projector!, x))] : features;
  });
  const named = ([plain, first, second]: readonly Features[]) => ({ plain: plain!, first: first!, second: second! });
  const features = named(outputs.slice(0, 3));
  return projector ? { features, embeddings: named(outputs.slice(3)) } : { features };
}
