import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { normalCdf, normalQuantile } from '../../lib/statistics/distributions';
import { boxScale } from '../../lib/theory/supervised/boxScale';
import { noiseScale } from '../../lib/theory/supervised/noiseScale';
import { layersFromVector, parameterVector } from '../../lib/theory/supervised/parameterVector';
import { expectNoLeak } from '../matchers';
import { denseClassifier } from './smallClassifiers';

const labels = [0, 0, 1, 1];
const inputs = [
  [3, 4],
  [1, 0.5],
  [-2, 1],
  [-1, -2],
];

// Class 0 where x₁ > 0: logits (x₁, −x₁) / 4. Noise u on the kernel moves the difference of the logits by x · (u₀ − u₁).
const kernel = [
  [0.25, -0.25],
  [0, 0],
];

/** The expected fall of the accuracy at σ: 1 − mean Φ(|x₁| / 2 / sd of the difference's noise). */
function expectedDrop(variance: (x: readonly number[], sigma: number) => number, sigma: number): number {
  const right = inputs.map((x) => normalCdf((0.5 * Math.abs(x[0]!)) / Math.sqrt(variance(x, sigma))));
  return 1 - right.reduce((a, b) => a + b) / right.length;
}

/** The σ at which it is `drop`, by bisection. */
function closedForm(variance: (x: readonly number[], sigma: number) => number, drop: number): number {
  let [low, high] = [1e-6, 100];
  for (let i = 0; i < 80; i++) {
    const middle = Math.sqrt(low * high);
    if (expectedDrop(variance, middle) < drop) low = middle;
    else high = middle;
  }
  return low;
}

const plain = ([a, b]: readonly number[], sigma: number) => 2 * sigma ** 2 * (a! ** 2 + b! ** 2);
const magnitude = ([a, b]: readonly number[], sigma: number) =>
  2 * ((sigma ** 2 / 16 + 1e-6) * a! ** 2 + 1e-6 * b! ** 2);

describe('scales of perturbation', () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  const examples = () => ({ x: tf.tensor2d(inputs), labels });
  const exact = { draws: 100, examplesPerDraw: 4, tolerance: 0.005 };

  test('σ of a linear classifier is the closed form’s', () => {
    const found = noiseScale(denseClassifier([kernel]), examples(), { key: key(1), ...exact });
    expect(found.accuracy).toBe(1);
    expect(found.value).toBeCloseTo(0.1, 2);
    // The fall has a standard error of 0.015 here, and a slope of about 0.2 per unit of ln σ: 8 percent.
    expect(Math.abs(Math.log(found.scale / closedForm(plain, 0.1)))).toBeLessThan(0.25);
  });

  test('of one example, with bias: margin / (quantile · √(2 (|x|² + 1)))', () => {
    const network = denseClassifier([kernel], [[0, 0]]);
    const one = { x: tf.tensor2d([[3, 4]]), labels: [0] };
    const { scale } = noiseScale(network, one, { key: key(2), ...exact, accuracyDrop: 0.2 });
    const expected = 1.5 / (normalQuantile(0.8) * Math.sqrt(2 * 26));
    expect(Math.abs(Math.log(scale / expected))).toBeLessThan(0.25);
  });

  test('the magnitude-aware σ moves no weight that is 0, save by ε', () => {
    const { scale } = noiseScale(denseClassifier([kernel]), examples(), {
      key: key(3),
      ...exact,
      kind: 'magnitude',
      accuracyDrop: 0.3,
    });
    expect(Math.abs(Math.log(scale / closedForm(magnitude, 0.3)))).toBeLessThan(0.25);
  });

  test('α of a linear classifier: the worst u takes 2 α |x|₁ from the margin |x₁| / 2', () => {
    const network = denseClassifier([kernel]);
    // Of one example: wrong once 2 α |x|₁ > |x₁| / 2: 3 / 4 / (3 + 4).
    const one = { x: tf.tensor2d([[3, 4]]), labels: [0] };
    const { scale, value } = boxScale(network, one, { key: key(4) });
    expect(value).toBe(0);
    expect(scale / (3 / 28)).toBeGreaterThan(0.98);
    expect(scale).toBeLessThanOrEqual(3 / 28);
    // In proportion to the weights: the margin 3 / 2 falls by α · 3 / 2.
    expect(boxScale(network, one, { key: key(4), kind: 'magnitude' }).scale).toBeCloseTo(1, 1);
  });

  test('more steps of ascent find no better weights than fewer', () => {
    const x = normal(key(5), [64, 6]) as tf.Tensor2D;
    const rows = (seed: number, shape: [number, number]) =>
      tf.tidy(() => (normal(key(seed), shape) as tf.Tensor2D).arraySync());
    const network = denseClassifier([rows(6, [6, 16]), rows(7, [16, 3])]);
    const own = network.apply(network.layers, x).argMax(1).dataSync();
    const [one, many] = [1, 10].map((ascentSteps) =>
      boxScale(network, { x, labels: own }, { key: key(8), ascentSteps }),
    );
    expect(many!.scale).toBeLessThanOrEqual(one!.scale * 1.02);
  });

  test('the same key gives the same bits, another does not', () => {
    const network = denseClassifier([kernel]);
    const [a, b, c] = [1, 1, 2].map((seed) => noiseScale(network, examples(), { key: key(seed), tolerance: 0.001 }));
    expect(a).toEqual(b);
    expect(a!.scale).not.toBe(c!.scale);
  });

  test('infinite where the accuracy cannot fall that far, 0 where no noise is small enough', () => {
    // Both logits equal for every weight: a hit half of the time by the first class's precedence, with noise or without.
    const zeros = denseClassifier([
      [
        [1, 1],
        [1, 1],
      ],
    ]);
    const blank = { x: tf.zeros([4, 2]), labels };
    expect(noiseScale(zeros, blank, { key: key(1) })).toMatchObject({ scale: Number.POSITIVE_INFINITY, accuracy: 0.5 });
    expect(boxScale(zeros, blank, { key: key(1) }).scale).toBe(Number.POSITIVE_INFINITY);
    // A margin of 2⁻²³ beside weights of 1,000.
    const edge = denseClassifier([
      [
        [1, 1 - 1e-7],
        [1000, 1000],
      ],
    ]);
    const right = { x: tf.tensor2d([[1, 0]]), labels: [0] };
    expect(noiseScale(edge, right, { key: key(1) }).scale).toBe(0);
    expect(boxScale(edge, right, { key: key(1) }).scale).toBe(0);
  });

  test('leaves no tensor, and refuses bad input', async () => {
    const network = denseClassifier([kernel]);
    const own = examples();
    await expectNoLeak(() => noiseScale(network, own, { key: key(1) }));
    await expectNoLeak(() => boxScale(network, own, { key: key(1) }));
    const none = { x: tf.zeros([0, 2]), labels: [] };
    expect(() => noiseScale(network, none, { key: key(1) })).toThrow('noiseScale: expected at least one example');
    const unlabelled = { x: own.x, labels: [0] };
    expect(() => boxScale(network, unlabelled, { key: key(1) })).toThrow('got 4 examples and 1 labels');
    const broken = { x: tf.tensor2d([[Number.NaN, 1]]), labels: [0] };
    expect(() => noiseScale(network, broken, { key: key(1) })).toThrow('expected finite logits, got NaN for example 0');
    expect(() => noiseScale(network, own, { key: key(1), accuracyDrop: 1.5 })).toThrow('accuracyDrop between 0 and 1');
    expect(() => noiseScale(network, own, { key: key(1), draws: 0 })).toThrow(
      'expected draws to be a whole number of at least 1, got 0',
    );
    expect(() => boxScale(network, own, { key: key(1), ascentSteps: 0.5 })).toThrow(
      'expected ascentSteps to be a whole number of at least 1',
    );
  });

  test('layersFromVector undoes parameterVector', () => {
    const { layers } = denseClassifier(
      [
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        [[7], [8], [9]],
      ],
      [[10, 11, 12]],
    );
    const vector = parameterVector(layers);
    expect(vector).toMatchNumbers([1, 2, 3, 4, 5, 6, 10, 11, 12, 7, 8, 9]);
    const back = layersFromVector(layers, vector.add(1) as tf.Tensor1D);
    expect(back[0]!.bias!).toMatchNumbers([11, 12, 13]);
    expect(back[1]!.kernel.shape).toEqual([3, 1]);
    expect(back[1]!.bias).toBeUndefined();
  });
});
