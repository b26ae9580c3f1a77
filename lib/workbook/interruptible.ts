import { Interrupted } from '../training/interrupt';

/**
 * Runs a long computation that takes an AbortSignal, and aborts it on SIGINT: the notebook's interrupt, which the kernel
 * answers by rejecting the cell while the code under way goes on. The reason is `Interrupted`.
 *
 * @example
 * await interruptible(async (signal) => signal.aborted); // false
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort(new Interrupted('Interrupted. Run the cell again to start it anew.'));
  process.on('SIGINT', abort);
  try {
    return await work(controller.signal);
  } finally {
    process.removeListener('SIGINT', abort);
  }
}
