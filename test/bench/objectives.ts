import { key, normal, split, uniform } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import type { Weights } from '../../lib/models/module';
import { prototypes } from '../../lib/models/prototypes';
import { barlowTwins } from '../../lib/objectives/barlowTwins';
import { byol } from '../../lib/objectives/byol';
import { byolLogDet } from '../../lib/objectives/byolLogDet';
import { byolPairDist } from '../../lib/objectives/byolPairDist';
import { moco } from '../../lib/objectives/moco';
import { type Embeddings, type Objective, totalLoss } from '../../lib/objectives/objective';
import { simclr } from '../../lib/objectives/simclr';
import { simsiam } from '../../lib/objectives/simsiam';
import { swav } from '../../lib/objectives/swav';
import { vicreg } from '../../lib/objectives/vicreg';
import { vicregLogDet } from '../../lib/objectives/vicregLogDet';
import { vicregPairDist } from '../../lib/objectives/vicregPairDist';
import { type BenchLine, timedLine } from './benchLine';
import { type Repeats, timed } from './timed';

/** The objectives by name, with their defaults but for what `queue` says. */
export const objectives = {
  barlowTwins: () => barlowTwins(),
  byol: () => byol(),
  byolLogDet: () => byolLogDet(),
  byolPairDist: () => byolPairDist(),
  moco: (queue) => moco({ queueLength: queue }),
  simclr: () => simclr(),
  simsiam: () => simsiam(),
  swav: () => swav(),
  vicreg: () => vicreg(),
  vicregLogDet: () => vicregLogDet(),
  vicregPairDist: () => vicregPairDist(),
} satisfies Record<string, (queue: number) => Objective>;

export type ObjectiveName = keyof typeof objectives;

/** N and K of the embeddings, and how many a queue holds (solo-learn's MoCo has 32,768 of K = 256, as much memory). */
export interface ObjectiveSize {
  readonly batch: number;
  readonly dimension: number;
  readonly queue: number;
}

/** An objective with everything that its terms need; the loss has gradients by `trained`. */
export interface ObjectiveCase {
  readonly loss: () => tf.Scalar;
  /** za and zb, with a predictor also pa and pb, with prototypes also their weight. */
  readonly trained: Readonly<Record<string, tf.Variable>>;
  /** What else the terms are given: ta, tb, and the memory. */
  readonly given: Readonly<Record<string, tf.Tensor>>;
  dispose(): void;
}

/** Embeddings as a training sees them: normal, correlated over dimensions, the second view of each image near its first. */
export function objectiveCase(name: ObjectiveName, { batch, dimension, queue }: ObjectiveSize): ObjectiveCase {
  const create: (queue: number) => Objective = objectives[name];
  const objective = create(queue);
  const [imageKey, scaleKey, memoryKey, prototypeKey, ...viewKeys] = split(key(0), 10);
  const make = (k: (typeof viewKeys)[number]) =>
    tf.tidy(() => {
      const scales = uniform(scaleKey!, [dimension], 0.5, 1.5);
      return normal(imageKey!, [batch, dimension])
        .add(normal(k, [batch, dimension], 0, 0.5))
        .mul(scales) as tf.Tensor2D;
    });
  const views = (names: readonly string[], from: number) =>
    names.map((own, i) => [own, make(viewKeys[from + i]!)] as const);
  const online = views(objective.predictor ? ['za', 'zb', 'pa', 'pb'] : ['za', 'zb'], 0);
  const trained: Record<string, tf.Variable> = Object.fromEntries(
    online.map(([own, z]) => [own, tf.tidy(() => tf.variable(z))]),
  );
  tf.dispose(online.map(([, z]) => z));
  const targets = Object.fromEntries(objective.momentum ? views(['ta', 'tb'], 4) : []);
  const memory = objective.memory?.init(memoryKey!, dimension);
  let scores: Embeddings['scores'];
  if (objective.prototypes) {
    const layer = prototypes({ inputSize: dimension, count: objective.prototypes.count });
    const weights: Weights = layer.init(prototypeKey!);
    trained.prototypes = weights.weight!;
    scores = (z) => layer.apply(weights, z) as tf.Tensor2D;
  }
  const embeddings = { ...trained, ...targets, ...(scores ? { scores } : {}), ...(memory ? { memory } : {}) };
  const given = { ...targets, ...memory };
  return {
    loss: () => totalLoss(objective.terms(embeddings as unknown as Embeddings)),
    trained,
    given,
    dispose: () => tf.dispose([trained, given]),
  };
}

/** The milliseconds of one objective's loss and its gradients by all that is trained. */
export function objectiveBench(name: ObjectiveName, size: ObjectiveSize, repeats: Repeats): BenchLine[] {
  const { loss, trained, dispose } = objectiveCase(name, size);
  const variables = Object.values(trained);
  const work = () => {
    const { value, grads } = tf.variableGrads(loss, variables);
    value.dataSync();
    tf.dispose([value, grads]);
  };
  const { times } = timed({ times: work }, repeats);
  dispose();
  return [timedLine(`objectives/${name}`, times)];
}
