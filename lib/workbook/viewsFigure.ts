import { batch, type Dataset } from '../datasets/dataset';
import { foldIn, key, permutation, split } from '../engine/random';
import { tf } from '../engine/tensorflow';
import type { Figure } from '../figures/figure';
import { type GridImage, imageGrid } from '../figures/imageGrid';
import { type Recipe, recipes, twoViews } from '../views/recipe';
import { scale } from './scale';

export interface ViewsFigureOptions {
  /** Where the images are from. */
  readonly dataset: Dataset;
  /** How the views are made; default VICReg's. */
  readonly recipe?: Recipe;
  /** How many images, a row each, drawn at random; default 6, at most all. */
  readonly count?: number;
  /** How many views of each, by turns the recipe's first (a) and second (b); default 6. */
  readonly views?: number;
  /** Which images and which views; default 0. */
  readonly seed?: number;
}

function requireCount(what: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw new Error(`viewsFigure: expected ${what} to be a whole number from 1 to ${most}, got ${value}`);
}

/** Each image of [N, H, W, C] in [0, 1] as bytes. */
function bytes(images: tf.Tensor4D): number[][] {
  const flat = tf.tidy(() => images.reshape([images.shape[0], -1]).mul(255).round() as tf.Tensor2D);
  try {
    return flat.arraySync();
  } finally {
    flat.dispose();
  }
}

/** Originals and `views` lists of views of them, all as bytes. */
function drawViews(dataset: Dataset, indices: ArrayLike<number>, recipe: Recipe, views: number, seed: number) {
  return tf.tidy(() => {
    const [, viewKey] = split(key(seed));
    const images = batch(dataset, indices);
    const pairs = Array.from({ length: Math.ceil(views / 2) }, (_, i) => twoViews(recipe, foldIn(viewKey!, i), images));
    return [images, ...pairs.flat().slice(0, views)].map(bytes);
  });
}

/**
 * What a training sees: a row an image, beside the original random views of it by a recipe, as they are before the channels are
 * normalized. The same options give the same figure on the same machine.
 *
 * @throws If count or views is not a whole number from 1 (count: to the data set's images; views: to 16, which still fit), or
 *   if the recipe changes the images' size.
 * @example
 * const figure = await viewsFigure({ dataset: shapes({ count: 20 }), recipe: recipes.symmetric, count: 2, views: 2 });
 * figure.data[0]!.type; // 'image'
 */
export async function viewsFigure({
  dataset,
  recipe = recipes.vicreg,
  count = 6,
  views = 6,
  seed = 0,
}: ViewsFigureOptions): Promise<Figure> {
  requireCount('count', count, dataset.count);
  requireCount('views', views, 16);
  const { height, width, channels } = dataset;
  for (const { crop } of recipe.views) {
    const [h, w] = crop.size ?? [height, width];
    if (h !== height || w !== width) {
      throw new Error(
        `viewsFigure: expected views of the images' own size, ${height} × ${width}, got ${h} × ${w} by the recipe ${recipe.name}; leave out its crop's size.`,
      );
    }
  }
  const [orderKey] = split(key(seed));
  const indices = permutation(orderKey!, dataset.count).slice(0, count);
  const columns = drawViews(dataset, indices, recipe, views, seed);
  const captions = columns.map((_, column) => (column === 0 ? 'original' : `view ${column % 2 === 1 ? 'a' : 'b'}`));
  const images: GridImage[] = Array.from(indices, (_, row) =>
    columns.map((column, i) => ({ pixels: column[row]!, caption: captions[i]! })),
  ).flat();
  return imageGrid({
    title: `Random views of ${count} images, recipe ${recipe.name}`,
    scale: scale(),
    data: dataset.source,
    real: dataset.real,
    seeds: [seed],
    samples: `${views} views of each image`,
    notes: `views as ${recipe.source}`,
    images,
    ...{ height, width, channels },
    columns: columns.length,
    rowNames: Array.from(indices, (index) => dataset.classNames[dataset.labels[index]!]!),
  });
}
