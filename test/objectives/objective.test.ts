import { describe, expect, test } from 'vitest';
import { normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { completeEmbeddings, type Memory, objective, totalLoss } from '../../lib/objectives/objective';
import { expectNoLeak } from '../matchers';

const za = tf.ones([3, 2]) as tf.Tensor2D;
const zb = tf.zeros([3, 2]) as tf.Tensor2D;

describe('completeEmbeddings', () => {
  test('keeps what is given, and starts at the first step of one', () => {
    const scores = (z: tf.Tensor2D) => z;
    const memory = { queue: zb };
    const all = completeEmbeddings('mine', { za, zb, pa: za, pb: zb, ta: za, tb: zb, scores, memory });
    expect(all).toEqual({
      ...{ za, zb, pa: za, pb: zb, ta: za, tb: zb, scores, memory },
      moment: { step: 0, steps: 1, epoch: 0, epochs: 1 },
    });
    const moment = { step: 3, steps: 8, epoch: 1, epochs: 2 };
    expect(completeEmbeddings('mine', { za, zb, moment }).moment).toEqual(moment);
    expect(completeEmbeddings('mine', { za, zb, moment: undefined }).moment.steps).toBe(1);
  });

  test.each([
    ['pa', 'predictor'],
    ['pb', 'predictor'],
    ['ta', 'momentum'],
    ['tb', 'momentum'],
    ['scores', 'prototypes'],
    ['memory', 'memory'],
  ] as const)('throws for %s only when it is read, and says that a %s brings it', (field, requirement) => {
    const all = completeEmbeddings('mine', { za, zb });
    expect(all.za).toBe(za);
    expect(() => all[field]).toThrow(
      `mine: expected '${field}', which training gives to an objective with '${requirement}', and there is none; ` +
        `state it, objective(name, terms, { ${requirement}: … }), or give ${field} with za and zb.`,
    );
  });
});

describe('an objective', () => {
  test('with requirements states them and is given what they bring', () => {
    const memory: Memory = { init: () => ({}), update: () => undefined };
    const requirements = { predictor: { hidden: 8 }, momentum: { start: 0.9 }, prototypes: { count: 4 }, memory };
    const mine = objective('mine', ({ pa, tb }) => ({ distance: pa.sub(tb).square().mean() }), requirements);
    expect(mine).toMatchObject({ name: 'mine', ...requirements });
    expect(totalLoss(mine.terms({ za, zb, pa: za, tb: zb }))).toMatchNumbers([1]);
  });

  test('that reads what it did not require fails with its own name', () => {
    const mine = objective('mine', ({ pa, zb: other }) => ({ distance: pa.sub(other).square().mean() }));
    expect(() => mine.terms({ za, zb })).toThrow(/^mine: expected 'pa'.*objective\(name, terms, { predictor: … }\)/);
  });

  test('made of another fails with its own name, not with that of its part', () => {
    const part = objective('part', ({ pa }) => ({ size: pa.square().mean() }), { predictor: { hidden: 2 } });
    const whole = objective('whole', (embeddings) => part.terms(embeddings), { predictor: { hidden: 2 } });
    expect(() => whole.terms({ za, zb })).toThrow(/^whole: expected 'pa'/);
    expect(totalLoss(whole.terms({ za, zb, pa: za }))).toMatchNumbers([1]);
  });

  test('checks predictions and targets as it checks embeddings', () => {
    const mine = objective('mine', ({ za: z }) => ({ size: z.square().mean() }));
    const short = tf.zeros([2, 2]) as tf.Tensor2D;
    expect(() => mine.terms({ za, zb, pa: za, pb: short })).toThrow(/same shape, got .*pb float32 \[2, 2\]/);
    expect(() => mine.terms({ za, zb, ta: short })).toThrow(/same shape, got .*ta float32 \[2, 2\]/);
  });

  test('says which view is missing', () => {
    const mine = objective('mine', ({ za: z }) => ({ size: z.square().mean() }));
    expect(() => mine.terms({ za } as { za: tf.Tensor2D; zb: tf.Tensor2D })).toThrow(
      /mine: expected float32 embeddings .* got za float32 \[3, 2\], zb undefined/,
    );
  });

  test('remembers through its memory: terms read what the last update wrote', async () => {
    const memory: Memory = {
      init: (k, dimension) => ({ centre: tf.tidy(() => tf.variable(normal(k, [dimension]), false)) }),
      update: ({ centre }, { za: z }) => tf.tidy(() => void centre!.assign(z.mean(0))),
    };
    const mine = objective('mine', ({ za: z, memory: { centre } }) => ({ drift: z.sub(centre!).square().mean() }), {
      memory,
    });
    const variables = await expectNoLeak(() => mine.memory!.init([0, 1], 2), 1);
    const given = completeEmbeddings('mine', { za, zb, memory: variables });
    await expectNoLeak(() => mine.memory!.update(variables, given));
    expect(totalLoss(mine.terms(given))).toMatchNumbers([0]);
    tf.dispose(variables);
  });
});
