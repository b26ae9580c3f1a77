import { describe, expect, test } from 'vitest';
import { key } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { gaussianMixture, type MixtureParameters } from '../../lib/information/gaussianMixture';
import { logDensity } from '../../lib/information/logDensity';
import { monteCarloEntropy } from '../../lib/information/monteCarloEntropy';
import { expectNoLeak } from '../matchers';

describe('gaussianMixture', () => {
  test('takes numbers, arrays and tensors, for all components or each', () => {
    const means = [
      [0, 0],
      [3, 1],
      [5, 5],
    ];
    const eye = [
      [4, 2],
      [2, 5],
    ];
    expect(gaussianMixture({ means, sigma: 2 }).covariance).toMatchObject({ kind: 'isotropic', sigma: { shape: [1] } });
    const own = gaussianMixture({ means, sigma: tf.tensor1d([1, 2, 3]), weights: [0.2, 0.3, 0.5] });
    expect(own.weights!).toMatchNumbers([0.2, 0.3, 0.5]);
    expect(gaussianMixture({ means, sigmas: [1, 2] }).covariance).toMatchObject({ sigma: { shape: [1, 2] } });
    expect(gaussianMixture({ means, sigmas: means.map(() => [1, 2]) }).covariance).toMatchObject({
      sigma: { shape: [3, 2] },
    });
    const { covariance } = gaussianMixture({ means: tf.tensor2d(means), covariance: [eye, eye, eye] });
    if (covariance.kind !== 'full') throw new Error('full');
    expect(covariance.factor).toMatchNumbers([2, 0, 1, 2, 2, 0, 1, 2, 2, 0, 1, 2]);
    expect(gaussianMixture({ means, covariance: eye }).covariance).toMatchObject({ factor: { shape: [1, 2, 2] } });
  });

  test('one component, and fewer components than dimensions, are mixtures too', () => {
    const one = gaussianMixture({ means: [[0, 0, 0, 0]], sigma: 1 });
    expect(logDensity(one, tf.zeros([1, 4]))).toMatchNumbers([-2 * Math.log(2 * Math.PI)]);
    expect(monteCarloEntropy(one, { samples: 10, key: key(1) }).value).toBeCloseTo(
      2 * Math.log(2 * Math.PI * Math.E),
      5,
    );
    const two = gaussianMixture({
      means: [Array(5).fill(0), Array(5).fill(9)],
      covariance: Array.from(tf.eye(5).arraySync()),
    });
    expect(logDensity(two, tf.zeros([1, 5]))).toMatchNumbers([-2.5 * Math.log(2 * Math.PI) - Math.log(2)]);
  });

  const means = [
    [0, 0],
    [3, 1],
  ];
  const indefinite = [
    [1, 2],
    [2, 1],
  ];
  const fine = [
    [1, 0],
    [0, 1],
  ];
  const bad: [string, unknown, RegExp][] = [
    [
      'covariance not symmetric',
      {
        means,
        covariance: [
          [1, 0.5],
          [0.4, 1],
        ],
      },
      /gaussianMixture: expected covariance to be symmetric/,
    ],
    [
      'covariance not positive definite',
      { means, covariance: indefinite },
      /gaussianMixture: expected positive definite covariances, got covariance/,
    ],
    [
      'covariance singular',
      {
        means,
        covariance: [
          [1, 1],
          [1, 1],
        ],
      },
      /gaussianMixture: expected positive definite covariances, got covariance/,
    ],
    [
      'one of two not symmetric',
      {
        means,
        covariance: [
          fine,
          [
            [1, 0.5],
            [0.4, 1],
          ],
        ],
      },
      /expected the covariance of component 1 to be symmetric/,
    ],
    ['one of two not positive', { means, covariance: [fine, indefinite] }, /positive definite.*component 1 singular/],
    [
      'one of two not symmetric, beside a large one',
      {
        means,
        covariance: [
          [
            [1e6, 0],
            [0, 1e6],
          ],
          [
            [1, 0.5],
            [-0.5, 1],
          ],
        ],
      },
      /the covariance of component 1 to be symmetric, got .* differ by 1/,
    ],
    [
      'covariance with NaN',
      {
        means,
        covariance: [
          [Number.NaN, 0],
          [0, 1],
        ],
      },
      /expected covariance to be finite, got NaN/,
    ],
    [
      'covariance of another dimension',
      { means, covariance: [[1]] },
      /expected covariance to be float32 of shape \[2, 2\] or \[1, 2, 2\] or \[2, 2, 2\], got float32 \[1, 1\]/,
    ],
    [
      'weights of sum 1.1',
      { means, sigma: 1, weights: [0.5, 0.6] },
      /expected weights of sum 1, got a sum of 1\.1.*divide them by it/,
    ],
    ['negative weight', { means, sigma: 1, weights: [-0.5, 1.5] }, /expected weights to be positive, got -0.5/],
    ['weight of 0', { means, sigma: 1, weights: [0, 1] }, /positive, got 0; leave out components of weight 0/],
    [
      'three weights for two',
      { means, sigma: 1, weights: [0.2, 0.3, 0.5] },
      /expected weights to be float32 of shape \[2\], got float32 \[3\]/,
    ],
    ['NaN weight', { means, sigma: 1, weights: [Number.NaN, 1] }, /expected weights to be finite/],
    [
      'NaN mean',
      {
        means: [
          [Number.NaN, 0],
          [3, 1],
        ],
        sigma: 1,
      },
      /expected means to be finite/,
    ],
    [
      'infinite mean',
      {
        means: [
          [Number.POSITIVE_INFINITY, 0],
          [3, 1],
        ],
        sigma: 1,
      },
      /expected means to be finite/,
    ],
    [
      'ragged means',
      { means: [[0, 0], [3]], sigma: 1 },
      /gaussianMixture: expected means to be rows of one length, got 3 numbers for \[2, 2\]/,
    ],
    [
      'means of rank 1',
      { means: [0, 1], sigma: 1 },
      /expected means to be float32 of shape \[N, K\], got float32 \[2\]/,
    ],
    [
      'no means',
      { means: tf.zeros([0, 2]), sigma: 1 },
      /expected means to be float32 of shape \[N, K\], got float32 \[0, 2\]/,
    ],
    ['integer means', { means: tf.zeros([2, 2], 'int32'), sigma: 1 }, /got int32 \[2, 2\]/],
    ['means undefined', { sigma: 1 }, /expected means to be numbers or a tensor/],
    ['sigma 0', { means, sigma: 0 }, /expected sigma to be positive, got 0; it is a standard deviation/],
    ['negative sigma', { means, sigma: [1, -1] }, /expected sigma to be positive, got -1/],
    ['NaN sigma', { means, sigma: Number.NaN }, /expected sigma to be finite/],
    [
      'three sigmas for two',
      { means, sigma: [1, 2, 3] },
      /expected sigma to be float32 of shape \[\] or \[1\] or \[2\]/,
    ],
    ['sigmas 0', { means, sigmas: [0, 1] }, /expected sigmas to be positive, got 0/],
    ['sigmas of another dimension', { means, sigmas: [1, 2, 3] }, /expected sigmas to be float32 of shape \[2\] or/],
    ['no covariance', { means }, /expected one of sigma, sigmas and covariance, got none/],
    [
      'two covariances',
      { means, sigma: 1, sigmas: [1, 1] },
      /expected one of sigma, sigmas and covariance, got sigma and sigmas/,
    ],
  ];
  test.each(bad)('refuses %s', async (_, parameters, message) => {
    await expectNoLeak(() => {
      expect(() => gaussianMixture(parameters as MixtureParameters)).toThrow(message);
    });
  });
});
