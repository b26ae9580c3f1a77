import type { Dataset } from '../datasets/dataset';
import { tf } from '../engine/tensorflow';
import { alignment } from '../information/alignment';
import { rankMe } from '../information/rankMe';
import { uniformity } from '../information/uniformity';
import type { Module, Weights } from '../models/module';
import type { ChannelStatistics } from '../views/normalize';
import type { Recipe } from '../views/recipe';
import { type Features, featureTensor } from './embed';
import { embedViews, type OutputsOfViews } from './embedViews';

/** How representations lie in their space, whatever the labels. */
export interface RepresentationMeasures {
  /** Effective rank, 1 to min(images, dimension): `rankMe`. */
  readonly rankMe: number;
  /**
   * Mean squared distance of the directions of two views of an image, 0 to 4, the smaller the more alike: `alignment`.
   */
  readonly alignment: number;
  /**
   * Log mean Gaussian potential of the directions, 0 (all one) to −8, the lower the more evenly spread: `uniformity`.
   */
  readonly uniformity: number;
}

/** What is measured on. */
export interface RepresentationOptions {
  /** What the images are normalized by: those of the training. */
  readonly statistics: ChannelStatistics;
  /** The views for the alignment; default VICReg's recipe. */
  readonly recipe?: Recipe;
  /**
   * How many images, the first of the set; default 2048, or all if there are fewer. Compare only runs with equally
   * many.
   */
  readonly images?: number;
  /** Stops it, with `Interrupted`; default: only SIGINT does. */
  readonly signal?: AbortSignal;
}

/**
 * The measures of an encoder's features and, given a projector, of its embeddings, in inference mode: rank and
 * uniformity on the images as they are, alignment on two random views of each, the same at every call.
 *
 * @param encoder Its module, and its weights.
 * @param projector Its module, and its weights; default: none, and no embeddings are measured.
 * @param dataset The images; their labels are not used.
 * @throws Interrupted On SIGINT, or when `signal` aborts.
 * @throws If a network, its weights and the images do not fit each other.
 * @example
 * const networks = { encoder: sequential('pool', [32, 32, 3], { pool: globalAveragePool() }) };
 * const dataset = shapes({ count: 20 });
 * const statistics = channelStatistics(dataset);
 * const { features } = await measureRepresentation(networks, { encoder: {} }, dataset, { statistics });
 * // Mean colours: three dimensions, and views of other colours.
 * features; // { rankMe: 2.996, alignment: 0.987, uniformity: -2.268 }
 */
export async function measureRepresentation(
  networks: { readonly encoder: Module; readonly projector?: Module },
  weights: { readonly encoder: Weights; readonly projector?: Weights },
  dataset: Dataset,
  { statistics, recipe, images = 2048, signal }: RepresentationOptions,
): Promise<{ readonly features: RepresentationMeasures; readonly embeddings?: RepresentationMeasures }> {
  const outputs = await embedViews(networks, weights, dataset, { statistics, recipe, images, signal });
  const features = measures(outputs.features);
  return outputs.embeddings ? { features, embeddings: measures(outputs.embeddings) } : { features };
}

function measures({ plain, first, second }: OutputsOfViews<Features>): RepresentationMeasures {
  return tf.tidy(() => {
    const rows = featureTensor(plain);
    return {
      rankMe: rankMe(rows).dataSync()[0]!,
      alignment: alignment(featureTensor(first), featureTensor(second)).dataSync()[0]!,
      uniformity: uniformity(rows).dataSync()[0]!,
    };
  });
}
