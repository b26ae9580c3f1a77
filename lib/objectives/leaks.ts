import { tf } from '../engine/tensorflow';
import type { Embeddings, Objective } from './objective';

export interface Leaks {
  /** Tensors left after each computation of the terms, beside the terms. */
  readonly tensors: number;
  /** How many of them are variables. */
  readonly variables: number;
}

/**
 * What each computation of the terms leaves behind. They run in a tidy, so only what is kept (`tf.keep`) or a variable outlives
 * them. What is made once and kept, at the first computation, is no leak: it is the second that counts.
 */
export function leaksOf(objective: Objective, embeddings: Embeddings): Leaks {
  const { registeredVariables } = (tf.engine() as unknown as { state: { registeredVariables: object } }).state;
  const compute = () => tf.dispose(objective.terms(embeddings));
  compute();
  const [tensors, variables] = [tf.memory().numTensors, Object.keys(registeredVariables).length];
  compute();
  return {
    tensors: tf.memory().numTensors - tensors,
    variables: Object.keys(registeredVariables).length - variables,
  };
}

/** The leaks in a sentence with their remedy; undefined if there are none. */
export function describeLeaks({ tensors, variables }: Leaks): string | undefined {
  if (tensors <= 0) return undefined;
  const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
  const kept = tensors - variables;
  const which = [
    ...(variables > 0 ? [count(variables, 'variable')] : []),
    ...(kept > 0 ? [count(kept, 'kept tensor')] : []),
  ].join(' and ');
  return `its terms leave ${count(tensors, 'tensor')} behind each time (${which}); leave out tf.keep and tf.variable within them, and keep state in the objective's memory`;
}
