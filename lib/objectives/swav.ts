import { withGradient } from '../engine/gradient';
import { normalizeRows } from '../engine/normalizeRows';
import { tf } from '../engine/tensorflow';
import { crossEntropy } from './crossEntropy';
import { type Objective, objective } from './objective';
import { requirePositive, requireWhole } from './optionChecks';
import { enqueue, requireFits } from './queue';
import { type SinkhornOptions, sinkhorn } from './sinkhorn';

/**
 * The assignments of each view's samples in the other's place, [2N, P], from the scores of view a's rows then view b's,
 * with those of the past rows of a, then of b. Not recorded: the prototypes must get no gradient from the past rows'
 * scores.
 */
function swappedAssignments(
  own: tf.Tensor2D,
  past: (() => tf.Tensor2D) | undefined,
  options: SinkhornOptions,
): tf.Tensor2D {
  return withGradient([], () => {
    const [ownA, ownB] = tf.split(own, 2) as [tf.Tensor2D, tf.Tensor2D];
    const [pastA, pastB] = past ? tf.split(past(), 2) : [];
    const assign = (rows: tf.Tensor2D, before?: tf.Tensor) =>
      sinkhorn(before ? tf.concat([before as tf.Tensor2D, rows]) : rows, options);
    return { value: tf.concat([assign(ownB, pastB), assign(ownA, pastA)]), saved: [], gradient: () => [] };
  }) as tf.Tensor2D;
}

export interface SwavOptions {
  /** Number of prototypes; default 3,000, facebookresearch/swav's and solo-learn's. lightly's for CIFAR-10 is 512. */
  readonly prototypes?: number;
  /** Epochs at the start in which the prototypes are not trained; default 2, solo-learn's for CIFAR-10. */
  readonly frozenEpochs?: number;
  /** Temperature τ > 0 of the prediction; default 0.1, the same in facebookresearch/swav, solo-learn and lightly. */
  readonly temperature?: number;
  /** Entropic regularisation of the assignment; default 0.05, the same in all three. */
  readonly epsilon?: number;
  /** Iterations of Sinkhorn's algorithm; default 3, the same in all three. */
  readonly iterations?: number;
  /**
   * Past embeddings kept for each view, at least a batch; 0 for no queue. Default 3,840, solo-learn's for CIFAR-10;
   * lightly has none.
   */
  readonly queueLength?: number;
  /**
   * First epoch, from 0, at which the queue takes part; default 50, solo-learn's for CIFAR-10. facebookresearch/swav's
   * is 15.
   */
  readonly queueFromEpoch?: number;
}

/**
 * SwAV (Caron et al. 2020, arXiv 2006.09882): both views' embeddings, of length 1, are scored against the prototypes
 * and assigned to them by `sinkhorn`, and each view's scores have to predict the other's assignment: the mean of the
 * two cross entropies, as in facebookresearch/swav, solo-learn and lightly. No gradient flows through the assignments.
 *
 * With a queue, a view's assignment is made together with its embeddings of earlier batches, `queueA` and `queueB` of
 * the memory, [queueLength, K], newest first. As in facebookresearch/swav it is used only when full; solo-learn's takes
 * part at once. It is filled from the first step (facebookresearch/swav starts to fill its own only at that epoch), and
 * counts as full after `queueLength` embeddings, which supposes batches of one size.
 *
 * @throws If an option is out of its range; when its terms are computed, if the batch is larger than the queue.
 * @example
 * const z = tf.tensor2d([[1, 0], [0, 1]]);
 * // Prototypes along the axes: the scores are the embeddings, and each is assigned to its own, −ln σ(1/τ).
 * const { terms } = swav({ prototypes: 2, temperature: 1, queueLength: 0 });
 * terms({ za: z, zb: z, scores: (embeddings) => embeddings }); // { swappedPrediction: 0.3133 }
 */
export function swav({
  prototypes = 3000,
  frozenEpochs = 2,
  temperature = 0.1,
  epsilon = 0.05,
  iterations = 3,
  queueLength = 3840,
  queueFromEpoch = 50,
}: SwavOptions = {}): Objective {
  requirePositive('swav', { temperature, epsilon });
  requireWhole('swav', { prototypes }, 2);
  requireWhole('swav', { iterations }, 1);
  requireWhole('swav', { frozenEpochs, queueLength, queueFromEpoch }, 0);

  return objective(
    'SwAV',
    (embeddings) => {
      const { za, zb, scores, moment } = embeddings;
      const batch = za.shape[0];
      if (queueLength > 0) requireFits('SwAV', queueLength, batch);
      const full = queueLength > 0 && moment.epoch >= queueFromEpoch && moment.step * batch >= queueLength;
      // One product scores both views, and the mean over all its rows is the mean of the two views' means.
      const own = scores(normalizeRows(tf.concat([za, zb])));
      const memory = full ? embeddings.memory : undefined;
      const past = memory && (() => scores(tf.concat([memory.queueA!, memory.queueB!]) as tf.Tensor2D));
      const targets = swappedAssignments(own, past, { epsilon, iterations, last: batch });
      return { swappedPrediction: crossEntropy(own, targets, temperature) };
    },
    {
      prototypes: { count: prototypes, frozenEpochs },
      settings: { prototypes, frozenEpochs, temperature, epsilon, iterations, queueLength, queueFromEpoch },
      ...(queueLength > 0 && {
        memory: {
          init: (_k, dimension) => {
            const empty = () => tf.tidy(() => tf.variable(tf.zeros([queueLength, dimension]), false));
            return { queueA: empty(), queueB: empty() };
          },
          update: (memory, { za, zb }) => {
            for (const [name, z] of [
              ['queueA', za],
              ['queueB', zb],
            ] as const) {
              const queue = memory[name] as tf.Variable<tf.Rank.R2>;
              tf.tidy(() => queue.assign(enqueue(queue, normalizeRows(z))));
            }
          },
        },
      }),
    },
  );
}
