import { tf } from '../engine/tensorflow';
import { columnDeviations } from './columnDeviations';
import { gramLogDeterminant } from './gramLogDeterminant';
import { isotropicEntropy } from './pairDist';
import { requireRows } from './requireRows';

/**
 * The moment bound in nats, ½ ln |2πe Σ̂|, Σ̂ the covariance of the rows over N − 1: the entropy of the Gaussian with
 * z's second moments, which no distribution with these moments exceeds. Far above the truth for clusters that are
 * apart. For N draws of a Gaussian it is below the truth on average, by (K/2) ln((N − 1)/2) − ½ Σ_{j=1..K} ψ((N −
 * j)/2), near K (K + 1) / 4N for K ≪ N (the mean logarithm of a Wishart determinant).
 *
 * −Infinity at collapse, of all or of one dimension, with a gradient of NaN. Where other dimensions determine one,
 * −Infinity or, by rounding, finite and far too low. Train on `logDet`, which stays finite. A dimension's scale alone
 * makes no singular Σ̂. NaN in z gives NaN. Not changed by a permutation of the rows, a rotation or a shift; a factor s
 * on z adds K ln |s|. Differentiable any number of times.
 * Source: Cover & Thomas, "Elements of Information Theory", chapter 8.
 *
 * @param z [N, K], N > K: with fewer rows Σ̂ is singular, whatever they are.
 * @throws If z is not such a matrix.
 * @example
 * // Variance 1: the entropy of N(0, 1), ½ ln 2πe.
 * momentBound(tf.tensor2d([[-1], [0], [1]])); // 1.4189
 * momentBound(tf.zeros([2, 3])); // throws 'more rows than dimensions'
 */
export function momentBound(z: tf.Tensor): tf.Scalar {
  requireRows('momentBound', 'z', z, 2);
  const [n, k] = z.shape as [number, number];
  if (n <= k) {
    throw new Error(
      `momentBound: expected more rows than dimensions, got [${n}, ${k}]; the covariance of so few is singular and the bound ` +
        '−∞. Give it more rows, or take logDet.',
    );
  }
  return tf.tidy(() => {
    // For any constants s, ½ ln |Σ| is Σ ln s + ½ ln |Σ of z / s|; with the deviations for s, float32 sees no scale.
    const scales = columnDeviations(z);
    const standard = z.mul(tf.where(scales.greater(0), scales.reciprocal(), tf.zerosLike(scales)));
    const volume = gramLogDeterminant(standard, { scale: 1 / (n - 1), shift: 0, centred: true });
    return volume.add(scales.log().sum()).add(isotropicEntropy(k, 1)) as tf.Scalar;
  });
}
