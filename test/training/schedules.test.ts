import { expect, it } from 'vitest';
import { cosineSchedule } from '../../lib/training/schedules';

it('follows half a cosine to the end', () => {
  const rate = cosineSchedule({ peak: 0.8, steps: 4 });
  // 0.4 (1 + cos(0, π/4, π/2, 3π/4, π))
  expect([0, 1, 2, 3, 4, 9].map(rate)).toMatchNumbers([0.8, 0.6828427, 0.4, 0.1171573, 0, 0], { atol: 1e-7 });
});

it('rises in a straight line before it', () => {
  const rate = cosineSchedule({ peak: 1, steps: 8, warmUpSteps: 4, start: 0.2, end: 0.1 });
  expect([0, 1, 2, 3, 4, 6, 8].map(rate)).toMatchNumbers([0.2, 0.4, 0.6, 0.8, 1, 0.55, 0.1]);
});

it('names impossible lengths', () => {
  expect(() => cosineSchedule({ peak: 1, steps: 0 })).toThrow(/expected a whole number of steps >= 1/);
  expect(() => cosineSchedule({ peak: 1, steps: 5, warmUpSteps: 6 })).toThrow(/got 5 and 6/);
});
