import { foldIn, type Key, permutation } from '../../engine/random';
import { tf } from '../../engine/tensorflow';
import { checkedLogits, type LabelledExamples } from './labelledExamples';
import type { ScaleSearch } from './largestScale';
import { type LayeredNetwork, requireLayers } from './layeredNetwork';
import { layersFromVector, parameterVector } from './parameterVector';

/** `absolute`: every weight is moved by the same measure. `magnitude`: each in proportion to its own size. */
export type PerturbationKind = 'absolute' | 'magnitude';

/** ε of the magnitude-aware perturbations, which moves the weights that are 0 too: the value of Jiang et al. 2019. */
export const magnitudeEpsilon = 1e-3;

export interface PerturbationOptions {
  /** Seeds noise and choice of examples: the same key, the same bits. */
  readonly key: Key;
  /** How far the training accuracy is to fall; default 0.1, as in Jiang et al. 2019 and Dziugaite et al. 2020. */
  readonly accuracyDrop?: number;
  /** How near to `accuracyDrop` the search ends; default 0.01, as in the code of Dziugaite et al. 2020. */
  readonly tolerance?: number;
}

/** How large a perturbation of its weights a classifier bears. */
export interface PerturbationScale extends ScaleSearch {
  /**
   * The scale found. Infinite if even noise ten times as large as the weights costs less than `accuracyDrop` (as where the
   * accuracy is no further than that above chance), 0 if even a ten-millionth of them costs more.
   */
  readonly scale: number;
  /** The training accuracy without perturbation, over all examples. */
  readonly accuracy: number;
}

/** One part of the examples, with the accuracy of the unperturbed network on it. */
export interface ExampleGroup {
  readonly x: tf.Tensor;
  /** int32 [N]. */
  readonly labels: tf.Tensor1D;
  readonly accuracy: number;
}

/** A network whose weights can be moved, and what it is then compared on. */
export interface Perturbed {
  /** All parameters, [ω]. */
  readonly weights: tf.Tensor1D;
  /** √(‖w‖² / ω): what the scale of an absolute perturbation is measured against. */
  readonly rootMeanSquare: number;
  /** The logits of all examples in their order, [N, classes]. */
  readonly logits: tf.Tensor2D;
  readonly accuracy: number;
  /** The examples in a random order, cut into groups whose sizes differ by one at most; the caller disposes them. */
  groups(size: number): readonly ExampleGroup[];
  /** Logits of the group's examples with these weights, [ω], in place of the network's. */
  apply(weights: tf.Tensor1D, group: ExampleGroup): tf.Tensor2D;
  /** How far the accuracy on the group falls with these weights; negative where it rises. */
  drop(weights: tf.Tensor1D, group: ExampleGroup): number;
  dispose(): void;
}

/** The network made ready for perturbation. `name` is the caller, for messages. */
export function perturbed(name: string, network: LayeredNetwork, examples: LabelledExamples, key: Key): Perturbed {
  requireLayers(name, network.layers);
  const logits = checkedLogits(name, network, examples);
  const count = examples.labels.length;
  const order = permutation(foldIn(key, 0), count);
  const labels = Int32Array.from(order, (i) => examples.labels[i]!);
  const [shuffled, shuffledLogits] = tf.tidy(() => {
    const rows = tf.tensor1d(order, 'int32');
    return [tf.gather(examples.x, rows), tf.gather(logits, rows)];
  }) as [tf.Tensor, tf.Tensor2D];
  const weights = parameterVector(network.layers);
  const apply = (w: tf.Tensor1D, { x }: ExampleGroup) => network.apply(layersFromVector(network.layers, w), x);
  return {
    weights,
    logits,
    rootMeanSquare: Math.sqrt(tf.tidy(() => weights.square().mean().dataSync()[0]!)),
    accuracy: tf.tidy(() => accuracyOf(shuffledLogits, tf.tensor1d(labels, 'int32'))),
    groups: (size) => {
      const groups = Math.ceil(count / size);
      return Array.from({ length: groups }, (_, i) => {
        const first = Math.floor((i * count) / groups);
        const length = Math.floor(((i + 1) * count) / groups) - first;
        const own = tf.tensor1d(labels.slice(first, first + length), 'int32');
        const accuracy = tf.tidy(() => accuracyOf(shuffledLogits.slice(first, length), own));
        return { x: shuffled.slice(first, length), labels: own, accuracy };
      });
    },
    apply,
    drop: (w, group) => group.accuracy - tf.tidy(() => accuracyOf(apply(w, group), group.labels)),
    dispose: () => tf.dispose([weights, logits, shuffled, shuffledLogits]),
  };
}

/** Runs `search` on the network made ready for perturbation; frees every tensor afterwards. */
export function withPerturbed<T>(
  name: string,
  network: LayeredNetwork,
  examples: LabelledExamples,
  key: Key,
  search: (subject: Perturbed) => T,
): T {
  const subject = perturbed(name, network, examples, key);
  try {
    return search(subject);
  } finally {
    subject.dispose();
  }
}

/** The share of the rows whose largest logit is the label's; a row with NaN or infinity is wrong. */
function accuracyOf(logits: tf.Tensor2D, labels: tf.Tensor1D): number {
  return tf.tidy(() => {
    const right = tf.equal(logits.argMax(1), labels).toFloat();
    return right
      .mul(tf.isFinite(logits.sum(1)).toFloat())
      .mean()
      .dataSync()[0]!;
  });
}

/** Where a search for a scale may look: from a ten-millionth of the weights' size, float32's resolution, to ten times it. */
export function scaleRange(
  { rootMeanSquare }: Perturbed,
  kind: PerturbationKind,
): { minimum: number; maximum: number } {
  const unit = kind === 'absolute' ? rootMeanSquare : 1;
  return { minimum: 1e-7 * unit, maximum: 10 * unit };
}

/** The accuracy drop and tolerance, checked. */
export function dropTarget(name: string, { accuracyDrop = 0.1, tolerance = 0.01 }: PerturbationOptions) {
  if (!(accuracyDrop > 0 && accuracyDrop < 1)) {
    throw new Error(`${name}: expected accuracyDrop between 0 and 1, got ${accuracyDrop}`);
  }
  if (!(tolerance >= 0 && tolerance < accuracyDrop)) {
    throw new Error(`${name}: expected a tolerance from 0 to below accuracyDrop, ${accuracyDrop}, got ${tolerance}`);
  }
  return { target: accuracyDrop, tolerance };
}
