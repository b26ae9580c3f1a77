import { trainedRun } from '../../lib/training/run';
import { snapshotRun } from './smallRun';

// A run that keeps a snapshot of every step and a checkpoint now and then, and says each step, for a test to kill.
async function main(): Promise<void> {
  await trainedRun(snapshotRun(), {
    folder: process.argv[2],
    checkpointSeconds: 0.02,
    onEvent: ({ step }) => console.log(step),
  });
}

void main();
