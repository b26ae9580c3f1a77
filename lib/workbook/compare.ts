import type { Dataset } from '../datasets/dataset';
import { DATASET_NAMES, type DatasetName, load } from '../datasets/load';
import type { Objective } from '../objectives/objective';
import { isPlanning } from '../training/plannedRuns';
import { type RunOutcome, runMany } from '../training/runMany';
import type { RunOptions } from '../training/runOptions';
import { type ComparedMethod, type CompareRunsOptions, methodsToRun, untrainedName } from './comparedMethod';
import { comparisonDisplay } from './comparisonDisplay';
import { type ComparisonRow, summaryRows } from './comparisonTable';
import { greatestRank } from './greatestRank';
import { keptUntrained } from './keptUntrained';
import { reportFailures } from './reportFailures';
import { scale } from './scale';
import { showSortable } from './showSortable';
import { isStale } from './staleRun';

export interface CompareOptions extends CompareRunsOptions {
  /** What accuracies are counted on; default: the test split of the data set, loaded by its name. */
  readonly test?: Dataset;
  /** Also measures the encoder that each seed starts from, as the method 'untrained'; default true. */
  readonly untrained?: boolean;
}

/**
 * Trains each method with each seed and shows what comes out, as a cell calls it: a bar over all runs, one live figure
 * with every term of the loss, the embeddings' entropy (LogDet), rank and spread, and the online probe's accuracy, then a table that sorts, with the means over the seeds
 * and Student's 95 % intervals. An objective given bare is trained by lightly's CIFAR-10 settings (SGD 0.06 · batch / 128, weight
 * decay 5e-4, cosine, no warm-up) on VICReg's views, batch 128, with a 512-512-512 projector.
 *
 * Runs are cached (`trainedRun`), and so is what the untrained encoder is worth (`keptUntrained`); so the same call shows its result at once, and one with another objective trains that alone. A
 * run that fails is reported and the others go on; an interrupt stops it all, and the same call goes on from there.
 *
 * Its runs themselves, with their weights and (`snapshots`) those along the training, come from `comparedRuns` with the same options.
 *
 * @returns A row for each method and seed, seeds outermost: `linear`, `nearest`, `online` (test accuracies, 0 to 1), `rankMe`,
 *   `alignment`, `uniformity` (`evaluationProtocols` says how), or `error`.
 * @throws If two methods have one name or one is called 'untrained', there is no test set, every run failed, or it is interrupted.
 * @example
 * const rows = await compare([vicreg(), byol()], await load('cifar10'), { epochs: 5, seeds: [0, 1] });
 * summarize(rows, 'linear').map(({ method }) => method); // ['VICReg', 'BYOL', 'untrained']
 */
export async function compare(
  methods: readonly (Objective | ComparedMethod)[],
  dataset: Dataset,
  options: CompareOptions,
): Promise<ComparisonRow[]> {
  const { untrained = true, test: testSet, ...settings } = options;
  const { folder } = settings;
  const { named, runs, seeds } = methodsToRun('compare', methods, dataset, settings);
  const test = testSet ?? (await testSplit(dataset));
  const ranks = runs.map(rankOfPossible);
  const provenance = { scale: scale(), data: [dataset.source, test.source], real: dataset.real && test.real, seeds };
  const display = comparisonDisplay({
    ...provenance,
    data: dataset.source,
    methods: named.map(({ name }) => name),
    greatestRank: Object.fromEntries(
      named.flatMap(({ name }, i) => {
        const rank = ranks[i];
        return rank === undefined ? [] : [[name, rank] as const];
      }),
    ),
  });
  const rows: ComparisonRow[] = [];
  try {
    await runMany(runs, {
      ...{ seeds, folder, evaluation: { test }, keepHistory: false },
      fresh: (run) => isStale(run, folder),
      onEvent(event) {
        const method = named[(event.run - 1) % named.length]!.name;
        display.show(method, event);
        if (event.outcome) rows.push(comparisonRow(method, event.outcome));
      },
    });
    // Whichever run it is, the encoder is the same.
    const finished = runs[named.findIndex(({ name }) => rows.some((row) => row.method === name && !row.error))];
    for (const seed of untrained && finished ? seeds : []) {
      display.say(`${untrainedName}, seed ${seed}: evaluating`);
      rows.push({ method: untrainedName, seed, ...(await keptUntrained({ ...finished!, seed }, { test, folder })) });
    }
  } finally {
    display.finish();
  }
  if (isPlanning()) return rows;
  const failed = rows.flatMap(({ method, seed, error }) => (error === undefined ? [] : [{ method, seed, error }]));
  reportFailures('compare', failed, runs.length * seeds.length);
  showSortable(summaryRows(rows), {
    ...provenance,
    title: 'Methods compared: mean over the seeds',
    samples: `${test.count.toLocaleString('en')} test images`,
    errorBars: seeds.length > 1 ? '95 %, Student’s t over seeds' : undefined,
    sortBy: 'linear %',
  });
  return rows;
}

function comparisonRow(method: string, { seed, error, evaluation }: RunOutcome): ComparisonRow {
  return error ? { method, seed, error: error.message } : { method, seed, ...evaluation };
}

/** The test split of a data set that `load` knows, of the same size. */
async function testSplit({ name, split, height }: Dataset): Promise<Dataset> {
  if (split === 'train' && DATASET_NAMES.includes(name as DatasetName)) {
    return load(name as DatasetName, { split: 'test', size: height });
  }
  throw new Error(
    `compare: expected the training split of a data set that load knows, whose test split it takes, got ${name} (${split}); give the option test.`,
  );
}

/** What `embeddingRank` can at most be; nothing for a run whose options are impossible, which `runMany` reports. */
function rankOfPossible(options: RunOptions): number | undefined {
  try {
    return greatestRank(options);
  } catch {
    return undefined;
  }
}
