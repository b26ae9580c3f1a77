import { describe, expect, it } from 'vitest';
import { key, uniform } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import {
  type Crop,
  type Interpolation,
  randomResizedCrop,
  resizedCrop,
  sampleCrops,
} from '../../lib/views/resizedCrop';
import golden from '../golden/resizedCrop.json';

const images = uniform(key(2), [3, 12, 10, 3]) as tf.Tensor4D;

/** Bilinear with half-pixel centres, clamped to the crop: PyTorch's `interpolate(mode='bilinear')` of the crop, enlarging. */
function slowBilinear(image: number[][][], crop: Crop, h: number, w: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < h; i++)
    for (let j = 0; j < w; j++)
      for (let c = 0; c < 3; c++) {
        const y = Math.max(0, ((i + 0.5) * crop.height) / h - 0.5);
        const x = Math.max(0, ((j + 0.5) * crop.width) / w - 0.5);
        const [y0, x0] = [Math.floor(y), Math.floor(x)];
        const at = (a: number, b: number) =>
          image[crop.top + Math.min(a, crop.height - 1)]![crop.left + Math.min(b, crop.width - 1)]![c]!;
        const [fy, fx] = [y - y0, x - x0];
        out.push(
          (1 - fy) * ((1 - fx) * at(y0, x0) + fx * at(y0, x0 + 1)) +
            fy * ((1 - fx) * at(y0 + 1, x0) + fx * at(y0 + 1, x0 + 1)),
        );
      }
  return out;
}

describe('resizedCrop', () => {
  it('enlarges as PyTorch does, never looking outside the crop', () => {
    const crops = [
      { top: 0, left: 0, height: 5, width: 7 },
      { top: 4, left: 3, height: 8, width: 7 },
      { top: 6, left: 2, height: 1, width: 3 },
    ];
    const values = images.arraySync();
    const expected = crops.flatMap((crop, n) => slowBilinear(values[n]!, crop, 12, 10));
    expect(resizedCrop(images, crops, [12, 10])).toMatchNumbers(expected);
  });

  it.each(golden.cases)(
    'gives what Pillow does: $interpolation, $crop to $size',
    ({ interpolation, crop, size, values }) => {
      const image = tf.tensor4d(golden.image.flat(), [1, 12, 10, 1]);
      const out = resizedCrop(image, [crop], size as [number, number], interpolation as Interpolation);
      const clipped = values.map((value) => Math.min(1, Math.max(0, value)));
      expect(out).toMatchNumbers(clipped, { atol: 2e-6 });
    },
  );

  it.each(['bilinear', 'bicubic'] as const)('is the identity on the whole image, %s', (interpolation) => {
    const whole = Array.from({ length: 3 }, () => ({ top: 0, left: 0, height: 12, width: 10 }));
    expect(resizedCrop(images, whole, [12, 10], interpolation)).toMatchNumbers(images);
  });

  it('reduces by half with a triangle over four pixels, without aliasing', () => {
    const x = tf.tensor4d([0, 1, 0, 1, 0, 1, 0, 1], [1, 1, 8, 1]);
    const out = resizedCrop(x, [{ top: 0, left: 0, height: 1, width: 8 }], [1, 4]).dataSync();
    // Weights 1/8, 3/8, 3/8, 1/8 inside; at the borders the three that remain, 3/7, 3/7, 1/7.
    expect(out).toMatchNumbers([3 / 7, 0.5, 0.5, 4 / 7]);
  });

  it('has the cubic of Keys with a = -1/2', () => {
    // Enlarging 4 pixels to 8: output 3 lies at 1.25, so the weights are w(1.25), w(0.25), w(0.75), w(1.75).
    const x = tf.tensor4d([0, 0, 1, 0], [1, 1, 4, 1]);
    const out = resizedCrop(x, [{ top: 0, left: 0, height: 1, width: 4 }], [1, 8], 'bicubic').dataSync();
    expect(out[3]!).toBeCloseTo(1.5 * 0.75 ** 3 - 2.5 * 0.75 ** 2 + 1, 6);
  });

  it('reproduces a linear ramp inside, bicubic and bilinear', () => {
    const ramp = tf.linspace(0, 1, 16).reshape([1, 1, 16, 1]) as tf.Tensor4D;
    for (const interpolation of ['bilinear', 'bicubic'] as const) {
      const out = resizedCrop(ramp, [{ top: 0, left: 2, height: 1, width: 12 }], [1, 24], interpolation).dataSync();
      const expected = Array.from({ length: 16 }, (_, i) => (2 + (i + 4.5) / 2 - 0.5) / 15);
      expect(out.slice(4, 20)).toMatchNumbers(expected);
    }
  });
});

describe('sampleCrops', () => {
  const crops = sampleCrops(key(1), 4000, [32, 32], [0.2, 1], [3 / 4, 4 / 3]);

  it('stays inside the image, within the areas and ratios (to rounding)', () => {
    for (const { top, left, height, width } of crops) {
      expect(top >= 0 && left >= 0 && top + height <= 32 && left + width <= 32).toBe(true);
      expect(height * width).toBeGreaterThan(0.2 * 1024 - 32);
      expect(width / height).toBeGreaterThan(0.68);
      expect(width / height).toBeLessThan(1.47);
    }
  });

  it('draws areas uniformly where every one fits, ratios symmetrically, places uniformly', () => {
    const small = sampleCrops(key(2), 4000, [64, 64], [0.1, 0.5], [3 / 4, 4 / 3]);
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(small.map((c) => (c.height * c.width) / 4096))).toBeCloseTo(0.3, 1);
    expect(Math.abs(mean(small.map((c) => Math.log(c.width / c.height))))).toBeLessThan(0.02);
    expect(Math.abs(mean(small.map((c) => c.top / (64 - c.height))) - 0.5)).toBeLessThan(0.02);
    const corner = small.filter((c) => c.top === 64 - c.height).length / 4000;
    expect(corner).toBeGreaterThan(0.01);
  });

  it('falls back to the largest central crop when nothing fits', () => {
    expect(sampleCrops(key(1), 1, [10, 100], [1, 1], [3 / 4, 4 / 3])).toEqual([
      { top: 0, left: 43, height: 10, width: 13 },
    ]);
  });

  it('names impossible options', () => {
    expect(() => randomResizedCrop({ scale: [0.5, 2] })).toThrow(/greatest area from 0.5 to 1, got 2/);
  });
});
