import { foldIn } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { dense } from './dense';
import { layerNorm } from './layerNorm';
import { applyChild, checkInput, checkRank, checkSize, initChildren, type Module } from './module';
import { patchConv2d } from './patchConv2d';
import { type PositionEmbeddingOptions, positionEmbedding } from './positionEmbedding';
import { sequential } from './sequential';
import { transformerBlock } from './transformerBlock';

const sizes = {
  tiny: { dimension: 192, depth: 12, heads: 3 },
  small: { dimension: 384, depth: 12, heads: 6 },
  base: { dimension: 768, depth: 12, heads: 12 },
} as const;

/** The published sizes, smallest first. */
export type VitSize = keyof typeof sizes;

export interface VitOptions extends Pick<PositionEmbeddingOptions, 'positions'> {
  /** Default `tiny`: DeiT's Tiny and Small, and the paper's Base. */
  readonly size?: VitSize;
  /** Features of each token; default the size's. */
  readonly dimension?: number;
  /** Blocks; default the size's, 12. */
  readonly depth?: number;
  /** Heads of each attention, a divisor of the dimension; default the size's. */
  readonly heads?: number;
  /** Rows and columns of a patch; default 4, for images of 32 pixels a side. The published networks take 16, for 224. */
  readonly patchSize?: number;
  /** `class` (default): the features are a class token's, `norm` before. `mean`: no class token, the mean of all tokens and `fc_norm` after. */
  readonly pooling?: 'class' | 'mean';
  /** [height, width, channels], without batch; default [32, 32, 3]. */
  readonly inputShape?: readonly number[];
  /** A linear classifier `head` on the features; default none. */
  readonly classes?: number;
}

/**
 * A Vision Transformer (Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words"; Tiny and Small of Touvron et al. 2021): patches
 * embedded linearly, positions, pre-norm `transformerBlock`s with GELU by erf, and a layer normalisation: features
 * [N, dimension]. Names of weights and initial values as timm's vision_transformer.py: with patches of 16, images of 224 and
 * 1,000 classes Tiny has 5,717,416 parameters, Small 22,050,664 and Base 86,567,656.
 *
 * Not piecewise affine: attention, GELU and layer normalisation are not. There is no dropout and no stochastic depth: `apply` is
 * deterministic and is given no key.
 *
 * @throws If the size or an option is unknown, the image is not a whole number of patches, or the heads do not divide the dimension.
 * @example
 * const encoder = vit({ dimension: 8, depth: 1, heads: 2, inputShape: [16, 16, 3] });
 * encoder.outputShape; // [8]
 * encoder.apply(encoder.init(key(0)), uniform(key(1), [2, 16, 16, 3])).shape; // [2, 8]
 */
export function vit({
  size = 'tiny',
  dimension = sizes[size]?.dimension,
  depth = sizes[size]?.depth,
  heads = sizes[size]?.heads,
  patchSize = 4,
  pooling = 'class',
  positions = 'learned',
  inputShape = [32, 32, 3],
  classes,
}: VitOptions = {}): Module {
  if (!(size in sizes)) {
    throw new Error(
      `vit: expected the size ${Object.keys(sizes)
        .map((name) => `'${name}'`)
        .join(', ')}, got '${size}'`,
    );
  }
  if (pooling !== 'class' && pooling !== 'mean') {
    throw new Error(`vit: expected pooling 'class' or 'mean', got '${pooling}'`);
  }
  checkSize('vit', 'dimension', dimension);
  checkSize('vit', 'depth', depth);
  checkRank('vit', inputShape, 'height, width, channels');
  const patch_embed = sequential('patch_embed', inputShape, { proj: patchConv2d({ filters: dimension, patchSize }) });
  const embedding = positionEmbedding({ classToken: pooling === 'class', positions })(patch_embed.outputShape);
  const tokens = embedding.outputShape;
  const blocks = Array.from({ length: depth }, () => transformerBlock({ heads }));
  const children: Record<string, Module> = { patch_embed, blocks: sequential('blocks', tokens, blocks) };
  // Layer normalisation is token by token, so of the class token alone it is the same as of all.
  const norm = pooling === 'class' ? 'norm' : 'fc_norm';
  children[norm] = layerNorm()([dimension]);
  if (classes !== undefined) children.head = dense({ units: classes, initialStd: 0.02 })([dimension]);
  const module: Module = {
    name: 'vit',
    inputShape,
    outputShape: [classes ?? dimension],
    piecewiseAffine: false,
    init: (k) => ({ ...embedding.init(foldIn(k, 0)), ...initChildren(children, foldIn(k, 1)) }),
    apply(w, x, options = {}) {
      checkInput(module, x, options.path);
      const run = (child: string, input: tf.Tensor) => applyChild(children, child, w, input, options);
      return tf.tidy(() => {
        const encoded = run('blocks', embedding.apply(w, run('patch_embed', x), options));
        const image =
          pooling === 'class' ? encoded.slice([0, 0, 0], [-1, 1, -1]).reshape([-1, dimension]) : encoded.mean(1);
        const features = run(norm, image);
        return classes === undefined ? features : run('head', features);
      });
    },
  };
  return module;
}
