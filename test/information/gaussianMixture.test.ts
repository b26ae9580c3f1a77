import { describe, expect, test } from 'vitest';
import { foldIn, key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { type GaussianMixture, gaussianMixture, type MixtureParameters } from '../../lib/information/gaussianMixture';
import { logDensity } from '../../lib/information/logDensity';
import { mixtureEntropyBound } from '../../lib/information/mixtureEntropyBound';
import { monteCarloEntropy } from '../../lib/information/monteCarloEntropy';
import { sampleMixture } from '../../lib/information/sampleMixture';
import { expectGradient } from '../engine/finiteDifferences';
import { expectNoLeak } from '../matchers';
import { covarianceKinds, randomMixture } from './randomMixture';

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

test('log-densities by hand', () => {
  const mixture = gaussianMixture({ means: [[0], [2]], sigma: [1, 0.5], weights: [0.25, 0.75] });
  const p = (z: number) =>
    (0.25 * Math.exp(-(z ** 2) / 2) + 1.5 * Math.exp(-2 * (z - 2) ** 2)) / Math.sqrt(2 * Math.PI);
  const zs = [-1, 0, 0.7, 2, 5];
  expect(logDensity(mixture, tf.tensor2d(zs, [5, 1]))).toMatchNumbers(zs.map((z) => Math.log(p(z))));
});

test('the density integrates to 1 in the plane, for each kind', () => {
  const axis = Array.from({ length: 160 }, (_, i) => -8 + 0.1 * (i + 0.5));
  const grid = tf.tensor2d(axis.flatMap((x) => axis.map((y) => [x, y])));
  for (const kind of covarianceKinds) {
    const mixture = randomMixture(key(1), { kind, n: 4, k: 2, separation: 0.8 });
    expect(logDensity(mixture, grid).exp().sum().mul(0.01)).toMatchNumbers([1], { rtol: 1e-3 });
  }
});

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

  test.each(covarianceKinds)('in blocks it is what it is in pieces, gradient too (%s)', (kind) => {
    const [n, k, count] = [900, 6, 1100];
    const mixture = randomMixture(key(9), { kind, n, k, separation: 6 });
    const z = sampleMixture(mixture, count, key(10));
    const whole = logDensity(mixture, z);
    const of = (m: tf.Tensor, rows: tf.Tensor2D) => logDensity({ ...mixture, means: m as tf.Tensor2D }, rows).sum();
    const gradient = tf.grad((m) => of(m, z))(mixture.means);
    const pieces = tf.split(z, [400, 700]) as tf.Tensor2D[];
    expect(tf.concat(pieces.map((piece) => logDensity(mixture, piece)))).toMatchNumbers(whole, {
      rtol: 1e-5,
      atol: 1e-4,
    });
    const sum = tf.addN(pieces.map((piece) => tf.grad((m) => of(m, piece))(mixture.means)));
    expect(gradient).toMatchNumbers(sum, { rtol: 1e-3, atol: 1e-3 });
    // Each component by itself, in plain float64.
    if (mixture.covariance.kind === 'isotropic') {
      const [m, s, c] = [mixture.means, mixture.covariance.sigma, mixture.weights!].map((x) => x.dataSync());
      const x = z.dataSync();
      const expected = [0, 500, 1099].map((row) => {
        let density = 0;
        for (let i = 0; i < n; i++) {
          let distance = 0;
          for (let j = 0; j < k; j++) distance += (x[row * k + j]! - m![i * k + j]!) ** 2;
          density += (c![i]! * Math.exp(-distance / (2 * s![i]! ** 2))) / (Math.sqrt(2 * Math.PI) * s![i]!) ** k;
        }
        return Math.log(density);
      });
      expect([0, 500, 1099].map((row) => whole.dataSync()[row]!)).toMatchNumbers(expected);
    }
  });

  test.each(covarianceKinds)(
    'keeps its digits where components lie far apart, shared covariance or own (%s)',
    (kind) => {
      const [n, k, sigma] = [8, 8, 0.3];
      const means = normal(key(11), [n, k], 0, 1000) as tf.Tensor2D;
      const z = means.add<tf.Tensor2D>(normal(key(12), [n, k], 0, sigma));
      const [x, m] = [z.dataSync(), means.dataSync()];
      for (const count of [1, n]) {
        const covariance = {
          isotropic: { kind: 'isotropic', sigma: tf.fill([count], sigma) },
          diagonal: { kind: 'diagonal', sigma: tf.fill([count, k], sigma) },
          full: {
            kind: 'full',
            factor: tf
              .eye(k)
              .mul(sigma)
              .mul(tf.ones([count, 1, 1])),
          },
        }[kind] as GaussianMixture['covariance'];
        const root = covariance.kind === 'full' ? covariance.factor : covariance.sigma;
        const scale = root.dataSync()[0]!;
        const expected = Array.from({ length: n }, (_, i) => {
          let distance = 0;
          for (let j = i * k; j < (i + 1) * k; j++) distance += ((x[j]! - m[j]!) / scale) ** 2;
          return -distance / 2 - (k / 2) * Math.log(2 * Math.PI) - k * Math.log(scale) - Math.log(n);
        });
        expect(logDensity({ means, covariance }, z)).toMatchNumbers(expected, { rtol: 1e-6, atol: 2e-6 });
      }
    },
  );

  test('neither overflows nor vanishes in 2,048 dimensions with 4,096 components', async () => {
    const [n, k] = [4096, 2048];
    const h = (k / 2) * Math.log(2 * Math.PI * Math.E);
    for (const sigma of [{ sigma: 1 }, { sigmas: tf.ones([n, k]) as tf.Tensor2D }]) {
      const mixture = gaussianMixture({ means: normal(key(1), [n, k]) as tf.Tensor2D, ...sigma });
      // So far apart that each sample knows its component: h + ln N.
      const { value, standardError } = monteCarloEntropy(mixture, { samples: 24, key: key(2) });
      expect(Math.abs(value - h - Math.log(n))).toBeLessThan(1e-6 * k);
      expect(standardError).toBeLessThan(1e-6 * k);
      const z = sampleMixture(mixture, 2, key(3));
      const gradient = tf.grad((x) => logDensity(mixture, x as tf.Tensor2D))(z);
      expect(gradient.isFinite().all().dataSync()[0]).toBe(1);
      // ∂ ln p / ∂ z = −(z − μ) of the own component: a normal vector.
      expect(gradient.square().mean()).toMatchNumbers([1], { rtol: 0.1 });
      tf.dispose([mixture, z, gradient]);
    }
    const apart = gaussianMixture({ means: normal(key(4), [64, k], 0, 1e6) as tf.Tensor2D, sigma: 1 });
    for (const divergence of ['kl', 'bhattacharyya'] as const) {
      expect(mixtureEntropyBound(apart, { divergence })).toMatchNumbers([h + Math.log(64)], { rtol: 1e-6 });
    }
    expect(logDensity(apart, tf.fill([1, k], 1e30))).toMatchNumbers([Number.NEGATIVE_INFINITY]);
  });

  test('bad input', async () => {
    const mixture = gaussianMixture({
      means: [
        [0, 0],
        [3, 1],
      ],
      sigma: 1,
    });
    expect(
      logDensity(
        mixture,
        tf.tensor2d([
          [Number.NaN, 0],
          [0, 0],
        ]),
      ).isNaN(),
    ).toMatchNumbers([1, 0]);
    expect(() => logDensity(mixture, tf.zeros([4, 3]))).toThrow(
      /logDensity: expected z to be float32 \[S, 2\].*got float32 \[4, 3\]/,
    );
    expect(() => logDensity(mixture, tf.zeros([4]) as unknown as tf.Tensor2D)).toThrow(/got float32 \[4\]/);
    const z = tf.zeros([1, 2]) as tf.Tensor2D;
    const flat: GaussianMixture['covariance'] = {
      kind: 'full',
      factor: tf.tensor3d([1, 0, 0, 1, 1, 0, 1, 0], [2, 2, 2]),
    };
    const message = /expected covariances that are not singular, but 1 of 2 pivots of the factor of component 1 are 0/;
    expect(() => logDensity({ ...mixture, covariance: flat }, z)).toThrow(message);
    expect(() => mixtureEntropyBound({ ...mixture, covariance: flat })).toThrow(message);
    const zero: GaussianMixture['covariance'] = { kind: 'isotropic', sigma: tf.tensor1d([1, 0]) };
    expect(() => logDensity({ ...mixture, covariance: zero }, z)).toThrow(
      /1 of 1 standard deviations of component 1 are 0/,
    );
    const negative: GaussianMixture['covariance'] = { kind: 'isotropic', sigma: tf.tensor1d([1, -1]) };
    expect(() => logDensity({ ...mixture, covariance: negative }, z)).toThrow(/of component 1 are negative/);
    const turned: GaussianMixture['covariance'] = { kind: 'full', factor: tf.tensor3d([1, 0, 0, -1], [1, 2, 2]) };
    expect(() => logDensity({ ...mixture, covariance: turned }, z)).toThrow(/pivots .* of component 0 are negative/);
    expect(() => mixtureEntropyBound({ ...mixture, weights: tf.tensor1d([0.5, 0.6]) })).toThrow(
      /mixtureEntropyBound: expected positive weights of sum 1, got a sum of 1\.1/,
    );
    // Units do not make a covariance singular: the density by hand at the mean.
    const units = gaussianMixture({
      means: [[0, 0]],
      covariance: [
        [1, 0],
        [0, 1e-13],
      ],
      sigma: undefined,
    } as MixtureParameters);
    expect(logDensity(units, z)).toMatchNumbers([-Math.log(2 * Math.PI) - Math.log(1e-13) / 2]);
    expect(() => logDensity({ ...mixture, weights: tf.tensor1d([1]) }, z)).toThrow(
      /logDensity: expected a mixture .* and \[1\]; make it with gaussianMixture/,
    );
  });

  test('nothing leaks', async () => {
    for (const kind of covarianceKinds) {
      const mixture = randomMixture(key(1), { kind, n: 3, k: 2, separation: 1 });
      const z = await expectNoLeak(() => sampleMixture(mixture, 7, key(2)), 1);
      await expectNoLeak(() => logDensity(mixture, z).dispose());
      await expectNoLeak(() => monteCarloEntropy(mixture, { samples: 10, key: key(3) }));
      await expectNoLeak(() =>
        tf
          .grad((x) => logDensity(mixture, x as tf.Tensor2D))(z)
          .dispose(),
      );
    }
    await expectNoLeak(() =>
      tf.dispose(
        gaussianMixture({
          means: [[0, 1]],
          covariance: [
            [1, 0],
            [0, 1],
          ],
          weights: [1],
        }),
      ),
    );
  });
});
