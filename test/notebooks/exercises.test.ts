import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { notebookOfExercises, parseExercises } from '../../lib/workbook/exercises';
import { cellSource, readNotebook } from '../../lib/workbook/notebookFile';
import { runNotebook } from '../../lib/workbook/runNotebook';
import { temporaryFolder } from '../datasets/temporaryFolder';

const root = join(__dirname, '..', '..');
const notebooks = join(root, 'notebooks');
const sources = readdirSync(notebooks).filter((file) => file.endsWith('.exercises.md'));

/** What each of a notebook's cells shows as Markdown. */
async function shownBy(path: string, codes: readonly string[]): Promise<string[]> {
  const folder = temporaryFolder();
  const notebook = readNotebook(path);
  // What exercises need of the notebook is tagged, and needs no training.
  const needed = notebook.cells.filter(({ metadata }) => metadata.tags?.includes('exercises')).map(cellSource);
  const cells = [...needed, ...codes].map((source, i) => ({
    ...{ id: `cell-${i}`, cell_type: 'code', source, metadata: {}, outputs: [], execution_count: null },
  }));
  const [input, output] = [join(folder, 'exercises.ipynb'), join(folder, 'executed.ipynb')];
  writeFileSync(input, JSON.stringify({ ...notebook, cells, nbformat: 4, nbformat_minor: 5 }));
  const failure = await runNotebook({ root, notebook: input, output, scale: 'smoke', timeout: 300, onEvent: () => {} });
  expect(failure).toBeUndefined();
  return readNotebook(output)
    .cells.slice(needed.length)
    .map(({ outputs = [] }) => {
      const marks = outputs.map(({ data }) => data?.['text/markdown']).filter((text) => text !== undefined);
      return [marks.at(-1)].flat().join('');
    });
}

test.each(sources)('of %s every solution is found solved, and no stub', { timeout: 600_000 }, async (file) => {
  const path = join(notebooks, file);
  const exercises = parseExercises(readFileSync(path, 'utf8'));
  const all = [...exercises.map(({ solution }) => solution), ...exercises.map(({ stub }) => stub)];
  // In blocks, for solution and stub give things the same names.
  const shown = await shownBy(
    notebookOfExercises(path),
    all.map((code) => `{\n${code}\n}`),
  );
  expect(shown.slice(0, exercises.length)).toEqual(exercises.map(() => '**Solved.**'));
  for (const text of shown.slice(exercises.length)) expect(text).toMatch(/^\*Not yet:\*/);
});
