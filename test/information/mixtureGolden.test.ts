import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { key } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { gaussianDivergences } from '../../lib/information/gaussianDivergence';
import { gaussianMixture, type MixtureParameters } from '../../lib/information/gaussianMixture';
import { logDensity } from '../../lib/information/logDensity';
import { bestChernoffAlpha, mixtureEntropyBound } from '../../lib/information/mixtureEntropyBound';
import { monteCarloEntropy } from '../../lib/information/monteCarloEntropy';

interface Case {
  kind: 'isotropic' | 'diagonal' | 'full' | 'full shared';
  n: number;
  k: number;
  means: number[];
  given: number[];
  weights: number[];
  z: number[];
  values: Record<string, number[]>;
}
const golden = JSON.parse(readFileSync(join(__dirname, '../golden/mixtures.json'), 'utf8')) as { cases: Case[] };

function parameters({ kind, n, k, means, given, weights }: Case): MixtureParameters {
  const centres = { means: tf.tensor2d(means, [n, k]), weights };
  if (kind === 'isotropic') return { ...centres, sigma: given };
  if (kind === 'diagonal') return { ...centres, sigmas: tf.tensor2d(given, [n, k]) };
  return { ...centres, covariance: tf.tensor3d(given, [given.length / k ** 2, k, k]) };
}

test.each(golden.cases)('scikit-learn and SciPy: $kind, $n components in $k dimensions', (one) => {
  tf.tidy(() => {
    const mixture = gaussianMixture(parameters(one));
    const density = logDensity(mixture, tf.tensor2d(one.z, [5, one.k]));
    const divergences = { kl: 'kl', bhattacharyya: 'bhattacharyya', 'chernoff 0.3': { chernoff: 0.3 } } as const;
    const computed: Record<string, tf.Tensor> = {
      'logDensity sklearn': density,
      'logDensity scipy': density,
      'bound best': mixtureEntropyBound(mixture, { divergence: { chernoff: 'best' } }),
    };
    for (const [label, divergence] of Object.entries(divergences)) {
      computed[label] = gaussianDivergences(mixture, divergence);
      computed[`bound ${label}`] = mixtureEntropyBound(mixture, { divergence });
    }
    for (const [label, value] of Object.entries(one.values)) {
      if (label === 'alpha best' || label === 'entropy') continue;
      expect(computed[label]!.dataSync(), label).toMatchNumbers(value, { rtol: 1e-5, atol: 1e-5 });
    }
    const alpha = bestChernoffAlpha(mixture);
    expect(alpha).toBeGreaterThan(0);
    // The bound is flat at its best alpha, flatter still where the components are apart: float32 sees no more.
    if (one.values['bound best']![0]! - one.values['bound chernoff 0.3']![0]! > 0.03) {
      expect(Math.abs(alpha - one.values['alpha best']![0]!)).toBeLessThan(0.002);
    }
    if (one.values.entropy) {
      const { value, standardError } = monteCarloEntropy(mixture, { samples: 40_000, key: key(1) });
      expect(Math.abs(value - one.values.entropy[0]!)).toBeLessThan(4 * standardError + 1e-5);
      expect(standardError).toBeLessThan(5e-3);
    }
  });
});
