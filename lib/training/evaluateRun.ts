import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset } from '../datasets/dataset';
import { type EvaluateOptions, type Evaluation, evaluate } from './evaluate';
import type { Run } from './run';
import { sourceVersion } from './sourceVersion';

export interface RunEvaluationOptions extends Pick<EvaluateOptions, 'recipe' | 'linear' | 'nearest' | 'signal'> {
  /** The images that the run was trained on, with their labels: the probes are fitted on them. */
  readonly train: Dataset;
  readonly test: Dataset;
}

/**
 * `evaluate` of a finished run: its features, its embeddings, and its online probe where it has one. Kept in the run's folder as
 * `evaluation-<hash>.json`, the hash of everything that it depends on besides the run: both sets' checksums, the options, and the
 * version of the code. It is made anew for a run that was trained just now.
 *
 * @throws Interrupted On SIGINT, or when `signal` aborts.
 */
export async function evaluateRun(run: Run, options: RunEvaluationOptions): Promise<Evaluation> {
  const { train, test, signal, ...how } = options;
  const identity = { train: train.checksum, test: test.checksum, how, code: sourceVersion() };
  const hash = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 12);
  const path = join(run.folder, `evaluation-${hash}.json`);
  const kept = run.cached ? await readEvaluation(path) : undefined;
  if (kept) return kept;
  const evaluation = await evaluate(
    run.networks.encoder,
    run.weights.encoder,
    { train, test, statistics: run.statistics },
    {
      ...how,
      signal,
      projector: { module: run.networks.projector, weights: run.weights.projector },
      probe: run.probe,
    },
  );
  await writeFile(`${path}.${process.pid}.tmp`, `${JSON.stringify(evaluation)}\n`);
  await rename(`${path}.${process.pid}.tmp`, path);
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
