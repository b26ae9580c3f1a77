import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../datasets/projectRoot';
import { runId } from '../training/run';
import type { RunOptions } from '../training/runOptions';

/** Whether `npm run figures -- --fresh` wants this run anew: it began (the time is in $INFOSSL_FRESH) after the run was last kept. */
export function isStale(options: RunOptions, folder: string = join(projectRoot(), 'data', 'runs')): boolean {
  return process.env.INFOSSL_FRESH ? isStaleFile(join(folder, runId(options), 'last.ckpt')) : false;
}

/** The same of a single file that is kept. */
export function isStaleFile(path: string): boolean {
  const began = process.env.INFOSSL_FRESH;
  return began ? existsSync(path) && statSync(path).mtimeMs < Date.parse(began) : false;
}
