import { train } from '../../lib/training/train';
import { queued } from './objectiveKinds';
import { smallRun } from './smallRun';

// A training with every group of weights but predictor and prototypes, that saves after every step and says so, for a test to kill.
async function main(): Promise<void> {
  const checkpoint = { path: process.argv[2]!, seconds: 0 };
  const options = smallRun({ epochs: 15, objective: queued, onlineProbe: {}, checkpoint });
  for await (const { step } of train(options)) console.log(step);
}

void main();
