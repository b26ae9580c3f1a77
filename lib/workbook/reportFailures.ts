import { sep } from 'node:path';
import { projectRoot } from '../datasets/projectRoot';
import { showMarkdown } from './display';

export interface FailedRun {
  readonly method: string;
  readonly seed: number;
  readonly error: string;
}

/**
 * Shows which of so many runs failed, and why, with paths from the project's root, as what is shown is kept in notebooks.
 *
 * @throws If all of them did; `caller` is who says so.
 */
export function reportFailures(caller: string, failed: readonly FailedRun[], runs: number): void {
  if (failed.length === 0) return;
  const root = `${projectRoot()}${sep}`;
  const lines = failed.map(({ method, seed, error }) => `- ${method}, seed ${seed}: ${error.replaceAll(root, '')}`);
  if (failed.length === runs) throw new Error(`${caller}: every run failed:\n${lines.join('\n')}`);
  showMarkdown(`**${failed.length} of ${runs} runs failed**; the others went on:\n\n${lines.join('\n')}`);
}
