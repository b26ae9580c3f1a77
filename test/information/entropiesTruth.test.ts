import { describe, expect, test } from 'vitest';
import { foldIn, key, normal, uniform } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { entropyEstimators } from '../../lib/information/entropyEstimators';
import { gaussianMixture } from '../../lib/information/gaussianMixture';
import { monteCarloEntropy } from '../../lib/information/monteCarloEntropy';
import { sampleMixture } from '../../lib/information/sampleMixture';

const number = (f: () => tf.Tensor) => tf.tidy(() => f().dataSync()[0]!);

/** Standard deviations of the centres in units of sigma, from collapsed to apart. */
const separations = [0, 0.1, 0.3, 1, 3, 30];

/** Rows that the estimators for densities are given. */
const draws = 600;

/**
 * What an estimate from `draws` rows may be off by, either way: 4.5 deviations of the mean of −ln p, whose variance is K/2 for a Gaussian,
 * and 1 is added for the choice of the component.
 */
const sampling = (k: number) => 4.5 * Math.sqrt((k / 2 + 1) / draws);

describe.each([1, 2, 4, 8, 16, 32, 64])('mixtures in %i dimensions', (k) => {
  test.each(separations)('with centres %f sigma apart: each estimator is on its side of the truth', (separation) => {
    for (const [seed, n] of [5, 20, 60].entries()) {
      const own = foldIn(foldIn(key(seed), k), separations.indexOf(separation));
      const sigma = number(() => uniform(foldIn(own, 0), [1], 0.2, 2));
      const means = normal(foldIn(own, 1), [n, k], 0, separation * sigma) as tf.Tensor2D;
      const mixture = gaussianMixture({ means, sigma });
      const { value: truth, standardError } = monteCarloEntropy(mixture, { samples: 5000, key: foldIn(own, 2) });
      const rows = sampleMixture(mixture, draws, foldIn(own, 3));
      for (const { name, of, side, estimate } of entropyEstimators) {
        const excess = number(() => estimate(of === 'mixture' ? means : rows, { sigma })) - truth;
        // Float32's part last.
        let tolerance = 4.5 * standardError + 1e-5 * k + 1e-4;
        if (of === 'density') tolerance += sampling(k);
        // What the mean logarithm of a Wishart determinant is low by.
        if (name === 'moment bound') tolerance += (k * (k + 1)) / (4 * draws);
        const label = `${name}, ${n} components, against ${truth} ± ${standardError}`;
        if (side === 'below') expect(excess, label).toBeLessThan(tolerance);
        else expect(excess, label).toBeGreaterThan(-tolerance);
        // In more dimensions too high, by 20 nats in 64.
        if (side === 'near' && k <= 4) expect(excess, label).toBeLessThan(tolerance + 0.1);
      }
      tf.dispose([mixture.means, mixture.covariance, means, rows]);
    }
  });
});

test('which entropy each is of, and on which side', () => {
  expect(Object.fromEntries(entropyEstimators.map(({ name, of, side }) => [name, `${side} ${of}`]))).toEqual({
    'PairDist upper (KL)': 'above mixture',
    'PairDist lower (Bhattacharyya)': 'below mixture',
    LogDet: 'above mixture',
    'moment bound': 'above density',
    'Kozachenko–Leonenko': 'near density',
    'kernel density': 'above density',
  });
});
