import { type FileHandle, open } from 'node:fs/promises';
import { brokenFile } from './brokenFile';

/**
 * Opens the file, reads it by `read`, and closes it. A file that another program wrote to meanwhile is an error: what was read may
 * be of two versions. (One that was put in its place by a rename does no harm: the old one is read to its end.)
 *
 * It is seen by the file's size and time of change, which file systems keep by the kernel's clock: a write of the same size within a
 * tick (some milliseconds, before Linux 6.13) of the one before is not.
 */
export async function readUnchanged<T>(
  file: string,
  read: (handle: FileHandle, size: number) => Promise<T>,
): Promise<T> {
  const handle = await open(file, 'r');
  try {
    const before = await handle.stat({ bigint: true });
    const result = await read(handle, Number(before.size));
    const after = await handle.stat({ bigint: true });
    if (after.mtimeNs !== before.mtimeNs || after.size !== before.size) {
      const sizes = after.size === before.size ? '' : ` (it had ${before.size} bytes, now ${after.size})`;
      throw brokenFile(file, 'while it was read', `another program changed it${sizes}`, 'Load again once it is whole');
    }
    return result;
  } finally {
    await handle.close();
  }
}
