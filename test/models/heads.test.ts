import { describe, expect, test } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { predictor } from '../../lib/models/predictor';
import { prototypes } from '../../lib/models/prototypes';
import { countParameters, trainableWeights } from '../../lib/models/weights';
import { expectGradient } from '../engine/finiteDifferences';
import { expectNoLeak } from '../matchers';

describe('predictor', () => {
  test('linear without bias, batch normalisation, ReLU, linear with bias', () => {
    const module = predictor({ inputSize: 4, hidden: 7 });
    const w = module.init(key(0));
    expect(Object.keys(trainableWeights(w))).toEqual([
      'fc1.weight',
      'bn1.weight',
      'bn1.bias',
      'fc2.weight',
      'fc2.bias',
    ]);
    expect(countParameters(w)).toBe(4 * 7 + 14 + 7 * 4 + 4);
    expect([module.inputShape, module.outputShape]).toEqual([[4], [4]]);
    expect(module.piecewiseAffine).toBe(true);
    const x = normal(key(1), [5, 4]);
    const hidden = x
      .matMul(w['fc1.weight']!)
      .div(Math.sqrt(1 + 1e-5))
      .maximum(0);
    expect(module.apply(w, x)).toMatchNumbers(hidden.matMul(w['fc2.weight']!).add(w['fc2.bias']!), { rtol: 1e-4 });
    expect(() => predictor({ inputSize: 4, hidden: 0 })).toThrow(/predictor: expected hidden .*got 0/);
  });
});

describe('prototypes', () => {
  const module = prototypes({ inputSize: 3, count: 2 });

  test('divides by the lengths of the prototypes, so that they do not matter', () => {
    const w = module.init(key(0));
    w.weight!.assign(tf.tensor2d([3, 0, 0, 0, 4, 0.5], [3, 2]));
    // (3, 0, 4) has length 5, (0, 0, 0.5) has 0.5
    expect(module.apply(w, tf.tensor2d([1, 7, 2], [1, 3]))).toMatchNumbers(tf.tensor2d([11 / 5, 2], [1, 2]));
  });

  test('starts with lengths 1', () => {
    const w = prototypes({ inputSize: 8, count: 50 }).init(key(0));
    expect(w.weight!.square().sum(0)).toMatchNumbers(new Array(50).fill(1));
  });

  test('the gradient is of the function, and orthogonal to each prototype', async () => {
    const [x, weight] = [normal(key(1), [4, 3]), normal(key(2), [3, 2], 0, 2)];
    const run = (a: tf.Tensor, b: tf.Tensor) => module.apply({ weight: b as tf.Variable }, a);
    await expectGradient(run, [x, weight], key(3));
    const gradient = tf.grad((b) => run(x, b).square().sum())(weight);
    expect(gradient.mul(weight).sum(0)).toMatchNumbers([0, 0], { atol: 1e-5 });
  });

  test('a prototype of length 0 has finite scores and a finite gradient', () => {
    const zero = tf.zeros([3, 2]);
    const { value, grad } = tf.valueAndGrad((b) => module.apply({ weight: b as tf.Variable }, tf.ones([1, 3])).sum())(
      zero,
    );
    expect(value).toMatchNumbers([0]);
    expect(grad.isFinite().all().dataSync()[0]).toBe(1);
  });

  test('nothing leaks, and unfit sizes are refused', async () => {
    const w = await expectNoLeak(() => module.init(key(0)), 1);
    await expectNoLeak(() => tf.tidy(() => void module.apply(w, tf.ones([1, 3]))));
    expect(() => prototypes({ inputSize: 3, count: 1.5 })).toThrow(/prototypes: expected count .*got 1.5/);
  });
});
