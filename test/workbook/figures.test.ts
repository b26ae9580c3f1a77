import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import { makeFigures } from '../../lib/workbook/figures';

const reference = vi.hoisted(() => ({ fails: false }));
vi.mock('../../lib/workbook/reference/referencePages', async (original) => {
  const { referencePages } = await original<typeof import('../../lib/workbook/reference/referencePages')>();
  const strange = () => {
    throw new Error('a strange tag');
  };
  return { referencePages: (root: string) => (reference.fails ? strange() : referencePages(root)) };
});

const root = join(__dirname, '..', '..');
const folder = join(root, 'data', `figures-test-${process.pid}`);
const [notebooks, data] = [join(folder, 'notebooks'), join(folder, 'data')];
const options = { root, notebooks, data, scale: 'smoke', only: [], fresh: false, timeout: 60, write: false } as const;

beforeEach(() => mkdirSync(notebooks, { recursive: true }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As a committed notebook holds them: outputs of an earlier run. */
const old = { output_type: 'stream', name: 'stdout', text: 'from an earlier run' };

function write(name: string, title: string, ...sources: string[]): void {
  const text = {
    cell_type: 'markdown',
    id: 'text',
    metadata: {},
    source: `# ${title}\n\nThe sum $\\sum_i x_i$ & more.`,
  };
  const code = sources.map((source, i) => ({
    ...{ cell_type: 'code', id: `code-${i}`, metadata: {}, source, outputs: [old], execution_count: i + 1 },
  }));
  const kernelspec = { name: 'infossl', display_name: 'infossl (TypeScript)', language: 'typescript' };
  const notebook = { cells: [text, ...code], metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 };
  writeFileSync(join(notebooks, name), JSON.stringify(notebook));
}

/** What the command prints, beside what it returns. */
async function run(changes: Partial<Parameters<typeof makeFigures>[0]> = {}) {
  const lines: string[] = [];
  const spies = (['log', 'error'] as const).map((stream) =>
    vi.spyOn(console, stream).mockImplementation((line) => void lines.push(String(line))),
  );
  try {
    return { ok: await makeFigures({ ...options, pictures: false, ...changes }), printed: lines.join('\n') };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const good = `import { lineChart, scale, show, verdict } from './lib/index';
show(lineChart({ title: 'Squares', scale: scale(), data: 'none', real: false, seeds: [], samples: 2,
  rows: [1, 2].map((x) => ({ series: 'a', x, y: x * x })), x: { label: 'x' }, y: { label: 'y' } }));
verdict({ notebook: '01-good', claim: 'Squares <grow>', statement: 'derived', statistic: 'growth', value: 3, interval: [2, 4],
  samples: 2, holds: true, note: 'a test' });`;

test('a good notebook: executed, with its figures and a page in the book', { timeout: 180_000 }, async () => {
  write('01-good.ipynb', 'A good one', good);
  const { ok, printed } = await run({ pictures: true });
  expect(ok, printed).toBe(true);
  expect(printed).toMatch(/\[1\/1\] 01-good.ipynb · cell 1 of 1/);
  const executed = JSON.parse(readFileSync(join(data, 'notebooks', 'smoke', '01-good.ipynb'), 'utf8'));
  const figure = executed.cells[1].outputs.find(
    (output: { data?: object }) => output.data && 'image/png' in output.data,
  );
  expect(Object.keys(figure.data)).toContain('application/vnd.plotly.v1+json');
  expect(readdirSync(join(data, 'figures', 'smoke')).sort()).toEqual(['01-1-squares.png', '01-1-squares.svg']);
  const index = readFileSync(join(data, 'book', 'smoke', 'index.html'), 'utf8');
  expect(index).toContain('Squares &lt;grow&gt;');
  expect(index).toMatch(/growth: 3.*2 to 4.*holds/s);
  const page = readFileSync(join(data, 'book', 'smoke', '01-good.html'), 'utf8');
  expect(page).toContain('href="figures/01-1-squares.png"');
  expect(page).toContain('<annotation encoding="application/x-tex">\\sum_i x_i</annotation>');
  // Nothing of it needs a network.
  expect(`${index}${page}`).not.toMatch(/(src|href)="https?:/);
});

test('a failing cell is shown with its error, the others go on, and the last good output stays', {
  timeout: 180_000,
}, async () => {
  write('01-good.ipynb', 'A good one', "console.log('one');");
  write(
    '02-bad.ipynb',
    'A bad one',
    "console.log('before');",
    "const wrong = 1;\nthrow new Error('out of flour');",
    "console.log('never');",
  );
  mkdirSync(join(data, 'notebooks', 'smoke'), { recursive: true });
  const last = join(data, 'notebooks', 'smoke', '02-bad.ipynb');
  writeFileSync(last, readFileSync(join(notebooks, '01-good.ipynb'), 'utf8'));
  const { ok, printed } = await run();
  expect(ok).toBe(false);
  expect(printed).toMatch(/02-bad.ipynb: FAILED in cell 2 of 3/);
  expect(printed).toContain("| throw new Error('out of flour');");
  expect(printed).toMatch(/Error: out of flour/);
  expect(printed).toMatch(/Failed: 02-bad.ipynb/);
  expect(readFileSync(last, 'utf8')).toBe(readFileSync(join(notebooks, '01-good.ipynb'), 'utf8'));
  expect(existsSync(`${last}.failed`)).toBe(true);
  expect(readFileSync(`${last}.failed`, 'utf8')).not.toContain('from an earlier run');
  rmSync(join(notebooks, '02-bad.ipynb'));
});

test('a cell that takes too long is stopped, and the remedy is named', { timeout: 120_000 }, async () => {
  write('03-slow.ipynb', 'A slow one', 'await new Promise((resolve) => setTimeout(resolve, 60_000));');
  const { ok, printed } = await run({ only: ['03'], timeout: 4 });
  expect(ok).toBe(false);
  expect(printed).toMatch(/the cell ran for longer than 4 s; give it more with --timeout SECONDS/);
  rmSync(join(notebooks, '03-slow.ipynb'));
});

test('interrupted, it stops both that run, and leaves the last good output and nothing half-written', {
  timeout: 120_000,
}, async () => {
  for (const name of ['04-long', '05-long', '06-never']) {
    write(`${name}.ipynb`, 'A long one', 'await new Promise((resolve) => setTimeout(resolve, 60_000));');
  }
  const before = readdirSync(join(data, 'notebooks', 'smoke')).sort();
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 6000);
  const start = Date.now();
  await expect(run({ only: ['04', '05', '06'], signal: abort.signal, jobs: 2 })).rejects.toThrow(/interrupted/);
  expect(Date.now() - start).toBeLessThan(50_000);
  expect(readdirSync(join(data, 'notebooks', 'smoke')).sort()).toEqual(before);
  for (const name of ['04-long', '05-long', '06-never']) rmSync(join(notebooks, `${name}.ipynb`));
});

test('two at once: a failure of one does not stop the other, and each one is told by its name, with its time', {
  timeout: 180_000,
}, async () => {
  write('05-bad.ipynb', 'A bad one', "throw new Error('out of flour');");
  write('06-good.ipynb', 'A slow one', 'await new Promise((resolve) => setTimeout(resolve, 3000));', good);
  const { ok, printed } = await run({ only: ['05', '06'], jobs: 2 });
  expect(ok).toBe(false);
  expect(printed).toMatch(/\[1\/2\] 05-bad.ipynb: FAILED in cell 1 of 1[\s\S]*out of flour/);
  expect(printed).toMatch(/\[2\/2\] 06-good.ipynb: done in \d/);
  expect(printed.indexOf('06-good.ipynb · cell 1')).toBeLessThan(printed.indexOf('05-bad.ipynb: FAILED'));
  expect(printed).toMatch(
    /Times:\n {2}05-bad.ipynb {3}.*, failed\n {2}06-good.ipynb {2}\d.*\n {2}in all .*up to 2 notebooks at once/,
  );
  for (const name of ['05-bad', '06-good']) rmSync(join(notebooks, `${name}.ipynb`));
});

test('what the book or its reference cannot take is told after the times, and costs no more than itself', {
  timeout: 120_000,
}, async () => {
  write('07-text.ipynb', 'A text');
  const executed = join(data, 'notebooks', 'smoke');
  reference.fails = true;
  const { ok, printed } = await run({ only: ['07'] });
  expect(ok, printed).toBe(true);
  expect(printed).toMatch(
    /Times:[\s\S]*The book: .*index\.html[\s\S]*The book: without the API reference: a strange tag/,
  );
  const index = join(data, 'book', 'smoke', 'index.html');
  const before = readFileSync(index, 'utf8');
  for (const name of ['08-a', '08-A']) {
    write(`${name}.ipynb`, 'Twice');
    writeFileSync(join(executed, `${name}.ipynb`), readFileSync(join(notebooks, `${name}.ipynb`)));
  }
  const again = await run({ only: ['07'] });
  reference.fails = false;
  expect(again.ok).toBe(false);
  expect(again.printed).toMatch(/Times:[\s\S]*The book: not made, the last one stays: .*different names, got "08-a"/);
  expect(readFileSync(index, 'utf8')).toBe(before);
  for (const name of ['07-text', '08-a', '08-A']) rmSync(join(notebooks, `${name}.ipynb`), { force: true });
});

test('an unknown notebook is refused by name', async () => {
  await expect(run({ only: ['77'] })).rejects.toThrow(/no notebook begins with 77; there are 01-good.ipynb/);
});
