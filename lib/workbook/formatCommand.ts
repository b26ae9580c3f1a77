import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../datasets/projectRoot';
import { writeWhole } from '../datasets/writeWhole';
import { notebookText, readNotebook } from './notebookFile';
import { formatNotebook, notebookProblems } from './notebookFormat';

/** Formats and lints the library, the tests and the notebooks, or with --check only says what is wrong with them. */
async function main(): Promise<void> {
  const root = projectRoot();
  const check = process.argv.includes('--check');
  const biome = join(root, 'node_modules', '.bin', 'biome');
  const { status } = spawnSync(biome, ['check', ...(check ? [] : ['--write'])], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
  const folder = join(root, 'notebooks');
  const files = readdirSync(folder).filter((file) => file.endsWith('.ipynb'));
  if (check) {
    const problems = files.flatMap((file) => notebookProblems(readFileSync(join(folder, file), 'utf8'), file));
    for (const problem of problems) console.error(problem);
    if (problems.length > 0) {
      console.error(
        'npm run format mends all but cells that have not run in order: npm run figures -- --write runs them.',
      );
      process.exitCode = 1;
    } else console.log(`${files.length} notebooks are as they are committed`);
    return;
  }
  for (const file of files) {
    const path = join(folder, file);
    const text = notebookText(formatNotebook(readNotebook(path), file));
    if (text === readFileSync(path, 'utf8')) continue;
    await writeWhole(path, text);
    console.log(`formatted ${file}`);
  }
}

void main();
