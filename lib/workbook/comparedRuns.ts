import type { Dataset } from '../datasets/dataset';
import type { Objective } from '../objectives/objective';
import type { Run } from '../training/run';
import { runMany } from '../training/runMany';
import { type ComparedMethod, type CompareRunsOptions, methodsToRun } from './comparedMethod';
import { type FailedRun, reportFailures } from './reportFailures';
import { runsLine } from './runsLine';
import { isStale } from './staleRun';

/** One of a comparison's runs. Its weights are freed once what is done with it is done. */
export interface ComparedRun {
  /** The method's name. */
  readonly method: string;
  /** The seed of its weights, views and order. */
  readonly seed: number;
  /** The run, with its weights. */
  readonly run: Run;
}

/**
 * The runs that `compare` makes of the same methods, data and options, one at a time: from the cache where `compare`, or an earlier
 * call, has trained them, else trained now, behind a bar. So weights, and the snapshots of `snapshots`, can be measured
 * (`overTraining`) with those of one run in memory. The options are those of `compare`, save what is only for judging.
 *
 * @param work Done with each run, whose weights are freed after it. An error of it ends it all.
 * @returns What `work` gave, in the order of the runs: every method with the first seed, then again.
 * @throws As `compare`: a run that fails is reported, and the others go on; an interrupt stops it all, and the same call goes on.
 * @example
 * const data = await load('cifar10');
 * await comparedRuns([vicreg(), byol()], data, { epochs: 5 }, ({ method, run }) => [method, countParameters(run.weights.encoder)]);
 */
export async function comparedRuns<Result>(
  methods: readonly (Objective | ComparedMethod)[],
  dataset: Dataset,
  options: CompareRunsOptions,
  work: (compared: ComparedRun) => Result | Promise<Result>,
): Promise<Result[]> {
  const { named, runs, seeds } = methodsToRun('comparedRuns', methods, dataset, options);
  const { folder } = options;
  const methodOf = (run: number) => named[(run - 1) % named.length]!.name;
  const line = runsLine(`runs of ${named.length} ${named.length === 1 ? 'method' : 'methods'}`);
  const results: Result[] = [];
  const failed: FailedRun[] = [];
  try {
    await runMany(runs, {
      ...{ seeds, folder, keepHistory: false },
      fresh: (run) => isStale(run, folder),
      onEvent(event) {
        const method = methodOf(event.run);
        line.show(method, event);
        if (event.outcome?.error) failed.push({ method, seed: event.seed, error: event.outcome.error.message });
      },
      async onRun(run, { run: place, seed }) {
        const method = methodOf(place);
        line.say(`${method}, seed ${seed}: measuring`);
        results.push(await work({ method, seed, run }));
      },
    });
  } finally {
    line.finish();
  }
  reportFailures('comparedRuns', failed, runs.length * seeds.length);
  return results;
}
