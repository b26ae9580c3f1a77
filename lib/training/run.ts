import { createHash } from 'node:crypto';
import { appendFile, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withFileLock } from '../datasets/fileLock';
import { projectRoot } from '../datasets/projectRoot';
import { writeProblem } from '../datasets/writeProblem';
import { writeWhole } from '../datasets/writeWhole';
import type { Module } from '../models/module';
import type { Json } from './checkpoint';
import { checkpointFiles } from './checkpoint';
import { moduleFingerprint, objectiveFingerprint, optimizerFingerprint } from './fingerprint';
import { Interrupted, type InterruptWatch, watchInterrupt } from './interrupt';
import { allWeights, initNetworks } from './networks';
import { plannedResult } from './plannedRuns';
import { type RunElsewhere, runElsewhere } from './runElsewhere';
import type { RunOptions } from './runOptions';
import { snapshotFolder } from './snapshots';
import { sourceVersion } from './sourceVersion';
import { finishTraining, type TrainingEvent, type TrainingResult, train } from './train';
import { planTraining } from './trainingPlan';
import { disposeTraining } from './trainingState';

/** How a run is made, which does not change what comes out. */
export interface RunSettings {
  /** Where runs are kept; default `data/runs` of the project. */
  readonly folder?: string;
  /** Train anew even if the run is there or begun, or says so once no other call is at work on it; default false. */
  readonly fresh?: boolean | (() => boolean);
  /** Told of each step that is taken now; a run from the cache takes none. Default: no one is. */
  readonly onEvent?: (event: TrainingEvent) => void | Promise<void>;
  /** Told, before the first step taken now, of those before it, where the run was begun already; default: no one. */
  readonly onResume?: (history: readonly TrainingEvent[]) => void | Promise<void>;
  /** Told at first, then every second, while another process is at work on the run and this waits; default: no one. */
  readonly onWait?: (elsewhere: RunElsewhere) => void | Promise<void>;
  /** Seconds between the checkpoints within an epoch; default 60. There is one at each epoch's end too. */
  readonly checkpointSeconds?: number;
  /**
   * The version of the code that the run is kept under; default `trainingVersion()`, that of the files as they are at
   * the call. A caller of many runs takes it once, at its own start: what is edited after that is not what runs.
   */
  readonly version?: string;
  /** Stops it, with `Interrupted`; default: only SIGINT does. */
  readonly signal?: AbortSignal;
  /** Told of what is wrong but goes on; default `console.warn`. */
  readonly warn?: (message: string) => void;
}

/** A finished training. The caller disposes its weights (`disposeTraining`). */
export interface Run extends TrainingResult {
  /** Name and the first 12 digits of the hash of everything that determines the run. */
  readonly id: string;
  /** Where it is kept. */
  readonly folder: string;
  /** Every step, from the first. */
  readonly history: readonly TrainingEvent[];
  /** True if it was there, finished, and no step was taken. */
  readonly cached: boolean;
}

/**
 * What a training runs through. Which networks, objective, views and optimizer it was given cannot be told from its
 * imports, so theirs are here whole: an edit there trains anew, one to an evaluation that no training uses does not.
 */
const trained = [
  'training/train.ts',
  'training/adamW.ts',
  'training/lars.ts',
  'training/sgd.ts',
  'models',
  'objectives',
  'views',
];

/**
 * The version of the code that any training runs through, from the files as they are now: SHA-256, hexadecimal.
 *
 * @example /^[0-9a-f]{64}$/.test(trainingVersion()); // true
 */
export function trainingVersion(): string {
  return sourceVersion(trained);
}

/** What a run depends on: options with their defaults, data's checksum, seed, networks, objective, optimizer, code. */
export function runIdentity(options: RunOptions, version: string = trainingVersion()): Record<string, Json> {
  const { identity, recipe, networks, optimizer, initKey, steps, batchSize } = planTraining(options);
  const dimension = networks.projector.outputShape[0]!;
  const weights = initNetworks(networks, initKey);
  try {
    return {
      ...identity,
      recipe: JSON.parse(JSON.stringify(recipe)) as Json,
      networks: Object.fromEntries(
        Object.entries(networks).map(([name, network]) => [name, moduleFingerprint(network as Module)]),
      ),
      objective: objectiveFingerprint(options.objective, dimension, { steps, epochs: options.epochs, batchSize }),
      optimizer: optimizerFingerprint(optimizer, allWeights(weights)),
      code: version,
    };
  } finally {
    disposeTraining({ weights });
  }
}

/**
 * The run's name with the first 12 hexadecimal digits of the SHA-256 of its identity.
 *
 * @param version Default `trainingVersion()`; a caller of many takes it once.
 * @example
 * const encoder = sequential('flat', [32, 32, 3], { flat: flatten() });
 * const networks = { encoder, projector: mlp({ sizes: [3072, 4] }) };
 * const options = { name: 'first', dataset: shapes({ count: 128 }), networks, objective: vicreg(), epochs: 1 };
 * runId(options, 'v1') === runId({ ...options, seed: 1 }, 'v1'); // false
 */
export function runId(options: RunOptions, version?: string): string {
  return namedByIdentity(options, version).id;
}

function namedByIdentity(options: RunOptions, version?: string): { id: string; identity: Record<string, Json> } {
  const { name } = options;
  if (!/^[\w.-]+$/.test(name)) {
    throw new Error(`trainedRun: expected a name of letters, digits, dots and dashes, got '${name}'`);
  }
  const identity = runIdentity(options, version);
  const hash = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
  return { id: `${name}-${hash.slice(0, 12)}`, identity };
}

/**
 * The run with these options: from the cache if it is finished there, gone on with if it was begun, else trained from
 * the start. It is kept in `data/runs/<name>-<hash>/`: `last.ckpt` (the weights, and `last.ckpt.previous`),
 * `history.jsonl` (a row a step), `options.json` (what determines it) and `snapshots/` (the weights along the training,
 * where it asks for them). Two processes may ask for the same run at once: one trains, the other waits.
 *
 * @throws As `train`: `Interrupted` when asked to stop, also while it waits; the same call then goes on from there.
 * @example
 * const head = projector({ inputSize: 128, sizes: [512, 512, 512] });
 * const networks = { encoder: resnet18({ width: 16 }), projector: head };
 * const options = { name: 'first', dataset: await load('cifar10'), networks, objective: vicreg(), epochs: 5 };
 * const { history } = await trainedRun(options);
 * history.at(-1)!.epoch; // 5
 * (await trainedRun(options)).cached; // true
 */
export async function trainedRun(options: RunOptions, settings: RunSettings = {}): Promise<Run> {
  const planned = plannedResult<Run>(options, { cached: true, history: [] });
  if (planned) return planned;
  const { id, identity } = namedByIdentity(options, settings.version);
  const folder = join(settings.folder ?? join(projectRoot(), 'data', 'runs'), id);
  const watch = watchInterrupt(settings.signal);
  const lock = join(folder, 'lock');
  let told = Number.NEGATIVE_INFINITY;
  try {
    return await withFileLock(
      lock,
      () => runLocked({ id, identity, folder }, options, settings, watch),
      async () => {
        if (!watch.requested && performance.now() - told < 1000) return;
        told = performance.now();
        const elsewhere = await runElsewhere(lock, join(folder, 'history.jsonl'));
        if (watch.requested) {
          throw new Interrupted(
            `trainedRun: stopped, as asked, while ${elsewhere.holder} trains ${id}; it goes on there. Run the same again to wait for it.`,
          );
        }
        await settings.onWait?.(elsewhere);
      },
    );
  } catch (error) {
    throw writeProblem('trainedRun', error, 'or name another `folder`; a run goes on from its last checkpoint');
  } finally {
    watch.stop();
  }
}

async function runLocked(
  { id, identity, folder }: { id: string; identity: Record<string, Json>; folder: string },
  options: RunOptions,
  settings: RunSettings,
  watch: InterruptWatch,
): Promise<Run> {
  const path = join(folder, 'last.ckpt');
  const rows = join(folder, 'history.jsonl');
  refuseWhenAsked(watch, id);
  if (typeof settings.fresh === 'function' ? settings.fresh() : settings.fresh) {
    for (const file of [...checkpointFiles(path), rows]) await rm(file, { force: true });
    await rm(snapshotFolder(path), { recursive: true, force: true });
    await removeEvaluations(folder);
  }
  await writeWhole(join(folder, 'options.json'), `${JSON.stringify(identity, null, 2)}\n`);
  let history = await readHistory(rows);
  let cached = true;
  const { signal, warn, checkpointSeconds } = settings;
  // From here on the training watches for itself.
  refuseWhenAsked(watch, id);
  const training = train({ ...options, signal, warn, checkpoint: { path, seconds: checkpointSeconds } });
  const result = await finishTraining(training, async (event) => {
    if (cached) {
      // The history may be ahead of the checkpoint that the training goes on from.
      history = history.filter(({ step }) => step < event.step);
      warnOfGaps(history, event.step - 1, rows, warn);
      await removeEvaluations(folder);
      await writeWhole(rows, history.map((row) => `${JSON.stringify(row)}\n`).join(''));
      cached = false;
      if (history.length > 0) await settings.onResume?.([...history]);
    }
    history.push(event);
    await appendFile(rows, `${JSON.stringify(event)}\n`);
    await settings.onEvent?.(event);
  });
  if (cached) warnOfGaps(history, result.steps, rows, warn);
  return { ...result, id, folder, history, cached };
}

function refuseWhenAsked({ requested }: InterruptWatch, id: string): void {
  if (requested) throw new Interrupted(`trainedRun: stopped, as asked, before a step of ${id}. Run it again to go on.`);
}

/** What `evaluateRun` kept of weights that are no longer there. */
async function removeEvaluations(folder: string): Promise<void> {
  const kept = (await readdir(folder)).filter((file) => file.startsWith('evaluation-'));
  for (const file of kept) await rm(join(folder, file), { force: true });
}

function warnOfGaps(history: readonly TrainingEvent[], steps: number, path: string, warn = console.warn): void {
  const there = new Set(history.map(({ step }) => step));
  const missing = Array.from({ length: steps }, (_, i) => i + 1).filter((step) => !there.has(step));
  if (missing.length === 0) return;
  warn(
    `trainedRun: ${path} lacks ${missing.length} of the rows of steps 1 to ${steps}, step ${missing[0]} first: the history has a gap there. \`fresh: true\` trains anew, with all of them.`,
  );
}

/** The whole rows: a process killed while it wrote leaves half a line, whose step was in no checkpoint yet. */
async function readHistory(path: string): Promise<TrainingEvent[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text
    .split('\n')
    .slice(0, -1)
    .map((line, row) => {
      try {
        return JSON.parse(line) as TrainingEvent;
      } catch (error) {
        throw new Error(
          `trainedRun: row ${row + 1} of ${path} is no JSON (${(error as Error).message}). Take the row out to go on with a gap in the history, or train anew with \`fresh: true\`.`,
        );
      }
    });
}
