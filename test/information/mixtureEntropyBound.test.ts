import { describe, expect, test } from 'vitest';
import { foldIn, key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { gaussianDivergences } from '../../lib/information/gaussianDivergence';
import { type GaussianMixture, gaussianMixture } from '../../lib/information/gaussianMixture';
import {
  bestChernoffAlpha,
  type MixtureEntropyBoundOptions,
  mixtureEntropyBound,
} from '../../lib/information/mixtureEntropyBound';
import { monteCarloEntropy } from '../../lib/information/monteCarloEntropy';
import { isotropicEntropy } from '../../lib/information/pairDist';
import { expectGradient } from '../engine/finiteDifferences';
import { expectNoLeak } from '../matchers';
import { covarianceKinds, randomCount, randomMixture } from './randomMixture';

type Which = NonNullable<MixtureEntropyBoundOptions['divergence']>;
const best = { chernoff: 'best' } as const;
const every: Which[] = ['kl', 'bhattacharyya', { chernoff: 0.2 }, best];

const at = (mixture: GaussianMixture, divergence: Which) =>
  tf.tidy(() => mixtureEntropyBound(mixture, { divergence }).dataSync()[0]!);

describe.each(covarianceKinds)('random mixtures with %s covariances', (kind) => {
  test.each([1, 2, 5, 16, 64])('in %i dimensions: lower bounds ≤ the truth ≤ upper bound', (k) => {
    const separations = [0, 0.05, 0.2, 0.5, 1, 2, 4, 20];
    let seed = 0;
    for (const separation of separations) {
      for (const shared of [false, true]) {
        const own = foldIn(foldIn(key(k), covarianceKinds.indexOf(kind)), seed++);
        const n = randomCount(foldIn(own, 9), 2, 9);
        const weighted = seed % 3 > 0;
        const mixture = randomMixture(own, { kind, n, k, separation, shared, weighted });
        const truth = monteCarloEntropy(mixture, { samples: 400, key: foldIn(own, 10) });
        const error = 4 * truth.standardError + 1e-5 + 2e-6 * k;
        const what = `${kind}, N ${n}, K ${k}, separation ${separation}, ${shared ? 'shared' : 'own'}`;
        const lower = ([{ chernoff: 0.15 }, 'bhattacharyya', { chernoff: 0.8 }, best] as const).map((d) =>
          at(mixture, d),
        );
        for (const bound of lower) {
          expect(bound, `lower, ${what}`).toBeLessThanOrEqual(truth.value + error);
          expect(bound, `best, ${what}`).toBeLessThanOrEqual(lower[3]! + 2e-6 * (k + 1));
        }
        expect(at(mixture, 'kl'), `upper, ${what}`).toBeGreaterThanOrEqual(truth.value - error);
        tf.dispose(mixture);
      }
    }
  });
});

describe('limits and closed forms', () => {
  const weights = [0.1, 0.2, 0.3, 0.4];
  const weightEntropy = -weights.reduce((sum, weight) => sum + weight * Math.log(weight), 0);

  test.each(covarianceKinds)('a collapsed mixture has h, one far apart h + the entropy of its weights (%s)', (kind) => {
    for (const k of [1, 8, 64]) {
      const one = randomMixture(key(k), { kind, n: 1, k, separation: 1, weighted: false });
      const { covariance } = one;
      // The Gaussian's own entropy, from the root's diagonal in float64.
      const diagonal = {
        isotropic: () =>
          Array.from({ length: k }, () => covariance.kind === 'isotropic' && covariance.sigma.dataSync()[0]!),
        diagonal: () => Array.from(covariance.kind === 'diagonal' ? covariance.sigma.dataSync() : []),
        full: () =>
          Array.from({ length: k }, (_, i) => covariance.kind === 'full' && covariance.factor.dataSync()[i * k + i]!),
      }[kind]();
      const h = isotropicEntropy(k, 1) + diagonal.reduce<number>((sum, scale) => sum + Math.log(scale as number), 0);
      const same = { ...one, means: tf.ones([4, k]) as tf.Tensor2D };
      const apart = {
        ...one,
        means: tf
          .range(0, 4)
          .mul(100)
          .expandDims(1)
          .mul<tf.Tensor2D>(tf.ones([4, k])),
      };
      const sampling = { samples: 200, key: key(1) };
      for (const divergence of every) {
        expect(at(one, divergence)).toBeCloseTo(h, 4);
        expect(at(same, divergence)).toBeCloseTo(h, 4);
        expect(at(apart, divergence)).toBeCloseTo(h + Math.log(4), 4);
        expect(at({ ...same, weights: tf.tensor1d(weights) }, divergence)).toBeCloseTo(h, 4);
        expect(at({ ...apart, weights: tf.tensor1d(weights) }, divergence)).toBeCloseTo(h + weightEntropy, 4);
      }
      for (const [mixture, expected] of [
        [one, h],
        [same, h],
        [apart, h + Math.log(4)],
      ] as const) {
        const { value, standardError } = monteCarloEntropy(mixture, sampling);
        expect(Math.abs(value - expected)).toBeLessThan(1e-4);
        expect(standardError).toBeLessThan(1e-4);
      }
    }
  });
});

describe('the best α', () => {
  test('is ½ for one covariance for all, and the bound Bhattacharyya’s', () => {
    for (const kind of covarianceKinds) {
      const mixture = randomMixture(key(2), { kind, n: 6, k: 3, separation: 1, shared: true });
      expect(bestChernoffAlpha(mixture)).toBe(0.5);
      expect(at(mixture, best)).toBe(at(mixture, 'bhattacharyya'));
      for (const alpha of [0.1, 0.4, 0.49, 0.6, 0.9])
        expect(at(mixture, { chernoff: alpha })).toBeLessThan(at(mixture, best) + 1e-6);
    }
  });

  test('is found: no α of a grid is better, and it can be much better than ½', () => {
    // A narrow component inside a wide one, in many dimensions.
    const nested = gaussianMixture({
      means: [Array(20).fill(0), Array(20).fill(0)],
      sigma: [0.1, 3],
      weights: [0.9, 0.1],
    });
    const others = covarianceKinds.map((kind) => randomMixture(key(3), { kind, n: 4, k: 6, separation: 0.3 }));
    for (const mixture of [nested, ...others]) {
      const found = at(mixture, best);
      for (let alpha = 0.05; alpha < 1; alpha += 0.05)
        expect(at(mixture, { chernoff: alpha })).toBeLessThan(found + 1e-5);
    }
    const wide = gaussianMixture({ means: [[0], [0], [0]], sigma: [0.05, 0.05, 4], weights: [0.05, 0.05, 0.9] });
    expect(at(wide, best)).toBeGreaterThan(at(wide, 'bhattacharyya') + 0.005);
  });
});

describe('gradients match finite differences', () => {
  const weights = tf.tensor1d([0.1, 0.2, 0.3, 0.4]);
  const of = (kind: (typeof covarianceKinds)[number], shared: boolean) => {
    const { means, covariance } = randomMixture(key(4), { kind, n: 4, k: 3, separation: 0.7, shared });
    const root = covariance.kind === 'full' ? covariance.factor : covariance.sigma;
    // Only the lower triangle of a factor is read.
    const lower = (x: tf.Tensor) => (kind === 'full' ? x.mul(tf.linalg.bandPart(tf.ones([3, 3]), -1, 0)) : x);
    const make = (m: tf.Tensor, r: tf.Tensor, c: tf.Tensor): GaussianMixture => ({
      means: m as tf.Tensor2D,
      covariance: (kind === 'full' ? { kind, factor: lower(r) } : { kind, sigma: r }) as GaussianMixture['covariance'],
      weights: c.div<tf.Tensor1D>(c.sum()),
    });
    return { make, inputs: [means, root, weights] };
  };

  test.each(covarianceKinds)('%s, by means, covariances and weights', async (kind) => {
    for (const shared of [false, true]) {
      const { make, inputs } = of(kind, shared);
      for (const divergence of shared ? (['kl'] as const) : every) {
        await expectGradient((m, r, c) => mixtureEntropyBound(make(m!, r!, c!), { divergence }), inputs, key(5), {
          step: 0.004,
          rtol: 1e-2,
          directions: 1,
        });
      }
    }
  });

  test.each(covarianceKinds)('%s, and so does the gradient of the gradient', async (kind) => {
    const { make, inputs } = of(kind, false);
    const [means, root] = inputs as [tf.Tensor, tf.Tensor];
    const direction = normal(key(6), root.shape);
    for (const divergence of ['kl', 'bhattacharyya'] as const) {
      const slope = (m: tf.Tensor, r: tf.Tensor) =>
        tf
          .grad((x) => mixtureEntropyBound(make(m, x, weights), { divergence }))(r)
          .mul(direction)
          .sum();
      await expectGradient((m, r) => slope(m!, r!), [means, root], key(7), { step: 0.004, rtol: 2e-2, directions: 1 });
    }
  });
});

test('nothing leaks, and bad divergences are refused', async () => {
  const mixture = randomMixture(key(1), { kind: 'full', n: 3, k: 2, separation: 1 });
  for (const divergence of every) await expectNoLeak(() => mixtureEntropyBound(mixture, { divergence }).dispose());
  await expectNoLeak(() => gaussianDivergences(mixture, 'kl').dispose());
  const bad = [{ chernoff: 1 }, { chernoff: 0 }, { chernoff: Number.NaN }, 'tv', null, { chernoff: 'worst' }];
  for (const divergence of bad) {
    const message = /expected the divergence 'kl', 'bhattacharyya' or \{ chernoff/;
    await expectNoLeak(() => {
      expect(() => mixtureEntropyBound(mixture, { divergence: divergence as 'kl' })).toThrow(message);
      expect(() => gaussianDivergences(mixture, divergence as 'kl')).toThrow(message);
    });
  }
});

test.each(every)('errors name the function called (%j)', async (divergence) => {
  const bad = { ...gaussianMixture({ means: [[0], [3]], sigma: [1, 2] }), weights: tf.tensor1d([0.5, 0.6]) };
  await expectNoLeak(() => {
    expect(() => mixtureEntropyBound(bad, { divergence })).toThrow(/^mixtureEntropyBound: expected positive weights/);
    expect(() => bestChernoffAlpha(bad)).toThrow(/^bestChernoffAlpha: expected positive weights/);
  });
});
