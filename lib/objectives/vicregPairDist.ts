import { tf } from '../engine/tensorflow';
import { type Divergence, pairDist } from '../information/pairDist';
import { type Objective, objective } from './objective';
import { requireNonNegative, requirePositive } from './optionChecks';
import { invarianceTerm } from './vicreg';

export interface VicregPairDistOptions {
  /** Weight λ of the invariance term; default 25, VICReg's. */
  readonly invariance?: number;
  /** Weight μ of the entropy term; default 25, chosen here. */
  readonly entropy?: number;
  /**
   * The components' standard deviation in units of √K, so that one value serves any K: components N(z_i, σ² K I).
   * Default 0.25, chosen here: the mean over pairs of the Bhattacharyya distance is var / 4σ², so embeddings with
   * variance 1 a dimension are 4 nats apart, where a batch of hundreds is nearly told apart.
   */
  readonly sigma?: number;
  /** Default `bhattacharyya`: a lower bound on the entropy, so that what is made large is one too. */
  readonly divergence?: Divergence;
}

/**
 * VICReg + PairDist: VICReg's invariance term, and −H of each view in place of variance and covariance (Shwartz-Ziv et
 * al. 2023, arXiv 2303.00633: the paper names such a family; formula and settings are chosen here): λ · mean (za − zb)²
 * − μ · ½ (H(za) + H(zb)), H = `pairDist` of the raw embeddings in nats without the components' own entropy, which is
 * constant: 0 at collapse, ln N at most. For H(Z) + E ln q with q(z | x′) = N(z′, s² K I) the ratio μ / λ is 2 s².
 *
 * The scale stays finite: H is bounded, and its gradient vanishes as exp(−d²/8Kσ²) once the embeddings are told apart,
 * while the invariance grows with the square of the scale. At collapse H grows as var / 4σ² (Bhattacharyya), the
 * invariance as m · var with m = E(za − zb)² / var(z) ≤ 2, so the default weights lead away from it. The components are
 * equally wide in all directions, so nothing asks for decorrelated dimensions beyond telling the embeddings apart.
 *
 * @throws If an option is out of its range.
 * @example
 * const za = tf.tensor2d([[-0.5, -0.5], [0.5, 0.5]]);
 * const zb = tf.tensor2d([[0.5, -0.5], [1.5, 0.5]]);
 * // d² = 2 and σ² = 2 · 0.25²: H = −ln ½(1 + e^−2).
 * vicregPairDist().terms({ za, zb }); // { invariance: 12.5, entropy: -14.1555 }
 */
export function vicregPairDist({
  invariance = 25,
  entropy = 25,
  sigma = 0.25,
  divergence = 'bhattacharyya',
}: VicregPairDistOptions = {}): Objective {
  requireNonNegative('vicregPairDist', { invariance, entropy });
  requirePositive('vicregPairDist', { sigma });
  return objective(
    'VICReg + PairDist',
    ({ za, zb }) => {
      const options = { sigma: sigma * Math.sqrt(za.shape[1]), divergence, componentEntropy: false };
      return {
        invariance: invarianceTerm(za, zb).mul(invariance),
        entropy: tf.add(pairDist(za, options), pairDist(zb, options)).mul(-entropy / 2),
      };
    },
    { shiftInvariant: true, settings: { invariance, entropy, sigma, divergence } },
  );
}
