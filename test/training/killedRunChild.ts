import { trainedRun } from '../../lib/training/run';
import { killedRun } from './smallRun';

// Trains in the folder of its argument, and says each step, for a test to kill.
void trainedRun(killedRun(), { folder: process.argv[2], onEvent: ({ step }) => console.log(step) });
