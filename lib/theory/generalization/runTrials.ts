import { foldIn, type Key } from '../../engine/random';
import { requireCount } from '../network';

export interface TrialsOptions {
  /** Independent samples. */
  readonly trials?: number;
  readonly key: Key;
  readonly onProgress?: (trial: number, trials: number) => void;
  /** Stops between two trials, with the signal's reason as the error. */
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
