import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../datasets/temporaryFolder';
import { KernelClient } from './kernelClient';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let kernel: KernelClient | undefined;
afterEach(() => kernel?.close());

const states = {
  'a loop that never yields': 'console.log("on"); while (true);',
  'a loop of native operations': `import { tf } from "./lib/engine/tensorflow"; console.log("on");
    const a = tf.ones([500, 500]); while (true) tf.tidy(() => { a.matMul(a).dataSync(); });`,
  'a wait': 'console.log("on"); await new Promise(() => {});',
  'a loop that yields': 'console.log("on"); while (true) await new Promise((done) => setImmediate(done));',
};

for (const by of ['SIGINT', 'interrupt_request'] as const) {
  test(`${by} ends every kind of cell twice over, and the next cell runs`, async () => {
    kernel = await KernelClient.start();
    const interrupt = async () => {
      if (by === 'SIGINT') kernel!.process.kill('SIGINT');
      else {
        const id = kernel!.request('interrupt_request', {}, 'control');
        await kernel!.wait((m) => m.parent === id && m.type === 'interrupt_reply');
      }
      await sleep(500); // on a busy machine a signal takes its time, and must not hit the next cell instead
    };
    await interrupt(); // when idle
    for (const [state, code] of Object.entries(states)) {
      const id = kernel.request('execute_request', { code });
      await kernel.wait((m) => m.parent === id && m.type === 'stream');
      await sleep(100);
      await interrupt();
      const { reply } = await kernel.result(id);
      expect(reply, state).toMatchObject({ status: 'error', ename: 'KeyboardInterrupt' });
      await interrupt();
      expect((await kernel.execute('1 + 1')).stdout, state).toBe('2\n');
    }
  });
}

test('an interrupt request ends a loop that an await came before, which no signal can', async () => {
  kernel = await KernelClient.start();
  const id = kernel.request('execute_request', { code: 'await 1; console.log("on"); while (true);' });
  await kernel.wait((m) => m.parent === id && m.type === 'stream');
  kernel.request('interrupt_request', {}, 'control');
  expect((await kernel.result(id)).reply).toMatchObject({ status: 'error', ename: 'KeyboardInterrupt' });
  expect((await kernel.execute('1 + 1')).stdout).toBe('2\n');
});

test('a cell that handles SIGINT itself may end in its own way, or is ended on the second one', async () => {
  kernel = await KernelClient.start();
  // It begins to listen before its first await, as a training loop does.
  const code = (onInterrupt: string) => `
    const stop = new Promise<void>((done) => process.once('SIGINT', () => { ${onInterrupt} }));
    await Promise.resolve();
    console.log('on');
    await stop;
    console.log('saved');`;
  const id = kernel.request('execute_request', { code: code('setTimeout(done, 300);') });
  await kernel.wait((m) => m.parent === id && m.type === 'stream');
  kernel.process.kill('SIGINT');
  const polite = await kernel.result(id);
  expect(polite.reply.status).toBe('ok');
  expect(polite.stdout).toBe('on\nsaved\n');
  const stubborn = kernel.request('execute_request', { code: code('') });
  await kernel.wait((m) => m.parent === stubborn && m.type === 'stream');
  kernel.process.kill('SIGINT');
  await sleep(100);
  kernel.process.kill('SIGINT');
  expect((await kernel.result(stubborn)).reply.ename).toBe('KeyboardInterrupt');
});

/** A cell that listens to SIGINT, as a training does, and computes for so long at a stretch. */
const longStep = (milliseconds: number, onInterrupt: string) => `
  const stop = new Promise<void>((done) => process.on('SIGINT', () => { ${onInterrupt} }));
  await Promise.resolve();
  console.log('on');
  const end = Date.now() + ${milliseconds};
  while (Date.now() < end);
  await stop;
  console.log('saved');`;
const press = () => kernel!.request('interrupt_request', {}, 'control');

test('one interrupt in a step longer than the patience never ends it by force, in no cell', async () => {
  kernel = await KernelClient.start();
  for (const cell of ['first', 'second']) {
    const id = kernel.request('execute_request', { code: longStep(4000, 'done();') });
    await kernel.wait((m) => m.parent === id && m.type === 'stream');
    press();
    expect((await kernel.result(id)).stdout, cell).toBe('on\nsaved\n');
  }
});

test('two interrupts at once end a cell that waits, and leave the next alone', async () => {
  kernel = await KernelClient.start();
  const id = kernel.request('execute_request', { code: states['a wait'] });
  await kernel.wait((m) => m.parent === id && m.type === 'stream');
  await sleep(100);
  press();
  press();
  expect((await kernel.result(id)).reply.ename).toBe('KeyboardInterrupt');
  await sleep(100); // the second must not hit the next cell itself
  const next = await kernel.execute('await 1; const until = Date.now() + 3000; while (Date.now() < until); 1 + 1');
  expect([next.reply.status, next.stdout]).toEqual(['ok', '2\n']);
});

test('two interrupts end a step by force, and neither its lock nor its listeners stay', async () => {
  kernel = await KernelClient.start();
  const lock = join(temporaryFolder(), 'lock');
  const id = kernel.request('execute_request', {
    code: `import { withFileLock } from './lib/datasets/fileLock';
      await withFileLock('${lock}', async () => { ${longStep(60_000, '')} });`,
  });
  await kernel.wait((m) => m.parent === id && m.type === 'stream');
  press();
  await sleep(100);
  press();
  expect((await kernel.result(id)).reply.ename).toBe('KeyboardInterrupt');
  expect(existsSync(lock)).toBe(false);
  expect((await kernel.execute("await 1; process.listenerCount('SIGINT')")).stdout).toBe('1\n');
});
