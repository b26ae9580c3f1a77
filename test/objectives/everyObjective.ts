import { normalizeRows } from '../../lib/engine/normalizeRows';
import { foldIn, type Key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { barlowTwins } from '../../lib/objectives/barlowTwins';
import { byol } from '../../lib/objectives/byol';
import { byolLogDet } from '../../lib/objectives/byolLogDet';
import { byolPairDist } from '../../lib/objectives/byolPairDist';
import { moco } from '../../lib/objectives/moco';
import type { Embeddings, Objective } from '../../lib/objectives/objective';
import { simclr } from '../../lib/objectives/simclr';
import { simsiam } from '../../lib/objectives/simsiam';
import { swav } from '../../lib/objectives/swav';
import { vicreg } from '../../lib/objectives/vicreg';
import { vicregLogDet } from '../../lib/objectives/vicregLogDet';
import { vicregPairDist } from '../../lib/objectives/vicregPairDist';

interface ObjectiveCase {
  readonly title: string;
  readonly objective: Objective;
  /** Whether turning all embeddings, and prototypes and queues with them, leaves the loss. */
  readonly rotation: boolean;
  /** Whether exchanging the views leaves the loss. */
  readonly symmetric: boolean;
}

/** Rows in the queues of the objectives that have one. */
export const queueLength = 16;

/** Every objective of the room, with each setting that takes another path. */
export const everyObjective: readonly ObjectiveCase[] = [
  { title: 'VICReg', objective: vicreg(), rotation: false, symmetric: true },
  { title: 'VICReg + LogDet', objective: vicregLogDet(), rotation: true, symmetric: true },
  { title: 'VICReg + PairDist', objective: vicregPairDist(), rotation: true, symmetric: true },
  { title: 'SimCLR', objective: simclr(), rotation: true, symmetric: true },
  { title: 'Barlow Twins', objective: barlowTwins(), rotation: false, symmetric: true },
  { title: 'BYOL', objective: byol(), rotation: true, symmetric: true },
  { title: 'BYOL + LogDet', objective: byolLogDet(), rotation: true, symmetric: true },
  { title: 'BYOL + PairDist', objective: byolPairDist(), rotation: true, symmetric: true },
  { title: 'SimSiam', objective: simsiam(), rotation: true, symmetric: true },
  { title: 'MoCo v2', objective: moco({ queueLength }), rotation: true, symmetric: true },
  { title: 'MoCo v2, one-sided', objective: moco({ queueLength, symmetric: false }), rotation: true, symmetric: false },
  { title: 'SwAV', objective: swav({ prototypes: 6, queueLength: 0 }), rotation: true, symmetric: true },
  {
    title: 'SwAV with its queue',
    objective: swav({ prototypes: 6, queueLength, queueFromEpoch: 0 }),
    rotation: true,
    symmetric: true,
  },
];

export const views = ['za', 'zb', 'pa', 'pb', 'ta', 'tb'] as const;

/** What an objective can be given, as tensors: the views' rows, prototypes [P, K] and queues [M, K]. */
export interface Instance {
  readonly rows: Readonly<Record<(typeof views)[number], tf.Tensor>>;
  readonly prototypes: tf.Tensor;
  readonly queueA: tf.Tensor;
  readonly queueB: tf.Tensor;
}

/** Random embeddings of two views of one batch, their predictions and targets all different, prototypes and full queues. */
export function randomInstance(k: Key, n: number, dimension: number): Instance {
  const base = normal(foldIn(k, 0), [n, dimension]);
  const view = (i: number) => base.add(normal(foldIn(k, i), [n, dimension], 0, 0.5));
  const unit = (i: number, count: number) => normalizeRows(normal(foldIn(k, i), [count, dimension]));
  return {
    rows: { za: view(1), zb: view(2), pa: view(3), pb: view(4), ta: view(5), tb: view(6) },
    prototypes: unit(7, 6),
    queueA: unit(8, queueLength),
    queueB: unit(9, queueLength),
  };
}

/** The same with other rows, each field's by its name. */
export function withRows(instance: Instance, rows: (field: (typeof views)[number]) => tf.Tensor): Instance {
  return { ...instance, rows: Object.fromEntries(views.map((field) => [field, rows(field)])) as Instance['rows'] };
}

/** An instance as this objective is given it in training, without what it does not ask for, late enough for its queue. */
export function embeddingsFor(objective: Objective, { rows, prototypes, queueA, queueB }: Instance): Embeddings {
  const { za, zb, pa, pb, ta, tb } = rows as Record<(typeof views)[number], tf.Tensor2D>;
  return {
    za,
    zb,
    ...(objective.predictor && { pa, pb }),
    ...(objective.momentum && { ta, tb }),
    ...(objective.prototypes && {
      scores: (z: tf.Tensor2D) => tf.matMul(z, prototypes as tf.Tensor2D, false, true) as tf.Tensor2D,
    }),
    ...(objective.memory && { memory: { queueA, queueB } }),
    moment: { step: 50, steps: 100, epoch: 5, epochs: 10 },
  };
}
