import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { key } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { supervisedMeasureTable } from '../../lib/theory/supervised/measureTable';
import {
  flatness,
  magnitudeAwareComplexity,
  magnitudeAwareSharpnessComplexity,
  pacBayesComplexity,
  sharpnessComplexity,
} from '../../lib/theory/supervised/pacBayes';
import { supervisedMeasures, supervisedTerms } from '../../lib/theory/supervised/supervisedMeasures';
import { denseClassifier } from './smallClassifiers';

const { log, sqrt } = Math;

test('the complexities by hand', () => {
  // ‖w‖² = 8, σ = 1/2, m = 100.
  const terms = { squaredNorm: 8, sigma: 0.5, examples: 100 };
  expect(pacBayesComplexity(terms)).toBeCloseTo(8 + log(200) + 10, 12);
  expect(flatness(0.5)).toBe(4);
  // ω = 2, ε = 1: numerator 1 + (1/4 + 1) · 8/2 = 6, denominators 1 + 0 and 1 + 4/4.
  const aware = { ...terms, change: [0, 2], epsilon: 1 };
  expect(magnitudeAwareComplexity(aware)).toBeCloseTo((log(6) + log(3)) / 4 + log(200) + 10, 12);
  expect(sharpnessComplexity({ ...terms, alpha: 2, parameters: 2 })).toBeCloseTo((8 * log(4)) / 16 + log(200) + 10, 12);
  // α = 1: numerator 1 + (1 + 4 ln 4) · 4, denominators 1 and 5.
  const numerator = 5 + 16 * log(4);
  expect(magnitudeAwareSharpnessComplexity({ ...aware, alpha: 1 })).toBeCloseTo(
    (log(numerator) + log(numerator / 5)) / 4 + log(200) + 10,
    12,
  );
});

describe('all supervised measures', () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  // One diagonal layer, so every norm is plain; both examples have the margin 2.
  const network = () =>
    denseClassifier([
      [
        [2, 0],
        [0, 1],
      ],
    ]);
  const initial = () =>
    denseClassifier([
      [
        [1, 0],
        [0, 1],
      ],
    ]).layers;
  const examples = () => ({
    x: tf.tensor2d([
      [1, 0],
      [0, 2],
    ]),
    labels: [0, 1],
  });
  const options = { key: key(1), draws: 16 };

  test('of one diagonal layer by hand, over m = 50 training examples', async () => {
    const found = await supervisedMeasures(network(), initial(), examples(), { ...options, trainingExamples: 50 });
    const terms = await supervisedTerms(network(), initial(), examples(), { ...options, trainingExamples: 50 });
    expect(Object.keys(found)).toEqual(Object.keys(supervisedMeasureTable));
    expect(terms).toMatchObject({ margin: 2, accuracy: 1 });
    const root = (complexity: number) => sqrt(complexity / 50);
    const { sigma, sigmaMagnitude, alpha, alphaMagnitude } = terms;
    const pacBayes = (squaredNorm: number) => pacBayesComplexity({ squaredNorm, sigma, examples: 50 });
    const aware = { sigma: sigmaMagnitude, examples: 50, change: [1, 0, 0, 0] };
    const box = { sigma, examples: 50, alpha, parameters: 4 };
    const magnitudeBox = { ...aware, alpha: alphaMagnitude };
    // Singular values 2 and 1, those of the change 1 and 0; one layer, so that sum and product are one.
    const expected: Record<keyof typeof found, number> = {
      parameterCount: root(4),
      parameterNorm: root(5),
      frobeniusDistance: root(1),
      spectralDistance: root(1),
      logProductOfFrobenius: log(root(5)),
      logProductOfFrobeniusOverMargin: log(root(5 / 4)),
      logSumOfFrobenius: log(root(5)),
      logSumOfFrobeniusOverMargin: log(root(5 / 4)),
      logProductOfSpectral: log(root(4)),
      logProductOfSpectralOverMargin: log(root(4 / 4)),
      logSumOfSpectral: log(root(4)),
      logSumOfSpectralOverMargin: log(root(4 / 4)),
      frobeniusOverSpectral: root(5 / 4),
      logSpectralFromInitialization: log(root((4 * (1 / 4)) / 4)),
      logSpectralFromOrigin: log(root((4 * (5 / 4)) / 4)),
      // Squared weights 4 and 1 on an input of ones.
      pathNorm: root(5),
      pathNormOverMargin: root(5 / 4),
      inverseMargin: root(1 / 4),
      pacBayesFromInitialization: root(pacBayes(1)),
      pacBayesFromOrigin: root(pacBayes(5)),
      pacBayesFlatness: root(1 / sigma ** 2),
      pacBayesMagnitudeFromInitialization: root(magnitudeAwareComplexity({ ...aware, squaredNorm: 1 })),
      pacBayesMagnitudeFromOrigin: root(magnitudeAwareComplexity({ ...aware, squaredNorm: 5 })),
      pacBayesMagnitudeFlatness: root(1 / sigmaMagnitude ** 2),
      sharpnessFromInitialization: root(sharpnessComplexity({ ...box, squaredNorm: 1 })),
      sharpnessFromOrigin: root(sharpnessComplexity({ ...box, squaredNorm: 5 })),
      sharpnessFlatness: root(1 / alpha ** 2),
      sharpnessMagnitudeFromInitialization: root(
        magnitudeAwareSharpnessComplexity({ ...magnitudeBox, squaredNorm: 1 }),
      ),
      sharpnessMagnitudeFromOrigin: root(magnitudeAwareSharpnessComplexity({ ...magnitudeBox, squaredNorm: 5 })),
      sharpnessMagnitudeFlatness: root(1 / alphaMagnitude ** 2),
    };
    expect(Object.keys(expected)).toEqual(Object.keys(found));
    for (const [name, value] of Object.entries(expected)) {
      expect([name, found[name as keyof typeof found]]).toEqual([name, expect.closeTo(value, 4)]);
    }
    // The worst u takes 2 α from the first margin and 4 α from the second, which is 0 at α = 1/2.
    expect(alpha).toBeGreaterThan(0.49);
    expect(alpha).toBeLessThanOrEqual(0.5);
  });

  test('the same key gives the same bits; no tensor is left; a signal stops it', async () => {
    const [own, first, data] = [network(), initial(), examples()];
    const before = tf.memory().numTensors;
    const a = await supervisedMeasures(own, first, data, options);
    expect(tf.memory().numTensors).toBe(before);
    expect(await supervisedMeasures(own, first, data, options)).toEqual(a);
    const stopped = supervisedMeasures(own, first, data, { ...options, signal: AbortSignal.abort(new Error('stop')) });
    await expect(stopped).rejects.toThrow('stop');
    expect(tf.memory().numTensors).toBe(before);
  });

  test('at chance the searched measures are NaN, the others are not', async () => {
    const blank = { x: tf.zeros([4, 2]), labels: [0, 0, 1, 1] };
    const found = await supervisedMeasures(network(), initial(), blank, options);
    for (const [name, value] of Object.entries(found)) {
      if (/^(pacBayes|sharpness)/.test(name)) expect([name, value]).toEqual([name, Number.NaN]);
    }
    expect(found.parameterNorm).toBeCloseTo(sqrt(5 / 4), 6);
    expect(found.inverseMargin).toBe(Number.POSITIVE_INFINITY);
  });

  test('bad input is refused', async () => {
    const measure = (layers = initial(), data = examples(), more = {}) =>
      supervisedMeasures(network(), layers, data, { ...options, ...more });
    const other = denseClassifier([
      [
        [1, 0, 0],
        [0, 1, 0],
      ],
    ]).layers;
    await expect(measure(other)).rejects.toThrow('initial layer 0');
    const withBias = denseClassifier(
      [
        [
          [1, 0],
          [0, 1],
        ],
      ],
      [[0, 0]],
    ).layers;
    await expect(measure(withBias)).rejects.toThrow('biases in the initial layers where the network has them');
    await expect(measure(initial(), { x: tf.zeros([0, 2]), labels: [] })).rejects.toThrow('at least one example');
    await expect(measure(initial(), examples(), { trainingExamples: 1 })).rejects.toThrow('at least the 2 examples');
    await expect(
      measure(
        denseClassifier([
          [
            [Number.NaN, 0],
            [0, 1],
          ],
        ]).layers,
      ),
    ).rejects.toThrow('finite weights');
  });
});
