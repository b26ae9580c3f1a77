import { describe, expect, test } from 'vitest';
import { signedLogDeterminant } from '../../lib/engine/logDeterminant';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { gaussianDivergences } from '../../lib/information/gaussianDivergence';
import { type GaussianMixture, gaussianMixture } from '../../lib/information/gaussianMixture';
import { mixtureEntropyBound } from '../../lib/information/mixtureEntropyBound';
import { pairDist } from '../../lib/information/pairDist';
import { randomMixture } from './randomMixture';

describe('gaussianDivergences', () => {
  test('divergences by hand: N(0, 1) and N(3, 4) in one dimension', () => {
    const mixture = gaussianMixture({ means: [[0], [3]], sigma: [1, 2] });
    // KL = ln(σ_j/σ_i) + (σ_i² + Δ²) / 2σ_j² − ½; Bhattacharyya = Δ² / 4(σ_i² + σ_j²) + ½ ln((σ_i² + σ_j²) / 2σ_iσ_j).
    const [there, back] = [Math.log(2) + 10 / 8 - 0.5, -Math.log(2) + 13 / 2 - 0.5];
    expect(gaussianDivergences(mixture, 'kl')).toMatchNumbers([0, there, back, 0]);
    const b = 9 / 20 + 0.5 * Math.log(5 / 4);
    expect(gaussianDivergences(mixture, 'bhattacharyya')).toMatchNumbers([0, b, b, 0]);
  });

  test('Chernoff α one way is 1 − α the other way, and isotropic, diagonal and full agree', () => {
    const means = normal(key(1), [5, 3]) as tf.Tensor2D;
    const sigma = [0.5, 1, 1.5, 2, 0.8];
    const same = [
      gaussianMixture({ means, sigma }),
      gaussianMixture({ means, sigmas: sigma.map((s) => [s, s, s]) }),
      gaussianMixture({
        means,
        covariance: sigma.map((s) => [
          [s * s, 0, 0],
          [0, s * s, 0],
          [0, 0, s * s],
        ]),
      }),
    ];
    for (const divergence of ['kl', 'bhattacharyya', { chernoff: 0.3 }] as const) {
      const [first, ...others] = same.map((mixture) => gaussianDivergences(mixture, divergence));
      for (const other of others) expect(other).toMatchNumbers(first!, { atol: 2e-6 });
      const weighted = pairDist(means, { sigma, divergence });
      for (const mixture of same) expect(mixtureEntropyBound(mixture, { divergence })).toMatchNumbers(weighted);
    }
    for (const mixture of same) {
      const there = gaussianDivergences(mixture, { chernoff: 0.3 });
      expect(gaussianDivergences(mixture, { chernoff: 0.7 }).transpose()).toMatchNumbers(there, { atol: 2e-6 });
    }
  });

  test('nearly equal covariances lose no digits: KL and Bhattacharyya in float64', () => {
    for (const [k, apart] of [
      [2048, 1e-3],
      [64, 1e-2],
      [3, 0.4],
    ] as const) {
      const sigmas = tf.tidy(() => normal(key(31), [3, k]).mul(apart).add(1).abs().add<tf.Tensor2D>(0.05));
      const mixture: GaussianMixture = { means: tf.zeros([3, k]), covariance: { kind: 'diagonal', sigma: sigmas } };
      const s = sigmas.arraySync();
      const sum = (f: (r: number) => number) =>
        s.flatMap((a) => s.map((b) => a.reduce((total, value, d) => total + f((value / b[d]!) ** 2), 0) / 2));
      const kl = sum((r) => r - 1 - Math.log(r));
      const bhattacharyya = sum((r) => Math.log((1 + r) / 2) - Math.log(r) / 2);
      const close = { rtol: 2e-5, atol: 1e-8 };
      expect(gaussianDivergences(mixture, 'kl')).toMatchNumbers(kl, apart < 0.1 ? close : {});
      expect(gaussianDivergences(mixture, 'bhattacharyya')).toMatchNumbers(bhattacharyya, close);
    }
    const k = 64;
    const noise = normal(key(32), [k, k]).mul(1e-5);
    const factor = tf.stack([tf.eye(k), tf.linalg.bandPart(noise, -1, 0).add(tf.eye(k))]) as tf.Tensor3D;
    // By hand for I and (I + E)(I + E)ᵀ: ½ Σ_(i > j) e_ij² + Σ_i ½ ((1 + e_ii)² − 1) − ln(1 + e_ii).
    const l = factor.slice([1], [1]).squeeze<tf.Tensor2D>([0]).arraySync();
    let expected = 0;
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < i; j++) expected += l[i]![j]! ** 2 / 2;
      expected += ((l[i]![i]! - 1) * (l[i]![i]! + 1)) / 2 - Math.log1p(l[i]![i]! - 1);
    }
    const divergences = gaussianDivergences({ means: tf.zeros([2, k]), covariance: { kind: 'full', factor } }, 'kl');
    expect(divergences.slice([1, 0], [1, 1])).toMatchNumbers([expected], { rtol: 1e-4, atol: 0 });
  });

  test('a linear map changes no divergence, and the bounds by its log-determinant', () => {
    const mixture = randomMixture(key(7), { kind: 'full', n: 5, k: 4, separation: 1 });
    if (mixture.covariance.kind !== 'full') throw new Error('full');
    const map = normal(key(8), [4, 4]).add<tf.Tensor2D>(tf.eye(4).mul(2));
    const covariance = tf.matMul(mixture.covariance.factor, mixture.covariance.factor, false, true);
    const mapped = gaussianMixture({
      means: tf.matMul(mixture.means, map, false, true),
      covariance: tf.stack(
        tf.unstack(covariance).map((s) => tf.matMul(tf.matMul(map, s as tf.Tensor2D), map, false, true)),
      ) as tf.Tensor3D,
      weights: mixture.weights!,
    });
    for (const divergence of ['kl', 'bhattacharyya', { chernoff: 0.3 }] as const) {
      expect(gaussianDivergences(mapped, divergence)).toMatchNumbers(gaussianDivergences(mixture, divergence), {
        rtol: 1e-3,
        atol: 1e-4,
      });
      const moved = mixtureEntropyBound(mixture, { divergence }).add(signedLogDeterminant(map).logAbsolute);
      expect(mixtureEntropyBound(mapped, { divergence })).toMatchNumbers(moved, { rtol: 0, atol: 1e-4 });
    }
  });
});
