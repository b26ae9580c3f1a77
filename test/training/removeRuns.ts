import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

/** Removes the runs in the project's `data/runs` whose names begin so. */
export function removeRuns(name: string): void {
  const runs = join(root, 'data', 'runs');
  if (!existsSync(runs)) return;
  for (const run of readdirSync(runs).filter((folder) => folder.startsWith(name))) {
    rmSync(join(runs, run), { recursive: true, force: true });
  }
}
