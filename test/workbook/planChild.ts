import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { planNotebook } from '../../lib/workbook/notebookPlan';
import { inOrder } from '../../lib/workbook/schedule';
import { type NotebookPlan, plannedSteps, secondsPerStep } from '../../lib/workbook/trainingEstimate';

const root = join(__dirname, '..', '..');

/**
 * Prints what the notebooks, or those whose names begin so, train at the scale of this process, and at `smoke` the seconds of one
 * step, as the last line.
 */
async function main(): Promise<void> {
  const [folder = '', beginning = ''] = process.argv.slice(2);
  const plans: NotebookPlan[] = [];
  const files = readdirSync(join(root, 'notebooks')).filter(
    (file) => file.startsWith(beginning) && file.endsWith('.ipynb'),
  );
  for (const file of inOrder(files))
    plans.push(await planNotebook(join(root, 'notebooks', file), join(root, 'lib'), folder));
  const rows = plannedSteps(plans).map(({ steps, ...row }) => ({ ...row, steps: Object.fromEntries(steps) }));
  const first = plans[0]!.runs[0]!;
  const seconds = process.env.INFOSSL_SCALE === 'smoke' ? await secondsPerStep(first) : 0;
  console.log(`\n${JSON.stringify({ rows, images: first.dataset.count, seconds })}`);
}

void main();
