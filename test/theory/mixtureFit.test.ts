import { describe, expect, test } from 'vitest';
import { foldIn, type Key, key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { type GaussianMixture, gaussianMixture } from '../../lib/information/gaussianMixture';
import { logDensity } from '../../lib/information/logDensity';
import { sampleMixture } from '../../lib/information/sampleMixture';
import type { FittedCovariance } from '../../lib/theory/mixtureFit/emOptions';
import { emStep } from '../../lib/theory/mixtureFit/emStep';
import { fitMixture, type MixtureFitOptions } from '../../lib/theory/mixtureFit/fitMixture';
import { responsibilities } from '../../lib/theory/mixtureFit/responsibilities';
import { seedCentres } from '../../lib/theory/mixtureFit/seedCentres';
import { randomMixture } from '../information/randomMixture';
import { expectNoLeak } from '../matchers';

const kinds: readonly FittedCovariance[] = ['spherical', 'diagonal', 'full', { fixed: 0.6 }];
const named = kinds.map((kind) => [JSON.stringify(kind), kind] as const);

function pointsOf(seed: Key, size: number, k: number, separation: number): tf.Tensor2D {
  return tf.tidy(() =>
    sampleMixture(randomMixture(foldIn(seed, 0), { kind: 'full', n: 4, k, separation }), size, foldIn(seed, 1)),
  );
}

describe('a step by hand', () => {
  // Two points and two centres on a line, σ = 1: r = 1 / (1 + exp(d²/2 differences)).
  const points = tf.tensor2d([[0], [2]]);
  const mixture = () => gaussianMixture({ means: [[0], [1]], sigma: 1, weights: [0.5, 0.5] });
  const first = 1 / (1 + Math.exp(-0.5));
  const second = 1 / (1 + Math.exp(1.5));

  test('fixed covariance, equal weights', () => {
    const step = emStep(points, mixture(), { covariance: { fixed: 1 }, weights: 'equal' });
    const centres = [(2 * second) / (first + second), (2 * (1 - second)) / (2 - first - second)];
    expect(step.mixture.means.flatten()).toMatchNumbers(centres);
    expect(step.mixture.weights).toBeUndefined();
    const density = (x: number) =>
      (Math.exp(-(x ** 2) / 2) + Math.exp(-((x - 1) ** 2) / 2)) / 2 / Math.sqrt(2 * Math.PI);
    expect([step.logLikelihood]).toMatchNumbers([(Math.log(density(0)) + Math.log(density(2))) / 2]);
  });

  test.each(['spherical', 'diagonal', 'full'] as const)('%s: means, variances and weights', (covariance) => {
    const step = emStep(points, mixture(), { covariance, regularization: 0.01 });
    const counts = [first + second, 2 - first - second];
    const centres = [(2 * second) / counts[0]!, (2 * (1 - second)) / counts[1]!];
    const variances = [second, 1 - second].map((r, i) => (4 * r) / counts[i]! - centres[i]! ** 2 + 0.01);
    const own = step.mixture.covariance;
    const roots = own.kind === 'full' ? own.factor : own.sigma;
    expect(step.mixture.means.flatten()).toMatchNumbers(centres);
    expect(roots.square().flatten()).toMatchNumbers(variances);
    expect(step.mixture.weights!).toMatchNumbers(counts.map((count) => count / 2));
  });

  test('one component takes mean and covariance of all at once', async () => {
    const z = normal(key(5), [50, 3]) as tf.Tensor2D;
    const start = gaussianMixture({ means: [[3, -2, 1]], sigma: 2 });
    const fit = await fitMixture(z, { initial: start, regularization: 0 });
    expect(fit.converged).toBe(true);
    const centred = z.sub(z.mean(0)) as tf.Tensor2D;
    const { covariance, means, weights } = fit.mixture;
    if (covariance.kind !== 'full') throw new Error(covariance.kind);
    expect(means.flatten()).toMatchNumbers(z.mean(0), { atol: 1e-6 });
    const own = tf.matMul(covariance.factor, covariance.factor, false, true).squeeze([0]);
    expect(own).toMatchNumbers(tf.matMul(centred, centred, true, false).div(50), { atol: 1e-5 });
    expect(weights!).toMatchNumbers([1]);
  });
});

describe.each(named)('%s', (_, covariance) => {
  test('no step lowers the likelihood, to 2e-6 of it', async () => {
    for (let i = 0; i < 8; i++) {
      const seed = foldIn(key(11), i);
      const points = pointsOf(seed, 60 + 20 * i, 1 + (i % 5), [0, 1, 4, 30][i % 4]!);
      const { logLikelihoods: values, mixture } = await fitMixture(points, {
        ...{ components: 2 + (i % 4), key: seed, covariance, steps: 15, tolerance: 0, regularization: 1e-6 },
        weights: i % 2 ? 'equal' : 'free',
      });
      for (let s = 1; s < values.length; s++) {
        expect(values[s]! - values[s - 1]!).toBeGreaterThan(-2e-6 * (1 + Math.abs(values[s]!)));
      }
      expect([values.at(-1)!]).toMatchNumbers([logDensity(mixture, points).mean().dataSync()[0]!], { rtol: 5e-6 });
      tf.dispose([points, mixture]);
    }
  });

  test('moves with the points, by any shift', async () => {
    const points = pointsOf(key(21), 100, 2, 3);
    const by = tf.tensor1d([2048, -512]);
    // Multiples of 1/512, so that the shift is exact.
    const near = points.mul(512).round().div<tf.Tensor2D>(512);
    const options = { components: 3, key: key(2), covariance, steps: 5, tolerance: 0 };
    const [here, there] = [await fitMixture(near, options), await fitMixture(near.add(by), options)];
    expect(there.logLikelihoods).toMatchNumbers(here.logLikelihoods, { rtol: 2e-6 });
    expect(there.mixture.means.sub(by)).toMatchNumbers(here.mixture.means, { rtol: 0, atol: 3e-4 });
  });

  test('leaves no tensors behind, when it ends, fails or is stopped', async () => {
    const points = pointsOf(key(31), 40, 2, 2);
    const options: MixtureFitOptions = { components: 3, key: key(2), covariance, steps: 3, tolerance: 0 };
    const fit = await expectNoLeak(() => fitMixture(points, options), 3);
    const step = await expectNoLeak(() => emStep(points, fit.mixture, { covariance }), 3);
    await expectNoLeak(() => responsibilities(points, step.mixture), 1);
    const stop = new AbortController();
    const stopped = () =>
      fitMixture(points, { ...options, signal: stop.signal, onStep: () => stop.abort(new Error('enough')) });
    await expectNoLeak(() => expect(stopped()).rejects.toThrow('enough'));
    await expectNoLeak(() => expect(fitMixture(points.mul(Number.NaN), options)).rejects.toThrow('finite points'), 1);
  });
});

test('responsibilities are Bayes’ rule', () => {
  const mixture = randomMixture(key(41), { kind: 'diagonal', n: 5, k: 3, separation: 1 });
  const points = sampleMixture(mixture, 20, key(42));
  const found = responsibilities(points, mixture);
  const all = logDensity(mixture, points);
  const weights = mixture.weights!.dataSync();
  for (let n = 0; n < 5; n++) {
    const one: GaussianMixture = {
      means: mixture.means.slice([n, 0], [1, -1]),
      covariance: {
        kind: 'diagonal',
        sigma: (mixture.covariance as { sigma: tf.Tensor2D }).sigma.slice([n, 0], [1, -1]),
      },
    };
    const expected = logDensity(one, points).sub(all).exp().mul(weights[n]!);
    expect(found.slice([0, n], [-1, 1]).flatten()).toMatchNumbers(expected, { rtol: 1e-4 });
  }
});

describe('degenerate input', () => {
  const points = pointsOf(key(51), 30, 2, 2);
  const centre = (mixture: GaussianMixture, n: number) => mixture.means.slice([n, 0], [1, -1]).flatten();

  test.each(named)('%s: an empty component stays where it is, with a weight of almost 0', async (_, covariance) => {
    const start = gaussianMixture({
      means: [
        [0, 0],
        [500, 500],
      ],
      sigma: 0.6,
    });
    const fit = await fitMixture(points, { initial: start, covariance, steps: 3, tolerance: 0 });
    expect(centre(fit.mixture, 1)).toMatchNumbers([500, 500], { rtol: 1e-6 });
    expect(centre(fit.mixture, 0)).toMatchNumbers(points.mean(0), { atol: 1e-5 });
    const [full = 0, none = 0] = fit.mixture.weights!.dataSync();
    expect(full).toBe(1);
    expect(none).toBeGreaterThan(0);
    expect(none).toBeLessThan(1e-15);
    const root = fit.mixture.covariance.kind === 'full' ? fit.mixture.covariance.factor : fit.mixture.covariance.sigma;
    if (root.shape[0] === 2) {
      const own = root.slice([1], [1]).flatten().dataSync();
      expect(own[0]).toBeCloseTo(0.6, 6);
    }
    // Such a mixture is one to go on with.
    expect(Number.isFinite(emStep(points, fit.mixture, { covariance }).logLikelihood)).toBe(true);
  });

  test.each(named)('%s: duplicate points, all of them one, and more centres than points', async (_, covariance) => {
    const same = tf.tile(tf.tensor2d([[3, -4]]), [20, 1]);
    const one = await fitMixture(same, { components: 3, key: key(1), covariance, steps: 4 });
    expect(one.mixture.means).toMatchNumbers(tf.tile(tf.tensor2d([[3, -4]]), [3, 1]));
    const sigma = typeof covariance === 'object' ? covariance.fixed : 1e-3;
    expect([one.logLikelihoods.at(-1)!]).toMatchNumbers([-Math.log(2 * Math.PI) - 2 * Math.log(sigma)], { rtol: 1e-4 });
    const two = tf.tensor2d([
      [0, 0],
      [0, 0],
      [0, 0],
      [1, 1],
    ]);
    const pair = await fitMixture(two, { components: 2, key: key(1), covariance, steps: 30 });
    expect(pair.logLikelihoods.every(Number.isFinite)).toBe(true);
    const many = await fitMixture(two, { initial: pointsOf(key(2), 9, 2, 1), covariance, steps: 5 });
    expect(many.mixture.means.shape).toEqual([9, 2]);
    expect(many.logLikelihoods.every(Number.isFinite)).toBe(true);
  });

  test.each(named)('%s: one point, one component, one dimension; a constant coordinate', async (_, covariance) => {
    const one = await fitMixture(tf.tensor2d([[7]]), { components: 1, key: key(1), covariance });
    expect(one.mixture.means).toMatchNumbers(tf.tensor2d([[7]]));
    const flat = points.mul(tf.tensor1d([1, 0])).add<tf.Tensor2D>(tf.tensor1d([0, 5]));
    const fit = await fitMixture(flat, { components: 2, key: key(3), covariance, steps: 6 });
    expect(fit.mixture.means.slice([0, 1], [-1, 1]).flatten()).toMatchNumbers([5, 5]);
    expect(fit.logLikelihoods.every(Number.isFinite)).toBe(true);
  });

  test('a covariance that becomes singular says so, and what to do', async () => {
    const two = tf.tensor2d([
      [0, 0],
      [0, 0],
      [9, 9],
      [9, 9],
    ]);
    for (const covariance of ['spherical', 'diagonal', 'full'] as const) {
      const options = { initial: two.gather([0, 2]), covariance, regularization: 0 };
      await expect(fitMixture(two, options)).rejects.toThrow(
        /component 0 is singular in float32.*Raise regularization \(it is 0,/,
      );
    }
  });

  test('points too far from every centre for float32', () => {
    const mixture = gaussianMixture({ means: [[0, 0]], sigma: 1e-3 });
    expect(() => emStep(points.mul(1e20), mixture, { covariance: 'spherical' })).toThrow(
      'expected a finite log-likelihood',
    );
  });
});

test.each<[string, Partial<MixtureFitOptions>, RegExp]>([
  ['no start', {}, /expected initial, or components and key/],
  ['a number of components without a key', { components: 2 }, /expected initial, or components and key/],
  ['two starts', { components: 2, initial: tf.zeros([1, 2]) as tf.Tensor2D }, /either initial or components, got both/],
  ['more seeds than points', { components: 9, key: key(1) }, /from 1 to the 4 points, got 9; give starting centres/],
  ['no components', { components: 0, key: key(1) }, /from 1 to the 4 points, got 0/],
  [
    'centres of another dimension',
    { initial: tf.zeros([2, 3]) as tf.Tensor2D },
    /means of 2 dimensions.* got \[2, 3\]/,
  ],
  ['centres that are NaN', { initial: tf.fill([2, 2], Number.NaN) as tf.Tensor2D }, /finite means/],
  ['sigma 0', { covariance: { fixed: 0 } }, /fixed sigma to be a positive number.*got 0/],
  ['sigma -1', { covariance: { fixed: -1 } }, /got -1/],
  [
    'an unknown covariance',
    { covariance: 'tied' as 'full' },
    /'spherical', 'diagonal', 'full' or \{ fixed: sigma \}, got tied/,
  ],
  ['unknown weights', { weights: 'some' as 'free' }, /'equal' or 'free', got some/],
  ['regularization -1', { regularization: -1 }, /regularization to be at least 0, got -1/],
  ['half a step', { steps: 0.5, components: 1, key: key(1) }, /steps to be a whole number/],
  ['tolerance -1', { tolerance: -1, components: 1, key: key(1) }, /tolerance to be at least 0/],
  [
    'a full start for spherical covariances',
    {
      covariance: 'spherical',
      initial: gaussianMixture({
        means: [[0, 0]],
        covariance: [
          [1, 0],
          [0, 1],
        ],
      }),
    },
    /isotropic covariances to fit spherical ones, got full ones/,
  ],
])('refuses %s', async (_, options, message) => {
  const points = tf.tensor2d([
    [0, 0],
    [1, 0],
    [0, 1],
    [3, 3],
  ]);
  await expectNoLeak(() => expect(fitMixture(points, options)).rejects.toThrow(message));
});

test('seeds are points, apart from each other where points are; the same for the same key', () => {
  const points = tf.tensor2d([
    [0, 0],
    [0, 0.001],
    [100, 0],
    [100, 0.001],
    [0, 100],
    [0, 100.001],
  ]);
  for (let i = 0; i < 20; i++) {
    const centres = seedCentres(points, 3, key(i));
    expect(new Set((centres.div(100).round().arraySync() as number[][]).map(String)).size).toBe(3);
    expect(seedCentres(points, 3, key(i))).toMatchNumbers(centres, { rtol: 0, atol: 0 });
  }
  // Duplicates: each point once, all of them in the end.
  const all = seedCentres(tf.tensor2d([[1], [1], [1], [2]]), 4, key(3))
    .flatten()
    .dataSync();
  expect([...all].sort()).toEqual([1, 1, 1, 2]);
});

test('the start reaches the callback, and 0 steps are the start', async () => {
  const points = pointsOf(key(61), 30, 2, 2);
  const initial = points.slice([0, 0], [3, -1]);
  const seen: number[] = [];
  const fit = await fitMixture(points, { initial, steps: 0, onStep: ({ step }) => seen.push(step) });
  expect(seen).toEqual([0]);
  expect(fit.converged).toBe(false);
  expect(fit.mixture.means).toMatchNumbers(initial, { atol: 1e-6 });
  expect(fit.logLikelihoods).toMatchNumbers([logDensity(fit.mixture, points).mean().dataSync()[0]!]);
});
