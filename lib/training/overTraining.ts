import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Dataset } from '../datasets/dataset';
import { fileChecksum } from '../datasets/fileChecksum';
import { tf } from '../engine/tensorflow';
import { type Recipe, recipes } from '../views/recipe';
import { type Features, featureTensor } from './embed';
import { embedViews, type OutputsOfViews } from './embedViews';
import { Interrupted, watchInterrupt, yieldToEventLoop } from './interrupt';
import { keptNumbers } from './keptResult';
import type { Run } from './run';
import { settleStatistics } from './settleStatistics';
import type { Snapshot } from './snapshots';
import { snapshotWeights } from './snapshotWeights';
import { sourceVersion } from './sourceVersion';
import { disposeTraining } from './trainingState';

/**
 * Tensors [images, dimension], which belong to `overTraining`: features of the encoder, embeddings of the projector.
 */
export interface OutputsToMeasure {
  /** Of the encoder: of the images as they are (`plain`), and of two views (`first`, `second`). */
  readonly features: OutputsOfViews<tf.Tensor2D>;
  /** Of the projector, the same three. */
  readonly embeddings: OutputsOfViews<tf.Tensor2D>;
}

/**
 * A snapshot's place in the training, and what was measured of it.
 *
 * @param step Steps taken by then.
 * @param epoch Passes over the data set by then.
 */
export type OverTrainingRow = { readonly step: number; readonly epoch: number } & Readonly<Record<string, number>>;

/** What is measured along a training, and on what. */
export interface OverTrainingOptions<Settings> {
  /** The images; their labels are not used. */
  readonly dataset: Dataset;
  /** How many of its images, the first; all if there are fewer. Compare only what was measured on equally many. */
  readonly images: number;
  /** How the two views are made; default VICReg's recipe. */
  readonly recipe?: Recipe;
  /**
   * Passed to `measure`: every value that it depends on besides its own text and the library's code. Plain data, as
   * JSON keeps it. A variable of a cell or a helper function beside it is not seen: change one, and the rows kept
   * before come back.
   */
  readonly settings: Settings;
  /**
   * Names and numbers of what is measured, from its two arguments and functions of the library alone (see `settings`);
   * it runs in a tidy, so its intermediate tensors are freed.
   */
  readonly measure: (outputs: OutputsToMeasure, settings: Settings) => Readonly<Record<string, number>>;
  /**
   * Whether batch normalisation's running statistics are first settled (`settleStatistics`), in every snapshot alike,
   * on the first 256 images of `dataset`, or of the set given here. Default true: at step 0 they are still 0 and 1, and
   * after a few steps mostly so, so that the networks in inference mode would not be the ones that were trained. False
   * takes them as they were kept.
   */
  readonly settle?: boolean | Dataset;
  /** Stops it, with `Interrupted`; default: only SIGINT does. */
  readonly signal?: AbortSignal;
  /** Told of each row, also one that was kept; default: no one is. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A measure may call any of these besides its own closure. */
const measuring = ['training/overTraining.ts', 'information', 'statistics', 'theory'];

/**
 * Measures a run's networks at each of its snapshots, in inference mode, on images as they are and on two random views
 * of each, the same at every call.
 *
 * Each row is kept beside the snapshots by the hash of everything that it depends on: the snapshot's bytes, the data's
 * checksum, `images`, the recipe, the settings, the measure's source text and the version of the code. What the measure
 * closes over is not in it, and cannot be: values go in `settings`, helper functions into the measure's own text. So
 * the same call takes no time, and one that was stopped goes on where it was.
 *
 * @param run One with `snapshots`.
 * @returns A row for each snapshot, in the order of their steps: `step`, `epoch`, and the measure's numbers.
 * @throws If the run has no snapshots, one is missing or broken, the settings are not plain data, or the measure gives
 *   something other than numbers. Interrupted on SIGINT, or when `signal` aborts, with the rows before it kept.
 * @example
 * const head = projector({ inputSize: 128, sizes: [512, 512, 512] });
 * const networks = { encoder: resnet18({ width: 16 }), projector: head };
 * const options = { dataset: await load('cifar10'), networks, objective: vicreg(), epochs: 5, snapshots: 10 };
 * const run = await trainedRun({ name: 'ranks', ...options });
 * const measure = ({ features }: OutputsToMeasure) => ({ rank: rankMe(features.plain).dataSync()[0] });
 * const rows = await overTraining(run, { dataset: options.dataset, images: 128, settings: {}, measure });
 * rows[0]!.step; // 0
 */
export async function overTraining<Settings>(
  run: Run,
  options: OverTrainingOptions<Settings>,
): Promise<readonly OverTrainingRow[]> {
  const { dataset, images, recipe = recipes.vicreg, settings, measure, settle = true, signal, onProgress } = options;
  const { snapshots } = run;
  if (snapshots.length === 0) {
    throw new Error(
      `overTraining: expected a run with snapshots, got ${run.id} with none; train it with \`snapshots\` of at least 2.`,
    );
  }
  if (!Number.isInteger(images) || images < 2) {
    throw new Error(`overTraining: expected a whole number of images >= 2, got ${images}`);
  }
  const settling = settle === true ? dataset : settle;
  const identity = {
    ...{ dataset: dataset.checksum, images: Math.min(images, dataset.count), recipe },
    ...{ settings: plainData(settings), measure: String(measure), settle: settling ? settling.checksum : null },
    code: sourceVersion(measuring),
  };
  const watch = watchInterrupt(signal);
  const rows: OverTrainingRow[] = [];
  try {
    for (const snapshot of snapshots) {
      await yieldToEventLoop();
      if (watch.requested) throw new Interrupted('It had not begun with the next.');
      rows.push(await keptRow(snapshot, identity, () => measureSnapshot(run, snapshot, options, settling)));
      onProgress?.(rows.length, snapshots.length);
    }
    return rows;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    throw new Interrupted(
      `overTraining: stopped after ${rows.length} of ${snapshots.length} snapshots of ${run.id}, as asked. ${error.message} The rows before are kept: ask for the same again to go on.`,
    );
  } finally {
    watch.stop();
  }
}

/** What JSON keeps of the settings. */
function plainData(settings: unknown): unknown {
  const kept = settings === undefined ? undefined : (JSON.parse(JSON.stringify(settings)) as unknown);
  if (isDeepStrictEqual(kept, settings)) return kept;
  throw new Error(
    `overTraining: expected settings of plain data (numbers, texts, lists and records of them), which tell one measure from another (what it closes over does not), got ${JSON.stringify(settings)} after JSON; leave out functions, tensors, undefined and numbers that are not finite.`,
  );
}

/** What was measured of a snapshot, from the disk if it was kept. */
async function keptRow(
  { step, epoch, path }: Snapshot,
  identity: object,
  make: () => Promise<Readonly<Record<string, number>>>,
): Promise<OverTrainingRow> {
  // Where it is missing, reading its weights says so, with the remedy.
  const snapshot = existsSync(path) ? await fileChecksum(path, 'sha256') : undefined;
  const place = { folder: dirname(path), name: basename(path, '.ckpt'), identity: { ...identity, snapshot } };
  return { step, epoch, ...(await keptNumbers(place, () => snapshot !== undefined, make)) };
}

async function measureSnapshot<Settings>(
  run: Run,
  snapshot: Snapshot,
  { dataset, images, recipe, settings, measure, signal }: OverTrainingOptions<Settings>,
  settling: Dataset | false,
): Promise<Readonly<Record<string, number>>> {
  const { networks, statistics } = run;
  const weights = await snapshotWeights(run, snapshot);
  try {
    if (settling) settleStatistics(networks, weights, settling, statistics);
    const outputs = await embedViews(networks, weights, dataset, { statistics, recipe, images, signal });
    return tf.tidy(() => {
      const tensors = ({ plain, first, second }: OutputsOfViews<Features>) => ({
        ...{ plain: featureTensor(plain), first: featureTensor(first), second: featureTensor(second) },
      });
      const values = measure(
        { features: tensors(outputs.features), embeddings: tensors(outputs.embeddings!) },
        settings,
      );
      checkValues(values);
      return values;
    });
  } finally {
    disposeTraining({ weights });
  }
}

/** @throws Unless they are numbers by names that a row has free. */
function checkValues(values: unknown): asserts values is Record<string, number> {
  const entries = values instanceof tf.Tensor || values instanceof Promise ? [] : Object.entries(values ?? {});
  const wrong = entries.find(([name, value]) => typeof value !== 'number' || name === 'step' || name === 'epoch');
  if (entries.length > 0 && !wrong) return;
  const got = wrong
    ? `${wrong[1] instanceof tf.Tensor ? 'a tensor' : typeof wrong[1]} for '${wrong[0]}'`
    : 'none (or a promise)';
  throw new Error(
    `overTraining: expected measure to give numbers by name, such as { entropy: logDet(z).dataSync()[0] }, by names other than step and epoch, got ${got}.`,
  );
}
