import { existsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';

/**
 * The notebooks by their numbers, longest first, so that none is left running alone at the end. One that is not named comes after
 * these, by its name.
 */
const longestFirst = ['08', '07', '02', '05', '09', '04', '06', '01', '03'];

/**
 * Whose trainings a notebook takes: begun beside it, it would mostly wait for a lock. As the notebooks' plans say (`plannedSteps`),
 * which take too long to be made at each start: a test compares.
 */
export const takesRunsOf: Readonly<Record<string, string>> = {
  '01': '02',
  '04': '08',
  '05': '08',
  '06': '08',
  '09': '08',
};

/** What one notebook may take of memory, with room for the rest, in bytes. */
const perNotebook = 2.5e9;

const numberOf = (file: string) => file.slice(0, 2);

/** The files in the order in which they begin, the first notebook last: it shows the verdicts of the others. */
export function inOrder(files: readonly string[]): string[] {
  const place = (file: string) => {
    if (numberOf(file) === '00') return Number.POSITIVE_INFINITY;
    const known = longestFirst.indexOf(numberOf(file));
    return known < 0 ? longestFirst.length : known;
  };
  return [...files].sort((a, b) => {
    const [first, second] = [place(a), place(b)];
    return first === second ? a.localeCompare(b) : first - second;
  });
}

/**
 * Which of the notebooks to begin next beside those that run: the first in order whose trainings none of the others is about to make,
 * else the first, which the runs' locks then keep from training anything twice. Nothing where none may begin yet.
 */
export function nextNotebook(pending: readonly string[], running: readonly string[]): string | undefined {
  const unfinished = new Set([...pending, ...running].map(numberOf));
  const free = pending.filter((file) => numberOf(file) !== '00');
  if (free.length === 0) return running.length === 0 ? pending[0] : undefined;
  return free.find((file) => !unfinished.has(takesRunsOf[numberOf(file)] ?? '')) ?? free[0];
}

/**
 * How many notebooks run at once if no one says: 2 on a CPU, where one alone leaves the second core idle while it is in
 * JavaScript, if there are two cores and memory for two; 1 on a GPU, of which each process would take all memory.
 */
export function defaultJobs(
  gpu = process.env.INFOSSL_ENGINE !== 'cpu' && existsSync('/proc/driver/nvidia/version'),
  cores = availableParallelism(),
  memory = totalmem(),
): number {
  return gpu || cores < 2 || memory < 2 * perNotebook ? 1 : 2;
}

/**
 * Does the work of each notebook, up to `jobs` at once, in `inOrder`'s order. If it is aborted no other begins, and those that run
 * are waited for.
 *
 * @param work Tells its own errors, and does not fail.
 */
export async function inSchedule(
  files: readonly string[],
  jobs: number,
  work: (file: string, place: number) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const pending = inOrder(files);
  const running = new Map<string, Promise<void>>();
  let begun = 0;
  while (pending.length + running.size > 0) {
    while (running.size < jobs && !signal?.aborted) {
      const file = nextNotebook(pending, [...running.keys()]);
      if (file === undefined) break;
      pending.splice(pending.indexOf(file), 1);
      begun++;
      running.set(
        file,
        work(file, begun).finally(() => running.delete(file)),
      );
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
}
