import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../datasets/writeWhole';

/** Where a result is kept: `<name>-<hash>.json` in the folder, the hash of everything that it depends on. */
export interface KeptResultPlace {
  readonly folder: string;
  readonly name: string;
  readonly identity: object;
}

/**
 * The result that is kept, or one made anew and kept: plain data that JSON keeps as it is.
 *
 * @param mayReuse Whether what is kept in this file may be taken.
 */
export async function keptResult<Result>(
  { folder, name, identity }: KeptResultPlace,
  mayReuse: (path: string) => boolean,
  make: () => Promise<Result>,
): Promise<Result> {
  const hash = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 12);
  const path = join(folder, `${name}-${hash}.json`);
  const kept = mayReuse(path) ? await readResult<Result>(path) : undefined;
  if (kept) return kept;
  const result = await make();
  await writeWhole(path, `${JSON.stringify(result)}\n`);
  return result;
}

/** Nothing if there is none, or what is there is broken: then it is made again. */
async function readResult<Result>(path: string): Promise<Result | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Result;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
