import { expect, test } from 'vitest';
import { layerNorm } from '../../lib/engine/layerNorm';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { expectNoLeak } from '../matchers';
import { expectGradient } from './finiteDifferences';

const [scale, offset] = [normal(key(2), [5], 1, 0.5), normal(key(3), [5])];

/** Ba et al. 2016 in plain loops. */
function transcription(x: tf.Tensor, epsilon: number): number[] {
  const [values, gain, shift] = [x.dataSync(), scale.dataSync(), offset.dataSync()];
  const out: number[] = [];
  for (let start = 0; start < values.length; start += 5) {
    const row = Array.from(values.slice(start, start + 5));
    const mean = row.reduce((sum, v) => sum + v, 0) / 5;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 5;
    row.forEach((v, c) => {
      out.push(((v - mean) / Math.sqrt(variance + epsilon)) * gain[c]! + shift[c]!);
    });
  }
  return out;
}

test.each([[[7, 5]], [[2, 3, 5]], [[2, 3, 4, 5]]])('each row of %j by itself', async (shape) => {
  const x = normal(key(1), shape, 3, 2);
  expect(layerNorm(x, scale, offset).shape).toEqual(shape);
  expect(layerNorm(x, scale, offset)).toMatchNumbers(transcription(x, 1e-6), { atol: 1e-5 });
  expect(layerNorm(x, scale, offset, 0.5)).toMatchNumbers(transcription(x, 0.5), { atol: 1e-5 });
  await expectGradient((a, g, b) => layerNorm(a, g, b, 1e-3), [x, scale, offset], key(4));
});

test('its gradient and second derivative agree with those of the operations', () => {
  const x = normal(key(1), [6, 5]);
  const plain = (a: tf.Tensor, g: tf.Tensor, b: tf.Tensor) => {
    const centred = a.sub(a.mean(1, true));
    return centred.div(centred.square().mean(1, true).add(1e-6).sqrt()).mul(g).add(b);
  };
  const dy = normal(key(5), [6, 5]);
  const [ours, theirs] = [layerNorm, plain].map((f) => tf.grads((a, g, b) => f(a, g!, b!))([x, scale, offset], dy));
  ours!.forEach((gradient, i) => {
    expect(gradient).toMatchNumbers(theirs![i]!, { rtol: 1e-4, atol: 1e-5 });
  });
  const penalty = (f: typeof plain) =>
    tf.grads((a, g) =>
      tf
        .grad((b) => f(b, g!, offset).square().sum())(a)
        .square()
        .sum(),
    )([x, scale]);
  const [second, expected] = [penalty(layerNorm), penalty(plain)];
  second.forEach((gradient, i) => {
    const atol = 1e-4 * expected[i]!.abs().max().dataSync()[0]!;
    expect(gradient).toMatchNumbers(expected[i]!, { rtol: 1e-3, atol });
  });
});

test('a constant row gives the offset, and a finite gradient', () => {
  const x = tf.fill([2, 5], 4);
  expect(layerNorm(x, scale, offset).slice([0, 0], [1, 5])).toMatchNumbers(offset.dataSync());
  const gradient = tf.grad((a) => layerNorm(a, scale, offset).square().sum())(x);
  expect(gradient.isFinite().all().dataSync()[0]).toBe(1);
});

test('nothing leaks, and unfit inputs are refused', async () => {
  const x = normal(key(1), [2, 5]);
  await expectNoLeak(() => tf.dispose(layerNorm(x, scale, offset)));
  await expectNoLeak(() => tf.dispose(tf.grads((a, g, b) => layerNorm(a, g, b))([x, scale, offset])));
  expect(() => layerNorm(tf.ones([5]), scale, offset)).toThrow('layerNorm: expected x to be float32 [..., C]');
  expect(() => layerNorm(x, tf.ones([4]), offset)).toThrow('layerNorm: expected scale to be [5], one value a feature');
});
