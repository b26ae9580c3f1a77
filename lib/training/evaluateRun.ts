import type { Dataset } from '../datasets/dataset';
import { type EvaluateOptions, type Evaluation, evaluate } from './evaluate';
import { keptResult } from './keptResult';
import type { Run } from './run';
import { sourceVersion } from './sourceVersion';

/** The labelled images that a run is judged on, and how. */
export interface RunEvaluationOptions extends Pick<EvaluateOptions, 'recipe' | 'linear' | 'nearest' | 'signal'> {
  /** The images that the run was trained on, with their labels: the probes are fitted on them. */
  readonly train: Dataset;
  /** The accuracies are counted on these. */
  readonly test: Dataset;
}

/**
 * `evaluate` of a finished run: its features, its embeddings, and its online probe where it has one. Kept in the run's
 * folder as `evaluation-<hash>.json`, the hash of everything that it depends on besides the run: both sets' checksums,
 * the options, and the version of the code. It is made anew for a run that was trained just now.
 *
 * @param run Of `trainedRun`.
 * @throws Interrupted On SIGINT, or when `signal` aborts.
 * @example
 * const [train, test] = [await load('cifar10'), await load('cifar10', { split: 'test' })];
 * const head = projector({ inputSize: 128, sizes: [512, 512, 512] });
 * const networks = { encoder: resnet18({ width: 16 }), projector: head };
 * const run = await trainedRun({ name: 'first', dataset: train, networks, objective: vicreg(), epochs: 5 });
 * const { linear, nearest, rankMe } = await evaluateRun(run, { train, test });
 * linear >= 0 && nearest <= 1 && rankMe <= 128; // true
 */
export async function evaluateRun(run: Run, options: RunEvaluationOptions): Promise<Evaluation> {
  const { train, test, signal, ...how } = options;
  const identity = {
    train: train.checksum,
    test: test.checksum,
    how,
    code: sourceVersion(['training/evaluateRun.ts']),
  };
  return keptResult(
    { folder: run.folder, name: 'evaluation', identity },
    () => run.cached,
    () =>
      evaluate(
        run.networks.encoder,
        run.weights.encoder,
        { train, test, statistics: run.statistics },
        {
          ...how,
          signal,
          projector: { module: run.networks.projector, weights: run.weights.projector },
          probe: run.probe,
        },
      ),
  );
}
