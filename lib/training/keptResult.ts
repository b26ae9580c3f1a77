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
  place: KeptResultPlace,
  mayReuse: (path: string) => boolean,
  make: () => Promise<Result>,
): Promise<Result> {
  const kept = await findResult<Result>(place, mayReuse);
  if (kept) return kept;
  const result = await make();
  await writeWhole(pathOf(place), `${JSON.stringify(result)}\n`);
  return result;
}

function pathOf({ folder, name, identity }: KeptResultPlace): string {
  const hash = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 12);
  return join(folder, `${name}-${hash}.json`);
}

async function findResult<Result>(
  place: KeptResultPlace,
  mayReuse: (path: string) => boolean,
): Promise<Result | undefined> {
  const path = pathOf(place);
  return mayReuse(path) ? readResult<Result>(path) : undefined;
}

/** Numbers by name. */
export type NamedNumbers = Readonly<Record<string, number>>;

/** As texts, since JSON has no infinite numbers: an entropy may be one. */
type NumberTexts = readonly (readonly [string, string])[];
const toTexts = (numbers: NamedNumbers): NumberTexts =>
  Object.entries(numbers).map(([name, value]) => [name, String(value)] as const);
const toNumbers = (texts: NumberTexts): NamedNumbers =>
  Object.fromEntries(texts.map(([name, text]) => [name, Number(text)]));

/** `keptResult` of numbers, infinite ones and NaN too. */
export async function keptNumbers(
  place: KeptResultPlace,
  mayReuse: (path: string) => boolean,
  make: () => Promise<NamedNumbers>,
): Promise<NamedNumbers> {
  return toNumbers(await keptResult(place, mayReuse, async () => toTexts(await make())));
}

/** What `keptNumbers` would give without making it; nothing if it would have to. */
export async function findNumbers(
  place: KeptResultPlace,
  mayReuse: (path: string) => boolean,
): Promise<NamedNumbers | undefined> {
  const texts = await findResult<NumberTexts>(place, mayReuse);
  return texts && toNumbers(texts);
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
