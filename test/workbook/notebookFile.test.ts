import { expect, test } from 'vitest';
import { type Notebook, notebookText } from '../../lib/workbook/notebookFile';

const data = {
  numbers: [1, -2.5, 3e-21, 1e21, null],
  nested: [[1, 2], [], [{ x: [0] }]],
  texts: ['[\n 1,\n 2\n]', 'a'],
  mixed: [1, 'b', true],
};
const notebook: Notebook = {
  cells: [
    { cell_type: 'code', source: ['[\n', ' 1\n', ']'], metadata: {}, outputs: [{ output_type: 'display_data', data }] },
  ],
  metadata: {},
};

test('the text of a notebook is the same notebook, with lists of numbers on a line each', () => {
  const text = notebookText(notebook);
  expect(JSON.parse(text)).toEqual(notebook);
  const numbers = text.split('\n').find((line) => line.includes('"numbers"'));
  expect(numbers?.trim()).toBe('"numbers": [1,-2.5,3e-21,1e+21,null],');
  expect(text).toMatch(/\n +\[1,2\],\n/);
  expect(text.endsWith('}\n')).toBe(true);
});

test('a long list of negative numbers that ends in a text takes no time', { timeout: 2000 }, () => {
  const mixed = [...Array(26).fill(-1.5), 'end'];
  const { cells } = JSON.parse(notebookText({ cells: [], metadata: { mixed } })) as Notebook;
  expect(cells).toEqual([]);
});
