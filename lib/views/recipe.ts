import { type Key, split } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { type Augmentation, compose, requireImages, requireUnitRange } from './augmentation';
import { type ColorJitterOptions, randomColorJitter } from './colorJitter';
import { randomGaussianBlur } from './gaussianBlur';
import { randomGrayscale } from './grayscale';
import { randomHorizontalFlip } from './horizontalFlip';
import { type ChannelStatistics, normalize } from './normalize';
import { type ResizedCropOptions, randomResizedCrop } from './resizedCrop';
import { randomSolarize } from './solarize';

/** How one view is made: plain data, so that it can be stored, hashed and shown. Probabilities are per image. */
export interface ViewRecipe {
  /** The random crop; {} takes torchvision's defaults. */
  readonly crop: ResizedCropOptions;
  /** How far colours may change, and for what share of the images; {} changes none. */
  readonly colorJitter: ColorJitterOptions;
  /** Probability that the colours are taken away. */
  readonly grayscale: number;
  /** Probability of a Gaussian blur. */
  readonly blur: number;
  /** Probability that bright values are inverted. */
  readonly solarize: number;
  /** Probability of a mirror image, left to right. */
  readonly flip: number;
}

/** How the two views of an image are made. */
export interface Recipe {
  /** What a run's settings and a figure call it. */
  readonly name: string;
  /** Where its numbers are published. */
  readonly source: string;
  /** How the first and the second view are made. */
  readonly views: readonly [ViewRecipe, ViewRecipe];
}

const weakJitter = { brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1, probability: 0.8 };

function view(
  leastArea: number,
  colorJitter: ColorJitterOptions,
  extra: { blur?: number; solarize?: number },
): ViewRecipe {
  return {
    crop: { scale: [leastArea, 1], interpolation: 'bicubic' },
    colorJitter,
    grayscale: 0.2,
    blur: extra.blur ?? 0,
    solarize: extra.solarize ?? 0,
    flip: 0.5,
  };
}

function symmetric(name: string, source: string, both: ViewRecipe): Recipe {
  return { name, source: `solo-learn, scripts/pretrain/cifar/${source}`, views: [both, both] };
}

/**
 * The four published recipes for CIFAR-10, by name.
 *
 * @example
 * recipes.vicreg.views[0].solarize; // 0.1
 * recipes.asymmetric.views.map((view) => view.solarize); // [0, 0.2]
 */
export const recipes = {
  /** VICReg's: crop 0.2–1, weak jitter, solarize 0.1, no blur. */
  vicreg: symmetric('vicreg', 'vicreg.yaml', view(0.2, weakJitter, { solarize: 0.1 })),
  /** SimCLR's and SwAV's: crop 0.08–1, strong jitter, blur 0.5. */
  symmetric: symmetric(
    'symmetric',
    'augmentations/symmetric.yaml',
    view(0.08, { brightness: 0.8, contrast: 0.8, saturation: 0.8, hue: 0.2, probability: 0.8 }, { blur: 0.5 }),
  ),
  /** MoCo v2+'s and SimSiam's: crop 0.08–1, jitter 0.4/0.4/0.4/0.1, blur 0.5. */
  symmetricWeak: symmetric(
    'symmetricWeak',
    'augmentations/symmetric_weak.yaml',
    view(0.08, { ...weakJitter, saturation: 0.4 }, { blur: 0.5 }),
  ),
  /** BYOL's and Barlow Twins': crop 0.08–1, weak jitter, no blur, solarize 0.2 in the second view. */
  asymmetric: {
    name: 'asymmetric',
    source: 'solo-learn, scripts/pretrain/cifar/augmentations/asymmetric.yaml',
    views: [view(0.08, weakJitter, {}), view(0.08, weakJitter, { solarize: 0.2 })],
  },
} satisfies Record<string, Recipe>;

const unchanged: ViewRecipe = {
  crop: { scale: [1, 1], ratio: [1, 1] },
  colorJitter: { probability: 0 },
  ...{ grayscale: 0, blur: 0, solarize: 0, flip: 0 },
};

/**
 * No augmentation: both views are the images as they are, to the bit, for pairs that differ otherwise (`pairs: 'class'`).
 *
 * @example
 * const images = batch(shapes({ count: 4 }), [0, 1]);
 * const [first, second] = twoViews(unaugmented, key(0), images);
 * first.sub(second).abs().max(); // 0
 */
export const unaugmented: Recipe = { name: 'unaugmented', source: 'none', views: [unchanged, unchanged] };

/** The augmentation of one view, in solo-learn's order: crop, jitter, greyscale, blur, solarize, flip. */
export function augmentation(recipe: ViewRecipe): Augmentation {
  return compose(
    randomResizedCrop(recipe.crop),
    randomColorJitter(recipe.colorJitter),
    randomGrayscale(recipe.grayscale),
    ...(recipe.blur > 0 ? [randomGaussianBlur(recipe.blur)] : []),
    ...(recipe.solarize > 0 ? [randomSolarize(recipe.solarize)] : []),
    randomHorizontalFlip(recipe.flip),
  );
}

/**
 * Two independent random views of each image, [N, H, W, C] in [0, 1] → two of the same (or of the recipe's crop size).
 * With `statistics` they are normalized by channel, as an encoder wants them; without, they stay in [0, 1], for the eye. The
 * second views are made of `others`, as many images of the same shape; default: the same images.
 *
 * @throws If they are no float32 images, or hold numbers outside [0, 1].
 * @example
 * const data = shapes({ count: 8 });
 * const [first, second] = twoViews(recipes.vicreg, key(0), batch(data, [0, 1]), channelStatistics(data));
 * [first.shape, second.shape]; // [[2, 32, 32, 3], [2, 32, 32, 3]]
 */
export function twoViews(
  recipe: Recipe,
  k: Key,
  images: tf.Tensor4D,
  statistics?: ChannelStatistics,
  others: tf.Tensor4D = images,
): [tf.Tensor4D, tf.Tensor4D] {
  for (const of of new Set([images, others])) {
    requireImages('twoViews', of);
    requireUnitRange('twoViews', of);
  }
  const [first, second] = split(k);
  const make = (own: ViewRecipe, ownKey: Key, of: tf.Tensor4D) =>
    tf.tidy(() => {
      const seen = augmentation(own)(ownKey, of);
      return statistics ? normalize(seen, statistics) : seen;
    });
  return [make(recipe.views[0], first!, images), make(recipe.views[1], second!, others)];
}
