import { tf } from '../engine/tensorflow';
import type { Weights } from './module';

function select(w: Weights, trainable: boolean): Weights {
  return Object.fromEntries(Object.entries(w).filter(([, variable]) => variable.trainable === trainable));
}

/** The weights that an optimizer moves, in their order: the same variables, not copies. */
export function trainableWeights(w: Weights): Weights {
  return select(w, true);
}

/** The weights that no optimizer moves (batch normalisation's running mean and variance): the same variables, not copies. */
export function nonTrainableWeights(w: Weights): Weights {
  return select(w, false);
}

/**
 * How many trainable numbers there are. Running statistics are not counted, as no publication counts them.
 *
 * @example
 * countParameters(mlp({ sizes: [2, 16, 3] }).init(key(0))); // 99
 */
export function countParameters(w: Weights): number {
  return Object.values(trainableWeights(w)).reduce((sum, { size }) => sum + size, 0);
}

/**
 * New variables with the same names, values and trainability, for a momentum network or a snapshot.
 *
 * @example
 * const online = mlp({ sizes: [2, 3] }).init(key(0));
 * const target = copyWeights(online);
 * online['fc1.bias']!.assign(tf.ones([3]));
 * target['fc1.bias']!.sub(online['fc1.bias']!).abs().max().dataSync()[0]! > 0; // true
 */
export function copyWeights(w: Weights): Weights {
  return Object.fromEntries(
    Object.entries(w).map(([name, variable]) => [name, tf.variable(variable, variable.trainable)]),
  );
}

/**
 * Frees every variable. The record is of no use afterwards; a second call does nothing.
 *
 * @example
 * const before = tf.memory().numTensors;
 * const w = mlp({ sizes: [2, 3] }).init(key(0));
 * disposeWeights(w);
 * tf.memory().numTensors - before; // 0
 */
export function disposeWeights(w: Weights): void {
  for (const variable of Object.values(w)) if (!variable.isDisposed) variable.dispose();
}
