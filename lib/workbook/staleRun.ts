import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../datasets/projectRoot';
import { type RunOptions, runId } from '../training/run';

/** Whether `npm run figures -- --fresh` wants this run anew: it began (the time is in $INFOSSL_FRESH) after the run was last kept. */
export function isStale(options: RunOptions, folder: string = join(projectRoot(), 'data', 'runs')): boolean {
  const began = process.env.INFOSSL_FRESH;
  if (!began) return false;
  const checkpoint = join(folder, runId(options), 'last.ckpt');
  return existsSync(checkpoint) && statSync(checkpoint).mtimeMs < Date.parse(began);
}
