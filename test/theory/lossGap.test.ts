import { expect, test } from 'vitest';
import { lossGap } from '../../lib/theory/generalization/lossGap';

test('means of the norm, by hand', () => {
  // W maps [a, b] to [a + b, 2b]. Train: [1, 0] → [1, 0] against [1, 0]: 0; [0, 1] → [1, 2] against [1, 0]: 2.
  const weights = [[1, 0], [1, 2]]; // biome-ignore format: a matrix
  const labelled = { z: [[1, 0], [0, 1]], y: [[1, 0], [1, 0]] }; // biome-ignore format: matrices
  // Test: [3, 0] → [3, 0] against [0, 4]: 5; [0, 0] against [0, 1]: 1; mean 3, variance 8, over 2: error 2.
  const test = { z: [[3, 0], [0, 0]], y: [[0, 4], [0, 1]] }; // biome-ignore format: matrices
  expect(lossGap(weights, labelled, test)).toEqual({ trainLoss: 1, testLoss: 3, gap: 2, standardError: 2 });
  expect(() => lossGap(weights, labelled, { ...test, y: [[1, 0]] })).toThrow(/^lossGap: expected test.z \[N, 2\] and test.y \[N, 2\]/); // biome-ignore format: one line
});
