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
 * The verdicts of the notebooks as `npm run figures` last executed them at this scale (default: the session's); of one that it has not,
 * those at this scale that it holds in notebooks/. None: empty.
 *
 * @example
 * const [first] = lastVerdicts('quick');
 * first!.notebook; // '01-gaussian-mixture'
 * first!.verdict.scale; // 'quick'
 */
export function lastVerdicts(scale: Scale = currentScale()): LastVerdict[] {
  const own = join(projectRoot(), 'notebooks');
  const executed = join(projectRoot(), 'data', 'notebooks', scale);
  const files = readdirSync(own).filter((file) => file.endsWith('.ipynb'));
  return files.sort().flatMap((file) => {
    const run = join(executed, file);
    const path = existsSync(run) ? run : join(own, file);
    return outputsOf<Verdict>(readNotebook(path), verdictMimeType)
      .filter((verdict) => verdict.scale === scale)
      .map((verdict) => ({ notebook: basename(file, '.ipynb'), verdict, row: verdictRow(verdict) }));
  });
}
