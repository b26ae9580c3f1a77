import { normalizeRows } from '../engine/normalizeRows';
import { tf } from '../engine/tensorflow';
import { type Divergence, pairDist } from '../information/pairDist';
import { type ByolOptions, byol } from './byol';
import { type Objective, objective } from './objective';
import { requireNonNegative, requirePositive } from './optionChecks';

export interface ByolPairDistOptions extends ByolOptions {
  /** Weight w of the entropy term; default 0.1, chosen here. */
  readonly entropy?: number;
  /**
   * The components' standard deviation around directions of length 1; default 0.2, chosen here: orthogonal directions
   * are then d²/8σ² = 6 nats apart, where a batch of hundreds is just told apart.
   */
  readonly sigma?: number;
  /** Default `bhattacharyya`: a lower bound on the entropy. */
  readonly divergence?: Divergence;
}

/**
 * BYOL + PairDist (Shwartz-Ziv et al. 2023, arXiv 2303.00633: the paper names such a family; formula and settings are
 * chosen here): the terms of `byol`, and −w · ½ (H(za) + H(zb)) (`entropy`), H = `pairDist` in nats, without the
 * components' constant entropy, of the online projections, each divided by its length: 0 where all directions are one,
 * ln N at most. Normalised, because BYOL's regression sees directions only: raw projections could be told apart by
 * their scale alone.
 *
 * @throws If an option is out of its range.
 * @example
 * const z = tf.tensor2d([[1, 0], [-1, 0]]);
 * // Opposite directions are told apart: 0.1 · ln 2.
 * byolPairDist().terms({ za: z, zb: z, pa: z, pb: z, ta: z, tb: z }); // { regression: 0, entropy: -0.0693 }
 */
export function byolPairDist({
  entropy = 0.1,
  sigma = 0.2,
  divergence = 'bhattacharyya',
  ...options
}: ByolPairDistOptions = {}): Objective {
  requireNonNegative('byolPairDist', { entropy });
  requirePositive('byolPairDist', { sigma });
  const { name, terms, ...requirements } = byol(options);
  return objective(
    `${name} + PairDist`,
    (embeddings) => {
      const of = (z: tf.Tensor) => pairDist(normalizeRows(z), { sigma, divergence, componentEntropy: false });
      return { ...terms(embeddings), entropy: tf.add(of(embeddings.za), of(embeddings.zb)).mul(-entropy / 2) };
    },
    { ...requirements, settings: { ...requirements.settings, entropy, sigma, divergence } },
  );
}
