import { randomUUID } from 'node:crypto';
import { readFileSync, unlinkSync } from 'node:fs';
import { mkdir, open, readFile, rmdir, stat, unlink, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processStart } from './processStart';

const HEARTBEAT_MILLISECONDS = 5_000;
/** A lock not touched for this long belongs to a process that was killed, unless it is seen to live. */
const STALE_MILLISECONDS = 60_000;
const POLL_MILLISECONDS = 100;
/** What the kernel emits when it has ended code by force (lib/kernel/interrupts.cjs), of which no `finally` then ran. */
const FORCED_END = 'infossl:ended by force';

function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/**
 * Whether the holder of the lock is gone. On this machine its process tells: one that lives keeps the lock however long
 * it slept, was stopped, or computed without touching it. On another, a minute without a touch does.
 */
async function isStale(lock: string): Promise<boolean> {
  try {
    const [host, pid, , start] = (await readFile(lock, 'utf8')).split('\n');
    const untouched = Date.now() - (await stat(lock)).mtimeMs > STALE_MILLISECONDS;
    if (host !== hostname() || pid === undefined || !/^\d+$/.test(pid)) return untouched;
    if (!processLives(Number(pid))) return true;
    if (!untouched || !start) return false;
    // Another process may have got its number since.
    const now = await processStart(Number(pid));
    return now !== undefined && now !== start;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Removes a stale lock. The folder beside it lets one process at a time decide, so that none removes a lock just taken. */
async function removeStale(lock: string): Promise<void> {
  const guard = `${lock}.break`;
  try {
    await mkdir(guard);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    const age =
      Date.now() -
      (await stat(guard)
        .then((s) => s.mtimeMs)
        .catch(() => Date.now()));
    if (age > STALE_MILLISECONDS) await rmdir(guard).catch(() => undefined);
    return;
  }
  try {
    if (await isStale(lock)) await unlink(lock);
  } finally {
    await rmdir(guard).catch(() => undefined);
  }
}

async function tryAcquire(lock: string, content: string): Promise<boolean> {
  try {
    const handle = await open(lock, 'wx');
    await handle.writeFile(content);
    await handle.close();
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Runs `work` while this process alone holds the lock file `lock` (made, with its folder, and removed again). Others wait; a
 * lock whose process has ended, or that no one on another machine has touched for a minute, is taken over. Locks between calls of
 * one process too.
 *
 * @param onWait Called again and again, each after the one before has ended, while others hold the lock: what it throws ends the wait.
 */
export async function withFileLock<T>(
  lock: string,
  work: () => Promise<T>,
  onWait?: () => void | Promise<void>,
): Promise<T> {
  await mkdir(dirname(lock), { recursive: true });
  const content = `${hostname()}\n${process.pid}\n${randomUUID()}\n${(await processStart(process.pid)) ?? ''}\n`;
  while (!(await tryAcquire(lock, content))) {
    await onWait?.();
    if (await isStale(lock)) await removeStale(lock);
    else await sleep(POLL_MILLISECONDS);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(lock, now, now).catch(() => undefined);
  }, HEARTBEAT_MILLISECONDS);
  heartbeat.unref();
  const release = () => {
    clearInterval(heartbeat);
    process.removeListener(FORCED_END, release);
    try {
      if (readFileSync(lock, 'utf8') === content) unlinkSync(lock);
    } catch {
      // It was taken over, or its folder is gone.
    }
  };
  process.on(FORCED_END, release);
  try {
    return await work();
  } finally {
    release();
  }
}
