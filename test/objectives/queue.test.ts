import { expect, test } from 'vitest';
import { key } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { enqueue, randomUnitRows } from '../../lib/objectives/queue';
import { expectNoLeak } from '../matchers';

test('keeps its length: newest first, oldest gone', async () => {
  const row = (...values: number[]) =>
    tf.tensor2d(
      values.flatMap((v) => [v, -v]),
      [values.length, 2],
    );
  let queue = row(0, 0, 0, 0, 0);
  queue = enqueue(queue, row(1, 2));
  expect(queue).toMatchNumbers(row(1, 2, 0, 0, 0));
  queue = enqueue(queue, row(3, 4));
  expect(queue).toMatchNumbers(row(3, 4, 1, 2, 0));
  queue = enqueue(queue, row(5, 6));
  expect(queue).toMatchNumbers(row(5, 6, 3, 4, 1));
  expect(enqueue(queue, row(1, 2, 3, 4, 5))).toMatchNumbers(row(1, 2, 3, 4, 5));
  const rows = row(7, 8);
  (await expectNoLeak(() => enqueue(queue, rows), 1)).dispose();
  expect(() => enqueue(queue, row(1, 2, 3, 4, 5, 6))).toThrow(
    'enqueue: expected a queue of at least one batch, got a queue of 5 for a batch of 6; lengthen the queue or take a smaller batch.',
  );
});

test('begins with random directions, uniform on the sphere', () => {
  const rows = randomUnitRows(key(1), 4000, 3);
  expect(rows.norm('euclidean', 1)).toMatchNumbers(tf.ones([4000]));
  expect(rows.mean(0)).toMatchNumbers([0, 0, 0], { atol: 4 / Math.sqrt(3 * 4000) });
  expect(tf.matMul(rows, rows, true).div(4000)).toMatchNumbers(tf.eye(3).div(3), { atol: 0.03 });
  expect(randomUnitRows(key(1), 4000, 3)).toMatchNumbers(rows, { rtol: 0, atol: 0 });
});
