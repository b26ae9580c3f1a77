import { describe, expect, test } from 'vitest';
import { key, normal, permutation, split } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { type Divergence, isotropicEntropy, type PairDistOptions, pairDist } from '../../lib/information/pairDist';
import { squaredDistances } from '../../lib/information/squaredDistances';
import { expectGradient } from '../engine/finiteDifferences';
import { expectNoLeak } from '../matchers';
import { rotation } from './rotation';

const number = (scalar: tf.Tensor) => tf.tidy(() => scalar.dataSync()[0]!);
const divergences: Divergence[] = ['kl', 'bhattacharyya', { chernoff: 0.2 }];

/** The entropy of (1/N) Σ N(z_i, σ²I) by Monte Carlo in float64: −ln p averaged over draws, and its standard error. */
function monteCarlo(z: tf.Tensor, sigma: number, draws: number, seed: number): { mean: number; error: number } {
  const [n, k] = z.shape as [number, number];
  const [centres, noise] = [z.dataSync(), normal(key(seed), [draws, k]).dataSync()];
  let [sum, squares] = [0, 0];
  for (let d = 0; d < draws; d++) {
    const own = d % n; // Stratified: each component gives as many draws.
    let density = 0;
    for (let i = 0; i < n; i++) {
      let distance = 0;
      for (let j = 0; j < k; j++) {
        distance += (centres[own * k + j]! + sigma * noise[d * k + j]! - centres[i * k + j]!) ** 2;
      }
      density += Math.exp(-distance / (2 * sigma ** 2)) / n / (2 * Math.PI * sigma ** 2) ** (k / 2);
    }
    sum -= Math.log(density);
    squares += Math.log(density) ** 2;
  }
  const mean = sum / draws;
  return { mean, error: Math.sqrt((squares / draws - mean ** 2) / draws) };
}

describe('known entropies', () => {
  test.each([
    ['near each other', 8, 2, 0.5, 1],
    ['overlapping', 8, 2, 1.5, 1],
    ['apart', 6, 3, 4, 0.8],
    ['two in one dimension', 2, 1, 1, 0.5],
  ])('%s: h ≤ Bhattacharyya ≤ the truth ≤ KL ≤ h + ln N', (_, n, k, spread, sigma) => {
    const z = normal(key(n + k), [n, k], 0, spread);
    const h = isotropicEntropy(k, sigma);
    const { mean, error } = monteCarlo(z, sigma, 20_000, 1);
    expect(error).toBeLessThan(0.02);
    const [kl, bhattacharyya, chernoff] = divergences.map((divergence) => number(pairDist(z, { sigma, divergence })));
    expect(bhattacharyya).toBeGreaterThan(h);
    expect(bhattacharyya).toBeLessThan(mean + 4 * error);
    expect(chernoff).toBeLessThan(bhattacharyya! + 1e-5);
    expect(kl).toBeGreaterThan(mean - 4 * error);
    expect(kl).toBeLessThan(h + Math.log(n) + 1e-5);
  });

  test('the Gaussian itself: (K/2) ln(2πe σ²)', () => {
    expect(isotropicEntropy(1, 1)).toBeCloseTo(1.4189385332, 9);
    expect(isotropicEntropy(3, 2)).toBeCloseTo(3 * (1.4189385332 + Math.log(2)), 8);
  });

  test('two components at distance d, by hand', () => {
    const z = tf.tensor2d([0, 0, 3, 4], [2, 2]);
    const sigma = 2;
    const h = Math.log(2 * Math.PI * Math.E * 4);
    const expected = (d: number) => h - Math.log((1 + Math.exp(-d)) / 2);
    expect(pairDist(z, { sigma })).toMatchNumbers([expected(25 / 8)]);
    expect(pairDist(z, { sigma, divergence: 'bhattacharyya' })).toMatchNumbers([expected(25 / 32)]);
    expect(pairDist(z, { sigma, divergence: { chernoff: 0.2 } })).toMatchNumbers([expected((0.16 * 25) / 8)]);
  });

  test.each(divergences)('all in one place give h, all far apart h + ln N (%s)', (divergence) => {
    for (const [n, k] of [
      [5, 3],
      [64, 256],
    ] as const) {
      const options = { sigma: 0.5, divergence };
      const h = isotropicEntropy(k, 0.5);
      const collapsed = tf.ones([n, k]).mul(3.7);
      const apart = normal(key(n), [n, k], 0, 1e3);
      expect(pairDist(collapsed, options)).toMatchNumbers([h], { rtol: 1e-6 });
      expect(pairDist(apart, options)).toMatchNumbers([h + Math.log(n)], { rtol: 1e-6 });
      const centres = { ...options, componentEntropy: false };
      expect(pairDist(collapsed, centres)).toMatchNumbers([0]);
      expect(pairDist(apart, centres)).toMatchNumbers([Math.log(n)]);
    }
  });

  test('components of one place and different variances: the upper bound lies above, the lower below', () => {
    // Two of sigma 1 and 3 in one dimension; the truth by the trapezoid rule.
    const density = (x: number) =>
      (Math.exp(-(x ** 2) / 2) + Math.exp(-(x ** 2) / 18) / 3) / (2 * Math.sqrt(2 * Math.PI));
    let truth = 0;
    for (let x = -40; x <= 40; x += 0.005) truth -= density(x) > 0 ? 0.005 * density(x) * Math.log(density(x)) : 0;
    const z = tf.zeros([2, 1]);
    const at = (divergence: Divergence) => number(pairDist(z, { sigma: [1, 3], divergence }));
    expect(at('bhattacharyya')).toBeLessThan(truth);
    expect(at('kl')).toBeGreaterThan(truth);
    expect(at('kl') - at('bhattacharyya')).toBeLessThan(0.6);
  });

  test('one sigma, many equal ones, and a tensor of them agree; as do equal weights and none', () => {
    const z = normal(key(3), [6, 4]);
    for (const divergence of divergences) {
      const one = pairDist(z, { sigma: 0.8, divergence });
      const sigmas = Array(6).fill(0.8) as number[];
      expect(pairDist(z, { sigma: sigmas, divergence })).toMatchNumbers(one);
      expect(pairDist(z, { sigma: tf.tensor1d(sigmas), divergence })).toMatchNumbers(one);
      expect(pairDist(z, { sigma: 0.8, divergence, weights: Array(6).fill(1 / 6) })).toMatchNumbers(one);
    }
  });
});

test.each(divergences)(
  'of more rows than a block or a tile holds, one sigma and equal ones agree, with their gradients (%s)',
  (divergence) => {
    tf.tidy(() => {
      const z = normal(key(4), [2200, 3]);
      const same = tf.fill([2200], 0.8) as tf.Tensor1D;
      const one = tf.valueAndGrad((x) => pairDist(x, { sigma: 0.8, divergence }))(z);
      const own = tf.valueAndGrads((x, s) => pairDist(x!, { sigma: s as tf.Tensor1D, divergence }))([z, same]);
      expect(own.value).toMatchNumbers(one.value, { rtol: 2e-6 });
      expect(own.grads[0]!).toMatchNumbers(one.grad, { rtol: 1e-3, atol: 1e-8 });
      // All sigmas grown alike: the slope of the one.
      const at = (sigma: number) => number(pairDist(z, { sigma, divergence }));
      expect(own.grads[1]!.sum()).toMatchNumbers([(at(0.82) - at(0.78)) / 0.04], { rtol: 5e-3 });
    });
  },
);

test('permutation, rotation and shift change nothing', () => {
  for (let seed = 0; seed < 10; seed++) {
    tf.tidy(() => {
      const [n, k] = [3 + seed, 2 + (seed % 4)];
      const z = normal(key(seed), [n, k]);
      const divergence = divergences[seed % 3]!;
      const expected = pairDist(z, { sigma: 0.9, divergence }).dataSync();
      const rows = tf.tensor1d(permutation(key(seed), n), 'int32');
      for (const same of [z.gather(rows), tf.matMul(z, rotation(key(50 + seed), k)), z.add(5)]) {
        expect(pairDist(same, { sigma: 0.9, divergence })).toMatchNumbers(expected, { rtol: 2e-5 });
      }
    });
  }
});

describe('the gradient', () => {
  const sigmas = tf.tensor1d([0.5, 0.8, 1, 1.5, 0.7, 0.9]);
  const weights = [0.1, 0.2, 0.3, 0.15, 0.05, 0.2];

  test.each(divergences)('matches finite differences (%s)', async (divergence) => {
    const z = normal(key(1), [6, 4]);
    const without = { componentEntropy: false, divergence };
    await expectGradient((x) => pairDist(x, { sigma: 1, ...without }), [z], key(2));
    await expectGradient((x) => pairDist(x, { sigma: 1, ...without, weights }), [z], key(3));
    await expectGradient((x, s) => pairDist(x, { sigma: s as tf.Tensor1D, divergence, weights }), [z, sigmas], key(4), {
      step: 0.005,
      rtol: 4e-3,
    });
  });

  test('of the gradient, too', async () => {
    const direction = normal(key(5), [5, 3]);
    const slope = (x: tf.Tensor) =>
      tf
        .grad((y) => pairDist(y, { sigma: 1.2 }))(x)
        .mul(direction)
        .sum();
    await expectGradient(slope, [normal(key(6), [5, 3])], key(7));
    await expectGradient(squaredDistances, [normal(key(6), [5, 3])], key(8));
  });

  test.each(divergences)('of the gradient by equal sigmas (%s)', async (divergence) => {
    const z = normal(key(6), [3, 2]);
    const direction = tf.tensor1d([1, -1, 0.5]);
    const f = (s: tf.Tensor) => pairDist(z, { sigma: s as tf.Tensor1D, divergence });
    const slope = (s: tf.Tensor) => tf.grad(f)(s).mul(direction).sum();
    await expectGradient(slope, [tf.ones([3])], key(9));
  });

  test('is finite where rows coincide, and 0 where all do', () => {
    const some = tf.concat([normal(key(1), [3, 4]), tf.ones([2, 4])]);
    const cases: [tf.Tensor, PairDistOptions][] = [
      [some, { sigma: 1 }],
      [some, { sigma: 1e-3 }],
      [some.mul(1e4), { sigma: 1 }],
      [some, { sigma: [1, 2, 3, 4, 5], divergence: 'bhattacharyya' }],
    ];
    for (const [z, options] of cases) {
      const { value, grad } = tf.valueAndGrad((x) => pairDist(x, options))(z);
      expect(Number.isFinite(number(value))).toBe(true);
      expect(grad.isFinite().all().dataSync()[0]).toBe(1);
    }
    for (const place of [0, 0.7, -300]) {
      const grad = tf.grad((x) => pairDist(x, { sigma: 1 }))(tf.fill([6, 3], place));
      expect(grad).toMatchNumbers(tf.zeros([6, 3]), { atol: 1e-4 });
    }
  });
});

test('NaN gives NaN', () => {
  expect(number(pairDist(tf.fill([3, 2], Number.NaN), { sigma: 1 }))).toBeNaN();
});

test('nothing leaks', async () => {
  const z = normal(split(key(1))[0]!, [6, 4]);
  await expectNoLeak(() => pairDist(z, { sigma: 1 }).dispose());
  await expectNoLeak(() => tf.dispose(tf.valueAndGrad((x) => pairDist(x, { sigma: [1, 2, 3, 1, 2, 3] }))(z)));
});

test('errors', () => {
  const z = tf.ones([3, 2]);
  const unfit =
    (options: PairDistOptions, x: tf.Tensor = z) =>
    () =>
      pairDist(x, options);
  expect(unfit({ sigma: 0 })).toThrow(/pairDist: expected sigma to be positive and finite, one or 3 of them .* got 0/);
  expect(unfit({ sigma: [1, 2] })).toThrow(/one or 3 of them.*got 1,2/);
  expect(unfit({ sigma: tf.ones([4]) as tf.Tensor1D })).toThrow(/one or 3 of them.*a tensor of 4/);
  expect(unfit({ sigma: undefined as unknown as number })).toThrow(/expected sigma/);
  expect(unfit({ sigma: 1, weights: [0.5, 0.5] })).toThrow(/expected 3 positive weights of sum 1.*got 2 of sum 1/);
  expect(unfit({ sigma: 1, weights: [0.5, 0.6, 0.1] })).toThrow(/sum 1.2/);
  expect(unfit({ sigma: 1, weights: [0.5, 0.5, 0] })).toThrow(/3 positive weights/);
  expect(unfit({ sigma: 1, divergence: 'js' as 'kl' })).toThrow(/'kl', 'bhattacharyya'.*got "js"/);
  expect(unfit({ sigma: 1, divergence: { chernoff: 1 } })).toThrow(/between 0 and 1/);
  expect(unfit({ sigma: 1 }, tf.ones([3]))).toThrow(/pairDist: expected z to be float32 \[N, K\].*float32 \[3\]/);
  expect(unfit({ sigma: 1 }, tf.ones([3, 2], 'int32'))).toThrow(/int32 \[3, 2\]/);
});
