import { key, normal, split } from '../engine/random';
import { tf } from '../engine/tensorflow';
import type { Module, Weights } from '../models/module';
import { disposeWeights } from '../models/weights';
import { completeEmbeddings, type Embeddings, type Moment, type Objective } from '../objectives/objective';
import type { Json } from './checkpoint';
import type { Optimizer } from './optimizer';

/** Three digits: so that the last bits, which may differ from one device to another, seldom matter. */
function rounded(values: ArrayLike<number>): string[] {
  return Array.from(values, (value) => value.toPrecision(3));
}

/**
 * What tells one network from another: names, shapes, and what it does with fixed weights to a fixed input, in training mode
 * and in inference. So an option that no name mentions still shows.
 */
export function moduleFingerprint(module: Module): Json {
  const weights = module.init(key(0));
  try {
    const shapes = Object.entries(weights).map(
      ([name, variable]) => `${name} [${variable.shape}] ${variable.trainable}`,
    );
    const outputs = tf.tidy(() => {
      const input = normal(key(1), [4, ...module.inputShape]);
      return [true, false].map((training) => {
        const output = module.apply(weights, input, { training });
        return rounded(tf.stack([output.mean(), output.square().mean(), output.max()]).dataSync());
      });
    });
    return { name: module.name, input: [...module.inputShape], output: [...module.outputShape], shapes, outputs };
  } finally {
    disposeWeights(weights);
  }
}

/** The first step of a run, and one late in a long one: by then queues take part and frozen prototypes move. */
const moments: readonly Moment[] = [
  { step: 0, steps: 1, epoch: 0, epochs: 1 },
  { step: 999_999, steps: 1_000_000, epoch: 999, epochs: 1000 },
];

/**
 * What tells one objective from another: its name, what it requires, and its terms on fixed embeddings of `dimension` (with
 * fixed predictions, targets, scores and memory where it asks for them), early in a run and late, and what it then remembers. So
 * two objectives of one name with other weights, or a cell's objective after an edit, are told apart.
 */
export function objectiveFingerprint(objective: Objective, dimension: number): Json {
  const { predictor, momentum, prototypes, memory } = objective;
  const variables = memory?.init(key(3), dimension);
  try {
    const facts = tf.tidy(() => {
      const keys = split(key(2), 7);
      const base = normal(keys[0]!, [16, dimension]);
      const near = (i: number) => base.mul(0.7).add(normal(keys[i]!, [16, dimension], 0, 0.4)) as tf.Tensor2D;
      const lines = prototypes && (normal(keys[6]!, [dimension, prototypes.count]) as tf.Tensor2D);
      const embeddings: Embeddings = {
        za: base as tf.Tensor2D,
        zb: near(1),
        ...(predictor && { pa: near(2), pb: near(3) }),
        ...(momentum && { ta: near(4), tb: near(5) }),
        ...(lines && { scores: (z: tf.Tensor2D) => tf.matMul(z, lines) }),
        ...(variables && { memory: variables }),
      };
      return moments.map((moment) => {
        const terms = objective.terms({ ...embeddings, moment });
        if (memory) memory.update(variables!, completeEmbeddings(objective.name, { ...embeddings, moment }));
        const remembered = Object.entries(variables ?? {}).map(([name, value]) => [
          ...[name, `[${value.shape}]`],
          ...rounded(tf.stack([value.mean(), value.square().mean()]).dataSync()),
        ]);
        const values = Object.entries(terms).map(([name, term]) => [name, ...rounded(term.dataSync())]);
        return { terms: values, remembered };
      });
    });
    const requirements = JSON.parse(JSON.stringify({ predictor, momentum, prototypes })) as Json;
    return { name: objective.name, requirements, facts };
  } finally {
    if (variables) disposeWeights(variables);
  }
}

/**
 * What tells one optimizer from another: its name, and how it moves weights of these names and numbers of axes (no axis longer
 * than 2) in two steps, the first without gradient, so that the functions among its options show by what they do.
 */
export function optimizerFingerprint(optimizer: Optimizer, weights: Weights): Json {
  const small: Weights = {};
  let state: Weights = {};
  try {
    return tf.tidy(() => {
      for (const [name, { shape, trainable }] of Object.entries(weights)) {
        const size = shape.map((length) => Math.min(length, 2));
        if (trainable) small[name] = tf.variable(tf.ones(size));
      }
      state = optimizer.init(small);
      const moved = [0, 0.01].map((slope) => {
        const gradients = Object.fromEntries(
          Object.entries(small).map(([name, weight]) => [name, tf.fill(weight.shape, slope)]),
        );
        optimizer.update(small, state, gradients, () => 0.1);
        const means = tf.stack(Object.values(small).map((weight) => weight.sub(1).mean()));
        return rounded(means.dataSync());
      });
      return { name: optimizer.name, moved };
    });
  } finally {
    disposeWeights(small);
    disposeWeights(state);
  }
}
