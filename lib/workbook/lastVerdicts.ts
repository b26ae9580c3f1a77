import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectRoot } from '../datasets/projectRoot';
import { outputsOf, readNotebook } from './notebookFile';
import { scale as currentScale, type Scale } from './scale';
import { type Verdict, type VerdictRow, verdictMimeType, verdictRow } from './verdict';

/** A verdict of the last run of the notebooks. */
export interface LastVerdict {
  /** The notebook's name, e.g. '02-gaussianity'. */
  readonly notebook: string;
  /** The verdict as plain data. */
  readonly verdict: Verdict;
  /** The verdict in words. */
  readonly row: VerdictRow;
}

/**
 * The verdicts of the notebooks that `npm run figures` last executed at this scale (default: the session's), without those of notebooks
 * that are there no more; none: empty.
 *
 * @example
 * // not run: needs notebooks that were run
 * for (const { notebook, row } of lastVerdicts('quick')) console.log(notebook, row.claim, row.statistic);
 */
export function lastVerdicts(scale: Scale = currentScale()): LastVerdict[] {
  const folder = join(projectRoot(), 'data', 'notebooks', scale);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.ipynb') && existsSync(join(projectRoot(), 'notebooks', file)))
    .sort();
  return files.flatMap((file) =>
    outputsOf<Verdict>(readNotebook(join(folder, file)), verdictMimeType).map((verdict) => ({
      notebook: basename(file, '.ipynb'),
      verdict,
      row: verdictRow(verdict),
    })),
  );
}
