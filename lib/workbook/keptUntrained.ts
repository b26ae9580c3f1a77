import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset } from '../datasets/dataset';
import { projectRoot } from '../datasets/projectRoot';
import type { Evaluation } from '../training/evaluate';
import { moduleFingerprint } from '../training/fingerprint';
import { sourceVersion } from '../training/sourceVersion';
import type { TrainOptions } from '../training/trainingPlan';
import { evaluateUntrained } from '../training/untrained';
import { isStaleFile } from './staleRun';
import { writeWhole } from './writeWhole';

export interface KeptUntrainedOptions {
  readonly test: Dataset;
  /** Where runs are kept; default `data/runs` of the project. */
  readonly folder?: string;
}

/**
 * `evaluateUntrained`, kept among the runs as `untrained-<hash>.json`, the hash of everything that it depends on: what the encoder
 * does, the seed, both sets' checksums, and the version of the code.
 *
 * @throws As `evaluateUntrained`.
 */
export async function keptUntrained(
  options: TrainOptions,
  { test, folder = join(projectRoot(), 'data', 'runs') }: KeptUntrainedOptions,
): Promise<Evaluation> {
  const { networks, dataset, seed = 0 } = options;
  const encoder = moduleFingerprint(networks.encoder);
  const identity = { encoder, seed, train: dataset.checksum, test: test.checksum, code: sourceVersion() };
  const hash = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 12);
  const path = join(folder, `untrained-${hash}.json`);
  const kept = isStaleFile(path) ? undefined : await readEvaluation(path);
  if (kept) return kept;
  const evaluation = await evaluateUntrained(options, { test });
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
