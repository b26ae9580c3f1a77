import { join } from 'node:path';
import { projectRoot } from '../datasets/projectRoot';
import { device } from '../engine/device';
import type { RunOptions } from '../training/runOptions';
import { planNotebook } from './notebookPlan';
import { durationText } from './progress';
import { scale } from './scale';
import { longDurationText, type NotebookPlan, plannedSteps, secondsPerStep, stepSize } from './trainingEstimate';

/** Cells print and draw; of a plan nobody wants to see it. */
async function silently<T>(work: () => Promise<T>): Promise<T> {
  const { log, warn } = console;
  const { write } = process.stderr;
  console.log = console.warn = () => {};
  process.stderr.write = () => true;
  try {
    return await work();
  } finally {
    Object.assign(console, { log, warn });
    process.stderr.write = write;
  }
}

/** Estimates what the notebooks given as arguments train, on this device, and prints it. */
async function main(): Promise<void> {
  const root = projectRoot();
  const plans: NotebookPlan[] = [];
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
    cost.set(size, await silently(() => secondsPerStep(options)));
    console.log(`  ${size}: ${durationText(cost.get(size)!)} a step`);
  }
  let total = 0;
  console.log('Training, from nothing, one notebook after the other:');
  for (const { notebook, runs, shared, steps } of plannedSteps(plans)) {
    const seconds = [...steps].reduce((sum, [size, count]) => sum + count * cost.get(size)!, 0);
    const count = [...steps.values()].reduce((sum, one) => sum + one, 0);
    total += seconds;
    const others = shared > 0 ? `, ${shared} more shared with notebooks above` : '';
    console.log(
      runs + shared === 0
        ? `  ${notebook}: trains nothing`
        : `  ${notebook}: ${runs} trainings${others}, ${count.toLocaleString('en')} steps, ${longDurationText(seconds)}`,
    );
  }
  const data = [...new Set(plans.flatMap(({ runs }) => runs.map(({ dataset }) => dataset.source.replace(/;.*/, ''))))];
  console.log(`  in all ${longDurationText(total)}, on the images that are here: ${data.slice(0, 3).join('; ')}`);
  console.log(
    'Left out: evaluating and measuring what is trained, the computations without a network, the figures; what is cached already; and that a method’s own head, momentum encoder or queue makes its step dearer or cheaper than the one timed, the first of its size.',
  );
}

void main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
