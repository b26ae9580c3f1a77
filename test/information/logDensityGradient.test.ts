import { describe, test } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import type { GaussianMixture } from '../../lib/information/gaussianMixture';
import { logDensity } from '../../lib/information/logDensity';
import { expectGradient } from '../engine/finiteDifferences';
import { covarianceKinds, randomMixture } from './randomMixture';

describe('logDensity', () => {
  const weights = tf.tensor1d([0.1, 0.2, 0.3, 0.4]);

  describe.each(covarianceKinds)('%s', (kind) => {
    const setup = (separation: number, shared: boolean) => {
      const { means, covariance } = randomMixture(key(4), { kind, n: 4, k: 3, separation, shared });
      const root = covariance.kind === 'full' ? covariance.factor : covariance.sigma;
      const lower = (x: tf.Tensor) => (kind === 'full' ? x.mul(tf.linalg.bandPart(tf.ones([3, 3]), -1, 0)) : x);
      const f = (z: tf.Tensor, m: tf.Tensor, r: tf.Tensor, c: tf.Tensor) => {
        const own = kind === 'full' ? { kind, factor: lower(r) } : { kind, sigma: r };
        const covariances = own as GaussianMixture['covariance'];
        return logDensity(
          { means: m as tf.Tensor2D, covariance: covariances, weights: c.div<tf.Tensor1D>(c.sum()) },
          z as tf.Tensor2D,
        );
      };
      return { f, inputs: [normal(key(5), [5, 3], 0, separation + 1), means, root, weights] as const };
    };

    test('its gradient matches finite differences, near and apart', async () => {
      for (const [separation, shared] of [
        [0.7, false],
        [0.7, true],
        [4, false],
      ] as const) {
        const { f, inputs } = setup(separation, shared);
        const settings = { step: separation > 1 ? 0.001 : 0.004, rtol: 1e-2, directions: 2 };
        await expectGradient((z, m, r, c) => f(z!, m!, r!, c!), [...inputs], key(6), settings);
      }
    });

    test('and the gradient of its gradient', async () => {
      const { f, inputs } = setup(0.7, false);
      const [z, means, root] = inputs;
      const direction = normal(key(7), z.shape);
      const slope = (x: tf.Tensor, m: tf.Tensor, r: tf.Tensor) =>
        tf
          .grad((u) => f(u, m, r, weights))(x)
          .mul(direction)
          .sum();
      await expectGradient((x, m, r) => slope(x!, m!, r!), [z, means, root], key(8), {
        step: 0.004,
        rtol: 1e-2,
        directions: 2,
      });
    });
  });
});
