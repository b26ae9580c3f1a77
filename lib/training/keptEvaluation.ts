import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../datasets/writeWhole';
import type { Evaluation } from './evaluate';

/** Where an evaluation is kept: `<name>-<hash>.json` in the folder, the hash of everything that it depends on. */
export interface KeptEvaluationPlace {
  readonly folder: string;
  readonly name: string;
  readonly identity: object;
}

/**
 * The evaluation that is kept, or one made anew and kept.
 *
 * @param mayReuse Whether what is kept in this file may be taken.
 */
export async function keptEvaluation(
  { folder, name, identity }: KeptEvaluationPlace,
  mayReuse: (path: string) => boolean,
  make: () => Promise<Evaluation>,
): Promise<Evaluation> {
  const hash = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 12);
  const path = join(folder, `${name}-${hash}.json`);
  const kept = mayReuse(path) ? await readEvaluation(path) : undefined;
  if (kept) return kept;
  const evaluation = await make();
  await writeWhole(path, `${JSON.stringify(evaluation)}\n`);
  return evaluation;
}

/** Nothing if there is none, or what is there is broken: then it is made again. */
async function readEvaluation(path: string): Promise<Evaluation | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Evaluation;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
