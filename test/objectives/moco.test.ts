import { describe, expect, test } from 'vitest';
import { normalizeRows } from '../../lib/engine/normalizeRows';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { infoNce } from '../../lib/objectives/infoNce';
import { type MocoOptions, moco } from '../../lib/objectives/moco';
import { type Embeddings, totalLoss } from '../../lib/objectives/objective';
import { expectGradient } from '../engine/finiteDifferences';
import { expectNoLeak } from '../matchers';
import { numericGradient } from './numericGradient';
import { goldenEmbeddings, predictiveGolden } from './predictiveGolden';

type Rows = ArrayLike<number>;

/** Equation 1 of the paper by plain loops: each query against its key and all M negatives; queries and keys are normalised. */
function transcription(q: Rows, keys: Rows, negatives: Rows, n: number, k: number, temperature: number): number {
  const dot = (x: Rows, i: number, y: Rows, j: number) => {
    let sum = 0;
    for (let c = 0; c < k; c++) sum += x[i * k + c]! * y[j * k + c]!;
    return sum;
  };
  let total = 0;
  for (let i = 0; i < n; i++) {
    const length = Math.sqrt(dot(q, i, q, i));
    const positive = Math.exp(dot(q, i, keys, i) / length / Math.sqrt(dot(keys, i, keys, i)) / temperature);
    let all = positive;
    for (let j = 0; j < negatives.length / k; j++) all += Math.exp(dot(q, i, negatives, j) / length / temperature);
    total -= Math.log(positive / all) / n;
  }
  return total;
}

const loss = (given: Embeddings, options?: MocoOptions) => totalLoss(moco(options).terms(given));

describe('the value', () => {
  test('worked by hand', () => {
    // One query is its key, the other orthogonal to it; the two negatives lie along the axes.
    const q = tf.tensor2d([1, 0, 1, 0], [2, 2]);
    const keys = tf.tensor2d([1, 0, 0, 1], [2, 2]);
    const negatives = tf.tensor2d([0, 1, -1, 0], [2, 2]);
    const all = (positive: number) => Math.exp(positive) + 1 + Math.exp(-2);
    const expected = (Math.log(all(2)) - 2 + Math.log(all(0))) / 2;
    expect(infoNce(q, keys, negatives, 0.5)).toMatchNumbers([expected]);
  });

  test.each(predictiveGolden.cases)('NumPy, $name', (golden) => {
    const given = goldenEmbeddings(golden);
    const queueLength = golden.length;
    expect(loss(given, { queueLength })).toMatchNumbers([golden.mocoSymmetric]);
    expect(loss(given, { queueLength, symmetric: false })).toMatchNumbers([golden.mocoAsymmetric]);
  });

  test('a hopeless and a perfect query, at a low temperature', () => {
    const e = tf.tensor2d([1, 0], [1, 2]);
    expect(infoNce(e, e.neg(), e, 0.01)).toMatchNumbers([200]);
    expect(infoNce(e, e, e.neg(), 0.01)).toMatchNumbers([0]);
  });

  test('zb asks ta among queueA, za asks tb among queueB', () => {
    const [n, k] = [4, 3];
    const rows = [1, 2, 3, 4].map((seed) => normal(key(seed), [n, k]) as tf.Tensor2D);
    const memory = { queueA: normalizeRows(normal(key(5), [6, k])), queueB: normalizeRows(normal(key(6), [6, k])) };
    const [za, zb, ta, tb] = rows as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    const asked = transcription(za.dataSync(), tb.dataSync(), memory.queueB.dataSync(), n, k, 0.3);
    const answered = transcription(zb.dataSync(), ta.dataSync(), memory.queueA.dataSync(), n, k, 0.3);
    const options = { queueLength: 6, temperature: 0.3 };
    expect(loss({ za, zb, ta, tb, memory }, options)).toMatchNumbers([(asked + answered) / 2]);
    const { queueB } = memory;
    expect(loss({ za, zb, ta, tb, memory: { queueB } }, { ...options, symmetric: false })).toMatchNumbers([asked]);
  });
});

describe('the gradient', () => {
  const [n, k, m] = [5, 3, 7];
  const q = normal(key(1), [n, k]);
  const keys = normalizeRows(normal(key(2), [n, k]));
  const negatives = normalizeRows(normal(key(3), [m, k]));

  test.each([0.07, 0.2, 1])('matches finite differences of the transcription at temperature %f', (temperature) => {
    const expected = numericGradient(
      (x) => transcription(x, keys.dataSync(), negatives.dataSync(), n, k, temperature),
      q.dataSync(),
    );
    const gradient = tf.grad((x) => infoNce(normalizeRows(x), keys, negatives, temperature))(q);
    expect(gradient.flatten()).toMatchNumbers(expected, { rtol: 1e-4, atol: 1e-5 });
  });

  test('can itself be differentiated', async () => {
    const first = (x: tf.Tensor) => tf.grad((y) => infoNce(normalizeRows(y), keys, negatives, 0.5))(x);
    await expectGradient(first, [q], key(4));
  });

  test('flows into neither keys nor queue', () => {
    const inputs = [1, 2, 3, 4, 5, 6].map((seed) => normal(key(seed), [n, k]));
    const gradients = tf.grads((...[za, zb, ta, tb, queueA, queueB]: tf.Tensor[]) => {
      const memory = { queueA: queueA!, queueB: queueB! };
      const given = { za, zb, ta, tb, memory } as unknown as Embeddings;
      return loss(given, { queueLength: n }).add(tf.addN([ta!, tb!, queueA!, queueB!]).sum().mul(0));
    })(inputs);
    const lengths = gradients.map((g) => g.norm().dataSync()[0]!);
    expect(lengths.map((length) => length > 0)).toEqual([true, true, false, false, false, false]);
  });
});

describe('the memory', () => {
  test('holds normalised keys of both views, newest first, after the step', async () => {
    const memory = moco({ queueLength: 5 }).memory!;
    const queues = await expectNoLeak(() => memory.init(key(1), 3), 2);
    expect(Object.keys(queues)).toEqual(['queueA', 'queueB']);
    expect(queues.queueA!).not.toMatchNumbers(queues.queueB!);
    for (const queue of Object.values(queues)) expect(queue.norm('euclidean', 1)).toMatchNumbers(tf.ones([5]));
    const start = queues.queueB!.dataSync().slice();
    const [ta, tb] = [normal(key(2), [2, 3]), normal(key(3), [2, 3])];
    await expectNoLeak(() => memory.update(queues, { ta, tb } as Required<Embeddings>));
    expect(queues.queueA!.slice(0, 2)).toMatchNumbers(normalizeRows(ta));
    expect(queues.queueB!.slice(0, 2)).toMatchNumbers(normalizeRows(tb));
    expect(queues.queueB!.slice(2).flatten()).toMatchNumbers(start.slice(0, 9), { rtol: 0, atol: 0 });
    tf.dispose(queues);
  });

  test('asymmetric, holds one queue', () => {
    const queues = moco({ queueLength: 5, symmetric: false }).memory!.init(key(1), 3);
    expect(Object.keys(queues)).toEqual(['queueB']);
    tf.dispose(queues);
  });
});

test('asks for a momentum encoder, by default as solo-learn', () => {
  expect(moco().momentum).toEqual({ start: 0.99, end: 0.999 });
  expect([moco().predictor, moco().prototypes]).toEqual([undefined, undefined]);
});

test('errors on unfit options and on a queue shorter than the batch', () => {
  expect(() => moco({ temperature: 0 })).toThrow('moco: expected temperature to be finite and above 0, got 0');
  expect(() => moco({ queueLength: 0 })).toThrow(/moco: expected queueLength to be a whole number from/);
  expect(() => moco({ finalMomentum: 2 })).toThrow(/moco: expected finalMomentum to be from 0 to 1, got 2/);
  const z = normal(key(1), [8, 3]) as tf.Tensor2D;
  const memory = moco({ queueLength: 4 }).memory!.init(key(1), 3);
  expect(() => loss({ za: z, zb: z, ta: z, tb: z, memory }, { queueLength: 4 })).toThrow(
    'MoCo v2: expected a queue of at least one batch, got a queue of 4 for a batch of 8',
  );
});
