import { describe, expect, test } from 'vitest';
import { type Key, key, normal, permutation, split, uniform } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { entropyEstimators } from '../../lib/information/entropyEstimators';
import { kernelDensity } from '../../lib/information/kernelDensity';
import { kozachenkoLeonenko } from '../../lib/information/kozachenkoLeonenko';
import { kthNeighbor } from '../../lib/information/kthNeighbor';
import { momentBound } from '../../lib/information/momentBound';
import { isotropicEntropy } from '../../lib/information/pairDist';
import { expectGradient } from '../engine/finiteDifferences';
import { expectNoLeak } from '../matchers';
import { rotation } from './rotation';

const number = (f: () => tf.Tensor) => tf.tidy(() => f().dataSync()[0]!);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** The mean over draws, and its standard error. */
function overDraws(draws: number, f: (k: Key) => tf.Tensor): { value: number; error: number } {
  const values = split(key(11), draws).map((k) => number(() => f(k)));
  const value = mean(values);
  return { value, error: Math.sqrt(mean(values.map((x) => (x - value) ** 2)) / (draws - 1)) };
}

const estimators: Record<string, (z: tf.Tensor) => tf.Scalar> = {
  momentBound: (z) => momentBound(z),
  kozachenkoLeonenko: (z) => kozachenkoLeonenko(z),
  kernelDensity: (z) => kernelDensity(z),
  'kernelDensity, all rows, 0.5': (z) => kernelDensity(z, { bandwidth: 0.5, leaveOneOut: false }),
};

describe('by hand', () => {
  test('three points on a line', () => {
    const z = tf.tensor2d([0, 1, 3], [3, 1]);
    // The nearest others are 1, 1 and 2 away; ψ(3) − ψ(1) = 1 + ½; the ball's volume is 2.
    expect(kozachenkoLeonenko(z, { k: 1 })).toMatchNumbers([1.5 + Math.log(2) + Math.log(2) / 3]);
    // The second: 3, 2 and 3.
    expect(kozachenkoLeonenko(z, { k: 2 })).toMatchNumbers([0.5 + Math.log(2) + Math.log(18) / 3]);
    const density = (...d: number[]) => mean(d.map((x) => Math.exp(-(x ** 2) / 8) / Math.sqrt(8 * Math.PI)));
    const left = [density(1, 3), density(1, 2), density(3, 2)];
    expect(kernelDensity(z, { bandwidth: 2 })).toMatchNumbers([-mean(left.map(Math.log))]);
    const all = [density(0, 1, 3), density(1, 0, 2), density(3, 2, 0)];
    expect(kernelDensity(z, { bandwidth: 2, leaveOneOut: false })).toMatchNumbers([-mean(all.map(Math.log))]);
    expect(momentBound(z)).toMatchNumbers([Math.log(2 * Math.PI * Math.E * (7 / 3)) / 2]);
  });

  test('the k-th neighbor, far from the origin and far from all others', () => {
    const near = [0, 1e-3, 3e-3, 7e-3].map((x) => 1 + x);
    const z = tf.tensor2d(
      [...near, -3000, -3001, -3003].flatMap((x) => [x, 5]),
      [7, 2],
    );
    expect(kthNeighbor(z, 1)).toMatchNumbers([1, 0, 1, 2, 5, 4, 5]);
    expect(kthNeighbor(z, 2)).toMatchNumbers([2, 2, 0, 1, 6, 6, 4]);
  });

  test.each([0.01, 1e-3, 1e-5])(
    'the k-th neighbor in two tight clusters far apart, of deviation %f, in float64',
    (deviation) => {
      const [half, k, order] = [500, 2, 3];
      const z = tf.tidy(() => {
        const places = tf.concat([tf.fill([half, k], 10), tf.fill([half, k], -10)]);
        return places.add(normal(key(4), [2 * half, k], 0, deviation));
      });
      const values = z.dataSync();
      const distance = (i: number, j: number) =>
        Math.hypot(values[2 * i]! - values[2 * j]!, values[2 * i + 1]! - values[2 * j + 1]!);
      const rows = Array.from({ length: 2 * half }, (_, i) => i);
      const expected = rows.map((i) => {
        const distances = Float64Array.from(
          rows.filter((j) => j !== i),
          (j) => distance(i, j),
        ).sort();
        return distances[order - 1]!;
      });
      const found = kthNeighbor(z, order).dataSync();
      expect(rows.map((i) => distance(i, found[i]!))).toMatchNumbers(expected, { rtol: 1e-4 });
      // Of deviations near the spacing of float32 numbers at 10, rows coincide.
      if (deviation < 1e-4) return;
      const harmonic = rows.slice(order).reduce((sum, j) => sum + 1 / j, 0);
      const entropy = harmonic + Math.log(Math.PI) + 2 * mean(expected.map(Math.log));
      expect(kozachenkoLeonenko(z)).toMatchNumbers([entropy], { rtol: 1e-5 });
      expect(Math.abs(entropy - isotropicEntropy(2, deviation) - Math.LN2)).toBeLessThan(0.1);
    },
  );
});

describe('known entropies', () => {
  test.each([1, 2, 4, 8])('a Gaussian of %i dimensions', (k) => {
    const truth = isotropicEntropy(k, 1);
    const draw = (own: Key) => normal(own, [500, k]);
    const moments = overDraws(24, (own) => momentBound(draw(own)));
    // The mean logarithm of a Wishart determinant, by ψ(x) ≈ ln x − 1/2x − 1/12x².
    const psi = (x: number) => Math.log(x) - 1 / (2 * x) - 1 / (12 * x ** 2);
    let bias = (-k / 2) * Math.log(499 / 2);
    for (let j = 1; j <= k; j++) bias += psi((500 - j) / 2) / 2;
    expect(Math.abs(moments.value - truth - bias)).toBeLessThan(4 * moments.error);
    expect(Math.abs(bias + (k * (k + 1)) / 2000)).toBeLessThan(2e-3);
    const neighbors = overDraws(24, (own) => kozachenkoLeonenko(draw(own)));
    expect(Math.abs(neighbors.value - truth)).toBeLessThan([0.03, 0.03, 0.08, 0.15][Math.log2(k)]!);
    // Left out, it is a cross entropy: above the truth, the more so the more dimensions.
    const kernels = overDraws(24, (own) => kernelDensity(draw(own)));
    expect(kernels.value).toBeGreaterThan(truth - 4 * kernels.error);
    expect(kernels.value - truth).toBeLessThan([0.05, 0.1, 0.3, 1][Math.log2(k)]!);
    // With a row in its own density the estimate is lower.
    expect(overDraws(4, (own) => kernelDensity(draw(own), { leaveOneOut: false })).value).toBeLessThan(kernels.value);
  });

  test.each([1, 2, 4, 8])('a cube of %i dimensions, of entropy K ln 2', (k) => {
    const z = (own: Key) => uniform(own, [1000, k], 0, 2);
    const truth = k * Math.log(2);
    const neighbors = overDraws(6, (own) => kozachenkoLeonenko(z(own)));
    // The balls reach out of the cube, more in more dimensions: from 4 on above the truth.
    expect(Math.abs(neighbors.value - truth)).toBeLessThan([0.05, 0.1, 0.35, 1.3][Math.log2(k)]!);
    if (k > 2) expect(neighbors.value).toBeGreaterThan(truth);
    // A uniform is no Gaussian: ½ ln(2πe / 12) a dimension above.
    const moments = overDraws(6, (own) => momentBound(z(own)));
    expect(Math.abs(moments.value - truth - (k / 2) * Math.log((2 * Math.PI * Math.E) / 12))).toBeLessThan(0.05);
  });

  test('clusters apart: the moment bound is far above, the neighbors near', () => {
    const sigma = 0.1;
    const truth = isotropicEntropy(2, sigma) + Math.log(4);
    const z = tf.tidy(() =>
      tf
        .tensor2d([0, 0, 9, 0, 0, 9, 9, 9], [4, 2])
        .tile([300, 1])
        .add(normal(key(3), [1200, 2], 0, sigma)),
    );
    expect(number(() => momentBound(z))).toBeGreaterThan(truth + 3);
    expect(Math.abs(number(() => kozachenkoLeonenko(z)) - truth)).toBeLessThan(0.1);
    expect(Math.abs(number(() => kernelDensity(z, { bandwidth: 0.05 })) - truth)).toBeLessThan(0.1);
  });
});

describe.each(Object.entries(estimators))('%s', (name, estimate) => {
  test('does not change by permutation, rotation and shift, and scales', () => {
    for (let seed = 0; seed < 6; seed++) {
      tf.tidy(() => {
        const [n, k] = [12 + 5 * seed, 1 + seed];
        const z = normal(key(seed), [n, k]);
        const expected = estimate(z).dataSync();
        const rows = tf.tensor1d(permutation(key(seed), n), 'int32');
        for (const same of [z.gather(rows), tf.matMul(z, rotation(key(50 + seed), k)), z.add(5)]) {
          expect(estimate(same)).toMatchNumbers(expected, { rtol: 3e-5, atol: 1e-5 });
        }
        if (name.includes('0.5')) return;
        const scaled = [expected[0]! + k * Math.log(200)];
        expect(estimate(z.mul(200))).toMatchNumbers(scaled, { rtol: 1e-5, atol: 1e-5 });
      });
    }
  });

  test('has the gradient of finite differences, and its own', async () => {
    // Rows whose neighbors' distances differ much, so that the k-th stays the same one.
    const apart = Array.from({ length: 10 }, (_, i) => [2 ** i, 0.3 * (i % 2), 0.2 * (i % 3)]);
    const z = name === 'kozachenkoLeonenko' ? tf.tensor2d(apart) : normal(key(1), [10, 3]);
    const options = { step: 0.004, rtol: 5e-3 };
    await expectGradient(estimate, [z], key(2), options);
    const direction = normal(key(5), [10, 3]);
    const slope = (x: tf.Tensor) => tf.grad(estimate)(x).mul(direction).sum();
    await expectGradient(slope, [z], key(7), options);
  });

  test('gives NaN for NaN, and leaks nothing', async () => {
    const z = normal(key(1), [8, 3]);
    expect(number(() => estimate(tf.fill([8, 3], Number.NaN)))).toBeNaN();
    expect(number(() => estimate(tf.concat([z, tf.fill([1, 3], Number.NaN)])))).toBeNaN();
    await expectNoLeak(() => estimate(z).dispose());
    await expectNoLeak(() => tf.dispose(tf.valueAndGrad(estimate)(z)));
  });

  test('refuses what is no matrix of two rows', () => {
    expect(() => estimate(tf.ones([1, 3]))).toThrow(/: expected z to be float32 \[N, K\] with N ≥ 2.*\[1, 3\]/);
    expect(() => estimate(tf.ones([4]))).toThrow(/float32 \[4\]/);
  });
});

describe('at collapse', () => {
  const collapsed = [tf.zeros([9, 3]), tf.fill([9, 3], 0.7), tf.fill([9, 1], -300)];

  test('−Infinity, or the kernel of a fixed bandwidth', () => {
    for (const z of collapsed) {
      const k = z.shape[1]!;
      for (const own of ['momentBound', 'kozachenkoLeonenko', 'kernelDensity']) {
        expect(
          number(() => estimators[own]!(z)),
          own,
        ).toBe(Number.NEGATIVE_INFINITY);
      }
      const kernel = [(k / 2) * Math.log(2 * Math.PI * 0.25)];
      expect(kernelDensity(z, { bandwidth: 0.5 })).toMatchNumbers(kernel);
      expect(tf.grad((x) => kernelDensity(x, { bandwidth: 0.5 }))(z)).toMatchNumbers(tf.zerosLike(z), { atol: 1e-4 });
      expect(tf.grad((x) => kozachenkoLeonenko(x))(z)).toMatchNumbers(tf.zerosLike(z));
    }
  });

  test('of a dimension, of some rows, and beside great and small scales', () => {
    const z = normal(key(1), [40, 3]);
    const flat = tf.concat([z, z.sum(1, true)], 1);
    expect(number(() => momentBound(tf.concat([z, tf.ones([40, 1])], 1)))).toBe(Number.NEGATIVE_INFINITY);
    // A sum of the others, in float32: singular, or by rounding nearly so.
    expect(number(() => momentBound(flat))).toBeLessThan(number(() => momentBound(z)) - 3);
    const scales = tf.tensor1d([1e-12, 1, 1e12]);
    expect(momentBound(z.mul(scales))).toMatchNumbers(momentBound(z), { rtol: 1e-5 });
    for (const scale of [1e-19, 1e-30, 1e19, 1e30]) {
      const expected = [number(() => momentBound(z)) + 3 * Math.log(scale)];
      expect(momentBound(z.mul(scale))).toMatchNumbers(expected, { rtol: 1e-5 });
    }
    const squares = (x: tf.Tensor) =>
      tf
        .grad((y) => momentBound(y))(x)
        .square()
        .sum();
    expect(
      tf
        .grad(squares)(tf.ones([9, 3]))
        .isNaN()
        .all()
        .dataSync()[0],
    ).toBe(1);
    const twice = tf.concat([z, z]);
    expect(number(() => kozachenkoLeonenko(twice, { k: 1 }))).toBe(Number.NEGATIVE_INFINITY);
    expect(Number.isFinite(number(() => kozachenkoLeonenko(twice, { k: 2 })))).toBe(true);
    const some = tf.grad((x) => kozachenkoLeonenko(x, { k: 1 }))(tf.concat([z, z.slice(0, 1)]));
    expect(some.isFinite().all().dataSync()[0]).toBe(1);
  });

  test('far beyond the bandwidth nothing underflows', () => {
    const z = tf.tensor2d([0, 1000, 3000], [3, 1]);
    const expected = Math.log(Math.sqrt(2 * Math.PI)) + Math.log(2) + (2 * 1e6 + 4e6) / 2 / 3;
    const { value, grad } = tf.valueAndGrad((x) => kernelDensity(x, { bandwidth: 1 }))(z);
    expect(value).toMatchNumbers([expected]);
    // Each row's nearest: 1000, 1000 and 2000 away.
    expect(grad).toMatchNumbers([-2000 / 3, (2000 - 2000) / 3, 2000 / 3], { rtol: 1e-4, atol: 1e-2 });
  });
});

test('errors', () => {
  const z = normal(key(1), [4, 5]);
  expect(() => momentBound(z)).toThrow(/momentBound: expected more rows than dimensions, got \[4, 5\].*take logDet/);
  expect(() => momentBound(normal(key(1), [5, 5]))).toThrow(/got \[5, 5\]/);
  for (const k of [0, 4, 1.5, Number.NaN]) {
    expect(() => kozachenkoLeonenko(z, { k })).toThrow(/k to be a whole number from 1 to N − 1 = 3, got/);
  }
  for (const bandwidth of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 'silvermann' as 'scott']) {
    expect(() => kernelDensity(z, { bandwidth })).toThrow(
      /bandwidth to be positive and finite, 'scott' or 'silverman', got/,
    );
  }
  expect(() => kernelDensity(tf.ones([3, 2], 'int32'))).toThrow(/int32/);
});

describe('the table', () => {
  test('names each once, and each gives a scalar with a gradient', async () => {
    const names = entropyEstimators.map(({ name }) => name);
    expect(new Set(names).size).toBe(6);
    const z = normal(key(1), [30, 4]);
    for (const { estimate } of entropyEstimators) {
      const settings = { sigma: 0.5 };
      await expectNoLeak(() => estimate(z, settings).dispose());
      await expectGradient((x) => estimate(x, settings), [z], key(2), { step: 5e-4, rtol: 1e-2, directions: 1 });
    }
  });

  test('orders the mixture’s entropies: lower ≤ upper, lower ≤ LogDet, on clusters from collapsed to apart', () => {
    for (const spread of [0, 0.3, 1, 4, 30]) {
      const z = normal(key(2), [50, 3], 0, spread);
      const of = (side: string) =>
        entropyEstimators
          .filter((own) => own.of === 'mixture' && own.side === side)
          .map(({ estimate }) => number(() => estimate(z, { sigma: 0.7 })));
      for (const below of of('below')) for (const above of of('above')) expect(below).toBeLessThan(above + 1e-4);
    }
  });

  test('refuses a sigma that is none, by those that take it', () => {
    for (const { name, estimate } of entropyEstimators.slice(0, 3)) {
      expect(() => estimate(tf.ones([4, 2]), { sigma: 0 }), name).toThrow(/expected sigma to be positive and finite/);
    }
  });
});
