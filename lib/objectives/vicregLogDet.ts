import { tf } from '../engine/tensorflow';
import { logDet } from '../information/logDet';
import { type Objective, objective } from './objective';
import { requireNonNegative, requirePositive } from './optionChecks';
import { invarianceTerm } from './vicreg';

export interface VicregLogDetOptions {
  /** Weight λ of the invariance term; default 25, VICReg's. */
  readonly invariance?: number;
  /** Weight μ of the entropy term; default 50 = 2λ, chosen here: the ratio of the bound below. */
  readonly entropy?: number;
  /**
   * β of `logDet`; default 10, chosen here: above 2 no direction is given up for the noise between its views, see
   * below.
   */
  readonly beta?: number;
}

/**
 * VICReg + LogDet: VICReg's invariance term, and −H of each view in place of variance and covariance (Shwartz-Ziv et
 * al. 2023, arXiv 2303.00633: the paper names such a family; formula and settings are chosen here): λ · mean (za − zb)²
 * − μ · ½ (H(za) + H(zb)) / K, H = `logDet` of the raw embeddings in nats, per dimension as the invariance is. With μ =
 * 2λ that is 2λ / K times ½‖za − zb‖² − H, the bound of −I for q(z | x′) = N(z′, I) (Barber & Agakov 2003; Gaussian
 * conditionals).
 *
 * H has no upper bound, but grows as the logarithm of the scale, and the invariance with its square: with views that
 * differ by the share m = E(za − zb)² / var(z) in each of r = min(K, N − 1) directions, the loss is least at var = (μ /
 * 2λm) (r / K) − r / (K β): finite, about 1 / m by the defaults for N > K. Only where the views agree entirely (m → 0)
 * does nothing but weight decay hold the scale. A direction collapses where m > μ β / 2λ, which m ≤ 2 (independent
 * views) is not by the defaults.
 *
 * @throws If an option is out of its range.
 * @example
 * const za = tf.tensor2d([[-0.5, -0.5], [0.5, 0.5]]);
 * const zb = tf.tensor2d([[0.5, -0.5], [1.5, 0.5]]);
 * // One direction of variance 1: H = ½ ln(1 + 10), times 50 / K.
 * vicregLogDet().terms({ za, zb }); // { invariance: 12.5, entropy: -29.974 }
 */
export function vicregLogDet({ invariance = 25, entropy = 50, beta = 10 }: VicregLogDetOptions = {}): Objective {
  requireNonNegative('vicregLogDet', { invariance, entropy });
  requirePositive('vicregLogDet', { beta });
  return objective(
    'VICReg + LogDet',
    ({ za, zb }) => {
      const both = tf.add(logDet(za, { beta }), logDet(zb, { beta }));
      return {
        invariance: invarianceTerm(za, zb).mul(invariance),
        entropy: both.mul(-entropy / (2 * za.shape[1])),
      };
    },
    { shiftInvariant: true, settings: { invariance, entropy, beta } },
  );
}
