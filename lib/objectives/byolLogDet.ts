import { normalizeRows } from '../engine/normalizeRows';
import { tf } from '../engine/tensorflow';
import { logDet } from '../information/logDet';
import { type ByolOptions, byol } from './byol';
import { type Objective, objective } from './objective';
import { requireNonNegative, requirePositive } from './optionChecks';

export interface ByolLogDetOptions extends ByolOptions {
  /** Weight w of the entropy term; default 1, chosen here. */
  readonly entropy?: number;
  /**
   * β of `logDet`; default 1, chosen here: the normalised embeddings have a variance of at most 1 a dimension, on
   * average.
   */
  readonly beta?: number;
}

/**
 * BYOL + LogDet (Shwartz-Ziv et al. 2023, arXiv 2303.00633: the paper names such a family; formula and settings are
 * chosen here): the terms of `byol`, and −w · ½ (H(za) + H(zb)) / K (`entropy`), H = `logDet` in nats of the online
 * projections, each divided by its length and multiplied by √K. Normalised, because BYOL's regression sees directions
 * only: of raw projections the entropy could grow by their scale alone, without end. √K makes the second moment of a
 * dimension 1 on average, whatever K, so that H / K is at most ½ ln(1 + β N / (N − 1)), where N > K directions spread
 * evenly, and 0 where all directions are one.
 *
 * @throws If an option is out of its range.
 * @example
 * const z = tf.tensor2d([[1, 0], [-1, 0]]);
 * // Directions of variance 2 along one axis: H = ½ ln(1 + 2 · 2), over K = 2.
 * byolLogDet().terms({ za: z, zb: z, pa: z, pb: z, ta: z, tb: z }); // { regression: 0, entropy: -0.4024 }
 */
export function byolLogDet({ entropy = 1, beta = 1, ...options }: ByolLogDetOptions = {}): Objective {
  requireNonNegative('byolLogDet', { entropy });
  requirePositive('byolLogDet', { beta });
  const { name, terms, ...requirements } = byol(options);
  return objective(
    `${name} + LogDet`,
    (embeddings) => {
      const { za, zb } = embeddings;
      const k = za.shape[1];
      // Multiplying by √K the embeddings or by K the beta is the same.
      const of = (z: tf.Tensor) => logDet(normalizeRows(z), { beta: beta * k });
      return { ...terms(embeddings), entropy: tf.add(of(za), of(zb)).mul(-entropy / (2 * k)) };
    },
    { ...requirements, settings: { ...requirements.settings, entropy, beta } },
  );
}
