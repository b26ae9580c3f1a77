import { expect, it } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { projectionHead } from '../../lib/models/projectionHead';
import { countParameters, disposeWeights } from '../../lib/models/weights';
import { expectNoLeak } from '../matchers';

it.each([
  // 5·7 + 2·7 + (7·3 + 3)
  [{}, ['fc1.weight', 'bn1.weight', 'bn1.bias', 'fc2.weight', 'fc2.bias'], 73],
  [{ normalize: false }, ['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias'], 5 * 7 + 7 + 7 * 3 + 3],
  [{ normalizeOutput: 'affine' as const }, ['fc1.weight', 'bn1.weight', 'bn1.bias', 'fc2.weight', 'bn2.weight', 'bn2.bias'], 35 + 14 + 21 + 6], // biome-ignore format: a row
  [{ normalizeOutput: 'standard' as const }, ['fc1.weight', 'bn1.weight', 'bn1.bias', 'fc2.weight'], 35 + 14 + 21],
])('with %o has the layers of its kind', (options, names, parameters) => {
  const head = projectionHead({ inputSize: 5, sizes: [7, 3], ...options });
  const weights = head.init(key(0));
  expect(Object.keys(weights).filter((name) => weights[name]!.trainable)).toEqual(names);
  expect(countParameters(weights)).toBe(parameters);
  expect(head.outputShape).toEqual([3]);
  disposeWeights(weights);
});

it('standardizes its output over the batch where it is asked to, and moves the running statistics', async () => {
  await expectNoLeak(() =>
    tf.tidy(() => {
      const head = projectionHead({ inputSize: 4, sizes: [8, 3], normalizeOutput: 'standard' });
      const weights = head.init(key(0));
      const output = head.apply(weights, normal(key(1), [64, 4]), { training: true });
      const { mean, variance } = tf.moments(output, 0);
      expect(mean).toMatchNumbers([0, 0, 0], { atol: 1e-5 });
      expect(variance).toMatchNumbers([1, 1, 1], { atol: 1e-3 });
      expect(weights['bn2.running_var']!.dataSync()[0]).not.toBe(1);
      disposeWeights(weights);
    }),
  );
});

it('names impossible sizes', () => {
  expect(() => projectionHead({ inputSize: 5, sizes: [] })).toThrow(/projectionHead: expected at least one size/);
  expect(() => projectionHead({ inputSize: 5, sizes: [0] })).toThrow(/whole number of at least 1, got 0/);
});
