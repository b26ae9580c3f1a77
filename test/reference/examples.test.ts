import { join } from 'node:path';
import * as ts from '@tslab/typescript-for-tslab';
import { describe, expect, test } from 'vitest';
import * as infossl from '../../lib/index';
import { publicDeclarations } from '../../lib/workbook/reference/declarations';
import { namesOf } from '../../lib/workbook/reference/publicNames';
import { exampleProgram } from './exampleProgram';
import { difference } from './statedValue';

const { tf } = infossl;
const root = join(__dirname, '..', '..');
const declared = publicDeclarations(root);
const names = namesOf(declared, root);
const examples = names.flatMap(({ name, file, doc }) =>
  doc.examples.map((code, i) => ({ place: `${file} ${name}${i > 0 ? `, example ${i + 1}` : ''}`, code })),
);
const notRun = '// not run: needs ';

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

/** The tensors in plain data. */
function tensorsIn(value: unknown, seen = new Set<unknown>()): Set<infossl.tf.Tensor> {
  const found = new Set<infossl.tf.Tensor>();
  const visit = (part: unknown) => {
    if (typeof part !== 'object' || part === null || ArrayBuffer.isView(part) || seen.has(part)) return;
    seen.add(part);
    if (part instanceof tf.Tensor) found.add(part);
    else for (const inner of part instanceof Map ? part.values() : Object.values(part)) visit(inner);
  };
  visit(value);
  return found;
}

async function run(code: string): Promise<void> {
  const { body, results } = exampleProgram(code);
  const kept: unknown[] = [];
  const keep = <T>(value: T): T => {
    kept.push(value);
    return value;
  };
  const check = async (index: number, value: () => Promise<unknown>) => {
    const { line, comment } = results[index]!;
    const expected = /^throws '(.*)'$/.exec(comment)?.[1];
    if (expected !== undefined) {
      await expect(value(), `line ${line}`).rejects.toThrow(expected);
      return;
    }
    const found = difference(await value(), comment);
    if (found) expect.fail(`line ${line}: ${found}`);
  };
  const names = Object.keys(infossl);
  const AsyncFunction = (async () => {}).constructor as new (
    ...parts: string[]
  ) => (...values: unknown[]) => Promise<void>;
  const example = new AsyncFunction(...names, 'keep', 'check', `{${body}}`);
  const before = tf.memory().numTensors;
  await example(...Object.values(infossl), keep, check);
  for (const tensor of tensorsIn(kept)) tensor.dispose();
  expect(tf.memory().numTensors - before, 'tensors that no call of the example returned').toBe(0);
}

for (const [index, { place, code }] of examples.entries()) {
  describe(`lib/${place}`, () => {
    test('compiles under strict TypeScript', () => {
      expect(errors.get(index) ?? []).toEqual([]);
    });
    test.skipIf(code.startsWith(notRun))('gives the results that it states', () => run(code));
  });
}
