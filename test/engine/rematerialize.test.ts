import { expect, test } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { offTape, rematerialize } from '../../lib/engine/rematerialize';
import { tf } from '../../lib/engine/tensorflow';
import { expectNoLeak } from '../matchers';
import { expectGradient } from './finiteDifferences';

const f = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b).square().mul(a.sum()).add(tf.matMul(a, b));
const [a, b] = [normal(key(1), [3, 4]), normal(key(2), [4, 2])];
const again = (x: tf.Tensor, y: tf.Tensor) => rematerialize(f, x, y);

test('has the value and the gradients of the function itself', async () => {
  expect(again(a, b)).toMatchNumbers(f(a, b));
  const [da, db] = tf.grads(f)([a, b]);
  const [ra, rb] = tf.grads(again)([a, b]);
  expect(ra!).toMatchNumbers(da!);
  expect(rb!).toMatchNumbers(db!);
  await expectGradient((x, y) => again(x!, y!), [a, b], key(3));
});

test('the tape goes on: several in one gradient, one in another, before and after other operations', () => {
  const chain = (g: typeof f) => (x: tf.Tensor, y: tf.Tensor) =>
    g(x.mul(2), g(y, y.transpose()).tanh().matMul(y)).sum().mul(x.mean()).add(g(x, y).sum());
  const plain = tf.grads(chain(f))([a, b]);
  tf.grads(chain(again))([a, b]).forEach((gradient, i) => {
    expect(gradient).toMatchNumbers(plain[i]!, { rtol: 1e-4, atol: 1e-4 });
  });
  const nested = (x: tf.Tensor, y: tf.Tensor) => rematerialize((u, v) => again(u, v).tanh(), x, y);
  const flat = tf.grads((x: tf.Tensor, y: tf.Tensor) => f(x, y).tanh())([a, b]);
  tf.grads(nested)([a, b]).forEach((gradient, i) => {
    expect(gradient).toMatchNumbers(flat[i]!, { atol: 1e-5 });
  });
});

test('a gradient of the gradient', async () => {
  const slope = (g: typeof f) => (x: tf.Tensor, y: tf.Tensor) =>
    tf
      .grad((u) => g(u, y))(x)
      .mul(tf.range(0, 12).reshape([3, 4]))
      .sum();
  const plain = tf.grads(slope(f))([a, b]);
  tf.grads(slope(again))([a, b]).forEach((gradient, i) => {
    expect(gradient).toMatchNumbers(plain[i]!, { rtol: 1e-4, atol: 1e-4 });
  });
});

test('an input without influence has gradient 0, one from elsewhere none', () => {
  const [da, db] = tf.grads((x: tf.Tensor, y: tf.Tensor) => rematerialize((u) => u.square(), x, y))([a, b]);
  expect(da!).toMatchNumbers(a.mul(2));
  expect(db!).toMatchNumbers(tf.zeros([4, 2]));
});

test('keeps only the inputs for the backward pass', () => {
  const x = tf.ones([1000]);
  const long = (u: tf.Tensor) => {
    let y = u;
    for (let i = 0; i < 50; i++) y = y.tanh();
    return y;
  };
  const held = (g: (u: tf.Tensor) => tf.Tensor) => {
    let numbers = 0;
    tf.grad((u) => {
      const before = tf.memory().numTensors;
      const y = tf.tidy(() => g(u));
      numbers = tf.memory().numTensors - before;
      return y;
    })(x);
    return numbers;
  };
  expect(held(long)).toBeGreaterThan(50);
  expect(held((u) => rematerialize(long, u))).toBeLessThan(5);
});

test('nothing leaks, and an error in the backward pass leaves the next gradient as it was', async () => {
  await expectNoLeak(() => again(a, b).dispose());
  await expectNoLeak(() => tf.dispose(tf.grads(again)([a, b])));
  let calls = 0;
  const failing = (x: tf.Tensor) => {
    if (calls++ > 0) throw new Error('second call');
    return x.square();
  };
  expect(() => tf.grad((x) => rematerialize(failing, x))(a)).toThrow('second call');
  const [da] = tf.grads(again)([a, b]);
  expect(da!).toMatchNumbers(tf.grads(f)([a, b])[0]!);
});

test('offTape gives a number of which a gradient keeps nothing', async () => {
  await expectNoLeak(() => {
    expect(offTape(() => a.square().sum().dataSync()[0]!)).toBeCloseTo(a.square().sum().dataSync()[0]!, 5);
  }, 2);
  let held = 0;
  const gradient = tf.grad((x) => {
    const before = tf.memory().numTensors;
    const size = offTape(() => x.square().tanh().sum().dataSync()[0]!);
    held = tf.memory().numTensors - before;
    return x.mul(size);
  })(a);
  expect(held).toBe(0);
  expect(gradient).toMatchNumbers(tf.fill([3, 4], a.square().tanh().sum().dataSync()[0]!));
});
