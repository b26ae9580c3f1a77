import { join } from 'node:path';
import * as ts from '@tslab/typescript-for-tslab';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { publicDeclarations } from '../../lib/workbook/reference/declarations';
import { namesOf } from '../../lib/workbook/reference/publicNames';
import { hasBrowser } from '../workbook/hasBrowser';
import { type ExampleProject, exampleProject } from './exampleProject';
import { runExample } from './runExample';

const root = join(__dirname, '..', '..');

const place: { project?: ExampleProject } = vi.hoisted(() => ({}));
vi.mock('../../lib/datasets/projectRoot', async (original) => {
  const { projectRoot } = await original<typeof import('../../lib/datasets/projectRoot')>();
  return { projectRoot: () => place.project?.root ?? projectRoot() };
});
beforeAll(async () => {
  place.project = await exampleProject(root);
  process.chdir(place.project.root);
  vi.stubEnv('INFOSSL_DATA', '');
  vi.stubEnv('INFOSSL_SCALE', 'quick');
});
afterAll(() => {
  process.chdir(here);
  place.project?.remove();
});

const declared = publicDeclarations(root);
const names = namesOf(declared, root);
const examples = names.flatMap(({ name, file, doc }) =>
  doc.examples.map((code, i) => ({ title: `${file} ${name}${i > 0 ? `, example ${i + 1}` : ''}`, code })),
);
const withoutBrowser = !hasBrowser();
const here = process.cwd();

/** The type errors of the examples, each in a function of its own, by their index. */
function typeErrors(): Map<number, string[]> {
  const file = join(root, 'lib', 'examples.ts');
  const lines = [
    `import { ${names
      .filter(({ exported }) => exported)
      .map(({ name }) => name)
      .join(', ')} } from './index';`,
  ];
  const starts = examples.map(({ code }, i) => {
    lines.push(`export async function example${i}() {`);
    const start = lines.length;
    lines.push(...code.split('\n'), '}');
    return start;
  });
  const options = { ...declared.program.getCompilerOptions(), noUnusedLocals: false };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => path === file || fileExists.call(host, path);
  host.getSourceFile = (path, ...rest) =>
    path === file
      ? ts.createSourceFile(file, lines.join('\n'), ts.ScriptTarget.ES2022, true)
      : getSourceFile.call(host, path, ...rest);
  const program = ts.createProgram([file], options, host, declared.program);
  const source = program.getSourceFile(file)!;
  const errors = new Map<number, string[]>();
  for (const problem of [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]) {
    const { line } = source.getLineAndCharacterOfPosition(problem.start ?? 0);
    const index = starts.filter((start) => start <= line).length - 1;
    const text = ts.flattenDiagnosticMessageText(problem.messageText, '\n');
    errors.set(index, [...(errors.get(index) ?? []), `line ${line - starts[index]! + 1}: ${text}`]);
  }
  return errors;
}

const errors = typeErrors();

for (const [index, { title, code }] of examples.entries()) {
  describe(`lib/${title}`, () => {
    test('compiles under strict TypeScript', () => {
      expect(errors.get(index) ?? []).toEqual([]);
    });
    test.skipIf(code.startsWith('// needs Chromium') && withoutBrowser)(
      'gives the results that it states',
      { timeout: 300_000 },
      () => runExample(code),
    );
  });
}

describe('an example fails that', () => {
  test.each([
    ['states another result', '1 + 1; // 3', 'line 1: value: got 2, the comment says 3'],
    ['states prose', '1 + 1; // two', 'is no literal'],
    ['states an error that does not come', "1 + 1; // throws 'no'", 'instead of reject'],
    ['throws', 'logDet(tf.zeros([1, 2]));', 'logDet'],
    [
      'leaves a tensor that none of its calls returned',
      '[[1, 2]].forEach(tf.onesLike);',
      'no call of the example returned',
    ],
  ])('%s', async (_, code, message) => {
    await expect(runExample(code)).rejects.toThrow(message);
  });
});
