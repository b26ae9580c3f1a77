import gammaln from '@stdlib/math-base-special-gammaln';
import { foldIn, type Key, permutation } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { requireSamples } from './matrix';

/** What independent coordinates give for the two measures of `distanceToDiagonal`: the null line beside them. */
export interface IndependentDistance {
  /** Root mean square of the relative Frobenius distance. */
  readonly relativeFrobenius: number;
  /** Mean of the mean absolute correlation. NaN where fewer than two coordinates vary. */
  readonly meanAbsoluteCorrelation: number;
}

/**
 * The distance to diagonal that a covariance of `samples` draws of K independent coordinates has by chance alone, given
 * its diagonal.
 *
 * The sample correlation r of two independent coordinates has E r² = 1 / (S − 1) exactly: for Gaussian ones, where it
 * does not depend on their variances, and for any series over the permutations of one of them. So, given the sample
 * variances s_j, the relative Frobenius distance has mean square Σ_{j≠k} s_j s_k / ((S − 1) Σ_j s_j²). For Gaussian
 * coordinates E|r| = Γ((S − 1)/2) / (√π Γ(S/2)), about √(2 / (π S)). Derived here.
 *
 * @param variances The diagonal of the covariance, K ≥ 2 of them, over S − 1; on any common scale.
 * @param samples S ≥ 2.
 * @throws If a variance is negative or not finite, K < 2 or S < 2.
 * @example
 * // By chance, of 5 samples: √(2 / (4 · 2)), and Γ(2) / (√π Γ(5/2)).
 * const chance = independentDistanceToDiagonal([1, 1], 5);
 * chance; // { relativeFrobenius: 0.5, meanAbsoluteCorrelation: 0.4244 }
 */
export function independentDistanceToDiagonal(variances: ArrayLike<number>, samples: number): IndependentDistance {
  requireSamples('independentDistanceToDiagonal', samples, 2);
  if (variances.length < 2) {
    throw new Error(`independentDistanceToDiagonal: expected at least 2 variances, got ${variances.length}`);
  }
  let [sum, squares, varying] = [0, 0, 0];
  const largest = Array.from(variances).reduce((a, b) => Math.max(a, b), 0);
  for (let j = 0; j < variances.length; j++) {
    const v = variances[j]!;
    if (!(v >= 0 && v < Number.POSITIVE_INFINITY)) {
      throw new Error(`independentDistanceToDiagonal: expected variances of at least 0 and finite, got ${v} at ${j}`);
    }
    if (v === 0) continue;
    varying++;
    sum += v / largest;
    squares += (v / largest) ** 2;
  }
  const meanAbsolute = Math.exp(gammaln((samples - 1) / 2) - gammaln(samples / 2)) / Math.sqrt(Math.PI);
  return {
    relativeFrobenius: Math.sqrt((sum * sum - squares) / ((samples - 1) * squares)),
    meanAbsoluteCorrelation: varying < 2 ? Number.NaN : meanAbsolute,
  };
}

/**
 * The samples with each coordinate put in a random order of its own: as independent as they can be made, every marginal
 * kept exactly. The null of `distanceToDiagonal` by permutation, with no assumption of a shape.
 *
 * @param z [S, K], S ≥ 2.
 * @param key Of the orders: the same key, the same ones.
 * @returns [S, K]; the caller disposes it.
 * @throws If there are fewer than 2 samples.
 * @example
 * const z = tf.tensor2d([[1, 10], [2, 20], [3, 30], [4, 40]]);
 * const mixed = permuteCoordinates(z, key(2));
 * // Each column keeps its values; which of them go together is new.
 * mixed.sum(0); // [10, 100]
 * mixed; // [[4, 10], [3, 30], [2, 40], [1, 20]]
 */
export function permuteCoordinates(z: tf.Tensor2D, key: Key): tf.Tensor2D {
  const [samples, size] = z.shape;
  requireSamples('permuteCoordinates', samples, 2);
  const from = z.dataSync();
  const permuted = new Float32Array(from.length);
  for (let k = 0; k < size; k++) {
    permutation(foldIn(key, k), samples).forEach((source, row) => {
      permuted[row * size + k] = from[source * size + k]!;
    });
  }
  return tf.tensor2d(permuted, [samples, size]);
}
