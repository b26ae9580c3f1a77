import { describe, expect, it } from 'vitest';
import { foldIn, key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { affineMaps } from '../../lib/theory/affineMap';
import { compareLikelihoods } from '../../lib/theory/likelihoodComparison';
import { selectOutputs } from '../../lib/theory/network';
import { gaussianMixtureOfOutputs, outputLogDensity, sampleOutputMixture } from '../../lib/theory/outputMixture';
import { expectNoLeak } from '../matchers';
import { affine, dense, randomLayers } from './networks';

const matrix = [
  [1, 2, 0],
  [0, 1, -1],
];

describe('gaussianMixtureOfOutputs', () => {
  it('has means f(x_n) and covariances sigma² A A, worked by hand', () => {
    const x = tf.tensor2d([
      [0, 0, 0],
      [1, 1, 1],
    ]);
    const { means, factors } = gaussianMixtureOfOutputs(affineMaps(affine(matrix, [3, -1]), x), x, { sigma: 2 });
    expect(means).toMatchNumbers(
      tf.tensor2d([
        [3, -1],
        [6, -1],
      ]),
    );
    const covariance = tf.matMul(factors, factors, false, true);
    expect(covariance.slice([0, 0, 0], [1, 2, 2])).toMatchNumbers([20, 8, 8, 8]);
    // Cholesky of [[20, 8], [8, 8]].
    expect(factors.slice([1, 0, 0], [1, 2, 2])).toMatchNumbers([Math.sqrt(20), 0, 8 / Math.sqrt(20), Math.sqrt(4.8)]);
  });

  it('carries any input covariance: A L L A on 100 random networks', () => {
    for (let trial = 0; trial < 100; trial++) {
      const k = foldIn(key(1), trial);
      const network = dense(randomLayers(k, [5, 9, 3]), 'leakyRelu');
      const x = normal(foldIn(k, 90), [2, 5]);
      const maps = affineMaps(network, x);
      const noise = normal(foldIn(k, 91), [trial % 2 ? 1 : 2, 5, 4]) as tf.Tensor3D;
      const mixture = gaussianMixtureOfOutputs(maps, x, { factors: noise });
      const spread = tf.matMul(maps.jacobian, noise);
      const expected = tf.matMul(spread, spread, false, true);
      expect(tf.matMul(mixture.factors, mixture.factors, false, true)).toMatchNumbers(expected, {
        rtol: 1e-4,
        atol: 1e-4,
      });
      expect(mixture.means).toMatchNumbers(network.apply(x), { rtol: 1e-4, atol: 1e-4 });
      expect(tf.min(mixture.factors.mul(tf.eye(3)).sum(2)).dataSync()[0]).toBeGreaterThan(0);
    }
  });

  it('has the density of two Gaussians in one dimension', () => {
    // z = 2x, sigma = 1/2 at x = 0 and 1: (φ(z) + φ(z - 2)) / 2.
    const x = tf.tensor2d([[0], [1]]);
    const mixture = gaussianMixtureOfOutputs(affineMaps(affine([[2]], [0]), x), x, { sigma: 0.5 });
    const zs = [-1, 0, 0.5, 1, 30];
    const phi = (u: number) => Math.exp(-0.5 * u * u) / Math.sqrt(2 * Math.PI);
    const expected = zs.map((z) =>
      z < 20 ? Math.log((phi(z) + phi(z - 2)) / 2) : -0.5 * 28 ** 2 - Math.log(2 * Math.sqrt(2 * Math.PI)),
    );
    expect(outputLogDensity(mixture, tf.tensor2d(zs, [5, 1]))).toMatchNumbers(expected, { rtol: 1e-5 });
  });

  it('has a density that integrates to 1 in the plane', () => {
    const x = normal(key(2), [3, 4]);
    const mixture = gaussianMixtureOfOutputs(affineMaps(dense(randomLayers(key(3), [4, 16, 2])), x), x, { sigma: 0.5 });
    const grid = Array.from({ length: 400 }, (_, i) => -20 + (40 * (i + 0.5)) / 400);
    const points = tf.tensor2d(grid.flatMap((a) => grid.map((b) => [a, b])));
    const mass = outputLogDensity(mixture, points).reduce((sum, value) => sum + Math.exp(value) * 0.01, 0);
    expect(mass).toBeCloseTo(1, 3);
  });

  it('samples with the mean and covariance of the mixture', () => {
    const x = tf.tensor2d([
      [0, 0, 0],
      [2, 0, 0],
    ]);
    const mixture = gaussianMixtureOfOutputs(affineMaps(affine(matrix, [0, 0]), x), x, { sigma: 1 });
    const z = sampleOutputMixture(mixture, 40000, key(4));
    expect(z.mean(0)).toMatchNumbers([1, 0], { atol: 0.06 });
    const centred = z.sub(z.mean(0)) as tf.Tensor2D;
    expect(tf.matMul(centred, centred, true).div(40000)).toMatchNumbers([6, 2, 2, 2], { atol: 0.2 }); // 5 + 1 between centres
  });

  it('has no density where an output is dead or the noise has too few directions, and says so', () => {
    const dead = affine([...matrix, [0, 0, 0]], [0, 0, 1]);
    const x = tf.ones([1, 3]) as tf.Tensor2D;
    const singular = gaussianMixtureOfOutputs(affineMaps(dead, x), x, { sigma: 1 });
    expect(() => outputLogDensity(singular, tf.zeros([1, 3]))).toThrow(
      /1 of 3 pivots of the factor of component 0 are 0/,
    );
    expect(sampleOutputMixture(singular, 5, key(5)).slice([0, 2], [5, 1])).toMatchNumbers([1, 1, 1, 1, 1]);
    const live = selectOutputs(dead, [1, 0]);
    const mixture = gaussianMixtureOfOutputs(affineMaps(live, x), x, { sigma: 1 });
    expect(mixture.means).toMatchNumbers([0, 3]);
    expect(outputLogDensity(mixture, tf.tensor2d([[0, 3]]))[0]).toBeCloseTo(
      -Math.log(2 * Math.PI) - 0.5 * Math.log(6),
      5,
    );
    const thin = gaussianMixtureOfOutputs(affineMaps(live, x), x, { factors: tf.ones([1, 3, 1]) });
    expect(thin.factors.shape).toEqual([1, 2, 1]);
    expect(() => outputLogDensity(thin, tf.zeros([1, 2]))).toThrow(/2 of 2 pivots of the factor of component 0 are 0/);
    // Its samples move by the one direction, (0, 3).
    const moved = sampleOutputMixture(thin, 1000, key(7)).sub(thin.means);
    expect(moved.square().mean(0)).toMatchNumbers([0, 9], { atol: 1.5 });
    expect(moved.slice([0, 0], [-1, 1]).abs().max()).toMatchNumbers([0]);
  });

  it('says what is wrong, and leaves no tensor but its own', async () => {
    const network = affine(matrix, [0, 0]);
    const x = tf.zeros([2, 3]);
    const maps = affineMaps(network, x);
    expect(() => gaussianMixtureOfOutputs(maps, x, { sigma: 0 })).toThrow(/sigma > 0/);
    expect(() => gaussianMixtureOfOutputs(maps, tf.zeros([1, 3]), { sigma: 1 })).toThrow(/expected 2 points/);
    expect(() => gaussianMixtureOfOutputs(maps, x, { factors: tf.zeros([2, 2, 3]) })).toThrow(/\[2 or 1, 3, R\]/);
    const mixture = await expectNoLeak(() => gaussianMixtureOfOutputs(maps, x, { sigma: 1 }), 2);
    expect(() => outputLogDensity(mixture, tf.zeros([1, 3]))).toThrow(/\[S, 2\]/);
    const z = await expectNoLeak(() => sampleOutputMixture(mixture, 4, key(6)), 1);
    await expectNoLeak(() => outputLogDensity(mixture, z));
    expect(() => selectOutputs(network, [2]).apply(x)).toThrow(/index in 0 … 1, got \[2\]/);
  });
});

describe('compareLikelihoods', () => {
  it('has no difference for an affine network, and minus the entropy of separated components', () => {
    const network = affine(matrix, [0, 0]);
    const x = tf.tensor2d([
      [0, 0, 0],
      [100, 0, 0],
    ]);
    const maps = affineMaps(network, x);
    const [row] = compareLikelihoods(network, x, maps, { sigmas: [0.5], samples: 4000, key: key(7) });
    // h = K/2 ln(2πe sigma²) + 1/2 ln det A A' + ln N
    const entropy = Math.log(2 * Math.PI * Math.E * 0.25) + 0.5 * Math.log(6) + Math.log(2);
    expect(Math.abs(row!.expected.mean + entropy)).toBeLessThan(4 * row!.expected.standardError);
    expect(row!.expected.standardError).toBeCloseTo(1 / Math.sqrt(8000), 3); // K/2 is the variance of the log-density
    expect(Math.abs(row!.difference.mean)).toBeLessThan(1e-3);
  });

  it('vanishes with sigma for a ReLU network, and shows the failure at large sigma', () => {
    const network = dense(randomLayers(key(8), [4, 12, 2]));
    const x = normal(key(9), [3, 4]);
    const maps = affineMaps(network, x);
    const rows = compareLikelihoods(network, x, maps, { sigmas: [1e-3, 2], samples: 1000, key: key(10) });
    expect(Math.abs(rows[0]!.difference.mean)).toBeLessThan(0.05);
    const large = rows[1]!.difference;
    expect(Math.abs(large.mean)).toBeGreaterThan(4 * large.standardError);
  });

  it('leaves no tensor behind', async () => {
    const network = dense(randomLayers(key(11), [4, 12, 2]));
    const x = normal(key(12), [2, 4]);
    const maps = affineMaps(network, x);
    const options = { sigmas: [0.1], samples: 10, key: key(13) };
    await expectNoLeak(() => compareLikelihoods(network, x, maps, options));
    expect(() => compareLikelihoods(network, x, maps, { ...options, samples: 1 })).toThrow(/samples/);
    expect(() => compareLikelihoods(network, x, maps, { ...options, sigmas: [0] })).toThrow(/sigma > 0/);
  });
});
