import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { KernelClient } from './kernelClient';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start();
});
afterAll(() => kernel.close());

test('a cell shows its output and its last value, and later cells know its names', async () => {
  const first = await kernel.execute("const half: number = 0.5;\nconsole.log('half');\nhalf");
  expect(first.reply).toMatchObject({ status: 'ok' });
  expect(first.stdout).toBe('half\n0.5\n');
  expect((await kernel.execute('half * 2')).stdout).toBe('1\n');
  const input = first.messages.find(({ type }) => type === 'execute_input');
  expect(input?.content.execution_count).toBe(first.reply.execution_count);
});

test('a cell may await at its top level, and display', async () => {
  const { reply, messages } = await kernel.execute(
    "import { display } from 'tslab';\nawait new Promise((done) => setTimeout(done, 5));\ndisplay.html('<b>here</b>');",
  );
  expect(reply.status).toBe('ok');
  const shown = messages.find(({ type }) => type === 'display_data');
  expect(shown?.content.data).toEqual({ 'text/html': '<b>here</b>' });
});

test("the kernel works in the project's root, with TensorFlow's settings", async () => {
  const { stdout } = await kernel.execute(
    'console.log(require("./package.json").name, process.env.TF_ENABLE_ONEDNN_OPTS, process.title)',
  );
  expect(stdout).toBe('infossl 1 infossl kernel\n');
});

test('cells queued behind a failing one are aborted, unless it was told not to stop; later ones run', async () => {
  const sleep = 'await new Promise((done) => setTimeout(done, 100));';
  const failing = kernel.request('execute_request', { code: `${sleep} throw new Error('stop');` });
  const queued = kernel.request('execute_request', { code: 'console.log("ran")' });
  expect((await kernel.result(failing)).reply.status).toBe('error');
  expect((await kernel.result(queued)).reply.status).toBe('aborted');
  expect((await kernel.execute('1')).reply.status).toBe('ok');
  const tolerated = kernel.request('execute_request', {
    code: `${sleep} throw new Error('go');`,
    stop_on_error: false,
  });
  const next = kernel.request('execute_request', { code: 'console.log("ran")' });
  expect((await kernel.result(tolerated)).reply.status).toBe('error');
  expect((await kernel.result(next)).stdout).toBe('ran\n');
});

test('a cell that never yields shows its output while it runs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'infossl-'));
  const seen = join(folder, 'seen');
  const code = `import { existsSync } from 'node:fs';\nconsole.log('early');\nwhile (!existsSync('${seen}'));`;
  const id = kernel.request('execute_request', { code });
  await kernel.wait((m) => m.parent === id && m.type === 'stream');
  writeFileSync(seen, '');
  expect((await kernel.result(id)).reply.status).toBe('ok');
  rmSync(folder, { recursive: true });
});
