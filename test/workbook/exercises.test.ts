import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exerciseCells, notebookOfExercises, parseExercises, withExercises } from '../../lib/workbook/exercises';
import { cellSource, notebookText, readNotebook } from '../../lib/workbook/notebookFile';

const notebooks = join(__dirname, '..', '..', 'notebooks');
const sources = readdirSync(notebooks).filter((file) => file.endsWith('.exercises.md'));

const source = [
  '## Twice',
  '',
  'Double it.',
  '',
  '```ts',
  'function twice(x: number): number {',
  '  // BEGIN SOLUTION',
  '  return 2 * x;',
  '  // STUB',
  '  // return x;',
  '  // END SOLUTION',
  '}',
  "solved(twice(2) === 4, 'it should be 4');",
  '```',
  '',
  'Two times.',
].join('\n');

describe('parseExercises', () => {
  test('makes stub and solution from one text', () => {
    const [exercise] = parseExercises(`Not of any exercise.\n\n${source}\n`);
    const check = "}\nsolved(twice(2) === 4, 'it should be 4');";
    expect(exercise).toEqual({
      title: 'Twice',
      task: 'Double it.',
      stub: `function twice(x: number): number {\n  // Your code here.\n  return x;\n${check}`,
      solution: `function twice(x: number): number {\n  return 2 * x;\n${check}`,
      explanation: 'Two times.',
    });
  });

  test('says which exercise lacks its code or its solution', () => {
    expect(() => parseExercises('## Empty\n\nNothing.\n')).toThrow(/a block of ```ts in "Empty"/);
    expect(() => parseExercises('## Plain\n\n```ts\nf();\n```\n')).toThrow(/BEGIN SOLUTION.* in "Plain"/);
  });
});

test('exerciseCells folds the solution away, and the stub holds nothing of it', () => {
  const [task, code, solution] = exerciseCells(parseExercises(source), '09');
  expect([task, code, solution].map((cell) => cell!.id)).toEqual([
    '09-exercise-1-task',
    '09-exercise-1-code',
    '09-exercise-1-solution',
  ]);
  expect(cellSource(code!)).not.toContain('2 * x');
  expect(cellSource(solution!)).toMatch(
    /^<details>\n<summary>Solution 1<\/summary>\n\n```ts\n[\s\S]*2 \* x[\s\S]*```\n\nTwo times\.\n\n<\/details>$/,
  );
});

test('withExercises puts them in their place, and keeps the outputs of those unchanged', () => {
  const cells = exerciseCells(parseExercises(source), '09');
  const text = { id: 'a', cell_type: 'markdown' as const, source: 'before', metadata: {} };
  const run = { ...cells[1]!, outputs: [{ output_type: 'stream' }] };
  const notebook = { cells: [text, run, { ...text, id: 'b' }], metadata: {} };
  const made = withExercises(notebook, source, '09');
  expect(made.cells.map(({ id }) => id)).toEqual(['a', ...cells.map(({ id }) => id), 'b']);
  expect(made.cells[2]).toBe(run);
  expect(() => withExercises({ cells: [text], metadata: {} }, source, '09')).toThrow(/where they are to stand/);
});

test.each(sources)('the notebook has the exercises of %s', (file) => {
  const path = notebookOfExercises(join(notebooks, file));
  const notebook = readNotebook(path);
  const made = withExercises(notebook, readFileSync(join(notebooks, file), 'utf8'), file.slice(0, 2));
  // If not: npx tsx lib/workbook/exercisesCommand.ts notebooks/*.exercises.md
  expect(notebookText(made)).toBe(notebookText(notebook));
});
