import { describe, expect, test } from 'vitest';
import { qr } from '../../lib/engine/qr';
import { key, normal, permutation } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { checkTerms, type Embeddings, type Objective, totalLoss } from '../../lib/objectives/objective';
import { expectNoLeak } from '../matchers';
import { embeddingsFor, everyObjective, type Instance, randomInstance, views, withRows } from './everyObjective';

function loss(objective: Objective, instance: Instance): tf.Scalar {
  return totalLoss(objective.terms(embeddingsFor(objective, instance)));
}

/** The loss and its gradient by all six sets of rows, 0 where it does not use one. */
function lossAndGradient(objective: Objective, instance: Instance): tf.Tensor[] {
  const inputs = views.map((field) => instance.rows[field]);
  const { value, grads } = tf.valueAndGrads((...rows: tf.Tensor[]) => {
    const given = withRows(instance, (field) => rows[views.indexOf(field)]!);
    const unused = tf.addN(rows.map((z) => z.sum().mul(0)));
    return loss(objective, given).add(unused) as tf.Scalar;
  })(inputs);
  return [value, ...grads];
}

function swapped({ rows, prototypes, queueA, queueB }: Instance): Instance {
  const { za, zb, pa, pb, ta, tb } = rows;
  return { rows: { za: zb, zb: za, pa: pb, pb: pa, ta: tb, tb: ta }, prototypes, queueA: queueB, queueB: queueA };
}

describe.each(everyObjective)('$title', ({ objective, rotation, symmetric }) => {
  const sizes = [
    [8, 5],
    [2, 3],
    [6, 1],
    [5, 12],
  ] as const;

  test('does not depend on the order of the batch', () => {
    tf.tidy(() => {
      for (const [n, k] of sizes) {
        const instance = randomInstance(key(n), n, k);
        const order = tf.tensor1d(permutation(key(k), n), 'int32');
        const shuffled = withRows(instance, (field) => instance.rows[field].gather(order));
        expect(loss(objective, shuffled)).toMatchNumbers(loss(objective, instance), { atol: 1e-5 });
      }
    });
  });

  test(rotation ? 'does not change when all is turned' : 'changes when all is turned', () => {
    tf.tidy(() => {
      const instance = randomInstance(key(3), 8, 5);
      const { q } = qr(normal(key(4), [5, 5]) as tf.Tensor2D);
      const turn = (x: tf.Tensor) => tf.matMul(x as tf.Tensor2D, q as tf.Tensor2D);
      const turned: Instance = {
        ...withRows(instance, (field) => turn(instance.rows[field])),
        prototypes: turn(instance.prototypes),
        queueA: turn(instance.queueA),
        queueB: turn(instance.queueB),
      };
      const [got, wanted] = [loss(objective, turned), loss(objective, instance)];
      if (rotation) expect(got).toMatchNumbers(wanted, { rtol: 1e-4, atol: 1e-5 });
      else expect(got).not.toMatchNumbers(wanted, { rtol: 1e-3 });
    });
  });

  test(symmetric ? 'does not change when the views are exchanged' : 'changes when the views are exchanged', () => {
    tf.tidy(() => {
      const instance = randomInstance(key(5), 8, 5);
      const [got, wanted] = [loss(objective, swapped(instance)), loss(objective, instance)];
      if (symmetric) expect(got).toMatchNumbers(wanted, { atol: 1e-5 });
      else expect(got).not.toMatchNumbers(wanted, { rtol: 1e-3 });
    });
  });

  const degenerate: [string, (instance: Instance) => Instance][] = [
    ['at a collapse to one point', (i) => withRows(i, () => tf.fill([8, 5], 0.7))],
    ['at a collapse to 0', (i) => withRows(i, () => tf.zeros([8, 5]))],
    ['at equal views', (i) => withRows(i, () => i.rows.za)],
    ['at opposite views', (i) => withRows(i, (f) => (f.endsWith('a') ? i.rows.za : i.rows.za.neg()))],
    ['at a batch of two', () => randomInstance(key(7), 2, 5)],
    ['at a batch of two and one dimension', () => randomInstance(key(7), 2, 1)],
    ['for huge embeddings', (i) => withRows(i, (f) => i.rows[f].mul(1e4))],
    ['for tiny embeddings', (i) => withRows(i, (f) => i.rows[f].mul(1e-5))],
  ];
  test.each(degenerate)('loss and gradient are finite %s', (_, degrade) => {
    tf.tidy(() => {
      for (const result of lossAndGradient(objective, degrade(randomInstance(key(6), 8, 5)))) {
        expect(result.isFinite().all().dataSync()[0]).toBe(1);
      }
    });
  });

  test('small steps down the gradient make the loss smaller', () => {
    tf.tidy(() => {
      const instance = randomInstance(key(8), 8, 5);
      const [value, ...gradients] = lossAndGradient(objective, instance);
      const squared = gradients.reduce((sum, g) => sum + g.square().sum().dataSync()[0]!, 0);
      expect(squared).toBeGreaterThan(0);
      const step = 1e-2 / Math.sqrt(squared);
      const moved = withRows(instance, (f) => instance.rows[f].sub(gradients[views.indexOf(f)]!.mul(step)));
      const fallen = value!.dataSync()[0]! - loss(objective, moved).dataSync()[0]!;
      expect(fallen / (step * squared)).toBeGreaterThan(0.5);
    });
  });

  test('nothing leaks', async () => {
    const instance = randomInstance(key(9), 8, 5);
    await expectNoLeak(() => tf.dispose(objective.terms(embeddingsFor(objective, instance))));
    await expectNoLeak(() => tf.tidy(() => void lossAndGradient(objective, instance)));
  });

  test('its own memory serves, and moves without a leak', async () => {
    const { memory } = objective;
    if (!memory) return;
    const instance = randomInstance(key(11), 8, 5);
    const given = { ...embeddingsFor(objective, instance) } as Required<Embeddings>;
    const variables = memory.init(key(12), 5);
    const again = memory.init(key(12), 5);
    for (const [name, variable] of Object.entries(variables)) {
      expect(variable.trainable).toBe(false);
      expect(variable.dtype).toBe('float32');
      expect(variable).toMatchNumbers(again[name]!, { rtol: 0, atol: 0 });
    }
    const before = objective.terms({ ...given, memory: variables });
    await expectNoLeak(() => memory.update(variables, given));
    const after = objective.terms({ ...given, memory: variables });
    expect(totalLoss(after)).not.toMatchNumbers(totalLoss(before));
    for (const variable of [...Object.values(variables), ...Object.values(again)]) variable.dispose();
  });

  test('a NaN among the embeddings is seen in the terms', () => {
    const instance = randomInstance(key(10), 8, 5);
    const spoilt = withRows(instance, (f) => (f.endsWith('a') ? tf.fill([8, 5], Number.NaN) : instance.rows[f]));
    const terms = objective.terms(embeddingsFor(objective, spoilt));
    const numbers = Object.fromEntries(Object.entries(terms).map(([name, term]) => [name, term.dataSync()[0]!]));
    expect(() => checkTerms(objective.name, numbers)).toThrow(/expected finite terms/);
  });

  describe('a clear error', () => {
    const shaped = (shape: (field: string) => [number, number], dtype: 'float32' | 'int32' = 'float32') => {
      const instance = withRows(randomInstance(key(1), 8, 5), (field) => tf.zeros(shape(field), dtype));
      return () => objective.terms(embeddingsFor(objective, instance));
    };

    test('on a batch of one', () => {
      expect(shaped(() => [1, 5])).toThrow(`${objective.name}: expected at least 2 embeddings`);
    });

    test('on unequal shapes', () => {
      const unequal = shaped((field) => (field === 'zb' ? [8, 4] : [8, 5]));
      expect(unequal).toThrow(/expected float32 embeddings \[N, K\] of the same shape.*zb float32 \[8, 4\]/);
    });

    test('on another type', () => {
      expect(shaped(() => [8, 5], 'int32')).toThrow(/expected float32 embeddings.*za int32/);
    });

    const required = [
      ...(objective.predictor ? ['pa', 'pb'] : []),
      ...(objective.momentum ? ['tb'] : []),
      ...(objective.prototypes ? ['scores'] : []),
      ...(objective.memory ? ['memory'] : []),
    ];
    test.each(required)('without %s', (field) => {
      const given = { ...embeddingsFor(objective, randomInstance(key(1), 8, 5)), [field]: undefined };
      expect(() => objective.terms(given)).toThrow(`${objective.name}: expected '${field}', which training gives`);
    });
  });
});
