import { foldIn, type Key } from '../../engine/random';
import { requireCount } from '../network';

/** How many independent samples, and who is told. */
export interface TrialsOptions {
  /** Independent samples; default 30. */
  readonly trials?: number;
  /** Of all that is random: the same key, the same numbers. */
  readonly key: Key;
  /** Called with how many are done, of how many; default: no one is. */
  readonly onProgress?: (trial: number, trials: number) => void;
  /** Stops between two trials, with the signal's reason as the error; default: nothing does. */
  readonly signal?: AbortSignal;
}

/** `trial` once for each of the trials, each with a key of its own; lets other work in between. `caller` is named in errors. */
export async function runTrials<T>(
  caller: string,
  { trials = 30, key, onProgress, signal }: TrialsOptions,
  trial: (key: Key, number: number) => T,
): Promise<T[]> {
  requireCount(trials, 1, 'trials', caller);
  const results: T[] = [];
  for (let t = 0; t < trials; t++) {
    signal?.throwIfAborted();
    results.push(trial(foldIn(key, t), t));
    onProgress?.(t + 1, trials);
    await new Promise(setImmediate);
  }
  return results;
}
