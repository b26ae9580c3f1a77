import { normalizeRows } from '../engine/normalizeRows';
import { split } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { infoNce } from './infoNce';
import { type Objective, objective } from './objective';
import { requireMomentum, requirePositive, requireWhole } from './optionChecks';
import { enqueue, randomUnitRows, requireFits } from './queue';

export interface MocoOptions {
  /** Temperature τ > 0 of InfoNCE; default 0.2, MoCo v2's and solo-learn's. lightly's for CIFAR-10 is 0.1. */
  readonly temperature?: number;
  /**
   * Keys in each queue, at least a batch; default 32,768, solo-learn's for CIFAR-10. lightly's is 4,096, the paper's
   * 65,536.
   */
  readonly queueLength?: number;
  /**
   * Momentum of the key encoder at the first step, 0 … 1; default 0.99, solo-learn's for CIFAR-10. The paper's is
   * 0.999.
   */
  readonly momentum?: number;
  /** Momentum at the last step, reached on half a cosine; default 0.999, solo-learn's. */
  readonly finalMomentum?: number;
  /**
   * Default true: each view is query once and key once, the mean of both (MoCo v2+ of solo-learn). False, as
   * facebookresearch/moco does: view a asks, view b answers.
   */
  readonly symmetric?: boolean;
}

/**
 * MoCo v2 (Chen et al. 2020, arXiv 2003.04297; He et al. 2020, arXiv 1911.05722): InfoNCE of each embedding against the
 * momentum encoder's projection of the image's other view, with a queue of such projections of earlier batches as
 * negatives, all of length 1. Each view's keys have a queue of their own: za asks tb among `queueB`, zb asks ta among
 * `queueA`; asymmetric, only the first. A batch joins the queues after its step, so that it is not among its own
 * negatives. The queues begin as random directions, as in facebookresearch/moco, and stay in the memory as
 * [queueLength, K], newest first.
 *
 * @throws If an option is out of its range; when its terms are computed, if the batch is larger than the queue.
 * @example
 * const asks = moco({ temperature: 1, queueLength: 2, symmetric: false });
 * const z = tf.tensor2d([[1, 0], [1, 0]]);
 * const queue = tf.tensor2d([[0, 1], [0, -1]]);
 * // Each query is its key, both negatives at right angles: −ln(e / (e + 2)).
 * asks.terms({ za: z, zb: z, ta: z, tb: z, memory: { queueA: queue, queueB: queue } }); // { infoNce: 0.5514 }
 */
export function moco({
  temperature = 0.2,
  queueLength = 32768,
  momentum = 0.99,
  finalMomentum = 0.999,
  symmetric = true,
}: MocoOptions = {}): Objective {
  requirePositive('moco', { temperature });
  requireWhole('moco', { queueLength }, 2);
  requireMomentum('moco', { momentum, finalMomentum });
  const sides = symmetric ? (['A', 'B'] as const) : (['B'] as const);
  return objective(
    'MoCo v2',
    ({ za, zb, ta, tb, memory }) => {
      requireFits('MoCo v2', queueLength, za.shape[0]);
      const asked = sides.map((side) => {
        const [query, key] = side === 'B' ? [za, tb] : [zb, ta];
        return infoNce(normalizeRows(query), normalizeRows(key), memory[`queue${side}`]!, temperature);
      });
      return { infoNce: tf.addN(asked).div(asked.length) };
    },
    {
      momentum: { start: momentum, end: finalMomentum },
      settings: { temperature, queueLength, momentum, finalMomentum, symmetric },
      memory: {
        init: (k, dimension) => {
          const keys = split(k, 2);
          return tf.tidy(() =>
            Object.fromEntries(
              sides.map((side) => {
                const rows = randomUnitRows(keys[side === 'A' ? 0 : 1]!, queueLength, dimension);
                return [`queue${side}`, tf.variable(rows, false)];
              }),
            ),
          );
        },
        update: (memory, { ta, tb }) => {
          for (const side of sides) {
            const queue = memory[`queue${side}`]! as tf.Variable<tf.Rank.R2>;
            tf.tidy(() => queue.assign(enqueue(queue, normalizeRows(side === 'A' ? ta : tb))));
          }
        },
      },
    },
  );
}
