import { normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { type Objective, objective } from '../../lib/objectives/objective';

const unit = (z: tf.Tensor) => z.div(z.square().sum(1, true).add(1e-12).sqrt());
const distance = (p: tf.Tensor, t: tf.Tensor) => unit(p).sub(unit(t)).square().sum(1).mean();

/** A predictor and momentum copies, as BYOL. */
export const predictive: Objective = objective(
  'predictive',
  ({ pa, pb, ta, tb }) => ({ ab: distance(pa, tb), ba: distance(pb, ta) }),
  { predictor: { hidden: 6 }, momentum: { start: 0.5, end: 1 } },
);

/** Momentum copies and a queue of 20 past targets, as MoCo. The queue begins random. */
export const queued: Objective = objective(
  'queued',
  ({ za, tb, memory }) => {
    const positives = unit(za).mul(unit(tb)).sum(1, true);
    const logits = tf.concat([positives, unit(za).matMul(memory.queue as tf.Tensor2D, false, true)], 1);
    return {
      contrast: logits
        .div(0.2)
        .logSumExp(1)
        .sub(positives.squeeze([1]).div(0.2))
        .mean(),
    };
  },
  {
    momentum: { start: 0.9 },
    memory: {
      init: (k, dimension) => ({
        queue: tf.tidy(() => tf.variable(unit(normal(k, [20, dimension])), false)),
      }),
      update(memory, { tb }) {
        const { queue } = memory;
        queue!.assign(tf.concat([unit(tb), queue!.slice([0, 0], [20 - tb.shape[0], -1])]));
      },
    },
  },
);

/** Five prototypes, frozen for an epoch, as SwAV; a variance keeps embeddings apart, so that every weight gets a gradient. */
export const clustered: Objective = objective(
  'clustered',
  ({ za, zb, scores }) => ({
    agreement: scores(unit(za) as tf.Tensor2D)
      .softmax()
      .mul(scores(unit(zb) as tf.Tensor2D).logSoftmax())
      .sum(1)
      .mean()
      .neg(),
    spread: tf.moments(za, 0).variance.sub(1).square().mean(),
  }),
  { prototypes: { count: 5, frozenEpochs: 1 } },
);

export const kinds = { predictive, queued, clustered };
