import { expect, test } from 'vitest';
import { addRelu } from '../../lib/engine/addRelu';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { expectNoLeak } from '../matchers';
import { expectGradient } from './finiteDifferences';

test('the sum where it is positive, worked by hand, and its gradients, 0 at 0', () => {
  const [a, b] = [tf.tensor1d([1, -3, 2, 0.5]), tf.tensor1d([2, 1, -2, 0.25])];
  expect(addRelu(a, b)).toMatchNumbers([3, 0, 0, 0.75]);
  const [da, db] = tf.grads((x, y) => addRelu(x, y))([a, b], tf.tensor1d([5, 6, 7, 8]));
  expect(da!).toMatchNumbers([5, 0, 0, 8]);
  expect(db!).toMatchNumbers([5, 0, 0, 8]);
});

test('its gradients, also where a summand is used again, agree with finite differences', async () => {
  // Quarters beside whole numbers, so that no difference steps over the bend at 0.
  const quarters = (seed: number) => normal(key(seed), [2, 3, 3, 4], 0, 2).round().add(0.25);
  const [a, b] = [quarters(1), quarters(2)];
  await expectGradient((x, y) => addRelu(x, y), [a, b], key(3));
  await expectGradient((x) => addRelu(x.mul(2), x).mul(x), [a], key(4));
  await expectGradient((x) => addRelu(x, x), [a], key(5));
});

test('second derivatives are those of the plain operations', () => {
  const [a, b] = [normal(key(6), [3, 5]), normal(key(7), [3, 5])];
  const penalty = (f: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) =>
    tf
      .grad((u: tf.Tensor) => f(u.square(), b).square().sum())(x)
      .square()
      .sum();
  const expected = tf.grad(penalty((x, y) => tf.relu(x.add(y))))(a);
  expect(tf.grad(penalty(addRelu))(a)).toMatchNumbers(expected, { rtol: 1e-4 });
});

test('other shapes are refused, and nothing is left behind', async () => {
  expect(() => addRelu(tf.ones([2, 3]), tf.ones([3]))).toThrow(
    /addRelu: expected two tensors of one shape, got \[2,3\] and \[3\]/,
  );
  const [a, b] = [tf.ones([2, 2]), tf.ones([2, 2])];
  await expectNoLeak(() => addRelu(a, b), 1);
  await expectNoLeak(() => tf.grads((x, y) => addRelu(x, y))([a, b]), 2);
});
