import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Notebook } from '../../lib/workbook/notebookFile';
import { planModule } from '../../lib/workbook/notebookPlan';
import { takesRunsOf } from '../../lib/workbook/schedule';
import { longDurationText } from '../../lib/workbook/trainingEstimate';
import { temporaryFolder } from '../datasets/temporaryFolder';

const root = join(__dirname, '..', '..');
const tsx = join(root, 'node_modules', '.bin', 'tsx');

interface Planned {
  readonly rows: readonly {
    readonly notebook: string;
    readonly runs: number;
    readonly shared: number;
    readonly sharedWith: readonly string[];
    readonly steps: Readonly<Record<string, number>>;
  }[];
  readonly images: number;
  readonly seconds: number;
}

/** In a process of its own, as the command: TypeScript that is written there is imported. */
function planned(scale: string, beginning = ''): Planned {
  const { stdout, stderr, status } = spawnSync(
    tsx,
    [join(__dirname, 'planChild.ts'), join(temporaryFolder(), 'plan'), beginning],
    {
      ...{ cwd: root, encoding: 'utf8', env: { ...process.env, INFOSSL_SCALE: scale } },
    },
  );
  expect(status, stderr.slice(-2000)).toBe(0);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Planned;
}

test('what the notebooks train, from their own cells: the methods with their seeds, each run once', {
  timeout: 240_000,
}, () => {
  const { rows, images, seconds } = planned('quick');
  const of = (number: string) => rows.find(({ notebook }) => notebook.startsWith(number))!;
  expect(of('08').runs).toBe(11 * 3);
  expect(of('08').steps).toEqual({ 'resnet18, 64 features, batch 64 of 32×32': 33 * 2 * Math.floor(images / 64) });
  expect([of('04').runs, of('04').shared]).toEqual([0, 7 * 3]);
  expect([of('05').runs, of('05').shared]).toEqual([3, 3]);
  expect([of('06').runs, of('06').shared]).toEqual([0, 3]);
  expect([of('02').runs, of('01').runs, of('01').shared]).toEqual([1, 0, 1]);
  expect(of('07').runs).toBe(36);
  // Three weights tried, then its own objective with each seed beside two methods of notebook 08.
  expect([of('09').runs, of('09').shared]).toEqual([3 + 3, 2 * 3]);
  expect(of('00').runs + of('03').runs).toBe(0);
  // The hand-written order of the notebooks is that of their plans.
  const sharing = rows.filter(({ sharedWith }) => sharedWith.length > 0);
  const number = (name: string) => name.slice(0, 2);
  expect(
    Object.fromEntries(sharing.map(({ notebook, sharedWith }) => [number(notebook), sharedWith.map(number).join()])),
  ).toEqual(takesRunsOf);
  expect(seconds).toBe(0);
});

test('at paper the methods that only it trains are told too', { timeout: 240_000 }, () => {
  expect(planned('paper', '02').rows[0]!.runs).toBe(3);
});

test('a real step is timed, and nothing of it is kept', { timeout: 240_000 }, () => {
  expect(planned('smoke').seconds).toBeGreaterThan(0);
});

const notebook = (...cells: readonly string[]): Notebook => ({
  ...{ nbformat: 4, nbformat_minor: 5, metadata: {} },
  cells: cells.map((source) => ({ cell_type: 'code', metadata: { tags: ['plan'] }, outputs: [], source: [source] })),
});

test('imports come first, each name once, also those for their effects alone', () => {
  const text = planModule(
    notebook("import './lib/a';\nimport { b } from './lib/b';\nb();", "import { b } from './lib/b';"),
    '..',
  );
  expect(text.match(/^import.*$/gm)).toEqual(["import '../a';", "import { b } from '../b';"]);
  expect(text.slice(text.indexOf('export')).match(/import/g)).toBeNull();
});

/** What the plan of this notebook says on the way to its end. */
function complaint(content: Notebook): string {
  const folder = temporaryFolder();
  const path = join(folder, '10-a.ipynb');
  writeFileSync(path, JSON.stringify(content));
  const call = `planNotebook(${JSON.stringify(path)}, ${JSON.stringify(join(root, 'lib'))}, ${JSON.stringify(folder)})`;
  const { stderr } = spawnSync(tsx, ['-e', `require('./lib/workbook/notebookPlan').${call}`], {
    cwd: root,
    encoding: 'utf8',
  });
  return stderr;
}

test('a training that the plan would miss is an error, not a shorter plan', { timeout: 60_000 }, () => {
  const imports = "import { trainedRun } from './lib/training/run';\n";
  const cells = [`${imports}const run = await trainedRun({ name: 'one' });`, 'run.weights;', 'await trainedRun(run);'];
  const tagged = notebook(...cells);
  expect(complaint(tagged)).toContain("planNotebook: the cells of 10-a tagged 'plan' train again after one that uses");
  const last = { ...tagged.cells[2]!, id: '10-code-3', metadata: {} };
  expect(complaint({ ...tagged, cells: [...tagged.cells.slice(0, 2), last] })).toContain(
    "planNotebook: the cell 10-code-3 of 10-a trains and is not tagged 'plan'",
  );
});

test('long times are said in days and years', () => {
  expect(longDurationText(75)).toBe('1 min 15 s');
  expect(longDurationText(30 * 3600)).toBe('30 h 0 min');
  expect(longDurationText(12 * 86_400)).toBe('12 days');
  expect(longDurationText(3.44 * 365.25 * 86_400)).toBe('3.4 years');
});
