import { expect, test } from 'vitest';
import { type Notebook, notebookText } from '../../lib/workbook/notebookFile';
import { formatNotebook, notebookProblems } from '../../lib/workbook/notebookFormat';

const metadata = {
  kernelspec: { display_name: 'infossl (TypeScript)', language: 'typescript', name: 'infossl' },
  language_info: {
    ...{
      name: 'typescript',
      version: '5.0.4',
      mimetype: 'text/typescript',
      file_extension: '.ts',
      pygments_lexer: 'typescript',
    },
    codemirror_mode: { mode: 'typescript', name: 'javascript', typescript: true },
  },
};
const code = (id: string, count: number | null, source: string, more: object = {}) => ({
  ...{ cell_type: 'code', id, metadata: {}, execution_count: count, source, outputs: [] },
  ...more,
});
const result = (count: number) => ({
  output_type: 'execute_result',
  data: { 'text/plain': '3' },
  metadata: {},
  execution_count: count,
});
const notebook = (cells: readonly object[], more: object = {}) =>
  ({ cells, metadata: { ...metadata, ...more }, nbformat: 4, nbformat_minor: 5 }) as unknown as Notebook;

const clean = formatNotebook(
  notebook([
    { cell_type: 'markdown', id: '01-text-01', metadata: {}, source: '# Title\n\nText.' },
    code('01-code-01', 1, 'const a = 1;\n  a + 2', { outputs: [result(1)], metadata: { tags: ['plan'] } }),
    code('01-code-02', 2, "console.log('x');", {
      outputs: [{ output_type: 'stream', name: 'stdout', text: 'x\ny\n' }],
    }),
  ]),
  '01-a.ipynb',
);

test('what is formatted stays as it is, and nothing is wrong with it', () => {
  expect(notebookText(formatNotebook(clean, '01-a.ipynb'))).toBe(notebookText(clean));
  expect(notebookProblems(notebookText(clean), '01-a.ipynb')).toEqual([]);
});

test('a notebook as an editor saves it after use comes back to the same bytes', () => {
  const { cells } = clean as unknown as { cells: readonly Record<string, unknown>[] };
  const [text, first, second] = cells;
  const window = {
    collapsed: false,
    scrolled: true,
    trusted: true,
    execution: { 'iopub.execute_input': '2026-01-01' },
  };
  const used = notebook(
    [
      { ...text, metadata: { jp_MarkdownHeadingCollapsed: true } },
      {
        ...first,
        metadata: { ...window, tags: ['plan'] },
        execution_count: 37,
        outputs: [result(37)],
        source: '\nconst a = 1;  \n  a + 2\n\n',
      },
      {
        ...second,
        metadata: { jupyter: { outputs_hidden: true } },
        outputs: [{ output_type: 'stream', name: 'stdout', text: 'x\ny\n' }],
      },
    ],
    { widgets: { state: {} }, language_info: { name: 'typescript', version: '5.0.4', nbconvert_exporter: '' } },
  );
  expect(notebookText(formatNotebook(used, '01-a.ipynb'))).toBe(notebookText(clean));
  const problems = notebookProblems(JSON.stringify(used), '01-a.ipynb');
  expect(problems).toEqual([
    expect.stringMatching(/^01-a.ipynb: its metadata hold more/),
    expect.stringMatching(/cell 1 \(id 01-text-01\): metadata .*jp_MarkdownHeadingCollapsed/),
    expect.stringMatching(/cell 2 \(code cell 1, id 01-code-01\): metadata .*scrolled/),
    expect.stringMatching(/cell 2 .*: spaces at a line end/),
    expect.stringMatching(/cell 2 .*: its count is 37, not 1/),
    expect.stringMatching(/cell 3 .*: metadata .*outputs_hidden/),
    expect.stringMatching(/cell 3 .*: its outputs hold/),
  ]);
});

test('ids that an editor made up, or that two cells share, become speaking ones that differ; a folded source stays', () => {
  const made = notebook([
    code('d0c1f2aa', 1, 'one'),
    code('01-code-01', 2, 'two', { metadata: { jupyter: { source_hidden: true } } }),
    code('01-code-01', 3, 'three'),
    { cell_type: 'markdown', id: '6f1d3a04-95a5-4a4c-8a0e-0f1f7f0a9b11', metadata: {}, source: 'text' },
  ]);
  const { cells } = formatNotebook(made, '01-a.ipynb');
  expect(cells.map(({ id }) => id)).toEqual(['01-code-new-1', '01-code-01', '01-code-new-2', '01-text-new-1']);
  expect(cells[1]!.metadata).toEqual({ jupyter: { source_hidden: true } });
  expect(notebookProblems(JSON.stringify(made), '01-a.ipynb').filter((line) => /its id/.test(line))).toHaveLength(3);
});

test('a cell that has not run, or a run that was not from the top, is named', () => {
  const text = (...counts: (number | null)[]) =>
    notebookText(notebook(counts.map((count, i) => code(`01-code-${i}`, count, 'x'))));
  expect(notebookProblems(text(1, null, 3), '01-a.ipynb')).toEqual([
    '01-a.ipynb, cell 2 (code cell 2, id 01-code-1): it has not run',
  ]);
  expect(notebookProblems(text(2, 3, 4), '01-a.ipynb')).toEqual([
    '01-a.ipynb, cell 1 (code cell 1, id 01-code-0): its count is 2, not 1: not of one run from the top',
  ]);
});

test('what means something stays: a line break of Markdown, and the spaces and tabs of a template', () => {
  const source = 'const a = [\n\t1,  \n];\nconst b = `x\ty  \n\tz`; \n\tb  ';
  const markdown = { cell_type: 'markdown', id: '01-text-01', metadata: {}, source: 'one  \ntwo \n\tthree' };
  const { cells } = formatNotebook(notebook([code('01-code-01', 1, source), markdown]), '01-a.ipynb');
  const [tidied, text] = cells.map((cell) => (cell.source as string[]).join(''));
  expect(tidied).toBe('const a = [\n  1,\n];\nconst b = `x\ty  \n\tz`;\n  b');
  expect(text).toBe('one  \ntwo\n\tthree');
});

test('of a line of progress there stays that it is one, and its text once', () => {
  const bar = { output_type: 'display_data', data: { 'text/plain': '3 steps in 9 s' } };
  const withBar = (metadata: object) => notebook([code('01-code-01', 1, 'x', { outputs: [{ ...bar, metadata }] })]);
  const { cells } = formatNotebook(withBar({ infossl_progress: '3 steps in 9 s' }), '01-a.ipynb');
  expect(cells[0]!.outputs).toEqual([{ ...bar, metadata: { infossl_progress: true } }]);
  expect(notebookProblems(notebookText(withBar({ infossl_progress: '3 steps in 9 s' })), '01-a.ipynb')).toHaveLength(1);
});
