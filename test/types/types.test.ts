import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readNotebook } from '../../lib/workbook/notebookFile';
import { notebookSource } from '../../lib/workbook/notebookSource';

const root = join(__dirname, '..', '..');
const current = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const tslabs = join(root, 'node_modules', '@tslab', 'typescript-for-tslab', 'bin', 'tsc');

function compile(compiler: string, project: string): string[] {
  const { stdout, stderr, error } = spawnSync(process.execPath, [compiler, '--project', project, '--pretty', 'false'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (error) throw error;
  return `${stdout}${stderr}`.split('\n').filter((line) => line.trim() !== '');
}

test('the library and the tests are well typed', () => {
  expect(compile(current, root)).toEqual([]);
});

test("the library compiles under tslab's TypeScript too", { timeout: 240_000 }, () => {
  const project = join(root, 'data', '.types', 'tslab');
  mkdirSync(project, { recursive: true });
  const config = {
    extends: join(root, 'tsconfig.json'),
    include: [join(root, 'lib', '**', '*.ts')],
    exclude: [],
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
  expect(compile(tslabs, project)).toEqual([]);
  rmSync(project, { recursive: true });
});

test('the cells of the notebooks are well typed, strictly', () => {
  const project = join(root, 'data', '.types', 'notebooks');
  rmSync(project, { recursive: true, force: true });
  mkdirSync(project, { recursive: true });
  const folder = join(root, 'notebooks');
  const files = readdirSync(folder).filter((file) => file.endsWith('.ipynb'));
  const sources = new Map(
    files.map((file) => {
      const source = notebookSource(readNotebook(join(folder, file)), (specifier) =>
        specifier.replace(/^\.\/lib\//, '../../../lib/'),
      );
      const name = file.replace('.ipynb', '.ts');
      writeFileSync(join(project, name), source.text);
      return [name, source];
    }),
  );
  const config = {
    extends: join(root, 'tsconfig.json'),
    include: ['*.ts'],
    compilerOptions: { noUnusedLocals: false, typeRoots: [join(root, 'node_modules', '@types')] },
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
  const errors = compile(current, project).map((line) =>
    line.replace(/^(?:.*\/)?([^/]+\.ts)\((\d+),(\d+)\)/, (whole, name, row, column) => {
      const place = sources.get(name)?.place(Number(row));
      return place
        ? `notebooks/${name.replace('.ts', '.ipynb')} code cell ${place.cell}, line ${place.line}:${column}`
        : whole;
    }),
  );
  expect(errors).toEqual([]);
  rmSync(project, { recursive: true });
});

test('everything is formatted and linted', () => {
  const biome = join(root, 'node_modules', '.bin', 'biome');
  const { status, stdout, stderr } = spawnSync(biome, ['check', '--colors=off'], { cwd: root, encoding: 'utf8' });
  expect(status, `${stdout}${stderr}`).toBe(0);
});
