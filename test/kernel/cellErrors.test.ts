import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { KernelClient } from './kernelClient';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start();
  const { reply } = await kernel.execute(`
    import { tf } from './lib/engine/tensorflow';
    import { logDet } from './lib/information/logDet';
    import { DataFrame } from 'danfojs-node';
    const descend = (n: number): number => {
      if (n === 0) throw new RangeError('at the bottom');
      return descend(n - 1) + 1;
    };`);
  expect(reply, JSON.stringify(reply.traceback)).toMatchObject({ status: 'ok' });
});
afterAll(() => kernel?.close());

/** What a cell's failure shows, with the cell's number as N, and that of the cell above it as M. */
async function shown(source: string): Promise<string[]> {
  const { reply, messages } = await kernel.execute(source);
  expect(reply.status, source).toBe('error');
  const error = messages.find(({ type }) => type === 'error');
  expect(error?.content).toEqual({ ename: reply.ename, evalue: reply.evalue, traceback: reply.traceback });
  const label = `cell [${reply.execution_count}]`;
  const marks = (line: string) => (/^ *\^+$/.test(line) ? line.slice(label.length - 'cell [N]'.length) : line);
  return (reply.traceback as string[]).map((line) =>
    marks(line.replaceAll(label, 'cell [N]').replace(/cell \[\d+\]/g, 'cell [M]')),
  );
}

test.each<[string, string, string[]]>([
  [
    'a throw',
    "const a = 1;\n\nthrow new Error('plain');",
    ['Error: plain', "  in cell [N], line 3:  throw new Error('plain');"],
  ],
  [
    'a function of an earlier cell that calls itself',
    'descend(30);',
    [
      'RangeError: at the bottom',
      "  in cell [M], line 6:  if (n === 0) throw new RangeError('at the bottom');",
      '    at descend (cell [M], line 7), 30 times',
      '    at cell [N], line 1',
    ],
  ],
  [
    'the library',
    'const z = tf.ones([3]);\nlogDet(z);',
    [
      'Error: logDet: expected z to be float32 [N, K] with N ≥ 2 and K ≥ 1, got float32 [3]; give it one embedding a row.',
      '  in cell [N], line 2:  logDet(z);',
      expect.stringMatching(/^ {4}at requireRows \(lib\/information\/requireRows\.ts:\d+\)$/),
      expect.stringMatching(/^ {4}at logDet \(lib\/information\/logDet\.ts:\d+\)$/),
    ],
  ],
  [
    'the native TensorFlow, in a tidy',
    'tf.tidy(() => {\n  const a = tf.ones([2, 3]);\n  return a.matMul(tf.ones([2, 3]));\n});',
    [
      expect.stringMatching(/^TensorFlowError: matMul: .*\[2,3\], In\[1\]: \[2,3\]/),
      '  in cell [N], line 3:  return a.matMul(tf.ones([2, 3]));',
      '    at cell [N], line 1',
    ],
  ],
  [
    'TensorFlow.js',
    'const t = tf.ones([2]);\nt.dispose();\nt.add(1);',
    ['Error: Tensor is disposed.', '  in cell [N], line 3:  t.add(1);'],
  ],
  [
    'danfojs',
    "const df = new DataFrame([[1, 2]], { columns: ['a', 'b'] });\ndf.column('c');",
    ['Error: ParamError: Column not found!. Column name must be one of a,b', "  in cell [N], line 2:  df.column('c');"],
  ],
  [
    'a callback of a promise',
    'await Promise.all(\n  [1, 2].map(async (x) => {\n    if (x === 2) throw new Error(String(x));\n  }),\n);',
    ['Error: 2', '  in cell [N], line 3:  if (x === 2) throw new Error(String(x));', '    at cell [N], line 2'],
  ],
  [
    'Node, after an await',
    "import { readFile } from 'node:fs/promises';\nawait readFile('/no/such');",
    [
      "Error: ENOENT: no such file or directory, open '/no/such'",
      "  in cell [N], line 2:  await readFile('/no/such');",
    ],
  ],
  [
    'an error with causes',
    "const root = new TypeError('root', { cause: 'a string' });\nthrow new Error('late', { cause: root });",
    [
      'Error: late',
      "  in cell [N], line 2:  throw new Error('late', { cause: root });",
      'Caused by TypeError: root',
      "  in cell [N], line 1:  const root = new TypeError('root', { cause: 'a string' });",
      'Caused by Thrown: a string',
    ],
  ],
  [
    'several errors at once',
    "await Promise.any([\n  Promise.reject(new Error('one')),\n  Promise.reject(new Error('two')),\n]);",
    [
      'AggregateError: All promises were rejected',
      'Caused by Error: one',
      "  in cell [N], line 2:  Promise.reject(new Error('one')),",
      'Caused by Error: two',
      "  in cell [N], line 3:  Promise.reject(new Error('two')),",
    ],
  ],
  [
    'errors that cause each other',
    "const one = new Error('one');\none.cause = new Error('other', { cause: one });\nthrow one;",
    [
      'Error: one',
      "  in cell [N], line 1:  const one = new Error('one');",
      'Caused by Error: other',
      "  in cell [N], line 2:  one.cause = new Error('other', { cause: one });",
    ],
  ],
  [
    'an error that cannot be looked at',
    "throw Object.defineProperty(new Error('x'), 'message', { get: () => { throw new Error('y'); } });",
    ['Error: what was thrown cannot be shown'],
  ],
  ['a thrown object', 'throw { code: 7 };', ['Thrown: { code: 7 }']],
  [
    'too deep a recursion',
    'const deep = (): number => deep() + 1;\ndeep();',
    [
      'RangeError: Maximum call stack size exceeded',
      '  in cell [N], line 1:  const deep = (): number => deep() + 1;',
      '    at deep (cell [N], line 1), 99 times',
    ],
  ],
  [
    'a type error',
    "// first\n  const n: number = 'one';\nconst s: string = 1;",
    [
      "TypeScriptError: n should be number, not 'one'.",
      "  in cell [N], line 2:  const n: number = 'one';",
      '                              ^',
      's should be string, not 1.',
      '  in cell [N], line 3:  const s: string = 1;',
      '                              ^',
    ],
  ],
  [
    'a name that is used twice without being there',
    'const z = [absent, absent];',
    [
      "TypeScriptError: there is no 'absent' here; does the cell that makes it still have to run?",
      '  in cell [N], line 1:  const z = [absent, absent];',
      '                                   ^^^^^^',
    ],
  ],
  [
    'an error of syntax, of which others follow',
    'function ( {\n  return 1;',
    [
      'TypeScriptError: Identifier expected.',
      '  in cell [N], line 1:  function ( {',
      '                                 ^',
    ],
  ],
  [
    'a cell that ends too early',
    'const half = [1, 2,\n',
    [
      "TypeScriptError: the cell ends too early: ']' expected.",
      '  in cell [N], line 1:  const half = [1, 2,',
      '                                           ^',
    ],
  ],
])('%s', async (_, source, lines) => {
  expect(await shown(source)).toEqual(lines);
});

test('a type error runs nothing of its cell, and its message is the first', async () => {
  const { reply, stdout } = await kernel.execute('console.log("ran");\nconst n: number = "one";\nconst s: string = 1;');
  expect(stdout).toBe('');
  expect(reply).toMatchObject({ ename: 'TypeScriptError', evalue: "n should be number, not 'one'. (and 1 more)" });
});

test('errors that nothing awaits are shown in the cell, by its line, and the kernel lives', async () => {
  const id = kernel.request('execute_request', {
    code: "void Promise.reject(new Error('lost'));\nvoid setTimeout(() => {\n  throw new Error('timed');\n}, 5);",
  });
  await kernel.result(id);
  await sleep(300);
  const { stderr, reply } = await kernel.result(id);
  const count = reply.execution_count;
  expect(stderr).toBe(
    `In the background, where no cell awaits it: Error: lost
  in cell [${count}], line 1:  void Promise.reject(new Error('lost'));
In the background, where no cell awaits it: Error: timed
  in cell [${count}], line 3:  throw new Error('timed');
`,
  );
  expect((await kernel.execute('1 + 1')).stdout).toBe('2\n');
});

test('an error that a cell prints has the lines of cells, and none of the kernel', async () => {
  const { stderr, reply } = await kernel.execute("// its line\nconsole.error(new Error('caught'));");
  expect(stderr).toBe(`Error: caught\n    at cell [${reply.execution_count}], line 2\n`);
});
