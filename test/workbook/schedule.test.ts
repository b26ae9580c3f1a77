import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultJobs, inOrder, inSchedule, nextNotebook, takesRunsOf } from '../../lib/workbook/schedule';

const files = readdirSync(join(__dirname, '..', '..', 'notebooks')).filter((file) => file.endsWith('.ipynb'));
const numbers = (names: readonly string[]) => names.map((file) => file.slice(0, 2));

test('longest first, an unknown one after those known, the first notebook last', () => {
  expect(numbers(inOrder(['00-a', '03-a', '01-a', '11-a', '10-a', '08-a', '02-a']))).toEqual([
    '08',
    '02',
    '01',
    '03',
    '10',
    '11',
    '00',
  ]);
  const order = numbers(inOrder(files));
  expect(order[0]).toBe('08');
  expect(order.at(-1)).toBe('00');
  for (const [second, first] of Object.entries(takesRunsOf)) {
    expect(order.indexOf(first)).toBeLessThan(order.indexOf(second));
  }
  // Every notebook has its place: one that is not named would come after this.
  const known = inOrder([...files, '-1']).map((file) => file.slice(0, 2));
  expect(known.slice(-2)).toEqual(['-1', '00']);
});

test('a notebook waits for the one whose trainings it takes, unless there is nothing else to do', () => {
  const pending = inOrder(['00-a', '04-a', '05-a', '02-a', '01-a']);
  expect(nextNotebook(pending, ['08-a'])).toBe('02-a');
  expect(nextNotebook(['05-a', '01-a'], ['08-a', '02-a'])).toBe('05-a');
  expect(nextNotebook(['05-a', '01-a'], ['08-a'])).toBe('01-a');
  expect(nextNotebook(['00-a'], ['08-a'])).toBeUndefined();
  expect(nextNotebook(['00-a'], [])).toBe('00-a');
});

test('so many at once, each once, the first notebook alone at the end', async () => {
  const begun: string[] = [];
  let [running, most] = [0, 0];
  const work = async (file: string, place: number) => {
    begun.push(`${place} ${file}`);
    most = Math.max(most, ++running);
    if (file.startsWith('00')) expect(running).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, file.startsWith('08') ? 30 : 5));
    running--;
  };
  await inSchedule(['00-a', '01-a', '02-a', '04-a', '08-a'], 2, work);
  expect(begun).toEqual(['1 08-a', '2 02-a', '3 01-a', '4 04-a', '5 00-a']);
  expect(most).toBe(2);
});

test('aborted, no other begins, and those that run are waited for', async () => {
  const abort = new AbortController();
  const begun: string[] = [];
  let ended = 0;
  await inSchedule(
    ['01-a', '02-a', '03-a', '08-a'],
    2,
    async (file) => {
      begun.push(file);
      abort.abort();
      await new Promise((resolve) => setTimeout(resolve, 10));
      ended++;
    },
    abort.signal,
  );
  expect(begun).toEqual(['08-a']);
  expect(ended).toBe(1);
});

test('two on a CPU with two cores and the memory for it, one on a GPU', () => {
  expect(defaultJobs(false, 2, 8e9)).toBe(2);
  expect(defaultJobs(false, 64, 512e9)).toBe(2);
  expect(defaultJobs(false, 2, 4e9)).toBe(1);
  expect(defaultJobs(false, 1, 8e9)).toBe(1);
  expect(defaultJobs(true, 16, 512e9)).toBe(1);
});
