import { join } from 'node:path';
import type { Dataset } from '../datasets/dataset';
import { projectRoot } from '../datasets/projectRoot';
import type { Evaluation } from '../training/evaluate';
import { moduleFingerprint } from '../training/fingerprint';
import { keptResult } from '../training/keptResult';
import { sourceVersion } from '../training/sourceVersion';
import type { TrainOptions } from '../training/trainingPlan';
import { evaluateUntrained } from '../training/untrained';
import { isStaleFile } from './staleRun';

/** What judging an untrained encoder runs through; which encoder cannot be told from the imports. */
const evaluated = ['training/untrained.ts', 'models'];

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
  const identity = { encoder, seed, train: dataset.checksum, test: test.checksum, code: sourceVersion(evaluated) };
  return keptResult(
    { folder, name: 'untrained', identity },
    (path) => !isStaleFile(path),
    () => evaluateUntrained(options, { test }),
  );
}
