/**
 * What a long loop throws when it was asked to stop: it has stopped between two steps, and what it had is saved if it
 * saves.
 *
 * @example
 * const encoder = sequential('pool', [32, 32, 3], { pool: globalAveragePool() });
 * const [dataset, signal] = [shapes({ count: 4 }), AbortSignal.abort()];
 * // Every long function stops where its signal says so; in a cell, the interrupt button does the same.
 * await embed(encoder, {}, dataset, { statistics: channelStatistics(dataset), signal }); // throws 'stopped'
 */
export class Interrupted extends Error {
  /** Its kind, as in the message of an error that is not caught. */
  override readonly name = 'Interrupted';
}

/** Whether someone has asked to stop, while the watch lasts. */
export interface InterruptWatch {
  readonly requested: boolean;
  /** Ends the watch and takes its listeners away again. */
  stop(): void;
}

/**
 * Watches an AbortSignal (if given) and the process's SIGINT: Ctrl-C in a terminal, or the notebook's interrupt, which
 * the kernel itself answers by rejecting the cell while the code under way goes on. A loop asks `requested` after each
 * step and lets the event loop run in between (`yieldToEventLoop`), else no signal is ever seen.
 */
export function watchInterrupt(signal?: AbortSignal): InterruptWatch {
  let requested = signal?.aborted ?? false;
  const request = () => {
    requested = true;
  };
  process.on('SIGINT', request);
  signal?.addEventListener('abort', request);
  return {
    get requested() {
      return requested;
    },
    stop() {
      process.removeListener('SIGINT', request);
      signal?.removeEventListener('abort', request);
    },
  };
}

/** Lets outputs appear, timers fire and signals be seen. A promise alone would not: it only lets other promises run. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
