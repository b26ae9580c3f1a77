import { describe, expect, test } from 'vitest';
import { key } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { gaussianMixture } from '../../lib/information/gaussianMixture';
import { monteCarloEntropy } from '../../lib/information/monteCarloEntropy';
import { sampleMixture } from '../../lib/information/sampleMixture';
import { covarianceKinds, randomMixture } from './randomMixture';

describe('samples', () => {
  test.each(covarianceKinds)('have the mean, covariance and weights of the mixture (%s)', (kind) => {
    for (const shared of [false, true]) {
      const mixture = randomMixture(key(2), { kind, n: 3, k: 2, separation: 2, shared });
      const { means, covariance } = mixture;
      const roots = {
        isotropic: () => covariance.kind === 'isotropic' && covariance.sigma.reshape([-1, 1, 1]).mul(tf.eye(2)),
        diagonal: () => covariance.kind === 'diagonal' && covariance.sigma.expandDims(1).mul(tf.eye(2)),
        full: () => covariance.kind === 'full' && covariance.factor,
      }[kind]() as tf.Tensor3D;
      const c = mixture.weights!.reshape([3, 1, 1]);
      const mean = means.mul(mixture.weights!.expandDims(1)).sum(0);
      const centred = means.sub(mean);
      const between = tf.matMul(centred.expandDims(2), centred.expandDims(1)).mul(c).sum(0);
      const within = tf.matMul(roots, roots, false, true).mul(c).sum(0);
      const z = sampleMixture(mixture, 40_000, key(3));
      expect(z.mean(0)).toMatchNumbers(mean, { atol: 0.05, rtol: 0 });
      const spread = z.sub<tf.Tensor2D>(z.mean(0));
      expect(tf.matMul(spread, spread, true).div(40_000)).toMatchNumbers(between.add(within), { atol: 0.15, rtol: 0 });
    }
  });

  test('are the same for the same key, differentiable at fixed noise, and refused for no count', async () => {
    const mixture = gaussianMixture({
      means: [
        [0, 0],
        [50, 50],
      ],
      sigma: 0.1,
      weights: [0.25, 0.75],
    });
    const z = sampleMixture(mixture, 20_000, key(1));
    expect(z).toMatchNumbers(sampleMixture(mixture, 20_000, key(1)), { rtol: 0, atol: 0 });
    expect(z.greater(25).mean(0)).toMatchNumbers([0.75, 0.75], { atol: 0.015 });
    const slope = tf.grad((m) => sampleMixture({ ...mixture, means: m as tf.Tensor2D }, 8, key(2)).sum())(
      mixture.means,
    );
    expect(slope.sum(0)).toMatchNumbers([8, 8]);
    expect(() => sampleMixture(mixture, 0, key(1))).toThrow(/whole number of at least 1, got 0/);
    expect(() => monteCarloEntropy(mixture, { samples: 1, key: key(1) })).toThrow(/samples .* at least 2, got 1/);
  });
});
