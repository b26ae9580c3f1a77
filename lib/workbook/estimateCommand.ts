import { join } from 'node:path';
import { projectRoot } from '../datasets/projectRoot';
import { device } from '../engine/device';
import type { RunOptions } from '../training/runOptions';
import { planNotebook } from './notebookPlan';
import { durationText } from './progress';
import { scale } from './scale';
import { silently } from './silently';
import { estimateLines, type NotebookPlan, plannedSteps, secondsPerStep, stepSize } from './trainingEstimate';

/** Estimates what the notebooks given as arguments train, on this device, and prints it. */
async function main(): Promise<void> {
  const root = projectRoot();
  const plans: NotebookPlan[] = [];
  console.log('Reading what the notebooks train; data that is not here is fetched first.');
  for (const file of process.argv.slice(2)) {
    try {
      plans.push(await silently(() => planNotebook(file, join(root, 'lib'), join(root, 'data', '.plan'))));
    } catch (error) {
      console.log(`no plan of ${file}: ${(error as Error).message}`);
    }
  }
  const bySize = new Map<string, RunOptions>();
  for (const options of plans.flatMap(({ runs }) => runs)) {
    if (!bySize.has(stepSize(options))) bySize.set(stepSize(options), options);
  }
  console.log(`Scale ${scale()} on ${device().describe}.`);
  console.log(`Timing real steps, ${bySize.size} sizes:`);
  const cost = new Map<string, number>();
  for (const [size, options] of bySize) {
    try {
      const seconds = await silently(() => secondsPerStep(options));
      cost.set(size, seconds);
      console.log(`  ${size}: ${durationText(seconds)} a step`);
    } catch (error) {
      console.log(`  ${size}: not timed: ${(error as Error).message}`);
    }
  }
  console.log('Training, from nothing, one notebook after the other:');
  for (const line of estimateLines(plannedSteps(plans), cost)) console.log(`  ${line}`);
  const data = [...new Set(plans.flatMap(({ runs }) => runs.map(({ dataset }) => dataset.source.replace(/;.*/, ''))))];
  console.log(`On the images that are here: ${data.slice(0, 3).join('; ')}.`);
  console.log(
    'Left out: evaluating and measuring what is trained, the computations without a network, the figures; what is cached already; and that a method’s own head, momentum encoder or queue makes its step dearer or cheaper than the one timed, the first of its size.',
  );
}

void main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
