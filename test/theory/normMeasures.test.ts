import { describe, expect, test } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { foldBatchNorm } from '../../lib/models/folding/foldBatchNorm';
import { resnet18 } from '../../lib/models/resnet';
import type { LayeredNetwork, LinearLayer } from '../../lib/theory/supervised/layeredNetwork';
import { distanceNorms, layerNorms } from '../../lib/theory/supervised/layerNorms';
import {
  frobeniusOverSpectral,
  logProductOfNorms,
  logSpectralComplexity,
  type NormMeasures,
  normMeasures,
} from '../../lib/theory/supervised/normMeasures';
import { logOverExamples, overExamples } from '../../lib/theory/supervised/overExamples';
import { pathNorm } from '../../lib/theory/supervised/pathNorm';
import { expectNoLeak } from '../matchers';

const dense = (rows: number[][], bias?: number[]): LinearLayer => ({
  kind: 'dense',
  kernel: tf.tensor2d(rows),
  ...(bias && { bias: tf.tensor1d(bias) }),
});

/** The layers in a row, ReLU between them, the mean over images before the first dense one. */
function chain(layers: readonly LinearLayer[]): LayeredNetwork {
  return {
    name: 'chain',
    layers,
    apply: (given, x) =>
      tf.tidy(() => {
        let y = x;
        given.forEach((layer, i) => {
          if (layer.kind === 'dense') {
            const flat = (y.rank === 4 ? y.mean([1, 2]) : y) as tf.Tensor2D;
            y = flat.matMul(layer.kernel);
          } else {
            y = tf.conv2d(y as tf.Tensor4D, layer.kernel, layer.stride, 'same');
          }
          if (layer.bias) y = y.add(layer.bias);
          if (i < given.length - 1) y = y.relu();
        });
        return y as tf.Tensor2D;
      }),
  };
}

const options = { key: key(1), margin: 0.5, tolerance: 1e-5 };

describe('on two dense layers, by hand', () => {
  // ‖W₁‖_F² = 9 + 16 = 25, ‖W₁‖₂ = 4; ‖W₂‖_F² = 4 + 1 = 5, ‖W₂‖₂ = 2: each row and column has one entry. γ² = 1/4.
  const network = chain([
    dense(
      [
        [3, 0],
        [0, 4],
      ],
      [1, -2],
    ),
    dense(
      [
        [0, 2],
        [-1, 0],
      ],
      [-1, 0],
    ),
  ]);
  // W₁ − W₁⁰ = W₁: 25 and 16. W₂ − W₂⁰ = [[0, 0], [-1, 0]]: 1 and 1.
  const initial = [
    dense(
      [
        [0, 0],
        [0, 0],
      ],
      [5, 5],
    ),
    dense(
      [
        [0, 2],
        [0, 0],
      ],
      [5, 5],
    ),
  ];
  const byHand: NormMeasures = {
    parameterCount: 8,
    parameterNorm: 25 + 5,
    frobeniusDistance: 25 + 1,
    spectralDistance: 16 + 1,
    logProductOfFrobenius: Math.log(25 * 5),
    logProductOfFrobeniusOverMargin: Math.log(25 * 5 * 4),
    logSumOfFrobenius: Math.log(2 * Math.sqrt(125)),
    logSumOfFrobeniusOverMargin: Math.log(2 * Math.sqrt(500)),
    logProductOfSpectral: Math.log(16 * 4),
    logProductOfSpectralOverMargin: Math.log(16 * 4 * 4),
    logSumOfSpectral: Math.log(2 * 8),
    logSumOfSpectralOverMargin: Math.log(2 * 16),
    frobeniusOverSpectral: 25 / 16 + 5 / 4,
    logSpectralFromInitialization: Math.log(16 * 4 * 4 * (25 / 16 + 1 / 4)),
    logSpectralFromOrigin: Math.log(16 * 4 * 4 * (25 / 16 + 5 / 4)),
    // Hidden: 9 · 1 + 1² = 10 and 16 · 1 + 2² = 20; out: 20 · 1 + 1² = 21 and 10 · 4 + 0 = 40.
    pathNorm: 61,
    pathNormOverMargin: 61 * 4,
  };

  test.each(Object.keys(byHand) as (keyof NormMeasures)[])('%s', (name) => {
    expect([normMeasures(network, initial, options)[name]]).toMatchNumbers([byHand[name]], { rtol: 1e-6 });
  });

  test('has no other measure, leaves no tensor, and the same key gives the same bits', async () => {
    const first = await expectNoLeak(() => normMeasures(network, initial, options));
    expect(Object.keys(first).sort()).toEqual(Object.keys(byHand).sort());
    expect(normMeasures(network, initial, options)).toEqual(first);
  });

  test('a negative margin counts by its square, one of 0 gives infinite measures', () => {
    const negative = normMeasures(network, initial, { ...options, margin: -0.5 });
    expect(negative).toEqual(normMeasures(network, initial, options));
    const none = normMeasures(network, initial, { ...options, margin: 0 });
    expect(none.logProductOfSpectralOverMargin).toBe(Number.POSITIVE_INFINITY);
    expect(none.pathNormOverMargin).toBe(Number.POSITIVE_INFINITY);
    expect(none.logProductOfSpectral).toBe(negative.logProductOfSpectral);
  });
});

test('a convolution by hand: kernel norm for Frobenius, operator norm for spectral, path norm over the zeros around', () => {
  // One channel, 2×2 image, 3×3 kernel with 2 in the middle and 1 to its right, padding 1: y_left = 2 x_left + x_right, y_right = 2 x_right.
  const kernel = tf.tensor4d([0, 0, 0, 0, 2, 1, 0, 0, 0], [3, 3, 1, 1]);
  const convolution: LinearLayer = { kind: 'conv2d', kernel, stride: 1, padding: 1, inputSize: [2, 2] };
  const network = chain([convolution, dense([[3]])]);
  const { frobenius, spectral } = layerNorms(network.layers, { key: key(1), tolerance: 1e-5 });
  // [[2, 1], [0, 2]]: σ² is the larger root of σ⁴ − 9 σ² + 16 (trace of AᵀA 9, determinant 16).
  expect(frobenius).toMatchNumbers([Math.sqrt(5), 3]);
  expect(spectral).toMatchNumbers([Math.sqrt((9 + Math.sqrt(17)) / 2), 3], { rtol: 1e-5 });
  // Squared kernel on ones: 4 + 1 left, 4 right; mean 4.5, times 9.
  expect(pathNorm(network)).toBeCloseTo(40.5, 5);
});

describe('invariances', () => {
  const convolution = (from: number, to: number, stride: number, size: number, seed: number): LinearLayer => ({
    kind: 'conv2d',
    kernel: normal(key(seed), [3, 3, from, to]) as tf.Tensor4D,
    bias: normal(key(seed + 50), [to]) as tf.Tensor1D,
    stride,
    padding: 1,
    inputSize: [size, size],
  });
  const layers = [
    convolution(2, 3, 1, 5, 1),
    convolution(3, 4, 1, 5, 2),
    { kind: 'dense', kernel: normal(key(3), [4, 3]) } as LinearLayer,
  ];
  const scaled = (layer: LinearLayer, kernel: number, bias = kernel) =>
    ({ ...layer, kernel: layer.kernel.mul(kernel), ...(layer.bias && { bias: layer.bias.mul(bias) }) }) as LinearLayer;

  test('a factor moved between layers leaves function, path norm and products, and changes the sums of squares', () => {
    const factor = 8;
    const moved = [scaled(layers[0]!, factor), scaled(layers[1]!, 1 / factor, 1), layers[2]!];
    const x = normal(key(6), [4, 5, 5, 2]);
    const [before, after] = [chain(layers), chain(moved)];
    expect(after.apply(moved, x)).toMatchNumbers(before.apply(layers, x), { rtol: 1e-4, atol: 1e-4 });
    const initial = layers.map((layer) => scaled(layer, 0));
    const [a, b] = [before, after].map((network) => normMeasures(network, initial, options));
    const invariant = [
      'logProductOfFrobenius',
      'logProductOfSpectralOverMargin',
      'logSumOfSpectral',
      'pathNorm',
      'parameterCount',
    ] as const;
    expect(invariant.map((name) => b![name])).toMatchNumbers(
      invariant.map((name) => a![name]),
      { rtol: 1e-4 },
    );
    expect(b!.parameterNorm).toBeGreaterThan(2 * a!.parameterNorm);
    expect(b!.spectralDistance).toBeGreaterThan(2 * a!.spectralDistance);
  });

  test('the product of spectral norms is a Lipschitz constant of a chain; no spectral norm of a dense layer is above Frobenius', () => {
    const plain = [layers[0]!, layers[1]!];
    const { spectral } = layerNorms(plain, options);
    const network = chain(plain);
    const lipschitz = Math.exp(logProductOfNorms(spectral) / 2);
    const x = normal(key(6), [30, 5, 5, 2]);
    const step = normal(key(7), [30, 5, 5, 2], 0, 0.1);
    const ratios = tf.tidy(() => {
      const change = network.apply(plain, x.add(step)).sub(network.apply(plain, x)).reshape([30, -1]);
      return change
        .norm(2, 1)
        .div(step.reshape([30, -1]).norm(2, 1))
        .dataSync();
    });
    expect(Math.max(...ratios)).toBeLessThan(lipschitz);
    const head = layerNorms(layers.slice(2), options);
    expect(head.spectral[0]!).toBeLessThan(head.frobenius[0]!);
  });

  test('no distance from itself; the distance from zeros is the norm', () => {
    const none = distanceNorms(layers, layers, options);
    expect([...none.frobenius, ...none.spectral]).toEqual(Array(6).fill(0));
    const zeros = layers.map((layer) => scaled(layer, 0));
    expect(distanceNorms(layers, zeros, options)).toEqual(layerNorms(layers, options));
  });
});

test('a layer of zeros: products are zero, ratios count it as nothing', () => {
  expect(logProductOfNorms([3, 0])).toBe(Number.NEGATIVE_INFINITY);
  expect(frobeniusOverSpectral({ frobenius: [0, 4], spectral: [0, 2] })).toBe(4);
  // Σ_j V_j² Π_{i≠j} W_i² with W = (0, 2), V = (3, 5): 9 · 4 + 25 · 0.
  expect(logSpectralComplexity([0, 2], [3, 5], 1)).toBeCloseTo(Math.log(36), 12);
  expect(logSpectralComplexity([0, 2], [0, 5], 1)).toBe(Number.NEGATIVE_INFINITY);
});

test('over the number of examples: √(μ / n), and the logarithm of that', () => {
  expect(overExamples(50, 200)).toBe(0.5);
  expect(logOverExamples(Math.log(50), 200)).toBeCloseTo(Math.log(0.5), 12);
  expect(() => overExamples(1, 0)).toThrow(/overExamples: expected a number of training examples of at least 1, got 0/);
});

test('a ResNet: finite, every layer counted, nothing left behind', async () => {
  const module = resnet18({ width: 4, inputShape: [16, 16, 3] });
  const [started, trained] = [1, 2].map((seed) => {
    const weight = normal(key(seed), [32, 10]) as tf.Tensor2D;
    return foldBatchNorm(module, module.init(key(seed)), { weight });
  });
  const measures = await expectNoLeak(() => normMeasures(trained!, started!.layers, { key: key(3), margin: 1 }));
  expect(Object.entries(measures).filter(([, value]) => !Number.isFinite(value))).toEqual([]);
  // 17 + 3 convolutions of width 4 and a head: as in resnet.test.ts, without batch normalisation.
  const stage = (c: number) => 9 * (c / 2) * c + 3 * 9 * c * c + (c / 2) * c;
  expect(measures.parameterCount).toBe(9 * 3 * 4 + 4 * 9 * 16 + stage(8) + stage(16) + stage(32) + 320);
});

describe('errors', () => {
  const layers = [
    dense([
      [1, 2],
      [3, 4],
    ]),
  ];
  const network = chain(layers);
  const broken = chain([dense([[Number.NaN]])]);
  const infinite = [
    dense([
      [1, 2],
      [3, Number.POSITIVE_INFINITY],
    ]),
  ];
  const narrow = [dense([[1, 2]])];
  const huge = chain([dense([[1e15]]), dense([[1e15]])]);
  test.each([
    ['no layers', () => normMeasures(chain([]), [], options), /layerNorms: expected at least one layer, got none/],
    ['NaN weights', () => normMeasures(broken, layers, options), /layer 0 \(dense\): expected finite weights, got NaN/],
    ['infinite initial weights', () => normMeasures(network, infinite, options), /initial layers: layer 0/],
    ['too few initial layers', () => normMeasures(network, [], options), /as many initial layers as layers, 1, got 0/],
    [
      'an initial layer of another shape',
      () => normMeasures(network, narrow, options),
      /initial layer 0 to be dense \[2, 2\], got dense \[1, 2\]/,
    ],
    ['no margin', () => normMeasures(network, layers, { ...options, margin: Number.NaN }), /finite margin, got NaN/],
    ['a path norm above 1e38', () => pathNorm(huge), /overflows float32/],
  ])('%s', async (_, work, message) => {
    await expectNoLeak(() => {
      expect(work).toThrow(message);
    });
  });
});
