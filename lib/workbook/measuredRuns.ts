import { join } from 'node:path';
import { projectRoot } from '../datasets/projectRoot';
import { Interrupted } from '../training/interrupt';
import { findNumbers, type KeptResultPlace, keptNumbers, type NamedNumbers } from '../training/keptResult';
import { type Run, runId, trainingVersion } from '../training/run';
import { runMany } from '../training/runMany';
import type { RunOptions } from '../training/runOptions';
import { sourceVersion } from '../training/sourceVersion';
import { type FailedRun, reportFailures } from './reportFailures';
import { runsLine } from './runsLine';
import { isStale, isStaleFile } from './staleRun';

/** One of many models: a training, and what its measures depend on besides. */
export interface ModelToMeasure<Settings> {
  /** The options of its run. */
  readonly training: RunOptions;
  /** Plain data, as JSON keeps it: every value that `measure` depends on besides the run and the library's code. */
  readonly settings: Settings;
}

export interface MeasuredRunsOptions<Model> {
  /** What is measured, in letters and dashes: numbers are kept in the run's folder as `<name>-<hash>.json`. */
  readonly name: string;
  /** The files of `lib`, or rooms, that the measures run through beside the training's (`sourceVersion`). */
  readonly code: readonly string[];
  /** Numbers by name; the run's weights are freed after it. */
  readonly measure: (run: Run, model: Model) => Promise<NamedNumbers>;
  /** Where runs are kept; default `data/runs` of the project. */
  readonly folder?: string;
  /** Stops it, with its reason as the error. Default: none. */
  readonly signal?: AbortSignal;
}

/** What became of one model: its measures, or why there are none. */
export interface MeasuredRun<Model> {
  /** The model, as it was given. */
  readonly model: Model;
  /** The place among the models, from 0. */
  readonly index: number;
  /** Its numbers by name, if it did not fail. */
  readonly measures?: NamedNumbers;
  /** Why it failed, if it did. */
  readonly error?: string;
}

/**
 * Trains many models, each of its own options, and measures each, one after the other behind one bar (steps of all, estimate of all,
 * measuring included). Runs are cached (`trainedRun`), and so are the measures, by the run and everything else that they depend
 * on: a model whose measures are kept is not even loaded. A model that fails, in training or in measuring, is reported, and the
 * others go on.
 *
 * @returns For every model, in their order, its measures or its error.
 * @throws If there is no model or all fail. Interrupted on SIGINT, or when `signal` aborts: what is done is kept, the training under
 *   way too, and the same call goes on from there.
 * @example
 * const networks = { encoder: resnet18({ width: 8 }), projector: projector({ inputSize: 64, sizes: [64, 64, 64] }) };
 * const dataset = shapes({ count: 512 });
 * const models = [1, 25].map((variance) => ({
 *   training: { name: `v${variance}`, dataset, networks, objective: vicreg({ variance }), epochs: 1, seed: 0 },
 *   settings: {},
 * }));
 * const measure = async ({ weights }: Run) => ({ parameters: countParameters(weights.encoder) });
 * const rows = await measuredRuns(models, { name: 'size', code: [], measure });
 * rows.map(({ index }) => index); // [0, 1]
 */
export async function measuredRuns<Model extends ModelToMeasure<unknown>>(
  models: readonly Model[],
  options: MeasuredRunsOptions<Model>,
): Promise<MeasuredRun<Model>[]> {
  const { signal, folder = join(projectRoot(), 'data', 'runs'), measure } = options;
  if (models.length === 0) throw new Error('measuredRuns: expected at least one model, got none');
  const version = trainingVersion();
  const code = sourceVersion(options.code);
  const placeOf = ({ training, settings }: Model): KeptResultPlace => ({
    folder: join(folder, runId(training, version)),
    name: options.name,
    identity: { settings, code },
  });
  const found = new Map<number, NamedNumbers>();
  for (const [index, model] of models.entries()) {
    const kept = await keptMeasures(() => placeOf(model));
    if (kept) found.set(index, kept);
  }
  const missing = models.flatMap((_, index) => (found.has(index) ? [] : [index]));
  const failures = new Map<number, string>();
  const line = runsLine(`${missing.length} of ${models.length} models`);
  const nameOf = (run: number) => {
    const failed = failures.size > 0 ? `, ${failures.size} failed` : '';
    return `model ${missing[run - 1]! + 1} (${missing.length - run} to come${failed})`;
  };
  try {
    await runMany(
      missing.map((index) => models[index]!.training),
      {
        ...{ folder, version, signal, keepHistory: false },
        fresh: (run) => isStale(run, folder),
        onEvent(event) {
          line.show(nameOf(event.run), event);
          if (event.outcome?.error) failures.set(missing[event.run - 1]!, event.outcome.error.message);
        },
        async onRun(run, place) {
          const index = missing[place.run - 1]!;
          const model = models[index]!;
          line.say(`${nameOf(place.run)}: measuring`);
          try {
            found.set(
              index,
              await keptNumbers(
                placeOf(model),
                () => false,
                () => measure(run, model),
              ),
            );
          } catch (error) {
            if (error instanceof Interrupted) throw error;
            failures.set(index, `measuring: ${error instanceof Error ? error.message : String(error)}`);
          }
        },
      },
    );
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    const [done, left] = [found.size, models.length - found.size - failures.size];
    throw new Interrupted(
      `measuredRuns: stopped with ${done} of ${models.length} models measured, ${left} to go, as asked. ${error.message}`,
    );
  } finally {
    line.finish();
  }
  const failed = [...failures].map(
    ([index, error]): FailedRun => ({ method: `model ${index + 1}`, seed: models[index]!.training.seed ?? 0, error }),
  );
  reportFailures('measuredRuns', failed, models.length);
  return models.map((model, index) => {
    const [measures, error] = [found.get(index), failures.get(index)];
    return { model, index, ...(measures && { measures }), ...(error !== undefined && { error }) };
  });
}

/** Nothing also where the options are impossible, which the training reports. */
async function keptMeasures(place: () => KeptResultPlace): Promise<NamedNumbers | undefined> {
  let found: KeptResultPlace;
  try {
    found = place();
  } catch {
    return undefined;
  }
  return findNumbers(found, (path) => !isStaleFile(path));
}
