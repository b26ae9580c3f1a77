import { describe, expect, it } from 'vitest';
import { tf } from '../../lib/engine/tensorflow';
import type { Weights } from '../../lib/models/module';
import { disposeWeights } from '../../lib/models/weights';
import { sgd } from '../../lib/training/sgd';
import { expectNoLeak } from '../matchers';

function run(
  optimizer: ReturnType<typeof sgd>,
  weights: Weights,
  gradients: Record<string, number[]>[],
  rates: number[],
) {
  const state = optimizer.init(weights);
  gradients.forEach((step, i) => {
    const named = Object.fromEntries(Object.entries(step).map(([n, g]) => [n, tf.tensor(g, weights[n]!.shape)]));
    optimizer.update(weights, state, named, () => rates[i]!);
    tf.dispose(named);
  });
  return state;
}

describe('sgd', () => {
  it('does three steps as worked by hand in PyTorch’s convention', () => {
    // μ 0.5, λ 0.1, rates 1, 1, 0.5; w0 = 2, g = 1, 0, -1:
    // d 1.2, v 1.2, w 0.8; d 0.08, v 0.68, w 0.12; d -0.988, v -0.648, w 0.444. Without decay (the bias), from 0:
    // v 1, w -1; v 0.5, w -1.5; v -0.75, w -1.125.
    const weights: Weights = {
      weight: tf.variable(tf.tensor2d([[2]])),
      bias: tf.variable(tf.tensor1d([0])),
      mean: tf.variable(tf.tensor1d([5]), false),
    };
    const steps = [1, 0, -1].map((g) => ({ weight: [g], bias: [g] }));
    const state = run(sgd({ momentum: 0.5, weightDecay: 0.1 }), weights, steps, [1, 1, 0.5]);
    expect(weights.weight!).toMatchNumbers([0.444]);
    expect(weights.bias!).toMatchNumbers([-1.125]);
    expect(weights.mean!).toMatchNumbers([5]);
    expect(Object.keys(state)).toEqual(['weight', 'bias']);
    expect(state.weight!).toMatchNumbers([-0.648]);
  });

  it('without momentum is plain gradient descent, and the exclusions can be chosen', () => {
    const weights: Weights = { a: tf.variable(tf.tensor1d([1, 2])) };
    run(sgd({ momentum: 0, weightDecay: 0.5, decays: () => true }), weights, [{ a: [1, 0] }], [0.1]);
    expect(weights.a!).toMatchNumbers([1 - 0.1 * 1.5, 2 - 0.1 * 1]);
  });

  it('leaves no tensors behind', async () => {
    await expectNoLeak(() => {
      const weights: Weights = { a: tf.tidy(() => tf.variable(tf.ones([2, 3]))) };
      const state = run(sgd(), weights, [{ a: [1, 2, 3, 4, 5, 6] }, { a: [0, 0, 0, 0, 0, 0] }], [0.1, 0.1]);
      disposeWeights(weights);
      disposeWeights(state);
    });
  });

  it('leaves a weight without gradient where it is, and what it remembers of it', () => {
    const weights: Weights = { a: tf.variable(tf.tensor1d([1])), b: tf.variable(tf.tensor1d([1])) };
    const state = run(sgd({ momentum: 0.5 }), weights, [{ a: [1], b: [1] }, { a: [1] }], [1, 1]);
    expect(weights.a!).toMatchNumbers([-1.5]);
    expect(weights.b!).toMatchNumbers([0]);
    expect(state.b!).toMatchNumbers([1]);
  });

  it('names a gradient of an unknown weight, and impossible settings', () => {
    const weights: Weights = { a: tf.variable(tf.ones([2])) };
    const gradients = { c: tf.ones([2]) };
    expect(() => sgd().update(weights, sgd().init(weights), gradients, () => 1)).toThrow(
      /sgd: a gradient came for 'c'/,
    );
    expect(() => sgd({ momentum: 1 })).toThrow(/momentum from 0 to below 1/);
  });
});
