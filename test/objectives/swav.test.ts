import { describe, expect, test } from 'vitest';
import { normalizeRows } from '../../lib/engine/normalizeRows';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { crossEntropy } from '../../lib/objectives/crossEntropy';
import { type Embeddings, totalLoss } from '../../lib/objectives/objective';
import { sinkhorn } from '../../lib/objectives/sinkhorn';
import { type SwavOptions, swav } from '../../lib/objectives/swav';
import { expectGradient } from '../engine/finiteDifferences';
import { expectNoLeak } from '../matchers';
import { numericGradient } from './numericGradient';
import { goldenEmbeddings, predictiveGolden } from './predictiveGolden';

type Rows = ArrayLike<number>;

const loss = (given: Embeddings, options: SwavOptions) => totalLoss(swav(options).terms(given));

/** −Σ target ln softmax(cos / τ), a mean over rows, by plain loops: z is normalised, then scored against the prototypes. */
function transcription(z: Rows, prototypes: Rows, targets: Rows, n: number, k: number, temperature: number): number {
  const p = prototypes.length / k;
  let total = 0;
  for (let i = 0; i < n; i++) {
    const row = Array.from({ length: k }, (_, c) => z[i * k + c]!);
    const length = Math.hypot(...row);
    const logits = Array.from({ length: p }, (_, j) => {
      const dot = row.reduce((sum, value, c) => sum + value * prototypes[j * k + c]!, 0);
      return dot / length / temperature;
    });
    const normalizer = Math.log(logits.reduce((sum, value) => sum + Math.exp(value), 0));
    logits.forEach((value, j) => {
      total -= (targets[i * p + j]! * (value - normalizer)) / n;
    });
  }
  return total;
}

describe('the value', () => {
  test('worked by hand', () => {
    // Both samples lie on a prototype of their own, so at a small ε each is assigned to it; view b has them exchanged.
    const za = tf.tensor2d([2, 0, 0, 3], [2, 2]);
    const given = { za, zb: za.reverse(0) as tf.Tensor2D, scores: (z: tf.Tensor2D) => z };
    const miss = Math.log(1 + Math.exp(1 / 0.5));
    expect(loss(given, { queueLength: 0, temperature: 0.5 })).toMatchNumbers([miss]);
    expect(loss({ ...given, zb: za }, { queueLength: 0, temperature: 0.5 })).toMatchNumbers([miss - 2]);
    // Two targets of one half each.
    expect(crossEntropy(tf.tensor2d([[3, 1]]), tf.tensor2d([[0.5, 0.5]]), 2)).toMatchNumbers([
      Math.log(Math.exp(1.5) + Math.exp(0.5)) - 1,
    ]);
  });

  test.each(predictiveGolden.cases)('NumPy, $name', (golden) => {
    const given = goldenEmbeddings(golden);
    const queueLength = golden.length;
    expect(loss(given, { queueLength: 0 })).toMatchNumbers([golden.swav]);
    expect(loss(given, { queueLength, queueFromEpoch: 10 })).toMatchNumbers([golden.swavWithQueue]);
    expect(loss(given, { queueLength, queueFromEpoch: 11 })).toMatchNumbers([golden.swav]);
  });
});

describe('the gradient', () => {
  const [n, k, p] = [6, 4, 5];
  const [za, zb] = [normal(key(1), [n, k]), normal(key(2), [n, k])];
  const prototypes = normalizeRows(normal(key(3), [p, k]));
  const memory = { queueA: normalizeRows(normal(key(4), [8, k])), queueB: normalizeRows(normal(key(5), [8, k])) };
  const moment = { step: 100, steps: 200, epoch: 1, epochs: 2 };
  const options = { queueLength: 8, queueFromEpoch: 0 };
  const whole = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) => {
    const scores = (z: tf.Tensor2D) => tf.matMul(z, c as tf.Tensor2D, false, true) as tf.Tensor2D;
    return loss({ za: a as tf.Tensor2D, zb: b as tf.Tensor2D, scores, memory, moment }, options);
  };
  const assignment = (z: tf.Tensor, queue: tf.Tensor2D) =>
    sinkhorn(tf.matMul(tf.concat([queue, normalizeRows(z)]) as tf.Tensor2D, prototypes, false, true) as tf.Tensor2D, {
      last: n,
    });

  test('by embeddings and prototypes matches finite differences with the assignments held', () => {
    const [ofA, ofB] = [assignment(za, memory.queueA).dataSync(), assignment(zb, memory.queueB).dataSync()];
    const held = (a: Rows, b: Rows, c: Rows) =>
      (transcription(a, c, ofB, n, k, 0.1) + transcription(b, c, ofA, n, k, 0.1)) / 2;
    const [a, b, c] = [za.dataSync(), zb.dataSync(), prototypes.dataSync()];
    expect(whole(za, zb, prototypes)).toMatchNumbers([held(a, b, c)]);
    const gradients = tf.grads(whole)([za, zb, prototypes]);
    const tolerance = { rtol: 1e-4, atol: 2e-5 };
    expect(gradients[0]!.flatten()).toMatchNumbers(
      numericGradient((x) => held(x, b, c), a),
      tolerance,
    );
    expect(gradients[1]!.flatten()).toMatchNumbers(
      numericGradient((x) => held(a, x, c), b),
      tolerance,
    );
    expect(gradients[2]!.flatten()).toMatchNumbers(
      numericGradient((x) => held(a, b, x), c),
      tolerance,
    );
  });

  test('of the cross entropy can itself be differentiated, and none flows into its targets', async () => {
    const targets = tf.softmax(normal(key(6), [n, p]) as tf.Tensor2D);
    const scores = normal(key(7), [n, p]);
    await expectGradient((s) => crossEntropy(s, targets, 0.7), [scores], key(8));
    await expectGradient((s) => tf.grad((x) => crossEntropy(x, targets, 0.7))(s), [scores], key(9));
    const byTargets = tf.grad((t) => crossEntropy(scores, t, 0.7).add(t.sum().mul(0)))(targets);
    expect(byTargets).toMatchNumbers(tf.zeros([n, p]), { atol: 0 });
  });
});

describe('the queue', () => {
  const objective = swav({ prototypes: 4, queueLength: 6, queueFromEpoch: 2 });
  const scores = (z: tf.Tensor2D) => tf.matMul(z, tf.eye(3)) as tf.Tensor2D;
  const batch = (seed: number) => normal(key(seed), [2, 3]) as tf.Tensor2D;

  test('fills with both views from the first step, and serves from its epoch on, once full', async () => {
    const memory = await expectNoLeak(() => objective.memory!.init(key(1), 3), 2);
    expect(memory.queueA!).toMatchNumbers(tf.zeros([6, 3]));
    const used = (step: number, epoch: number) => {
      const given = { za: batch(50), zb: batch(51), scores, memory, moment: { step, steps: 9, epoch, epochs: 9 } };
      const without = totalLoss(objective.terms({ ...given, moment: { step: 0, steps: 9, epoch: 0, epochs: 9 } }));
      const difference = totalLoss(objective.terms(given)).sub(without).abs().dataSync()[0]!;
      return difference > 1e-6;
    };
    for (let step = 0; step < 4; step++) {
      expect(used(step, 1)).toBe(false);
      expect(used(step, 2)).toBe(step >= 3);
      const [za, zb] = [batch(step), batch(20 + step)];
      await expectNoLeak(() => objective.memory!.update(memory, { za, zb } as Required<Embeddings>));
      expect(memory.queueA!.slice(0, 2)).toMatchNumbers(normalizeRows(za));
      expect(memory.queueB!.slice(0, 2)).toMatchNumbers(normalizeRows(zb));
    }
    expect(memory.queueA!.slice(4)).toMatchNumbers(normalizeRows(batch(1)));
    tf.dispose(memory);
  });

  test('of length 0 asks for no memory', () => {
    expect(swav({ queueLength: 0 }).memory).toBeUndefined();
  });
});

test('asks for prototypes, by default as solo-learn', () => {
  expect(swav().prototypes).toEqual({ count: 3000, frozenEpochs: 2 });
  expect([swav().predictor, swav().momentum]).toEqual([undefined, undefined]);
});

test('errors on unfit options and on a queue shorter than the batch', () => {
  expect(() => swav({ prototypes: 1 })).toThrow('swav: expected prototypes to be a whole number from 2, got 1');
  expect(() => swav({ temperature: -0.1 })).toThrow(/swav: expected temperature to be finite and above 0, got -0.1/);
  expect(() => swav({ queueFromEpoch: 1.5 })).toThrow(/swav: expected queueFromEpoch to be a whole number from 0/);
  const z = normal(key(1), [8, 3]) as tf.Tensor2D;
  const memory = { queueA: z, queueB: z };
  expect(() => loss({ za: z, zb: z, scores: (x) => x, memory }, { queueLength: 4 })).toThrow(
    'SwAV: expected a queue of at least one batch, got a queue of 4 for a batch of 8',
  );
});
