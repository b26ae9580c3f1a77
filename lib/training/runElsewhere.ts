import { open, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { TrainingEvent } from './train';

/** A run that another process, or another call of this one, is at work on. */
export interface RunElsewhere {
  /** Who: 'process 4711', 'process 4711 on node3', 'an earlier call in this process'. */
  readonly holder: string;
  /** The last step that it has taken, if it has taken one. */
  readonly event?: TrainingEvent;
}

/** More than a row of `history.jsonl` has. */
const tailBytes = 16_384;

/** Who holds the lock, and how far the run is, from what is on the disk. */
export async function runElsewhere(lock: string, history: string): Promise<RunElsewhere> {
  const [host, pid] = (await readFile(lock, 'utf8').catch(() => '')).split('\n');
  const holder =
    pid === undefined
      ? 'another process'
      : host !== hostname()
        ? `process ${pid} on ${host}`
        : pid === String(process.pid)
          ? 'an earlier call in this process'
          : `process ${pid}`;
  const event = await lastRow(history);
  return { holder, ...(event && { event }) };
}

/** The last whole row. */
async function lastRow(path: string): Promise<TrainingEvent | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return undefined;
  try {
    const { size } = await file.stat();
    const length = Math.min(size, tailBytes);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const row = buffer.toString('utf8').split('\n').at(-2);
    return row === undefined ? undefined : (JSON.parse(row) as TrainingEvent);
  } catch {
    return undefined; // cut off, or being written
  } finally {
    await file.close();
  }
}
