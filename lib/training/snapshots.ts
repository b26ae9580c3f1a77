import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { saveCheckpoint } from './checkpoint';
import type { NetworkWeights } from './networks';

/** The weights that a training had after a step, on the disk. */
export interface Snapshot {
  /** Steps taken by then; 0: the first weights. */
  readonly step: number;
  /** Passes over the data set by then, whole only where one ends. */
  readonly epoch: number;
  /** The file. */
  readonly path: string;
}

/** @throws Unless the number is 0 or a whole number of at least 2. */
export function checkSnapshots(count: number): void {
  if (count === 0 || (Number.isInteger(count) && count >= 2)) return;
  throw new Error(
    `train: expected snapshots to be 0 (none) or a whole number of at least 2 (the first weights, the last, and those between), got ${count}`,
  );
}

/**
 * The steps after which `count` snapshots are kept: 0, then count − 1 from 1 to the last, spaced geometrically: the
 * i-th of them (i from 0) is steps^(i / (count − 2)), rounded, but at least i + 1, so that no two are one. Two are the
 * first and the last; where there are fewer steps than that, every step is kept.
 *
 * @param count 0 (none) or a whole number of at least 2; checked by `train`, not here.
 * @param steps Of the whole training.
 * @example
 * snapshotSteps(5, 1000); // [0, 1, 10, 100, 1000]
 * // No more than there are steps.
 * snapshotSteps(5, 2); // [0, 1, 2]
 */
export function snapshotSteps(count: number, steps: number): number[] {
  if (count === 0) return [];
  const after = Math.min(count - 1, steps);
  const spaced = Array.from({ length: after }, (_, i) =>
    i === after - 1 ? steps : Math.max(i + 1, Math.round(steps ** (i / (after - 1)))),
  );
  return [0, ...spaced];
}

/** The folder of a training's snapshots: beside its checkpoint. */
export function snapshotFolder(checkpoint: string): string {
  return join(dirname(checkpoint), 'snapshots');
}

/** Every snapshot that a training of so many steps keeps, in order. */
export function plannedSnapshots(
  checkpoint: string | undefined,
  { snapshots, steps, stepsPerEpoch }: { snapshots: number; steps: number; stepsPerEpoch: number },
): readonly Snapshot[] {
  if (snapshots === 0) return [];
  if (checkpoint === undefined) {
    throw new Error(
      'train: expected a checkpoint, beside which the snapshots are kept, got snapshots without one; give checkpoint: { path }.',
    );
  }
  const folder = snapshotFolder(checkpoint);
  return snapshotSteps(snapshots, steps).map((step) => ({
    step,
    epoch: step / stepsPerEpoch,
    path: join(folder, `step-${String(step).padStart(6, '0')}.ckpt`),
  }));
}

/** Keeps the weights if a snapshot is due after this step, in the place of one that is there. */
export async function saveSnapshot(
  snapshots: readonly Snapshot[],
  { step, weights }: { readonly step: number; readonly weights: NetworkWeights },
): Promise<void> {
  const due = snapshots.find((snapshot) => snapshot.step === step);
  if (!due) return;
  const { path, epoch } = due;
  await saveCheckpoint(path, { groups: { ...weights }, facts: { step, epoch } }, { keepPrevious: false });
}

/** What to do about a snapshot that is gone or broken. */
export const snapshotRemedy =
  'It is one of the sets of weights along a training, which are not made from the checkpoint: put the file back, or delete the run’s folder (or ask for it with `fresh: true`), and the training, made anew, gives the same again.';

/**
 * Sees that a training which goes on from this step lacks no snapshot: this step's own, whose weights are at hand, is
 * made if it is not there.
 *
 * @throws If an earlier one is missing.
 */
export async function completeSnapshots(
  snapshots: readonly Snapshot[],
  state: { readonly step: number; readonly weights: NetworkWeights },
): Promise<void> {
  for (const { step, path } of snapshots) {
    if (step > state.step || existsSync(path)) continue;
    if (step < state.step) throw new Error(`train: the snapshot ${path} is missing. ${snapshotRemedy}`);
    await saveSnapshot(snapshots, state);
  }
}
