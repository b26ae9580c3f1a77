import { normal } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { checkRank, defineModule, type Layer, type WeightDefinition } from './module';

export interface PositionEmbeddingOptions {
  /** A learned token before the patches' (`cls_token`); default true. */
  readonly classToken?: boolean;
  /** `learned` (default): trained from a normal start of standard deviation 0.02. `sinCos`: `sinCosPositions`, fixed. */
  readonly positions?: 'learned' | 'sinCos';
}

/**
 * Fixed positions of a grid of patches, [rows · columns, features]: for frequencies ω_i = 10000^(−i / (features / 4)) the sines and
 * cosines of row · ω, then those of column · ω (Vaswani et al. 2017 in two dimensions, as MoCo v3's ViT for square images).
 *
 * @throws If features is not a multiple of 4.
 */
export function sinCosPositions(rows: number, columns: number, features: number): tf.Tensor2D {
  if (!Number.isInteger(features) || features < 4 || features % 4 !== 0) {
    throw new Error(`sinCosPositions: expected features to be a multiple of 4, got ${features}`);
  }
  const frequencies = Array.from({ length: features / 4 }, (_, i) => 10_000 ** (-i / (features / 4)));
  const waves = (place: number) => [Math.sin, Math.cos].flatMap((wave) => frequencies.map((f) => wave(place * f)));
  const places = Array.from({ length: rows * columns }, (_, i) => [
    ...waves(Math.floor(i / columns)),
    ...waves(i % columns),
  ]);
  return tf.tensor2d(places);
}

/**
 * From patches [rows, columns, features] to tokens in row-major order [tokens, features]: a class token before them (Dosovitskiy
 * et al. 2021, equation 1) and `pos_embed` [1, tokens, features] added. Fixed positions are a weight that is not trainable, 0
 * for the class token. `cls_token` starts normal with standard deviation 1e-6, as timm's.
 *
 * @throws If the input is not [rows, columns, features], or fixed positions are asked of features that are not a
 *   multiple of 4.
 * @example
 * positionEmbedding()([4, 4, 8]).outputShape; // [17, 8]
 */
export function positionEmbedding({ classToken = true, positions = 'learned' }: PositionEmbeddingOptions = {}): Layer {
  if (positions !== 'learned' && positions !== 'sinCos') {
    throw new Error(`positionEmbedding: expected positions 'learned' or 'sinCos', got '${positions}'`);
  }
  return (inputShape) => {
    checkRank('positionEmbedding', inputShape, 'rows, columns, features');
    const [rows, columns, features] = inputShape as [number, number, number];
    const tokens = rows * columns + (classToken ? 1 : 0);
    if (positions === 'sinCos') sinCosPositions(1, 1, features).dispose(); // refuses unfit features now, not at init
    const shape = [1, tokens, features];
    const learned: WeightDefinition = { shape, initial: (k) => normal(k, shape, 0, 0.02) };
    const fixed: WeightDefinition = {
      shape,
      trainable: false,
      initial: () =>
        tf.tidy(() => {
          const grid = sinCosPositions(rows, columns, features);
          return (classToken ? tf.concat([tf.zeros([1, features]), grid]) : grid).reshape(shape);
        }),
    };
    const first = [1, 1, features];
    return defineModule({
      name: 'positionEmbedding',
      inputShape,
      outputShape: [tokens, features],
      piecewiseAffine: true,
      weights: {
        ...(classToken && { cls_token: { shape: first, initial: (k) => normal(k, first, 0, 1e-6) } }),
        pos_embed: positions === 'sinCos' ? fixed : learned,
      },
      run(w, x) {
        const patches = x.reshape([-1, rows * columns, features]);
        if (!classToken) return patches.add(w.pos_embed!);
        return tf.concat([w.cls_token!.tile([patches.shape[0]!, 1, 1]), patches], 1).add(w.pos_embed!);
      },
    });
  };
}
