import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { KernelClient, root } from './kernelClient';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

// Modules are compiled only below the project's root; data/ is ignored by git.
const name = `data/.kernel-test-${process.pid}`;
const folder = join(root, name);
const write = (file: string, text: string) => writeFileSync(join(folder, file), text);

let kernel: KernelClient;
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  kernel = await KernelClient.start();
});
beforeEach(() => {
  write('c.ts', 'export const value: number = 1;\n');
  write('b.ts', "import { value } from './c';\nexport const twice = () => 2 * value;\n");
  write('a.ts', "import { twice } from './b';\nexport const sum = () => twice() + 1;\n");
  write('apart.ts', 'export const made = { at: process.hrtime.bigint() };\n');
  write('index.ts', "export { sum } from './a';\nexport { made } from './apart';\nexport { value } from './c';\n");
});
afterAll(async () => {
  await kernel?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the next run of a cell sees an edit of a module three imports away', async () => {
  const cell = `import { sum } from './${name}/index';\nsum()`;
  expect((await kernel.execute(cell)).stdout).toBe('3\n');
  write('c.ts', 'export const value: number = 10;\n');
  expect((await kernel.execute(cell)).stdout).toBe('21\n');
});

test('names that an earlier cell imported are those of the edited module', async () => {
  await kernel.execute(
    `import * as all from './${name}/index';\nimport { sum as total, value } from './${name}/index';\nconst before = value;`,
  );
  write('c.ts', 'export const value: number = 100;\n');
  expect((await kernel.execute('[total(), all.sum(), value, before]')).stdout).toBe('[ 201, 201, 100, 1 ]\n');
  write('c.ts', 'export const value: number = 5;\n');
  expect((await kernel.execute('const total = 0;\n[total, value]')).stdout).toBe('[ 0, 5 ]\n');
});

test('a module that the edit does not touch keeps its state', async () => {
  const cell = `import { made, sum } from './${name}/index';\nconsole.log(sum(), made.at);`;
  const [, first] = (await kernel.execute(cell)).stdout.trim().split(' ');
  write('c.ts', 'export const value: number = 7;\n');
  expect((await kernel.execute(cell)).stdout.trim().split(' ')).toEqual(['15', first]);
});

test('an error in an edited module is shown with its file and line, until it is mended', async () => {
  const cell = `import { sum } from './${name}/index';\nsum()`;
  write('b.ts', "import { value } from './c';\nexport const twice = (): number => 2 * valve;\n");
  const { reply } = await kernel.execute(cell);
  expect(reply).toMatchObject({
    ename: 'TypeScriptError',
    evalue: "there is no 'valve' here; did you mean 'value'?",
  });
  expect((reply.traceback as string[]).slice(1)).toEqual([
    `  in ${name}/b.ts, line 2:  export const twice = (): number => 2 * valve;`,
    `${' '.repeat(`  in ${name}/b.ts, line 2:  export const twice = (): number => 2 * `.length)}^^^^^`,
  ]);
  write('b.ts', "import { value } from './c';\nexport const twice = () => 3 * value;\n");
  expect((await kernel.execute(cell)).stdout).toBe('4\n');
});

test('an error thrown in a module is traced to its TypeScript line, below the line of the cell', async () => {
  write(
    'c.ts',
    'export interface Gone {\n  x: number;\n}\nexport const value = 1;\nexport function fail(): never {\n  throw new Error("deep");\n}\n',
  );
  const { reply } = await kernel.execute(`import { fail } from './${name}/c';\n\nfail();`);
  expect(reply.traceback).toEqual([
    'Error: deep',
    `  in cell [${reply.execution_count}], line 3:  fail();`,
    `    at fail (${name}/c.ts:6)`,
  ]);
});

test('a module that was missing is found when it has been written, and its loss is seen', async () => {
  const cell = `import { late } from './${name}/late';\nlate`;
  expect((await kernel.execute(cell)).reply.evalue).toBe(
    `there is no file './${name}/late': a cell's paths start at the project's folder.`,
  );
  write('late.ts', 'export const late = 1;\n');
  expect((await kernel.execute(cell)).stdout).toBe('1\n');
  rmSync(join(folder, 'late.ts'));
  expect((await kernel.execute(cell)).reply.status).toBe('error');
  write('late.ts', 'export const late = 2;\n');
  expect((await kernel.execute(cell)).stdout).toBe('2\n');
});
