import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset } from '../datasets/dataset';
import { type Evaluation, evaluate } from '../training/evaluate';
import type { Run } from '../training/run';
import { sourceVersion } from '../training/sourceVersion';
import { writeWhole } from './writeWhole';

/**
 * `evaluate` of a finished run: its features, its embeddings and its online probe. Kept in the run's folder
 * (`evaluation-<hash>.json`) until the code or the images change.
 */
export async function evaluateRun(
  run: Run,
  { train, test }: { readonly train: Dataset; readonly test: Dataset },
): Promise<Evaluation> {
  const hash = createHash('sha256').update([train.checksum, test.checksum, sourceVersion()].join('\n'));
  const path = join(run.folder, `evaluation-${hash.digest('hex').slice(0, 12)}.json`);
  if (run.cached && existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Evaluation;
  const { encoder, projector } = run.networks;
  const evaluation = await evaluate(
    encoder,
    run.weights.encoder,
    { train, test, statistics: run.statistics },
    { projector: { module: projector, weights: run.weights.projector }, probe: run.probe },
  );
  await writeWhole(path, `${JSON.stringify(evaluation)}\n`);
  return evaluation;
}
