import { expect, test } from 'vitest';
import { normalizeRows } from '../../lib/engine/normalizeRows';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { negativeCosine } from '../../lib/objectives/negativeCosine';
import { expectNoLeak } from '../matchers';
import { expectGradient } from './finiteDifferences';

const x = normal(key(1), [5, 4]);

test('worked by hand: rows of length 1, rows of 0 left', () => {
  expect(normalizeRows(tf.tensor2d([3, 4, 0, -5, 0, 0], [3, 2]))).toMatchNumbers([0.6, 0.8, 0, -1, 0, 0]);
});

test('lengths from 1e-5 to 1e15 are taken away', () => {
  for (const scale of [1e-5, 1e-2, 1e3, 1e15]) {
    expect(normalizeRows(x.mul(scale))).toMatchNumbers(normalizeRows(x), { rtol: 1e-4 });
  }
});

test('the gradient matches finite differences, twice', async () => {
  await expectGradient(normalizeRows, [x], key(2));
  const w = normal(key(3), [5, 4]);
  await expectGradient((z) => tf.grad((y) => normalizeRows(y).mul(w).sum())(z), [x], key(4));
});

test('the gradient has no part along a row, unless the row is held at its least length', () => {
  const along = tf.grad((y) => normalizeRows(y).mul(x).sum())(x.clone());
  expect(along).toMatchNumbers(tf.zeros([5, 4]));
  const atZero = tf.grad((y) => normalizeRows(y).sum())(tf.zeros([1, 2]));
  expect(atZero).toMatchNumbers(tf.fill([1, 2], 1e6));
  const nearZero = tf.grad((y) => normalizeRows(y).sum())(tf.fill([1, 2], 5e-7));
  expect(nearZero).toMatchNumbers(tf.fill([1, 2], 1e6));
});

test('the negative cosine is minus the mean product of normalised rows, and so is its gradient', () => {
  const t = normal(key(5), [5, 4]);
  const plain = (p: tf.Tensor) => normalizeRows(p).mul(normalizeRows(t)).sum(1).mean().neg();
  expect(negativeCosine(x, t)).toMatchNumbers(plain(x) as tf.Scalar);
  expect(tf.grad((p) => negativeCosine(p, t))(x)).toMatchNumbers(tf.grad(plain)(x));
});

test('nothing leaks', async () => {
  (await expectNoLeak(() => normalizeRows(x), 1)).dispose();
  (await expectNoLeak(() => tf.grad(normalizeRows)(x), 1)).dispose();
});
