import { loadCheckpoint } from './checkpoint';
import { type NetworkWeights, networkNames } from './networks';
import type { Run } from './run';
import { type Snapshot, snapshotRemedy } from './snapshots';

/**
 * The weights of all networks that a run had at one of its snapshots, every byte checked. The caller disposes them
 * (`disposeTraining({ weights })`).
 *
 * @param run One with `snapshots`.
 * @throws If the snapshot is not one of the run's, or its file is missing, truncated or corrupt: the error names it and
 *   the remedy.
 * @example
 * const head = projector({ inputSize: 128, sizes: [512, 512, 512] });
 * const networks = { encoder: resnet18({ width: 16 }), projector: head };
 * const options = { dataset: await load('cifar10'), networks, objective: vicreg(), epochs: 5, snapshots: 10 };
 * const run = await trainedRun({ name: 'ranks', ...options });
 * const untrained = await snapshotWeights(run, run.snapshots[0]!);
 * countParameters(untrained.encoder) === countParameters(run.weights.encoder); // true
 */
export async function snapshotWeights(
  run: Pick<Run, 'networks' | 'snapshots'>,
  { path, step }: Snapshot,
): Promise<NetworkWeights> {
  if (!run.snapshots.some((snapshot) => snapshot.path === path)) {
    throw new Error(
      `snapshotWeights: expected one of the run's ${run.snapshots.length} snapshots, got ${path} (step ${step}); take it from run.snapshots, and train with \`snapshots\` > 0 to have some.`,
    );
  }
  const { groups } = await loadCheckpoint(path, snapshotRemedy);
  // A group without weights leaves nothing in the file.
  const weights = networkNames.flatMap((name) => (run.networks[name] ? [[name, groups[name] ?? {}] as const] : []));
  return Object.fromEntries(weights) as unknown as NetworkWeights;
}
