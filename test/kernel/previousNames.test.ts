import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { KernelClient } from './kernelClient';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start();
  await kernel.execute(`
    type Measured = { title: string; size: number; inner: { depth: number } };
    const encoder = 'resnet';
    let title = 'outer';
    const measured: Measured[] = [{ title: 'a', size: 1, inner: { depth: 7 } }];
    class Box { title = 'boxed'; size() { return 3; } }`);
});
afterAll(() => kernel.close());

test.each([
  [
    'a shorthand of an earlier name',
    'console.log(JSON.stringify({ encoder, other: 1 }))',
    '{"encoder":"resnet","other":1}',
  ],
  [
    'shorthands nested and in arguments',
    'console.log(JSON.stringify([{ a: { encoder } }, { title }]))',
    '[{"a":{"encoder":"resnet"}},{"title":"outer"}]',
  ],
  [
    'a shorthand of a parameter that hides an earlier name',
    'console.log([1].map((title) => JSON.stringify({ title })).join())',
    '{"title":1}',
  ],
  [
    'a shorthand of a name of the same cell',
    'const fresh = 5; console.log(JSON.stringify({ fresh, encoder }))',
    '{"fresh":5,"encoder":"resnet"}',
  ],
  [
    'a pattern with a property of an earlier type renamed',
    'console.log(measured.map(({ title, size: s }) => title + s).join())',
    'a1',
  ],
  ['a pattern inside a pattern', 'const [{ inner: { depth: d } }] = measured; console.log(d)', '7'],
  [
    'a property whose name is an earlier name',
    'console.log(JSON.stringify({ title: 1, encoder: 2 }))',
    '{"title":1,"encoder":2}',
  ],
  [
    'a literal of an earlier type',
    'const one: Measured = { title, size: 2, inner: { depth: 1 } }; console.log(one.title + one.size)',
    'outer2',
  ],
  [
    'a method and a field that redefine those of an earlier class',
    "class Bigger extends Box { title = 'big'; size() { return super.size() + 1; } }; console.log(new Bigger().title, new Bigger().size())",
    'big 4',
  ],
  ['an assignment to an earlier name', "title = 'new'; console.log(title)", 'new'],
  ['an assignment by a pattern', "({ title } = { title: 'patterned' }); console.log(title)", 'patterned'],
  [
    'an assignment by a pattern with a default',
    "({ title = 'absent' } = {} as { title?: string }); console.log(title); ({ title = 'absent' } = { title: 'given' }); console.log(title)",
    'absent\ngiven',
  ],
  [
    'an assignment by nested patterns whose default holds a shorthand',
    "let held = { encoder: '' }; ({ box: { title = 'x', held = { encoder } } } = { box: {} as { title?: string; held?: typeof held } }); console.log(title, JSON.stringify(held))",
    'x {"encoder":"resnet"}',
  ],
  [
    'a name with a default in a pattern',
    'const { missing = encoder } = {} as { missing?: string }; console.log(missing)',
    'resnet',
  ],
])('%s', async (_, source, printed) => {
  const { reply, stdout } = await kernel.execute(source);
  expect(reply, String(reply.evalue)).toMatchObject({ status: 'ok' });
  expect(stdout).toBe(`${printed}\n`);
});
