import { expect, test } from 'vitest';
import { largestScale } from '../../lib/theory/supervised/largestScale';

const options = { start: 1, minimum: 1e-6, maximum: 1e3, target: 0.1, tolerance: 1e-9, factor: 2, depth: 60 };

test.each([1e-4, 0.03, 1, 40])('finds the root %d of a smooth value to the bracket’s 1 percent', (root) => {
  const { scale, value, evaluations } = largestScale((s) => 0.2 / (1 + root / s), options);
  expect(scale / root).toBeGreaterThan(1 / 1.0101);
  expect(scale).toBeLessThanOrEqual(root * (1 + 1e-12));
  expect(value).toBeLessThanOrEqual(0.1 + 1e-9);
  expect(evaluations).toBeLessThan(30);
});

test('stops at the tolerance, and reports the value there', () => {
  const { scale, value } = largestScale((s) => s / 10, { ...options, tolerance: 0.02, start: 0.9 });
  expect([scale, value]).toMatchNumbers([0.9, 0.09]);
});

test('of a step it gives the side below, within 1 percent', () => {
  const { scale, value } = largestScale((s) => (s < 5 ? 0 : 1), options);
  expect(value).toBe(0);
  expect(scale).toBeLessThan(5);
  expect(scale).toBeGreaterThan(5 / 1.0101);
});

test('infinite where even the maximum gives less, 0 where even the minimum gives more', () => {
  expect(largestScale(() => 0.05, options)).toMatchObject({ scale: Number.POSITIVE_INFINITY, value: 0.05 });
  expect(largestScale(() => 0.5, options)).toMatchObject({ scale: 0, value: 0.5 });
});
