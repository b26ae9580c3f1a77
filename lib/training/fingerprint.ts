import { key, normal } from '../engine/random';
import { tf } from '../engine/tensorflow';
import type { Module, Weights } from '../models/module';
import { disposeWeights } from '../models/weights';
import { completeEmbeddings, type Moment, type Objective } from '../objectives/objective';
import { trialEmbeddings } from '../objectives/trialEmbeddings';
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

/** How long a run is, and its batches: at its moments an objective is tried. */
export interface RunLength {
  readonly steps: number;
  readonly epochs: number;
  readonly batchSize: number;
}

/** At most a dozen moments of a run, evenly from its first step to its last. */
function moments({ steps, epochs }: RunLength): Moment[] {
  const chosen = new Set(Array.from({ length: 12 }, (_, i) => Math.round((i * (steps - 1)) / 11)));
  return [...chosen].map((step) => ({ step, steps, epoch: Math.floor((step * epochs) / steps), epochs }));
}

/**
 * What tells one objective from another: its name, what it requires, and its settings. One without settings is told by its text
 * and by trial: its terms on fixed embeddings of `dimension` (with fixed predictions, targets, scores and memory where it asks
 * for them) at a dozen moments of the run, to three digits, and what it then remembers. So two objectives of one name with other
 * weights, or a cell's objective after an edit, are told apart; a small difference in what the text closes over may not be.
 */
export function objectiveFingerprint(objective: Objective, dimension: number, run: RunLength): Json {
  const { name, predictor, momentum, prototypes, memory, settings, source } = objective;
  const requirements = JSON.parse(JSON.stringify({ predictor, momentum, prototypes })) as Json;
  if (settings) return { name, requirements, settings };
  const functions = [source ?? objective.terms, ...(memory ? [memory.init, memory.update] : [])];
  return { name, requirements, source: functions.map(String), facts: trial(objective, dimension, run) };
}

function trial(objective: Objective, dimension: number, run: RunLength): Json {
  const { memory } = objective;
  const rows = Math.min(16, run.batchSize);
  const variables = memory?.init(key(3), dimension);
  try {
    return tf.tidy(() => {
      const embeddings = trialEmbeddings(objective, key(2), [rows, dimension], variables);
      return moments(run).map((moment) => {
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
