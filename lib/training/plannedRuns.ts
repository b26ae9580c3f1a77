import type { RunOptions } from './runOptions';

let listener: ((options: RunOptions) => void) | undefined;

/** The error in the place of a run that is only planned. */
export class OnlyPlanned extends Error {}

/**
 * Tells of every training that `work` asks for instead of making it: each asking fails with `OnlyPlanned`. Many at once (`compare`)
 * fail without an error, so that `work` goes on to the next. So what a notebook trains can be known from its own cells. Not for two at once in one process.
 *
 * @returns The options of the trainings, in the order in which they were asked for.
 */
export async function plannedRuns(work: () => Promise<unknown>): Promise<RunOptions[]> {
  const found: RunOptions[] = [];
  listener = (options) => found.push(options);
  try {
    await work();
  } catch (error) {
    // Without its run's results it cannot go on: the last training is behind it.
    if (found.length === 0) throw error;
  } finally {
    listener = undefined;
  }
  return found;
}

/** Whether trainings are only planned at present. */
export const isPlanning = (): boolean => listener !== undefined;

/** @throws OnlyPlanned Within `plannedRuns`. */
export function refuseWhilePlanning(options: RunOptions): void {
  if (!listener) return;
  listener(options);
  throw new OnlyPlanned(`trainedRun: ${options.name} is only planned.`);
}
