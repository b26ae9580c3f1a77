import type { Dataset } from '../datasets/dataset';
import { foldIn, key } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { alignment } from '../information/alignment';
import { rankMe } from '../information/rankMe';
import { uniformity } from '../information/uniformity';
import type { Module, Weights } from '../models/module';
import { type ChannelStatistics, normalize } from '../views/normalize';
import { type Recipe, recipes, twoViews } from '../views/recipe';
import { embedBatches, type Features } from './embed';

/** How representations lie in their space, whatever the labels. */
export interface RepresentationMeasures {
  /** Effective rank, 1 to min(images, dimension): `rankMe`. */
  readonly rankMe: number;
  /** Mean squared distance of the directions of two views of an image, 0 to 4, the smaller the more alike: `alignment`. */
  readonly alignment: number;
  /** Log mean Gaussian potential of the directions, 0 (all one) to −8, the lower the more evenly spread: `uniformity`. */
  readonly uniformity: number;
}

export interface RepresentationOptions {
  readonly statistics: ChannelStatistics;
  /** The views for the alignment; default VICReg's recipe. */
  readonly recipe?: Recipe;
  /** How many images, the first of the set; default 2048, or all if there are fewer. Compare only runs with equally many. */
  readonly images?: number;
  readonly signal?: AbortSignal;
}

function tensorOf({ values, count, dimension }: Features): tf.Tensor2D {
  return tf.tensor2d(values, [count, dimension]);
}

/**
 * The measures of an encoder's features and, given a projector, of its embeddings, in inference mode: rank and uniformity on
 * the images as they are, alignment on two random views of each, the same at every call.
 *
 * @throws Interrupted On SIGINT, or when `signal` aborts.
 */
export async function measureRepresentation(
  networks: { readonly encoder: Module; readonly projector?: Module },
  weights: { readonly encoder: Weights; readonly projector?: Weights },
  dataset: Dataset,
  { statistics, recipe = recipes.vicreg, images = 2048, signal }: RepresentationOptions,
): Promise<{ readonly features: RepresentationMeasures; readonly embeddings?: RepresentationMeasures }> {
  const { encoder, projector } = networks;
  const count = Math.min(images, dataset.count);
  const outputs = await embedBatches(dataset, { count, signal }, (pixels, first) => {
    const views = twoViews(recipe, foldIn(key(0), first), pixels, statistics);
    const features = [normalize(pixels, statistics), ...views].map((x) => {
      const output = encoder.apply(weights.encoder, x);
      return output.reshape([x.shape[0], -1]);
    });
    return projector ? [...features, ...features.map((x) => projector.apply(weights.projector!, x))] : features;
  });
  const measure = (three: readonly Features[]) =>
    tf.tidy(() => {
      const [plain, first, second] = three.map(tensorOf) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
      return {
        rankMe: rankMe(plain).dataSync()[0]!,
        alignment: alignment(first, second).dataSync()[0]!,
        uniformity: uniformity(plain).dataSync()[0]!,
      };
    });
  const features = measure(outputs.slice(0, 3));
  return projector ? { features, embeddings: measure(outputs.slice(3)) } : { features };
}
