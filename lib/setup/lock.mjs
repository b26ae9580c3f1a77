import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `work` while no other process holds the lock; waits for one that does. A lock whose process is gone is taken over.
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @param {() => void} onWait called once if another process holds it
 * @returns {Promise<T>}
 */
export async function withLock(path, work, onWait) {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  while (!take(path)) {
    if (!told) onWait();
    told = true;
    await sleep(500);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/**
 * The lock appears with its owner's number in it, at once: a process killed in between leaves no lock that nobody owns.
 * @param {string} path
 */
function take(path) {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    if (isHeld(path)) return false;
    // Moved aside, not deleted: of two that find it stale, one moves it, and the other finds it gone or a fresh one held.
    try {
      renameSync(path, `${own}.stale`);
    } catch (gone) {
      if (/** @type {NodeJS.ErrnoException} */ (gone).code !== 'ENOENT') throw gone;
    }
    rmSync(`${own}.stale`, { force: true });
    return take(path);
  } finally {
    rmSync(own, { force: true });
  }
}

/** @param {string} path */
export function isHeld(path) {
  try {
    process.kill(Number(readFileSync(path, 'utf8')) || 0x7fffffff, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
