import { describe, expect, test } from 'vitest';
import { key, normal, uniform } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { type SinkhornOptions, sinkhorn } from '../../lib/objectives/sinkhorn';
import { expectNoLeak } from '../matchers';
import { predictiveGolden } from './predictiveGolden';

/** The same by plain loops in float64: samples are rows; each round scales columns to 1/P, then rows to 1/B; ends times B. */
function transcription(scores: ArrayLike<number>, b: number, p: number, epsilon: number, iterations: number): number[] {
  const q = Array.from(scores, (s) => Math.exp(s / epsilon));
  for (let round = 0; round < iterations; round++) {
    for (let j = 0; j < p; j++) {
      let sum = 0;
      for (let i = 0; i < b; i++) sum += q[i * p + j]!;
      for (let i = 0; i < b; i++) q[i * p + j]! /= sum * p;
    }
    for (let i = 0; i < b; i++) {
      let sum = 0;
      for (let j = 0; j < p; j++) sum += q[i * p + j]!;
      for (let j = 0; j < p; j++) q[i * p + j]! /= sum * b;
    }
  }
  return q.map((value) => value * b);
}

const scores = uniform(key(1), [6, 4], -1, 1) as tf.Tensor2D;

describe('the assignment', () => {
  test('worked by hand, one iteration', () => {
    // exp(s / ε) is [[1, 1], [3, 1]]; columns to 1: [[1/4, 1/2], [3/4, 1/2]]; rows to 1: [[1/3, 2/3], [3/5, 2/5]].
    const s = tf.tensor2d([0, 0, Math.log(3), 0], [2, 2]);
    expect(sinkhorn(s, { epsilon: 1, iterations: 1 })).toMatchNumbers([1 / 3, 2 / 3, 3 / 5, 2 / 5]);
    // Its limit has columns that sum to 1 as well: [[a, 1 − a], [1 − a, a]] with (1 − a)² / a² = 3, the ratio that scaling keeps.
    const a = 1 / (1 + Math.sqrt(3));
    expect(sinkhorn(s, { epsilon: 1, iterations: 50 })).toMatchNumbers([a, 1 - a, 1 - a, a]);
  });

  test.each<SinkhornOptions>([{}, { iterations: 1 }, { epsilon: 0.5, iterations: 7 }, { epsilon: 3, iterations: 2 }])(
    'the transcription, %o',
    (options) => {
      for (const [b, p] of [
        [6, 4],
        [3, 9],
        [2, 2],
        [5, 1],
      ] as const) {
        const s = uniform(key(b), [b, p], -1, 1) as tf.Tensor2D;
        const { epsilon = 0.05, iterations = 3 } = options;
        const expected = transcription(s.dataSync(), b, p, epsilon, iterations);
        expect(sinkhorn(s, options).flatten()).toMatchNumbers(expected, { rtol: 1e-4, atol: 1e-6 });
      }
    },
  );

  test.each(predictiveGolden.cases)('NumPy, $name', ({ n, k, prototypes, fields, assignmentOfA }) => {
    const za = tf.tensor2d(fields.za!, [n, k]);
    const s = tf.matMul(za, tf.tensor2d(fields.prototypes!, [prototypes, k]), false, true) as tf.Tensor2D;
    const q = sinkhorn(s, { epsilon: 0.7, iterations: 4 });
    expect(q.flatten()).toMatchNumbers(assignmentOfA, { rtol: 1e-5, atol: 1e-5 });
  });

  test('rows sum to 1; columns to B/P, the nearer the more iterations', () => {
    const errors = [1, 3, 10, 100].map((iterations) => {
      const q = sinkhorn(scores, { epsilon: 0.3, iterations });
      expect(q.sum(1)).toMatchNumbers(tf.ones([6]));
      expect(q.min().dataSync()[0]).toBeGreaterThanOrEqual(0);
      return q
        .sum(0)
        .sub(6 / 4)
        .abs()
        .max()
        .dataSync()[0]!;
    });
    for (let i = 1; i < errors.length; i++) expect(errors[i]!).toBeLessThan(errors[i - 1]!);
    expect(errors.at(-1)).toBeLessThan(1e-4);
  });

  test('the last rows, with the others taken into account', () => {
    expect(sinkhorn(scores, { last: 2 })).toMatchNumbers(sinkhorn(scores).slice(4), { rtol: 0, atol: 0 });
    const alone = sinkhorn(scores.slice(4) as tf.Tensor2D);
    expect(sinkhorn(scores, { last: 2 })).not.toMatchNumbers(alone, { rtol: 0.01 });
  });

  test('a constant added to a sample, a prototype or all changes at most the start', () => {
    const many = { epsilon: 0.5, iterations: 60 };
    const q = sinkhorn(scores, many);
    expect(sinkhorn(scores.add(40), many)).toMatchNumbers(q, { rtol: 1e-3, atol: 1e-5 });
    expect(sinkhorn(scores.add(normal(key(2), [1, 4])), many)).toMatchNumbers(q, { rtol: 1e-3, atol: 1e-5 });
    expect(sinkhorn(scores.add(normal(key(3), [6, 1])), many)).toMatchNumbers(q, { rtol: 1e-3, atol: 1e-5 });
  });

  test('is finite for scores whose exponentials are not, and for a prototype far from all', () => {
    const cases = [
      scores.mul(1e4),
      scores.add(1e4),
      scores.add(tf.tensor1d([0, 0, 0, -100])),
      scores.add(tf.tensor2d([100, 0, 0, 0, -100, 0], [6, 1])),
      tf.zeros([6, 4]),
    ];
    for (const s of cases) {
      const q = sinkhorn(s as tf.Tensor2D);
      expect(q.isFinite().all().dataSync()[0]).toBe(1);
      expect(q.sum(1)).toMatchNumbers(tf.ones([6]));
    }
    expect(sinkhorn(tf.zeros([6, 4]))).toMatchNumbers(tf.fill([6, 4], 0.25));
  });
});

test('no gradient flows through it, and nothing leaks', async () => {
  const gradient = tf.grad((s) =>
    sinkhorn(s as tf.Tensor2D)
      .square()
      .sum()
      .add(s.sum()),
  )(scores);
  expect(gradient).toMatchNumbers(tf.ones([6, 4]));
  (await expectNoLeak(() => sinkhorn(scores), 1)).dispose();
});

test('errors on unfit options', () => {
  expect(() => sinkhorn(scores, { epsilon: 0 })).toThrow('sinkhorn: expected epsilon to be finite and above 0, got 0');
  expect(() => sinkhorn(scores, { iterations: 0 })).toThrow(
    /sinkhorn: expected iterations to be a whole number from 1/,
  );
  expect(() => sinkhorn(scores, { last: 7 })).toThrow('sinkhorn: expected last to be at most the 6 samples, got 7');
});
