import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { expect, test } from 'vitest';
import { cellErrors } from '../../lib/kernel/cellErrors.cjs';
import { moduleCache } from '../../lib/kernel/moduleCache.cjs';
import { temporaryFolder } from '../datasets/temporaryFolder';

test('of the cells before the last 500 an error has only the number', () => {
  const errors = cellErrors('/project', () => undefined);
  const thrown = (count: number): Error => {
    const filename = errors.nameCell(count, 'the source', [], 1);
    return runInThisContext("() => new Error('late')", { filename })();
  };
  const first = thrown(1);
  for (let count = 2; count <= 501; count++) errors.nameCell(count, 'the source', [], 1);
  expect(errors.thrownError(first).traceback).toEqual(['Error: late', '  in cell [1]']);
  expect(errors.thrownError(thrown(502)).traceback[1]).toMatch(/in cell \[502\], line/);
});

test('a type error in a file that has gone is still told', () => {
  const start = { offset: 0, line: 3, character: 2 };
  const diagnostic = { fileName: 'gone.ts', start, end: start, code: 2322, category: 1, messageText: 'no' };
  const { traceback } = cellErrors('/project', () => undefined).typeErrors([diagnostic], 'x', 1);
  expect(traceback.slice(0, 2)).toEqual(['TypeScriptError: no', '  in gone.ts, line 4:  ']);
});

test('what a killed kernel left half written is removed, another kernel that writes now is left alone', () => {
  const root = temporaryFolder();
  const folder = join(root, 'data', 'cache');
  mkdirSync(folder, { recursive: true });
  const [old, recent] = ['kernel.json.1.tmp', 'kernel.json.2.tmp'].map((file) => join(folder, file));
  for (const file of [old!, recent!]) writeFileSync(file, '{');
  utimesSync(old!, new Date(0), new Date(0));
  moduleCache(root, '1').save();
  expect([existsSync(old!), existsSync(recent!)]).toEqual([false, true]);
  expect(readdirSync(folder)).toContain('kernel.json');
});
