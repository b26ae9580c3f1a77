import { describe, expect, test } from 'vitest';
import { key, normal, permutation } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { logDet } from '../../lib/information/logDet';
import { expectGradient } from '../engine/finiteDifferences';
import { expectNoLeak } from '../matchers';
import { rotation } from './rotation';

describe('the value', () => {
  test('by hand', () => {
    // Columns (0, 2) and (0, 4): variances 2 and 8, covariance 4, so det(I + Σ) = 3 · 9 − 16 = 11.
    const z = tf.tensor2d([0, 0, 2, 4], [2, 2]);
    expect(logDet(z)).toMatchNumbers([Math.log(11) / 2]);
    // ZᵀZ / N = [[2, 4], [4, 8]] too.
    expect(logDet(z, { centred: false })).toMatchNumbers([Math.log(11) / 2]);
    expect(logDet(z, { beta: 0.5 })).toMatchNumbers([Math.log(2 * 5 - 4) / 2]);
  });

  test('with any number of dimensions and rows, the sum over eigenvalues', () => {
    // ±c e_k: covariance 2c² / (2K − 1) on each of K dimensions.
    for (const [k, c, beta] of [
      [4, 1, 1],
      [20, 0.3, 50],
      [3, 100, 1],
    ] as const) {
      const z = tf.concat([tf.eye(k), tf.eye(k).neg()]).mul(c);
      const expected = (k / 2) * Math.log(1 + (beta * 2 * c ** 2) / (2 * k - 1));
      expect(logDet(z, { beta })).toMatchNumbers([expected]);
      const wide = tf.concat([z, tf.zeros([2 * k, 3 * k])], 1);
      expect(logDet(wide, { beta })).toMatchNumbers([expected]);
    }
  });

  test('for samples of a Gaussian, less that of the noise, its entropy', () => {
    // H(N(0, S)) = ½ ln det(2πe S), S = diag(4, 9, 25); noise of variance 1/β = 1e-3 adds little.
    const z = normal(key(1), [20_000, 3]).mul([2, 3, 5]);
    const entropy = (3 / 2) * Math.log(2 * Math.PI * Math.E) + Math.log(30);
    const estimate = logDet(z, { beta: 1e3 }).dataSync()[0]! + (3 / 2) * Math.log((2 * Math.PI * Math.E) / 1e3);
    expect(Math.abs(estimate - entropy)).toBeLessThan(0.03);
  });

  test('is 0 at collapse and grows as the logarithm of the scale', () => {
    expect(logDet(tf.fill([6, 9], 0.7))).toMatchNumbers([0]);
    const z = normal(key(2), [40, 5]);
    const at = (scale: number) => logDet(z.mul(scale)).dataSync()[0]!;
    expect(at(200) - at(100)).toBeCloseTo(5 * Math.log(2), 2);
  });

  test('permutation, rotation and shift change nothing', () => {
    for (let seed = 0; seed < 10; seed++) {
      tf.tidy(() => {
        const [n, k] = [2 + seed, 1 + ((3 * seed) % 11)];
        const z = normal(key(seed), [n, k]);
        const expected = logDet(z).dataSync();
        const rows = tf.tensor1d(permutation(key(seed), n), 'int32');
        for (const same of [z.gather(rows), tf.matMul(z, rotation(key(50 + seed), k)), z.add(5)]) {
          expect(logDet(same)).toMatchNumbers(expected, { rtol: 2e-5, atol: 1e-5 });
        }
      });
    }
  });
});

describe('the gradient', () => {
  test.each([
    [6, 4, true],
    [4, 6, true],
    [6, 4, false],
    [4, 6, false],
    [2, 3, true],
  ])('of %i × %i, centred %s, matches finite differences, and so does its own', async (n, k, centred) => {
    const z = normal(key(n), [n, k]);
    const f = (x: tf.Tensor) => logDet(x, { beta: 2, centred });
    await expectGradient(f, [z], key(1));
    const direction = normal(key(5), [n, k]);
    await expectGradient((x) => tf.grad(f)(x).mul(direction).sum(), [z], key(2));
  });

  test('is finite at collapse, at huge scale, and for huge equal directions', () => {
    const ray = tf.matMul(normal(key(1), [64, 1]) as tf.Tensor2D, normal(key(2), [1, 300]) as tf.Tensor2D);
    const cases = [
      tf.zeros([8, 4]),
      tf.fill([4, 8], -0.7),
      normal(key(1), [8, 4], 0, 1e6),
      normal(key(1), [64, 300], 0, 1e6),
      ray,
      ray.mul(1e6),
      tf.transpose(ray).mul(1e6),
    ];
    for (const z of cases) {
      const { value, grad } = tf.valueAndGrad((x) => logDet(x))(z);
      for (const result of [value, grad]) expect(result.isFinite().all().dataSync()[0]).toBe(1);
    }
    expect(tf.grad((x) => logDet(x))(tf.fill([4, 8], 0.3))).toMatchNumbers(tf.zeros([4, 8]));
  });

  test('of the gradient is finite for huge equal directions too, and NaN for NaN', () => {
    const squares = (x: tf.Tensor) =>
      tf
        .grad((y) => logDet(y))(x)
        .square()
        .sum();
    const ray = tf.matMul(normal(key(1), [60, 1]) as tf.Tensor2D, normal(key(2), [1, 30]) as tf.Tensor2D).mul(1e6);
    for (const z of [ray, ray.transpose()]) {
      expect(tf.grad(squares)(z).isFinite().all().dataSync()[0]).toBe(1);
    }
    expect(
      tf
        .grad(squares)(tf.fill([4, 8], Number.NaN))
        .isNaN()
        .all()
        .dataSync()[0],
    ).toBe(1);
  });
});

test('NaN gives NaN', () => {
  expect(logDet(tf.fill([3, 2], Number.NaN)).dataSync()[0]).toBeNaN();
});

test('nothing leaks', async () => {
  const z = normal(key(1), [6, 4]);
  await expectNoLeak(() => logDet(z).dispose());
  await expectNoLeak(() => tf.dispose(tf.valueAndGrad((x) => logDet(x))(z)));
});

test('errors', () => {
  expect(() => logDet(tf.ones([1, 3]))).toThrow(/logDet: expected z to be float32 \[N, K\] with N ≥ 2.*\[1, 3\]/);
  expect(() => logDet(tf.ones([1, 3]), { centred: false })).not.toThrow();
  expect(() => logDet(tf.ones([4]))).toThrow(/float32 \[4\]/);
  expect(() => logDet(tf.ones([4, 2]), { beta: 0 })).toThrow(/beta to be positive and finite, got 0/);
});
