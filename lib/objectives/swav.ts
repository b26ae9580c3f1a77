import { withGradient } from '../engine/gradient';
import { tf } from '../engine/tensorflow';
import { crossEntropy } from './crossEntropy';
import { normalizeRows } from './normalizeRows';
import { type Embeddings, type Objective, objective } from './objective';
import { requirePositive, requireWhole } from './optionChecks';
import { enqueue, requireFits } from './queue';
import { sinkhorn } from './sinkhorn';

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
  /** Past embeddings kept for each view, at least a batch; 0 for no queue. Default 3,840, solo-learn's for CIFAR-10; lightly has none. */
  readonly queueLength?: number;
  /** First epoch, from 0, at which the queue takes part; default 50, solo-learn's for CIFAR-10. facebookresearch/swav's is 15. */
  readonly queueFromEpoch?: number;
}

/**
 * SwAV (Caron et al. 2020, arXiv 2006.09882): both views' embeddings, of length 1, are scored against the prototypes and
 * assigned to them by `sinkhorn`, and each view's scores have to predict the other's assignment: the mean of the two cross
 * entropies, as in facebookresearch/swav, solo-learn and lightly. No gradient flows through the assignments.
 *
 * With a queue, a view's assignment is made together with its embeddings of earlier batches, `queueA` and `queueB` of the
 * memory, [queueLength, K], newest first. As in facebookresearch/swav it is used only when full; solo-learn's takes part at once.
 * It is filled from the first step, and counts as full after `queueLength` embeddings, which supposes batches of one size.
 *
 * @throws If an option is out of its range; when its terms are computed, if the batch is larger than the queue.
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

  const assign = (scores: Required<Embeddings>['scores'], own: tf.Tensor2D, queue?: tf.Tensor): tf.Tensor2D => {
    const options = { epsilon, iterations, last: own.shape[0] };
    // Not recorded: the prototypes must get no gradient from the queue's scores.
    return withGradient([], () => ({
      value: sinkhorn(queue ? tf.concat([scores(queue as tf.Tensor2D), own]) : own, options),
      saved: [],
      gradient: () => [],
    })) as tf.Tensor2D;
  };

  return objective(
    'SwAV',
    (embeddings) => {
      const { za, zb, scores, moment } = embeddings;
      const batch = za.shape[0];
      const [a, b] = [scores(normalizeRows(za)), scores(normalizeRows(zb))];
      if (queueLength > 0) requireFits('SwAV', queueLength, batch);
      const full = queueLength > 0 && moment.epoch >= queueFromEpoch && moment.step * batch >= queueLength;
      const { queueA, queueB } = full ? embeddings.memory : {};
      const ofA = assign(scores, a, queueA);
      const ofB = assign(scores, b, queueB);
      return {
        swappedPrediction: crossEntropy(a, ofB, temperature)
          .add(crossEntropy(b, ofA, temperature))
          .div(2),
      };
    },
    {
      prototypes: { count: prototypes, frozenEpochs },
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
