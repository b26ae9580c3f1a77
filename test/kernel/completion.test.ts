import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { KernelClient } from './kernelClient';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 400_000 });

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start();
  const { reply } = await kernel.execute(
    `import { vicreg, load, tf, type VicregOptions } from './lib/index';
     /** Of my own. */
     const half = (x: number) => x / 2;
     const settingsOfMine = { depth: 3, 'two words': 1, name: 'x' };`,
    360_000,
  );
  expect(reply, JSON.stringify(reply.traceback)).toMatchObject({ status: 'ok' });
});
afterAll(() => kernel?.close());

/** The text and the place of the cursor, ▮, as the protocol counts it. */
function at(marked: string) {
  const [before = '', after = ''] = marked.split('▮');
  return { code: before + after, cursor_pos: [...before].length };
}

interface Completed {
  matches: string[];
  cursor_start: number;
  cursor_end: number;
  metadata: { _jupyter_types_experimental: { text: string; type: string }[] };
}

async function complete(marked: string): Promise<Completed & { written: string }> {
  const { code, cursor_pos } = at(marked);
  const { content } = await kernel.reply(kernel.request('complete_request', { code, cursor_pos }));
  const found = content as unknown as Completed;
  return { ...found, written: [...code].slice(found.cursor_start, found.cursor_end).join('') };
}

async function inspect(marked: string): Promise<Record<'text/plain' | 'text/markdown', string> | undefined> {
  const { content } = await kernel.reply(kernel.request('inspect_request', { ...at(marked), detail_level: 0 }));
  return content.found === true ? (content.data as Record<'text/plain' | 'text/markdown', string>) : undefined;
}

const OPTIONS = ['covariance', 'epsilon', 'invariance', 'variance', 'varianceConvention'];

test.each<[string, string, string, string[]]>([
  ['options', 'vicreg({ ▮', '', OPTIONS],
  ['options, of which one is written', 'vicreg({ epsilon: 1, ▮ });', '', OPTIONS.filter((name) => name !== 'epsilon')],
  [
    'an option that is begun',
    'vicreg({ vari▮ })',
    'vari',
    ['variance', 'varianceConvention', 'covariance', 'invariance'],
  ],
  ['a literal', "load('cif▮", 'cif', ['cifar10', 'cifar100', 'cifar10-jpeg']],
  ['a literal in the middle', "await load('ci▮far10');", 'cifar10', ['cifar10', 'cifar100', 'cifar10-jpeg']],
  ['an option of literals', "load('cifar10', { split: '▮' })", '', ['train', 'test']],
  ['a name of an earlier cell', 'const a = settingsOf▮', 'settingsOf', ['settingsOfMine']],
  ['a member of an earlier name', 'settingsOfMine.▮', '', ['depth', 'name']],
  ['a place after letters of more than 16 bits', "const 𝒳 = '𝒳'; settingsOfMine.na▮", 'na', ['name']],
  ['a type', 'const o: VicregOp▮', 'VicregOp', ['VicregOptions']],
  ['an import that has no module yet', 'import { vicregL▮', 'vicregL', ['vicregLogDet', 'VicregLogDetOptions']],
  ['an import', "import { vicregL▮ } from './lib/index'", 'vicregL', ['vicregLogDet', 'VicregLogDetOptions']],
  ['a module', "import { x } from './lib/ind▮'", './lib/ind', ['./lib/index']],
])('completes %s', async (_, marked, written, matches) => {
  const found = await complete(marked);
  expect(found.matches).toEqual(matches);
  expect(found.written).toBe(written);
  expect(found.metadata._jupyter_types_experimental.map(({ text }) => text)).toEqual(matches);
});

test('the names of cells come before those of the language, and all the library can be imported', async () => {
  const { matches } = await complete('▮');
  expect(matches.slice(0, 5).sort()).toEqual(['half', 'load', 'settingsOfMine', 'tf', 'vicreg']);
  expect((await complete('tf.▮')).matches).toEqual(expect.arrayContaining(['matMul', 'tensor2d', 'tidy']));
  const imports = (await complete("import { ▮ } from './lib/index'")).matches;
  expect(imports).toEqual(expect.arrayContaining(['vicreg', 'logDet', 'VicregOptions', 'trainLive']));
});

test.each([
  ['a name', 'vic▮reg'],
  ['the end of a name', 'vicreg▮'],
  ['an open call', 'vicreg(▮'],
  ["a call's options", 'vicreg({ ▮ })'],
  ['an import', "import { vicreg▮ } from './lib/index'"],
  ['an import that has no module yet', 'import { vicreg▮'],
])('tells of a function at %s', async (_, marked) => {
  const found = await inspect(marked);
  expect(found?.['text/markdown']).toMatch(
    /^```typescript\nfunction vicreg\(\{\n {2}invariance = 25,.*\): Objective\n```\n\nVICReg \(/s,
  );
  expect(found?.['text/markdown']).toMatch(
    /\*\*Options\*\* \(`VicregOptions`\)\n\n- `invariance\?: number` — Weight λ/,
  );
  expect(found?.['text/markdown']).toMatch(/\*\*Throws\*\* .*\*lib\/objectives\/vicreg\.ts:\d+\*$/s);
  expect(found?.['text/plain']).toMatch(
    /^function vicreg\(.*Options \(VicregOptions\)\n {2}invariance\?: number — Weight/s,
  );
});

test.each([
  ['an option', 'vicreg({ epsi▮lon: 1 })', '(property) VicregOptions.epsilon?: number', 'Added to each variance'],
  ['a type', 'let o: Vicreg▮Options', 'interface VicregOptions {', 'Weight λ of the invariance term'],
  ['what is not imported', 'byo▮l', 'function byol(', 'BYOL (Grill'],
  ["a call's second argument", "load('cifar10', ▮)", 'async function load(name: DatasetName', 'A data set by name'],
  ['TensorFlow.js', 't▮f', 'namespace tf', 'TensorFlow.js on the native library'],
  ['a function of an earlier cell', 'half▮(3)', 'half: (x: number) => number', ''],
  ["the language's own", 'Math.ma▮x(1)', 'max(...values: number[]): number', 'Returns the larger'],
])('tells of %s', async (_, marked, signature, comment) => {
  const found = await inspect(marked);
  expect(found?.['text/plain']).toContain(signature);
  expect(found?.['text/plain']).toContain(comment);
});

test('of a number there is nothing to tell', async () => {
  expect(await inspect('1 + 1▮')).toBeUndefined();
});
