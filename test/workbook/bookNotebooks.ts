import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plotlyMime } from '../../lib/workbook/display';
import { type Verdict, verdictMimeType } from '../../lib/workbook/verdict';
import { examples } from '../figures/examples';

type Json = Record<string, unknown>;

const text = (source: string): Json => ({ cell_type: 'markdown', metadata: {}, source });
const code = (source: string, outputs: readonly Json[], tags: readonly string[] = []): Json => ({
  ...{ cell_type: 'code', metadata: { tags }, execution_count: 1, source, outputs },
});
const display = (data: Json): Json => ({ output_type: 'display_data', data, metadata: {} });
const print = (printed: string): Json => ({ output_type: 'stream', name: 'stdout', text: printed });

const red = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

const verdict: Verdict = {
  ...{
    notebook: '01-all',
    claim: 'Squares <grow>',
    statement: 'derived',
    statistic: 'growth',
    value: 3,
    interval: [2, 4],
  },
  ...{ samples: 12, holds: true, scale: 'smoke', note: 'made for a test' },
};

/**
 * Two executed notebooks in a new folder: 01 has one of each output and every kind of figure, the first of them with a picture; 02 has a
 * text only. Names of the figures in their order.
 */
export async function writeNotebooks(folder: string): Promise<string[]> {
  const figures: Json[] = [];
  const names = Object.keys(examples);
  for (const [i, name] of names.entries()) {
    const figure = await examples[name]!();
    const data = { [plotlyMime]: figure, 'text/plain': name, ...(i === 0 ? { 'image/png': red } : {}) };
    const table =
      '<table><thead><tr><th>method</th><th>linear</th></tr></thead><tbody><tr><td>B</td><td>9.5 ± 1</td></tr><tr><td>A</td><td>10.5 ± 1</td></tr></tbody></table>';
    figures.push(code(`show(${name});`, [display(name === 'sortableTable' ? { ...data, 'text/html': table } : data)]));
    figures.push(text(`**Reading it.** What ${name} shows.`));
  }
  const wide = Array.from({ length: 40 }, (_, i) => `<td>column ${i}</td>`).join('');
  const long = Array.from({ length: 5000 }, (_, i) => `line ${i}\n`).join('');
  write(folder, '01-all', [
    text(
      '# All of it\n\nThe sum $\\sum_i x_i < 1$ & [the other](./02-text.ipynb), twice.\n\n$$\n\\int_0^1 x\\,dx = \\frac12\n$$',
    ),
    text('## A part\n\n| a | b |\n| --- | --- |\n| 1 | $y^2$ |\n\n```ts\nconst a = 1; // one\n```'),
    code("// a comment\nconst squares: number[] = [1, 4];\nconsole.log('<done>');", [print('<done>\n'), print(long)]),
    code('showTable(rows);', [
      display({ 'text/html': `<table><tbody><tr>${wide}</tr></tbody></table>`, 'text/plain': 'a' }),
    ]),
    code(
      'throw new Error();',
      [
        {
          output_type: 'error',
          ename: 'Error',
          evalue: 'out of <flour>',
          traceback: ['\u001b[31mError: out of <flour>', '  in cell [3], line 1'],
        },
      ],
      ['raises-exception'],
    ),
    code('await train();', [{ ...display({ 'text/plain': 'trained in 3 s' }), metadata: { infossl_progress: true } }]),
    code("showMarkdown('x');", [display({ 'text/markdown': 'so $e^{x}$', 'text/plain': 'so' })]),
    text('## A part\n\n### $\\alpha$ and a broken one $\\nonsense{1}$'),
    ...figures,
    code('verdict();', [
      display({ [verdictMimeType]: verdict, 'text/html': '<div>verdict</div>', 'text/plain': 'verdict' }),
    ]),
  ]);
  write(folder, '02-text', [text('Only a text, and no heading.')]);
  return names;
}

function write(folder: string, name: string, cells: readonly Json[]): void {
  mkdirSync(folder, { recursive: true });
  const identified = cells.map((cell, i) => ({ id: `cell-${i}`, ...cell }));
  writeFileSync(
    join(folder, `${name}.ipynb`),
    JSON.stringify({ cells: identified, metadata: {}, nbformat: 4, nbformat_minor: 5 }),
  );
}
