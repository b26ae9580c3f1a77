import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { limitOutput } from '../../lib/kernel/outputLimit.cjs';
import { KernelClient } from './kernelClient';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

/** What a limit lets through of these parts, with the place of the last notice in it. */
function limited(parts: readonly string[], end = true): { shown: string; notice: string; notices: number } {
  let shown = '';
  let notice = '';
  let notices = 0;
  const output = limitOutput({
    write: (_, text) => {
      shown += text;
    },
    notice: (text) => {
      if (notices++ === 0) shown += '<notice>\n';
      notice = text;
    },
  });
  for (const part of parts) output.write('stdout', part);
  if (end) output.end();
  return { shown, notice, notices };
}

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `line ${from + i}\n`).join('');

test('up to 2,000 lines and a million characters are shown as they are', () => {
  for (const text of [numbered(0, 2000), `${numbered(0, 1999)}no newline`, 'x'.repeat(1_000_000), '']) {
    expect(limited([text])).toEqual({ shown: text, notice: '', notices: 0 });
  }
});

test('of more lines the first 2,000 and the last 100 are shown, whether printed at once or one by one', () => {
  const all = numbered(0, 50_000);
  for (const parts of [[all], all.split(/(?<=\n)/), [all.slice(0, 12_345), all.slice(12_345)]]) {
    const { shown, notice } = limited(parts);
    expect(shown).toBe(`${numbered(0, 2000)}<notice>\n${numbered(49_900, 50_000)}`);
    expect(notice).toMatch(/^… 47,900 lines \(0\.5 million characters\) left out: .*write more to a file\.$/);
  }
});

test('a few lines more than 2,000 are all shown, and nothing is said', () => {
  expect(limited([numbered(0, 2050)])).toEqual({ shown: numbered(0, 2050), notice: '', notices: 0 });
});

test('one endless line is cut in its middle', () => {
  const { shown, notice } = limited(['x'.repeat(900_000), 'y'.repeat(900_000), 'z'.repeat(100_000)]);
  expect(shown).toBe(`${'x'.repeat(900_000)}${'y'.repeat(100_000)}<notice>\n${'z'.repeat(20_000)}`);
  expect(notice).toContain('… 0.9 million characters left out: ');
});

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start();
});
afterAll(() => kernel?.close());

test('a cell that prints a million lines shows the first and the last, and the kernel lives', async () => {
  const { stdout, reply, messages } = await kernel.execute(
    'for (let i = 0; i < 1_000_000; i++) console.log("line " + i);',
  );
  expect(reply.status).toBe('ok');
  expect(stdout).toBe(numbered(0, 2000) + numbered(999_900, 1_000_000));
  const notices = messages.filter(({ type }) => type.endsWith('display_data'));
  // The one line is shown once, and then counts on.
  expect(notices.map(({ type }) => type)).toEqual([
    'display_data',
    ...notices.slice(1).map(() => 'update_display_data'),
  ]);
  expect(new Set(notices.map(({ content }) => JSON.stringify(content.transient))).size).toBe(1);
  expect(JSON.stringify(notices.at(-1)?.content.data)).toContain('997,900 lines (11.9 million characters) left out');
  expect(messages.length).toBeLessThan(200);
  expect((await kernel.execute('1')).stdout).toBe('1\n');
});

test('an interrupt ends a cell that prints without end, and shows where it was', async () => {
  const id = kernel.request('execute_request', { code: 'for (let i = 0; ; i++) console.log("line " + i);' });
  await kernel.wait((m) => m.parent === id && m.type === 'display_data');
  kernel.process.kill('SIGINT');
  const { reply, stdout, messages } = await kernel.result(id);
  expect(reply).toMatchObject({ status: 'error', ename: 'KeyboardInterrupt' });
  expect(stdout.split('\n').length).toBeLessThanOrEqual(2101);
  expect(Number(/line (\d+)\n$/.exec(stdout)?.[1])).toBeGreaterThan(2000);
  const types = messages.map(({ type }) => type);
  expect(types.indexOf('error')).toBeGreaterThan(types.lastIndexOf('stream'));
  expect((await kernel.execute('"next"')).stdout).toBe('next\n');
});

test("the kernel's state is told apart from the states of requests that clients pass over", async () => {
  const own = () => kernel.states.at(-1);
  const idle = kernel.states.length;
  await kernel.reply(kernel.request('kernel_info_request', {}));
  await vi.waitFor(() => expect(kernel.states.length).toBeGreaterThan(idle));
  expect(own()).toBe('idle');
  const cell = kernel.request('execute_request', { code: 'await new Promise((done) => setTimeout(done, 1000));' });
  await kernel.wait((m) => m.parent === cell && m.type === 'execute_input');
  const before = kernel.states.length;
  await kernel.reply(kernel.request('complete_request', { code: 'Ma', cursor_pos: 2 }));
  await vi.waitFor(() => expect(kernel.states.length).toBeGreaterThan(before));
  expect(own()).toBe('busy');
  await kernel.result(cell);
});
