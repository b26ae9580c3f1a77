import { describe, expect, test } from 'vitest';
import {
  inputShape,
  type LinearLayer,
  linearMap,
  outputShape,
  transposedLinearMap,
} from '../../lib/engine/linearLayer';
import { type Key, key, normal } from '../../lib/engine/random';
import { svd } from '../../lib/engine/svd';
import { tf } from '../../lib/engine/tensorflow';
import { layerSpectralNorm } from '../../lib/theory/supervised/layerSpectralNorm';
import { expectNoLeak } from '../matchers';

type Convolution = Extract<LinearLayer, { kind: 'conv2d' }>;

function convolution(
  kernel: readonly [number, number, number, number],
  stride: number,
  padding: number,
  inputSize: readonly [number, number],
  k: Key = key(1),
): Convolution {
  return { kind: 'conv2d', kernel: normal(k, kernel) as tf.Tensor4D, stride, padding, inputSize };
}

function dense(rows: readonly (readonly number[])[]): LinearLayer {
  return { kind: 'dense', kernel: tf.tensor2d(rows.map((row) => [...row])) };
}

/** The operator as a dense matrix [outputs, inputs], written out from the definition of PyTorch's conv2d: no convolution is run. */
function denseMatrix({ kernel, stride, padding, inputSize: [height, width] }: Convolution): tf.Tensor2D {
  const [kernelHeight, kernelWidth, from, to] = kernel.shape;
  const rows = Math.floor((height + 2 * padding - kernelHeight) / stride) + 1;
  const columns = Math.floor((width + 2 * padding - kernelWidth) / stride) + 1;
  const weights = kernel.dataSync();
  const inputs = height * width * from;
  const matrix = new Float32Array(rows * columns * to * inputs);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++)
      for (let o = 0; o < to; o++)
        for (let i = 0; i < kernelHeight; i++)
          for (let j = 0; j < kernelWidth; j++) {
            const [y, x] = [r * stride + i - padding, c * stride + j - padding];
            if (y < 0 || y >= height || x < 0 || x >= width) continue;
            for (let channel = 0; channel < from; channel++) {
              const output = (r * columns + c) * to + o;
              const weight = weights[((i * kernelWidth + j) * from + channel) * to + o]!;
              matrix[output * inputs + (y * width + x) * from + channel] = weight;
            }
          }
  return tf.tensor2d(matrix, [rows * columns * to, inputs]);
}

const largestSingularValue = (matrix: tf.Tensor2D) => tf.tidy(() => svd(matrix).s.dataSync()[0]!);
const random = (shape: readonly number[], seed: number) => normal(key(seed), [2, ...shape]);

const geometries = [
  ['3×3, stride 1, padding 1', convolution([3, 3, 2, 3], 1, 1, [6, 5])],
  ['3×3, stride 2, padding 1', convolution([3, 3, 3, 4], 2, 1, [7, 6])],
  ['3×3, stride 2, padding 1, last row unseen', convolution([3, 3, 2, 2], 2, 1, [6, 8])],
  ['3×3, no padding', convolution([3, 3, 2, 4], 1, 0, [6, 6])],
  ['3×3, padding 2', convolution([3, 3, 4, 1], 1, 2, [4, 5])],
  ['1×1, stride 1', convolution([1, 1, 5, 3], 1, 0, [4, 4])],
  ['1×1, stride 2: a shortcut', convolution([1, 1, 4, 8], 2, 0, [6, 6])],
  ['1×1, stride 3, padding 1', convolution([1, 1, 3, 2], 3, 1, [5, 7])],
  ['7×7, stride 2, padding 3: a stem', convolution([7, 7, 3, 4], 2, 3, [9, 11])],
  ['7×7, stride 1, padding 3', convolution([7, 7, 1, 2], 1, 3, [8, 5])],
  ['3×1, stride 1, padding 1: a kernel that is not square', convolution([3, 1, 2, 2], 1, 1, [5, 4])],
  ['a kernel as large as the image', convolution([4, 4, 2, 3], 1, 0, [4, 4])],
  ['one output, one input channel, stride 2', convolution([3, 3, 1, 1], 2, 1, [8, 8])],
] as const;

describe('the linear map of a layer and its transpose', () => {
  test.each(geometries)('%s: are its dense matrix', (_, layer) => {
    const matrix = denseMatrix(layer);
    const x = random(inputShape(layer), 3);
    const y = random(outputShape(layer), 4);
    expect(linearMap(layer, x).reshape([2, -1])).toMatchNumbers(x.reshape([2, -1]).matMul(matrix, false, true), {
      atol: 1e-4,
    });
    expect(transposedLinearMap(layer, y).reshape([2, -1])).toMatchNumbers(y.reshape([2, -1]).matMul(matrix), {
      atol: 1e-4,
    });
  });
});

describe('the spectral norm', () => {
  test.each(geometries)('%s: is the largest singular value of the dense matrix', (_, layer) => {
    const want = largestSingularValue(denseMatrix(layer));
    const close = layerSpectralNorm(layer, { key: key(2), tolerance: 1e-4 });
    expect([close]).toMatchNumbers([want], { rtol: 2e-5 });
    // The two largest of the first lie 1.4e-3 apart: by default it can end at either.
    for (const seed of [5, 6]) {
      expect([layerSpectralNorm(layer, { key: key(seed) })]).toMatchNumbers([want], { rtol: 2e-3 });
    }
  });

  test('of a larger one, 8×8×12: by the default tolerance within 1e-3 and not above', () => {
    for (const seed of [1, 2, 3]) {
      const layer = convolution([3, 3, 12, 12], 1, 1, [8, 8], key(seed));
      const want = largestSingularValue(denseMatrix(layer));
      const got = layerSpectralNorm(layer, { key: key(9) });
      expect(got).toBeGreaterThan(want * (1 - 1e-3));
      expect(got).toBeLessThan(want * (1 + 1e-5));
    }
  });

  test('of a box filter on a long line: 1 + 2 cos(π / (n + 1)), the largest eigenvalue of the tridiagonal matrix of ones', () => {
    const layer: LinearLayer = {
      kind: 'conv2d',
      kernel: tf.ones([3, 1, 1, 1]) as tf.Tensor4D,
      stride: 1,
      padding: 1,
      inputSize: [40, 1],
    };
    // Padding 1 adds a zero column on both sides; their outputs are zero rows.
    const got = layerSpectralNorm(layer, { key: key(1), tolerance: 1e-4 });
    expect([got]).toMatchNumbers([1 + 2 * Math.cos(Math.PI / 41)], { rtol: 1e-5 });
  });

  test('of dense layers: a diagonal, a rotation times 3, rank one, a random tall and a random wide one', () => {
    const options = { key: key(4), tolerance: 1e-5 };
    expect([
      layerSpectralNorm(
        dense([
          [3, 0],
          [0, -4],
        ]),
        options,
      ),
    ]).toMatchNumbers([4]);
    expect([
      layerSpectralNorm(
        dense([
          [0, 3],
          [-3, 0],
        ]),
        options,
      ),
    ]).toMatchNumbers([3]);
    expect([
      layerSpectralNorm(
        dense([
          [1, 2],
          [2, 4],
          [2, 4],
        ]),
        options,
      ),
    ]).toMatchNumbers([Math.sqrt(9 * 5)]); // |u| = 3, |v| = √5
    for (const shape of [
      [30, 7],
      [7, 30],
      [1, 5],
      [5, 1],
    ]) {
      const kernel = normal(key(8), shape) as tf.Tensor2D;
      const got = layerSpectralNorm({ kind: 'dense', kernel }, options);
      expect([got]).toMatchNumbers([largestSingularValue(kernel)], { rtol: 1e-5 });
    }
  });

  test('is homogeneous from 1e-25 to 1e25, ignores the bias, and is 0 for zeros', () => {
    const layer = convolution([3, 3, 2, 3], 2, 1, [6, 5]);
    const once = layerSpectralNorm(layer, { key: key(1) });
    for (const factor of [-2, 1e-25, 1e25]) {
      const scaled = {
        ...layer,
        kernel: layer.kernel.mul(factor) as tf.Tensor4D,
        bias: tf.fill([3], 1e6) as tf.Tensor1D,
      };
      expect([layerSpectralNorm(scaled, { key: key(1) }) / (once * Math.abs(factor))]).toMatchNumbers([1], {
        rtol: 1e-5,
      });
    }
    expect(layerSpectralNorm({ ...layer, kernel: tf.zerosLike(layer.kernel) }, { key: key(1) })).toBe(0);
  });

  test('is not below what as many products of power iteration alone give', () => {
    const layer = convolution([3, 3, 4, 4], 1, 1, [16, 16]);
    const power = tf.tidy(() => {
      let v: tf.Tensor = normal(key(1), [1, 16, 16, 4]);
      for (let i = 0; i < 40; i++) {
        v = transposedLinearMap(layer, linearMap(layer, v));
        v = v.div(v.norm());
      }
      return linearMap(layer, v).norm().dataSync()[0]!;
    });
    const kept = layerSpectralNorm(layer, { key: key(1), iterations: 40 });
    expect(kept).toBeGreaterThan(power);
    expect(kept).toBeLessThan(1.05 * power);
  });

  test('the same key gives the same bits; nothing is left behind', async () => {
    const layer = convolution([3, 3, 2, 3], 1, 1, [6, 5]);
    const first = await expectNoLeak(() => layerSpectralNorm(layer, { key: key(3) }));
    expect(layerSpectralNorm(layer, { key: key(3) })).toBe(first);
  });
});

describe('errors', () => {
  const layer = convolution([3, 3, 2, 3], 1, 1, [6, 5]);
  test.each([
    [
      'NaN',
      { ...layer, kernel: layer.kernel.mul(Number.NaN) as tf.Tensor4D },
      /layer 0 \(conv2d\): expected finite weights/,
    ],
    [
      'rank',
      { ...layer, kind: 'dense' as const, kernel: tf.zeros([1, 2, 3]) as unknown as tf.Tensor2D },
      /kernel \[in, out\], got \[1, 2, 3\]/,
    ],
    ['bias', { ...layer, bias: tf.zeros([4]) as tf.Tensor1D }, /expected a bias \[3\], one value an output, got \[4\]/],
    [
      'an image smaller than the kernel',
      { ...layer, padding: 0, inputSize: [2, 5] as const },
      /no smaller than the kernel/,
    ],
  ])('%s', (_, wrong, message) => {
    expect(() => layerSpectralNorm(wrong as LinearLayer, { key: key(1) })).toThrow(message);
  });

  test('too few iterations say how far they came, and leave nothing behind', async () => {
    await expectNoLeak(() => {
      expect(() => layerSpectralNorm(layer, { key: key(1), iterations: 3, tolerance: 1e-6 })).toThrow(
        /layerSpectralNorm: 3 iterations reached a residual of [\d.e-]+, not the tolerance/,
      );
    });
    expect(() => layerSpectralNorm(layer, { key: key(1), tolerance: 0 })).toThrow(/expected tolerance > 0/);
  });
});
