import { existsSync, renameSync, rmSync } from 'node:fs';

/** Where the last one is between the two renames: no system call exchanges folders on every system. */
const aside = (folder: string) => `${folder}.last`;

/** Puts a whole new folder in the place of `folder`. If that cannot be done the last one stays; one killed meanwhile: `restoreFolder`. */
export function replaceFolder(made: string, folder: string): void {
  const last = aside(folder);
  if (existsSync(folder)) {
    rmSync(last, { recursive: true, force: true });
    renameSync(folder, last);
  }
  try {
    renameSync(made, folder);
  } catch (error) {
    if (existsSync(last)) renameSync(last, folder);
    throw error;
  }
  rmSync(last, { recursive: true, force: true });
}

/** Puts the last folder back, if a `replaceFolder` was killed before the new one was in its place. */
export function restoreFolder(folder: string): void {
  if (!existsSync(folder) && existsSync(aside(folder))) renameSync(aside(folder), folder);
}
