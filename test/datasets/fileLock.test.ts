import { spawn } from 'node:child_process';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withFileLock } from '../../lib/datasets/fileLock';
import { processStart } from '../../lib/datasets/processStart';
import { temporaryFolder } from './temporaryFolder';

const longAgo = () => new Date(Date.now() - 3_600_000);
/** Waits for a lock, up to so many polls, and says whether it came. */
const comes = async (lock: string, polls = 5) => {
  let left = polls;
  const waiting = withFileLock(
    lock,
    async () => true,
    () => {
      if (left-- === 0) throw new Error('still held');
    },
  );
  return waiting.catch((error: Error) => error.message);
};

test('a living holder keeps its lock, however long it has not touched it', async () => {
  const lock = join(temporaryFolder(), 'lock');
  await withFileLock(lock, async () => {
    // As after an hour asleep.
    utimesSync(lock, longAgo(), longAgo());
    expect(await comes(lock)).toBe('still held');
  });
  expect(await comes(lock)).toBe(true);
});

test('a lock is taken over from one whose number a living process has got since, and from another machine', async () => {
  const lock = join(temporaryFolder(), 'lock');
  const own = await withFileLock(lock, async () => readFileSync(lock, 'utf8'));
  const [, pid, name, start] = own.split('\n');
  for (const [content, untouched] of [
    [`${hostname()}\n${pid}\n${name}\n${start}0\n`, true],
    [`another-machine\n${pid}\n${name}\n${start}\n`, true],
    [own, 'still held'],
  ] as const) {
    writeFileSync(lock, content);
    expect(await comes(lock)).toBe('still held');
    utimesSync(lock, longAgo(), longAgo());
    expect(await comes(lock)).toBe(untouched);
  }
});

test.runIf(process.platform === 'linux')(
  'a lock of a stopped process stays its own; a killed one’s is free',
  async () => {
    const lock = join(temporaryFolder(), 'lock');
    const child = spawn('sleep', ['60']);
    writeFileSync(lock, `${hostname()}\n${child.pid}\nx\n${await processStart(child.pid!)}\n`);
    utimesSync(lock, longAgo(), longAgo());
    child.kill('SIGSTOP');
    expect(await comes(lock)).toBe('still held');
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    expect(await comes(lock)).toBe(true);
  },
);

test('work that was ended by force, and so never ends, leaves no lock', async () => {
  const lock = join(temporaryFolder(), 'lock');
  void withFileLock(lock, () => new Promise(() => {}));
  while (!existsSync(lock)) await new Promise((resolve) => setImmediate(resolve));
  expect(await comes(lock)).toBe('still held');
  process.emit('infossl:ended by force' as 'SIGINT');
  expect(await comes(lock)).toBe(true);
});
