import { describe, expect, test } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { type GaussianMixture, gaussianMixture, type MixtureParameters } from '../../lib/information/gaussianMixture';
import { logDensity } from '../../lib/information/logDensity';
import { blockSizes } from '../../lib/information/mahalanobis';
import { mixtureEntropyBound } from '../../lib/information/mixtureEntropyBound';
import { monteCarloEntropy } from '../../lib/information/monteCarloEntropy';
import { sampleMixture } from '../../lib/information/sampleMixture';
import { standardComponents } from '../../lib/information/standardComponents';
import { expectNoLeak } from '../matchers';
import { covarianceKinds, randomMixture } from './randomMixture';

/** ln p of a mixture with weights, in plain float64: component by component, by forward substitution in its root. */
function float64LogDensity({ means, covariance, weights }: GaussianMixture): (z: readonly number[]) => number {
  const [n, k] = means.shape;
  const root = covariance.kind === 'full' ? covariance.factor : covariance.sigma;
  const [m, c, r] = [means, weights!, root].map((x) => x.dataSync<'float32'>());
  const diagonal = (i: number, a: number) => r![covariance.kind === 'isotropic' ? i : i * k + a]!;
  const entry = (i: number, a: number, b: number) => {
    if (covariance.kind === 'full') return r![(i * k + a) * k + b]!;
    return a === b ? diagonal(i, a) : 0;
  };
  return (z) => {
    let density = 0;
    for (let i = 0; i < n; i++) {
      const own = root.shape[0] === 1 ? 0 : i;
      const standard: number[] = [];
      let height = c![i]!;
      for (let a = 0; a < k; a++) {
        let rest = z[a]! - m![i * k + a]!;
        for (let b = 0; b < a; b++) rest -= entry(own, a, b) * standard[b]!;
        standard.push(rest / entry(own, a, a));
        height /= entry(own, a, a) * Math.sqrt(2 * Math.PI);
      }
      density += height * Math.exp(-standard.reduce((sum, y) => sum + y * y, 0) / 2);
    }
    return Math.log(density);
  };
}

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

describe('logDensity', () => {
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
  });

  test.each(covarianceKinds)('in blocks of components it is a float64 loop over them, gradient too (%s)', (kind) => {
    const k = 6;
    // Apart, distances come from differences; close together from products, where they can, in longer blocks.
    for (const [n, separation, spread] of [
      [900, 6, 6],
      [4200, 0.3, 0.5],
    ] as const) {
      for (const shared of [false, true]) {
        tf.tidy(() => {
          const mixture = randomMixture(key(13), { kind, n, k, separation, shared });
          const z = normal(key(14), [20, k], 0, spread) as tf.Tensor2D;
          const { method } = standardComponents(mixture, z);
          expect(method.byProducts).toBe(separation < 1 && method.kind !== 'full');
          expect(blockSizes(20, n, k, method).components).toBeLessThan(n);
          const f = float64LogDensity(mixture);
          const rows = z.arraySync();
          expect(logDensity(mixture, z)).toMatchNumbers(rows.map(f));
          const step = 1e-4;
          const slopes = rows.map((row) =>
            row.map((_, j) => {
              const at = (shift: number) => f(row.map((x, i) => (i === j ? x + shift : x)));
              return (at(step) - at(-step)) / (2 * step);
            }),
          );
          const gradient = tf.grad((x) => logDensity(mixture, x as tf.Tensor2D))(z);
          expect(gradient).toMatchNumbers(slopes.flat(), { rtol: 1e-4, atol: 1e-4 });
        });
      }
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
