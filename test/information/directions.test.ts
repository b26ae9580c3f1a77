import { describe, expect, test } from 'vitest';
import { normalizeRows } from '../../lib/engine/normalizeRows';
import { key, normal, permutation } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { alignment } from '../../lib/information/alignment';
import { rankMe } from '../../lib/information/rankMe';
import { uniformity } from '../../lib/information/uniformity';
import { expectGradient } from '../engine/finiteDifferences';
import { expectNoLeak } from '../matchers';
import { rotation } from './rotation';

const methods = ['svd', 'gram'] as const;

describe('by hand', () => {
  test('alignment: a right angle and equal directions', () => {
    const [za, zb] = [tf.tensor2d([3, 0, 0, 2], [2, 2]), tf.tensor2d([0, 5, 0, 1], [2, 2])];
    expect(alignment(za, zb)).toMatchNumbers([(2 + 0) / 2]);
    expect(alignment(za, zb, { alpha: 1 })).toMatchNumbers([Math.SQRT2 / 2]);
    expect(alignment(za, za.neg(), { alpha: 3 })).toMatchNumbers([8]);
  });

  test('uniformity: the four directions of a cross, and two equal ones', () => {
    const cross = tf.tensor2d([1, 0, 0, 2, -3, 0, 0, -1], [4, 2]);
    expect(uniformity(cross)).toMatchNumbers([Math.log((4 * Math.exp(-4) + 2 * Math.exp(-8)) / 6)]);
    expect(uniformity(tf.ones([2, 3]))).toMatchNumbers([0]);
    // exp(−400) is 0 in float32; its logarithm is not asked for.
    expect(uniformity(tf.tensor2d([1, -1], [2, 1]), { t: 100 })).toMatchNumbers([-400]);
  });

  test.each(methods)('rankMe by %s: k equal directions are k, one is 1', (method) => {
    expect(rankMe(tf.eye(5), { method })).toMatchNumbers([5], { rtol: 1e-5 });
    expect(rankMe(tf.eye(5).mul(1e-4), { method })).toMatchNumbers([5], { rtol: 1e-4 });
    expect(rankMe(tf.ones([6, 4]), { method })).toMatchNumbers([1], { rtol: 2e-2 });
    expect(rankMe(tf.zeros([6, 4]), { method })).toMatchNumbers([1], { rtol: 1e-4 });
    // Singular values 3 and 1: shares ¾ and ¼.
    const entropy = -0.75 * Math.log(0.75) - 0.25 * Math.log(0.25);
    expect(rankMe(tf.tensor2d([3, 0, 0, 1, 0, 0], [3, 2]), { method })).toMatchNumbers([Math.exp(entropy)]);
  });

  test('normalizeRows keeps rows of zeros', () => {
    expect(normalizeRows(tf.tensor2d([3, 4, 0, 0], [2, 2]))).toMatchNumbers([0.6, 0.8, 0, 0]);
  });
});

test('permutation and rotation change nothing; nor scale', () => {
  for (let seed = 0; seed < 8; seed++) {
    tf.tidy(() => {
      const [n, k] = [3 + seed, 2 + (seed % 5)];
      const [z, other] = [normal(key(seed), [n, k], 0.3), normal(key(90 + seed), [n, k])];
      const rows = tf.tensor1d(permutation(key(seed), n), 'int32');
      const turn = rotation(key(40 + seed), k);
      const changes = [
        (x: tf.Tensor) => x.gather(rows),
        (x: tf.Tensor) => tf.matMul(x, turn),
        (x: tf.Tensor) => x.mul(7),
      ];
      for (const change of changes) {
        expect(uniformity(change(z))).toMatchNumbers(uniformity(z), { rtol: 2e-5 });
        expect(alignment(change(z), change(other))).toMatchNumbers(alignment(z, other), { rtol: 2e-5 });
        expect(rankMe(change(z))).toMatchNumbers(rankMe(z), { rtol: 2e-5 });
      }
    });
  }
});

describe('gradients', () => {
  test('match finite differences', async () => {
    const [z, other] = [normal(key(1), [6, 4]), normal(key(2), [6, 4])];
    await expectGradient(normalizeRows, [z], key(3));
    await expectGradient((x) => uniformity(x), [z], key(4));
    await expectGradient((x, y) => alignment(x, y), [z, other], key(5));
    await expectGradient((x, y) => alignment(x, y, { alpha: 1 }), [z, other], key(6));
    for (const method of methods) {
      await expectGradient((x) => rankMe(x, { method }), [z], key(7));
      await expectGradient((x) => rankMe(x, { method }), [z.transpose()], key(8));
    }
    await expectGradient(
      (x) =>
        tf
          .grad((y) => rankMe(y))(x)
          .mul(other)
          .sum(),
      [z],
      key(10),
      { step: 0.005, rtol: 1e-2 },
    );
  });

  test('are finite at collapse', () => {
    const fs: ((z: tf.Tensor) => tf.Scalar)[] = [
      (z) => uniformity(z),
      (z) => alignment(z, z.mul(1)),
      (z) => alignment(z, z.mul(1), { alpha: 1 }),
      (z) => rankMe(z),
      (z) => rankMe(z, { method: 'gram' }),
    ];
    for (const f of fs) {
      for (const z of [tf.zeros([8, 4]), tf.fill([4, 8], 0.7), tf.ones([2, 1])]) {
        const { value, grad } = tf.valueAndGrad(f)(z);
        for (const result of [value, grad]) expect(result.isFinite().all().dataSync()[0]).toBe(1);
      }
    }
  });
});

test('NaN gives NaN', () => {
  const nan = tf.fill([40, 30], Number.NaN);
  const values = [uniformity(nan), alignment(nan, nan), rankMe(nan), rankMe(nan, { method: 'gram' })];
  for (const value of values) expect(value.dataSync()[0]).toBeNaN();
});

test('nothing leaks', async () => {
  const z = normal(key(1), [6, 4]);
  const fs = [uniformity, (x: tf.Tensor) => alignment(x, z), rankMe, (x: tf.Tensor) => rankMe(x, { method: 'gram' })];
  for (const f of fs) {
    await expectNoLeak(() => f(z).dispose());
    await expectNoLeak(() => tf.dispose(tf.valueAndGrad((x) => f(x))(z)));
  }
});

test('errors', () => {
  const z = tf.ones([3, 2]);
  expect(() => uniformity(tf.ones([1, 2]))).toThrow(/uniformity: expected z to be float32 .*N ≥ 2.*\[1, 2\]/);
  expect(() => uniformity(z, { t: 0 })).toThrow(/t to be positive and finite, got 0/);
  expect(() => alignment(z, tf.ones([2, 3]))).toThrow(/one shape, got \[3,2\] and \[2,3\]/);
  expect(() => alignment(z, z, { alpha: -1 })).toThrow(/alpha to be positive and finite, got -1/);
  expect(() => rankMe(tf.ones([3]))).toThrow(/rankMe: expected z/);
  expect(() => rankMe(z, { epsilon: 0 })).toThrow(/epsilon/);
  expect(() => rankMe(z, { method: 'qr' as 'svd' })).toThrow(/'svd' or 'gram', got 'qr'/);
});
