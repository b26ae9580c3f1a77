import type { RunOptions } from './runOptions';

let listener: ((options: RunOptions) => void) | undefined;

/** The error in the place of what only a training could give. */
export class OnlyPlanned extends Error {
  constructor({ name }: RunOptions) {
    super(`plannedRuns: ${name} is only planned.`);
  }
}

/**
 * Tells of every training that `work` asks for instead of making it. `work` goes on until it reads what only the training could
 * give, or until `runMany` ends whose caller wants the runs themselves; `compare` goes on with rows without numbers. So what a
 * notebook trains can be known from its own cells. Not for two at once in one process.
 *
 * @returns The options of the trainings, in the order in which they were asked for.
 * @throws What `work` throws, save for want of a training's result.
 */
export async function plannedRuns(work: () => Promise<unknown>): Promise<RunOptions[]> {
  const found: RunOptions[] = [];
  listener = (options) => found.push(options);
  try {
    await work();
  } catch (error) {
    if (!(error instanceof OnlyPlanned)) throw error;
  } finally {
    listener = undefined;
  }
  return found;
}

/** Whether trainings are only planned at present. */
export const isPlanning = (): boolean => listener !== undefined;

/**
 * Within `plannedRuns` tells of the training, and gives what stands for its result: to read more of it than `known` throws
 * `OnlyPlanned`. Elsewhere nothing.
 */
export function plannedResult<Result extends object>(options: RunOptions, known: Partial<Result>): Result | undefined {
  if (!listener) return undefined;
  listener(options);
  return new Proxy(known as Result, {
    get(target, name) {
      // An `await` looks for `then`, and who shows an object for symbols.
      if (name in target || name === 'then' || typeof name === 'symbol') return Reflect.get(target, name);
      throw new OnlyPlanned(options);
    },
  });
}

/** @throws OnlyPlanned Within `plannedRuns`. */
export function refuseWhilePlanning(options: RunOptions): void {
  if (!listener) return;
  listener(options);
  throw new OnlyPlanned(options);
}
