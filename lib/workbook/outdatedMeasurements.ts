import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The file of a measurement's result: its name, the version of the library's code that made it, and the hash of all it depends on. */
export const measurementFile = (name: string, version: string, hash: string) =>
  `${name}-${version.slice(0, 8)}-${hash.slice(0, 12)}.bin`;

/** Removes the results of this name that another version of the code gave, or that have none: nothing will ask for them again. */
export async function removeOutdated(folder: string, name: string, version: string): Promise<void> {
  const current = measurementFile(name, version, '').replace(/\.bin$/, '');
  for (const file of await readdir(folder)) {
    if (!file.startsWith(`${name}-`) || file.startsWith(current)) continue;
    // What follows is a version and a hash, not the rest of a longer name.
    if (!/^([0-9a-f]{8}-)?[0-9a-f]{12}\.bin$/.test(file.slice(name.length + 1))) continue;
    await rm(join(folder, file), { force: true });
  }
}
