import { describe, expect, it } from 'vitest';
import { withLender } from '../../lib/engine/inPlace';
import { runKernelMulti } from '../../lib/engine/kernel';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import type { Weights } from '../../lib/models/module';
import { disposeWeights } from '../../lib/models/weights';
import { adamW } from '../../lib/training/adamW';
import { lars } from '../../lib/training/lars';
import type { Optimizer } from '../../lib/training/optimizer';
import { sgd } from '../../lib/training/sgd';
import { expectNoLeak } from '../matchers';

const [rows, columns] = [210, 200];

/** Three steps of one weight of 42,000 entries, whole (in place) or, with `parts` > 1, as so many weights of its rows. */
function follow(optimizer: Optimizer, parts: number): number[] {
  const draw = (seed: number) => tf.tidy(() => tf.split(normal(key(seed), [rows, columns]), parts));
  const named = (tensors: tf.Tensor[]) => Object.fromEntries(tensors.map((t, i) => [`w${i}`, t]));
  const start = draw(0);
  const weights: Weights = named(start.map((t) => tf.variable(t))) as Weights;
  tf.dispose(start);
  const state = optimizer.init(weights);
  for (const step of [1, 2, 3]) {
    const gradients = named(draw(step));
    optimizer.update(weights, state, gradients, () => 0.1 / step);
    tf.dispose(gradients);
  }
  const values = [...Object.values(weights), ...Object.values(state)]
    .filter((variable) => variable.rank > 1)
    .flatMap((variable) => Array.from(variable.dataSync()));
  disposeWeights(weights);
  disposeWeights(state);
  return values;
}

describe('a large weight, moved in place', () => {
  it.each([
    ['sgd', sgd({ weightDecay: 0.1 })],
    ['sgd without decay', sgd({ weightDecay: 0 })],
    ['sgd with nesterov', sgd({ weightDecay: 0.1, nesterov: true })],
    ['sgd without momentum', sgd({ weightDecay: 0.1, momentum: 0 })],
    ['adamW', adamW({ weightDecay: 0.1 })],
    ['adamW without decay', adamW({ weightDecay: 0, epsilon: 0.1 })],
    ['lars, nothing adapted', lars({ decays: () => false })],
  ])('by %s goes where its parts go, and nothing leaks', async (_, optimizer) => {
    const whole = await expectNoLeak(() => follow(optimizer, 1));
    expect(whole).toMatchNumbers(follow(optimizer, 7), { rtol: 1e-5, atol: 1e-6 });
  });

  it.each([
    { clip: true, denominator: 'sum' as const },
    { clip: false, denominator: 'sum' as const },
    { clip: false, denominator: 'update' as const },
  ])('by lars goes where the formula goes: %o', async (settings) => {
    const [trust, decay, momentum] = [0.5, 0.1, 0.9];
    const optimizer = lars({ trust, weightDecay: decay, momentum, ...settings });
    const moved = await expectNoLeak(() => follow(optimizer, 1));
    const draw = (seed: number) => Array.from(tf.tidy(() => normal(key(seed), [rows, columns]).dataSync()));
    const length = (x: number[]) => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));
    let w = draw(0);
    let v = w.map(() => 0);
    for (const step of [1, 2, 3]) {
      const [g, rate] = [draw(step), 0.1 / step];
      const decayed = g.map((value, i) => value + decay * w[i]!);
      let q = (trust * length(w)) / (length(g) + decay * length(w) + 1e-8);
      if (settings.denominator === 'update') q = (trust * length(w)) / length(decayed);
      if (settings.clip) q = Math.min(q / rate, 1);
      v = v.map((value, i) => momentum * value + q * decayed[i]!);
      w = w.map((value, i) => value - rate * v[i]!);
    }
    expect(moved).toMatchNumbers([...w, ...v], { rtol: 1e-5, atol: 2e-6 });
  });

  it('leaves a clone of the weight as it was', () => {
    const weights: Weights = { a: tf.variable(tf.ones([rows, columns])) };
    const clone = weights.a!.clone();
    const optimizer = sgd({ weightDecay: 0 });
    const gradients = { a: tf.ones([rows, columns]) };
    const state = optimizer.init(weights);
    for (const _ of [1, 2]) optimizer.update(weights, state, gradients, () => 0.5);
    expect(clone.min()).toMatchNumbers([1]);
    expect(clone.max()).toMatchNumbers([1]);
    expect(weights.a!.max()).toMatchNumbers([1 - 0.5 - 0.5 * 1.9]);
    expect(gradients.a.max()).toMatchNumbers([1]);
  });
});

describe('withLender', () => {
  it('gives a variable back with its value when the kernel refuses', async () => {
    const [variable, spare] = [tf.variable(tf.tensor1d([1, 2])), tf.zeros([2])];
    await expectNoLeak(() =>
      tf.tidy(() => {
        expect(() =>
          withLender((lender) =>
            lender.lend((take) => {
              const handle = take(variable, spare);
              const wrong = [handle, tf.scalar(1), tf.ones([3])];
              runKernelMulti('ResourceApplyGradientDescent', { T: { type: 'float32' } }, wrong, 0);
            }),
          ),
        ).toThrow(/ResourceApplyGradientDescent: TensorFlow refused/);
      }),
    );
    expect(variable).toMatchNumbers([1, 2]);
  });
});
