import { describe, expect, it } from 'vitest';
import { foldIn, key, uniform } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import type { Augmentation } from '../../lib/views/augmentation';
import { randomColorJitter } from '../../lib/views/colorJitter';
import { gaussianBlur, randomGaussianBlur } from '../../lib/views/gaussianBlur';
import { randomGrayscale } from '../../lib/views/grayscale';
import { randomHorizontalFlip } from '../../lib/views/horizontalFlip';
import { normalize } from '../../lib/views/normalize';
import { augmentation, recipes, twoViews } from '../../lib/views/recipe';
import { randomResizedCrop } from '../../lib/views/resizedCrop';
import { randomSolarize } from '../../lib/views/solarize';
import { expectNoLeak } from '../matchers';

const images = (n: number, size = 8, channels = 3, seed = 5) =>
  uniform(key(seed), [n, size, size, channels]) as tf.Tensor4D;
const rowsOf = (x: tf.Tensor) => (x.reshape([x.shape[0]!, -1]) as tf.Tensor2D).arraySync();

/** Which images of the batch came out changed. */
function changed(augment: Augmentation, batch: tf.Tensor4D, seed: number): boolean[] {
  const before = rowsOf(batch);
  return rowsOf(augment(key(seed), batch)).map((row, n) => row.some((v, i) => v !== before[n]![i]));
}

const all: Record<string, Augmentation> = {
  crop: randomResizedCrop({ interpolation: 'bicubic' }),
  flip: randomHorizontalFlip(),
  jitter: randomColorJitter({ brightness: 0.8, contrast: 0.8, saturation: 0.8, hue: 0.2 }),
  grayscale: randomGrayscale(0.5),
  solarize: randomSolarize(0.5),
  blur: randomGaussianBlur(),
  vicreg: augmentation(recipes.vicreg.views[0]),
  symmetric: augmentation(recipes.symmetric.views[0]),
};

describe.each(Object.entries(all))('%s', (_, augment) => {
  it.each([1, 3])(
    'keeps shape and range with %i channels, depends on the key alone, leaves its input and no tensors',
    async (channels) => {
      const batch = images(16, 8, channels);
      const before = batch.arraySync();
      const first = await expectNoLeak(() => augment(key(1), batch), 1);
      expect(first.shape).toEqual(batch.shape);
      expect(first.min().dataSync()[0]).toBeGreaterThanOrEqual(0);
      expect(first.max().dataSync()[0]).toBeLessThanOrEqual(1);
      expect(batch.arraySync()).toEqual(before);
      expect(rowsOf(augment(key(1), batch))).toEqual(rowsOf(first));
      if (channels === 3) expect(rowsOf(augment(key(2), batch))).not.toEqual(rowsOf(first));
    },
  );

  it('draws for each image on its own', () => {
    const one = images(1);
    const rows = rowsOf(augment(key(3), one.tile([32, 1, 1, 1]) as tf.Tensor4D));
    expect(new Set(rows.map(String)).size).toBeGreaterThan(1);
  });

  it('refuses what is no batch of images', () => {
    expect(() => augment(key(1), tf.zeros([8, 8, 3]) as unknown as tf.Tensor4D)).toThrow(
      /expected images \[N, H, W, C\]/,
    );
  });
});

describe('probabilities', () => {
  it.each([
    ['flip', (p: number) => randomHorizontalFlip(p)],
    ['grayscale', (p: number) => randomGrayscale(p)],
    ['solarize', (p: number) => randomSolarize(p)],
    ['blur', (p: number) => randomGaussianBlur(p, [0.5, 2])],
    ['jitter', (p: number) => randomColorJitter({ brightness: 0.5, probability: p })],
  ] as const)('%s happens to that share of the images, and to none or all at 0 and 1', (_, make) => {
    const batch = images(400, 4);
    const share = changed(make(0.3), batch, 7).filter(Boolean).length / 400;
    expect(Math.abs(share - 0.3)).toBeLessThan(4 * Math.sqrt((0.3 * 0.7) / 400));
    expect(changed(make(0), batch, 8)).not.toContain(true);
    expect(changed(make(1), batch, 9).filter(Boolean).length).toBe(400);
    expect(() => make(1.5)).toThrow(/probability from 0 to 1, got 1.5/);
  });
});

describe('single augmentations', () => {
  it('flips left to right', () => {
    const x = tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 2, 3, 1]).div(10) as tf.Tensor4D;
    expect(randomHorizontalFlip(1)(key(0), x)).toMatchNumbers([0.3, 0.2, 0.1, 0.6, 0.5, 0.4]);
  });

  it('turns grey by the luma of BT.601', () => {
    const x = tf.tensor4d([1, 0, 0, 0, 1, 0, 0, 0, 1, 0.2, 0.4, 0.6], [1, 2, 2, 3]);
    const luma = [0.299, 0.587, 0.114, 0.299 * 0.2 + 0.587 * 0.4 + 0.114 * 0.6];
    expect(randomGrayscale(1)(key(0), x)).toMatchNumbers(luma.flatMap((v) => [v, v, v]));
  });

  it('solarizes from the threshold on', () => {
    const x = tf.tensor4d([0, 127 / 255, 0.5, 128 / 255, 1], [1, 1, 5, 1]);
    expect(randomSolarize(1)(key(0), x)).toMatchNumbers([0, 127 / 255, 0.5, 127 / 255, 0]);
  });

  it('blurs as a plain loop over a reflected image does', () => {
    const sigmas = [0, 0.3, 1.1, 2];
    const x = images(4, 6, 3);
    const values = x.arraySync();
    const mirror = (i: number, n: number): number => (i < 0 ? mirror(-i, n) : i >= n ? mirror(2 * (n - 1) - i, n) : i);
    const expected = sigmas.flatMap((sigma, n) => {
      const r = Math.ceil(3 * sigma);
      const out: number[] = [];
      for (let i = 0; i < 6; i++)
        for (let j = 0; j < 6; j++)
          for (let c = 0; c < 3; c++) {
            let [sum, total] = [0, 0];
            for (let di = -r; di <= r; di++)
              for (let dj = -r; dj <= r; dj++) {
                const w = sigma === 0 ? 1 : Math.exp(-(di * di + dj * dj) / (2 * sigma * sigma));
                sum += w * values[n]![mirror(i + di, 6)]![mirror(j + dj, 6)]![c]!;
                total += w;
              }
            out.push(sum / total);
          }
      return out;
    });
    expect(gaussianBlur(x, sigmas)).toMatchNumbers(expected);
  });
});

describe('normalize', () => {
  it('subtracts the mean and divides by the deviation of each channel, and only centres a constant one', () => {
    const x = tf.tensor4d([0, 0.5, 1, 1, 0, 0.5], [1, 1, 2, 3]);
    const out = normalize(x, { mean: [0.5, 0.25, 0], std: [0.25, 0.5, 0] });
    expect(out).toMatchNumbers([-2, 0.5, 1, 2, -0.5, 0.5]);
  });

  it('names wrong statistics', () => {
    expect(() => normalize(images(1), { mean: [0], std: [1] })).toThrow(/statistics of 3 channels, got 1 means/);
  });
});

describe('twoViews', () => {
  it('makes two different views, the same for the same key, and normalizes when asked', async () => {
    const batch = images(6, 8);
    const [a, b] = await expectNoLeak(() => twoViews(recipes.vicreg, key(4), batch), 2);
    expect(rowsOf(a)).not.toEqual(rowsOf(b));
    const [again] = twoViews(recipes.vicreg, key(4), batch);
    expect(rowsOf(again)).toEqual(rowsOf(a));
    const statistics = { mean: [0.5, 0.4, 0.3], std: [0.2, 0.25, 0.5] };
    const [normalized] = twoViews(recipes.vicreg, key(4), batch, statistics);
    expect(normalized).toMatchNumbers(normalize(a, statistics));
    expect(rowsOf(twoViews(recipes.vicreg, foldIn(key(4), 1), batch)[0])).not.toEqual(rowsOf(a));
  });

  it('has the published numbers', () => {
    const [v] = recipes.vicreg.views;
    expect(v.crop.scale).toEqual([0.2, 1]);
    expect([v.solarize, v.blur, v.grayscale, v.flip]).toEqual([0.1, 0, 0.2, 0.5]);
    expect(v.colorJitter).toEqual({ brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1, probability: 0.8 });
    expect(recipes.symmetric.views[1].colorJitter).toMatchObject({ brightness: 0.8, hue: 0.2 });
    expect(recipes.symmetric.views[0].blur).toBe(0.5);
    expect(recipes.symmetricWeak.views[0].colorJitter).toMatchObject({ brightness: 0.4, saturation: 0.4, hue: 0.1 });
    expect(recipes.asymmetric.views.map((own) => own.solarize)).toEqual([0, 0.2]);
  });
});

describe('what is no batch of images', () => {
  it('is named: bytes, numbers beyond [0, 1], NaN, an impossible size', () => {
    const some = images(2);
    expect(() => randomSolarize(1)(key(0), some.mul(255).toInt() as tf.Tensor4D)).toThrow(
      'expected float32 images in [0, 1], got int32; images.toFloat().div(255)',
    );
    expect(() => twoViews(recipes.vicreg, key(0), some.mul(255))).toThrow(
      /expected images in \[0, 1\], got numbers from/,
    );
    expect(() => twoViews(recipes.vicreg, key(0), some, undefined, some.sub(0.5))).toThrow('twoViews: expected images');
    expect(() => twoViews(recipes.vicreg, key(0), some.mul(Number.NaN))).toThrow('got numbers from NaN');
    for (const size of [
      [0, 10],
      [10.5, 10],
    ] as const) {
      expect(() => randomResizedCrop({ size })).toThrow(
        `expected size [height, width] of at least 1 pixel each, got [${size}]`,
      );
    }
  });
});
