import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { makeFigures } from '../../lib/workbook/figures';
import { cellSource, type Notebook, outputsOf, readNotebook } from '../../lib/workbook/notebookFile';
import { notebookProblems } from '../../lib/workbook/notebookFormat';
import { writeReadmePicture } from '../../lib/workbook/readmePicture';
import { verdictMimeType } from '../../lib/workbook/verdict';

const root = join(__dirname, '..', '..');
const notebooks = join(root, 'notebooks');
const data = join(root, 'data', `smoke-test-${process.pid}`);
const files = readdirSync(notebooks).filter((file) => file.endsWith('.ipynb'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

/** What the cells that fail on purpose must say, in their order; a notebook that is not here has none. */
const errorTexts: Readonly<Record<string, readonly RegExp[]>> = {
  '01-gaussian-mixture.ipynb': [/expected a continuous piecewise affine network/],
  '05-diagonal-covariance.ipynb': [/no maximum/, /no maximum/, /no maximum/, /singular/, /expected positive definite/],
  '09-new-objective.ipynb': [/take its mean or sum/],
};

test('every notebook runs at smoke, and all but the first end in a verdict', { timeout: 900_000 }, async () => {
  const log: string[] = [];
  for (const stream of ['log', 'error'] as const) {
    vi.spyOn(console, stream).mockImplementation((line) => void log.push(String(line)));
  }
  const options = { root, notebooks, data, only: [], fresh: false, timeout: 300, write: false, pictures: false };
  const ok = await makeFigures({ ...options, scale: 'smoke' });
  vi.restoreAllMocks();
  expect(ok, log.join('\n')).toBe(true);
  for (const file of files.filter((name) => !name.startsWith('00'))) {
    const executed = readNotebook(join(data, 'notebooks', 'smoke', file));
    expect(outputsOf(executed, verdictMimeType).length, file).toBeGreaterThan(0);
  }
  for (const file of files) expectErrors(file, readNotebook(join(data, 'notebooks', 'smoke', file)));
});

/** A cell tagged `raises-exception` may fail; each must, and with its text. */
function expectErrors(file: string, { cells }: Notebook): void {
  const failing = cells.filter(({ metadata }) => metadata.tags?.includes('raises-exception'));
  const errors = failing.map(({ outputs = [] }) => outputs.find(({ output_type }) => output_type === 'error'));
  const texts = errorTexts[file] ?? [];
  expect(failing, file).toHaveLength(texts.length);
  for (const [i, error] of errors.entries()) {
    expect(error, `${file}, an error of: ${cellSource(failing[i]!)}`).toBeDefined();
    expect((error as { evalue?: string }).evalue, cellSource(failing[i]!)).toMatch(texts[i]!);
  }
}

test("the README's picture is one of notebook 02's, as committed", () => {
  const shown = outputsOf<string>(readNotebook(join(notebooks, '02-gaussianity.ipynb')), 'image/png');
  expect(shown).toContain(readFileSync(join(notebooks, 'gaussianity.png')).toString('base64'));
});

test("it is written anew with notebook 02's outputs", async () => {
  const copy = join(data, '02-gaussianity.ipynb');
  mkdirSync(data, { recursive: true });
  cpSync(join(notebooks, '02-gaussianity.ipynb'), copy);
  await writeReadmePicture(copy);
  const written = readFileSync(join(data, 'gaussianity.png'));
  expect(written.equals(readFileSync(join(notebooks, 'gaussianity.png')))).toBe(true);
});

test.each(files)('%s as committed: outputs of one clean run, under 1.5 MB', (file) => {
  const path = join(notebooks, file);
  expect(statSync(path).size).toBeLessThan(1.5e6);
  const notebook = readNotebook(path);
  const code = notebook.cells.filter(({ cell_type }) => cell_type === 'code');
  expect(notebookProblems(readFileSync(path, 'utf8'), file)).toEqual([]);
  expectErrors(file, notebook);
  // A figure has its picture beside it, for where the notebook is only read.
  for (const cell of code) {
    for (const { data: shown = {} } of cell.outputs ?? []) {
      if ('application/vnd.plotly.v1+json' in shown)
        expect(Object.keys(shown), cellSource(cell)).toContain('image/png');
    }
  }
  // Nothing of the machine that ran it.
  expect(JSON.stringify(notebook)).not.toMatch(/\/(work|home|root|tmp|Users)\//);
});
