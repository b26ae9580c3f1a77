import { describe, expect, test } from 'vitest';
import { batchNormInference, batchNormTraining } from '../../lib/engine/batchNorm';
import { key, normal, split, uniform } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { expectNoLeak } from '../matchers';
import { expectGradient } from './finiteDifferences';

/** Ioffe and Szegedy's formula, operation by operation. */
function plain(x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor, epsilon = 1e-5): tf.Tensor {
  const axes = x.rank === 2 ? [0] : [0, 1, 2];
  const centred = x.sub(x.mean(axes));
  return centred.div(centred.square().mean(axes).add(epsilon).sqrt()).mul(scale).add(offset);
}

const shapes = [
  [7, 5],
  [2, 3],
  [3, 4, 5, 2],
  [16, 2, 2, 8],
  [2, 3, 6, 16],
  [3, 3, 3, 16],
  [8, 24],
];

function inputs(seed: number, shape: number[]): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const [kx, ks, ko] = split(key(seed), 3);
  const c = shape[shape.length - 1];
  return [normal(kx, shape, 3, 2), uniform(ks, [c], 0.5, 2), normal(ko, [c])];
}

describe.each(shapes.map((shape) => ({ shape })))('batch normalisation of $shape', ({ shape }) => {
  test('training equals the formula, with the unbiased variance', () => {
    const [x, scale, offset] = inputs(1, shape);
    const { output, mean, variance } = batchNormTraining(x, scale, offset);
    const axes = x.rank === 2 ? [0] : [0, 1, 2];
    const n = x.size / scale.size;
    expect(output).toMatchNumbers(plain(x, scale, offset), { atol: 2e-5 });
    expect(mean).toMatchNumbers(x.mean(axes), { atol: 1e-5 });
    expect(variance).toMatchNumbers(tf.moments(x, axes).variance.mul(n / (n - 1)), { rtol: 1e-4 });
  });

  test('its gradients agree with the unfused formula and with finite differences', async () => {
    const given = inputs(2, shape);
    const w = normal(key(3), shape);
    const fused = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) => batchNormTraining(x, scale, offset).output;
    const expected = tf.grads((...all) => plain(all[0], all[1], all[2]))(given, w);
    const received = tf.grads((...all) => fused(all[0], all[1], all[2]))(given, w);
    for (const i of [0, 1, 2]) expect(received[i]).toMatchNumbers(expected[i], { rtol: 1e-3, atol: 1e-4 });
    await expectGradient((...all) => fused(all[0], all[1], all[2]), given, key(4), { rtol: 5e-3 });
  });

  test('its second derivatives agree with those of the formula', () => {
    const [x, scale, offset] = inputs(5, shape);
    const w = normal(key(6), shape);
    const penalty = (f: typeof plain) => (z: tf.Tensor) => {
      const slope = tf.grad((u: tf.Tensor) => f(u, scale, offset).mul(w).tanh().sum());
      return slope(z).square().sum();
    };
    const fused = penalty((...all) => batchNormTraining(...all).output);
    expect(tf.grad(fused)(x)).toMatchNumbers(tf.grad(penalty(plain))(x), { rtol: 1e-3, atol: 1e-3 });
  });

  test('inference is the affine map of the fixed statistics, and so are its gradients', async () => {
    const [x, scale, offset] = inputs(7, shape);
    const mean = normal(key(8), scale.shape);
    const variance = uniform(key(9), scale.shape, 0.5, 2);
    const expected = x.sub(mean).div(variance.add(1e-5).sqrt()).mul(scale).add(offset);
    expect(batchNormInference(x, scale, offset, mean, variance)).toMatchNumbers(expected, { atol: 1e-5 });
    const f = (...all: tf.Tensor[]) => batchNormInference(all[0], all[1], all[2], all[3], all[4]);
    await expectGradient(f, [x, scale, offset, mean, variance], key(10));
  });
});

test('a batch worked by hand', () => {
  // One channel, values 1, 3: mean 2, biased variance 1, unbiased 2.
  const { output, mean, variance } = batchNormTraining(tf.tensor2d([[1], [3]]), tf.tensor1d([2]), tf.tensor1d([5]), 0);
  expect(output).toMatchNumbers([3, 7]);
  expect(mean).toMatchNumbers([2]);
  expect(variance).toMatchNumbers([2]);
});

test.each([0, 0.1, 1])('running statistics move by a momentum of %d', async (momentum) => {
  const [x, scale, offset] = inputs(12, [6, 2, 2, 3]);
  const running = { mean: tf.tensor1d([1, 2, 3]), variance: tf.tensor1d([4, 5, 6]), momentum };
  const batch = batchNormTraining(x, scale, offset);
  const moved = batchNormTraining(x, scale, offset, 1e-5, running);
  for (const what of ['mean', 'variance'] as const) {
    const expected = running[what].mul(1 - momentum).add(batch[what].mul(momentum));
    expect(moved[what]).toMatchNumbers(expected, { rtol: 1e-5 });
  }
  expect(moved.output).toMatchNumbers(batch.output);
  expect(running.mean).toMatchNumbers([1, 2, 3]);
  await expectNoLeak(() => batchNormTraining(x, scale, offset, 1e-5, running), 3);
});

test('running statistics moved, by hand', () => {
  // Mean 2 and unbiased variance 2, from 1 and 1.
  const one = tf.ones([1]) as tf.Tensor1D;
  const running = { mean: one, variance: one, momentum: 0.1 };
  const { mean, variance } = batchNormTraining(tf.tensor2d([[1], [3]]), one, one, 1e-5, running);
  expect(mean).toMatchNumbers([0.9 * 1 + 0.1 * 2]);
  expect(variance).toMatchNumbers([0.9 * 1 + 0.1 * 2]);
});

test('nothing is left behind but the results', async () => {
  const [x, scale, offset] = inputs(11, [6, 3]);
  await expectNoLeak(() => batchNormTraining(x, scale, offset), 3);
  await expectNoLeak(() => batchNormInference(x, scale, offset, offset, scale), 1);
});

test('a wrong shape is named', () => {
  const one = tf.ones([3]);
  expect(() => batchNormTraining(tf.ones([4, 4]), one, one)).toThrow(/scale to be \[4\].*got \[3\]/);
  expect(() => batchNormTraining(tf.ones([1, 3]), one, one)).toThrow(/at least 2 values a channel, got 1/);
  expect(() => batchNormInference(tf.ones([2, 2, 3]), one, one, one, one)).toThrow(/\[N, C\] or \[N, H, W, C\]/);
});
