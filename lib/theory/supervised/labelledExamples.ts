import { tf } from '../../engine/tensorflow';
import type { LayeredNetwork } from './layeredNetwork';

/** Labelled examples of a classifier. */
export interface LabelledExamples {
  /** [N, height, width, channels] or [N, in], as the network reads them. */
  readonly x: tf.Tensor;
  /** N classes, whole numbers from 0. */
  readonly labels: ArrayLike<number>;
}

/** Fails unless there is at least one example, and one label for each. `name` is the caller, for the message. */
export function requireExamples(name: string, { x, labels }: LabelledExamples): void {
  const count = x.shape[0] ?? 0;
  if (count < 1 || labels.length !== count) {
    throw new Error(
      `${name}: expected at least one example and a label for each, got ${count} examples and ${labels.length} labels`,
    );
  }
}

/** Fails unless the labels name columns of the logits and every logit is finite. `name` is the caller, for the message. */
export function requireLogits(
  name: string,
  values: ArrayLike<number>,
  classes: number,
  labels: ArrayLike<number>,
): void {
  if (classes < 2) throw new Error(`${name}: expected logits of at least 2 classes, got ${classes}`);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new Error(`${name}: expected labels from 0 to ${classes - 1}, got ${label} at index ${i}`);
    }
    for (let j = 0; j < classes; j++) {
      const value = values[i * classes + j]!;
      if (!Number.isFinite(value)) {
        throw new Error(
          `${name}: expected finite logits, got ${value} for example ${i}; look for NaN in weights or input`,
        );
      }
    }
  }
}

/** The logits [N, classes] of the network with its own layers, checked, in batches of at most 256 examples. */
export function checkedLogits(name: string, network: LayeredNetwork, examples: LabelledExamples): tf.Tensor2D {
  requireExamples(name, examples);
  const { x, labels } = examples;
  return tf.tidy(() => {
    const parts: tf.Tensor2D[] = [];
    for (let first = 0; first < labels.length; first += 256) {
      const size = Math.min(256, labels.length - first);
      parts.push(network.apply(network.layers, size === labels.length ? x : x.slice(first, size)));
    }
    const logits = parts.length === 1 ? parts[0]! : tf.concat(parts);
    requireLogits(name, logits.dataSync(), logits.shape[1], labels);
    return logits;
  });
}
