import { expect, test } from 'vitest';
import { foldIn, key } from '../../lib/engine/random';
import { gaussianMixture } from '../../lib/information/gaussianMixture';
import { logDensity } from '../../lib/information/logDensity';
import { monteCarloEntropy } from '../../lib/information/monteCarloEntropy';
import { sampleMixture } from '../../lib/information/sampleMixture';

test('the standard error is honest: 200 estimates scatter by it', () => {
  const mixture = gaussianMixture({
    means: [
      [0, 0],
      [2, 0],
      [0, 3],
    ],
    sigma: [1, 0.7, 1.5],
    weights: [0.5, 0.2, 0.3],
  });
  const estimates = Array.from({ length: 200 }, (_, i) =>
    monteCarloEntropy(mixture, { samples: 100, key: foldIn(key(4), i) }),
  );
  const mean = estimates.reduce((sum, { value }) => sum + value, 0) / 200;
  const scatter = Math.sqrt(estimates.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / 199);
  const stated = Math.sqrt(estimates.reduce((sum, { standardError }) => sum + standardError ** 2, 0) / 200);
  expect(scatter / stated).toBeGreaterThan(0.85);
  expect(scatter / stated).toBeLessThan(1.15);
  // −E ln p over plain samples has the same mean.
  const plain = logDensity(mixture, sampleMixture(mixture, 100_000, key(5))).neg();
  expect(plain.mean()).toMatchNumbers([mean], { rtol: 0, atol: 0.02 });
});
