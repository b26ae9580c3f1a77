import type { Evaluation } from './evaluate';
import { evaluateRun, type RunEvaluationOptions } from './evaluateRun';
import { Interrupted, watchInterrupt, yieldToEventLoop } from './interrupt';
import { OnlyPlanned, refuseWhilePlanning } from './plannedRuns';
import { type Run, type RunSettings, trainedRun, trainingVersion } from './run';
import type { RunElsewhere } from './runElsewhere';
import type { RunOptions } from './runOptions';
import { type RunsProgress, runsClock } from './runsClock';
import type { TrainingEvent } from './train';
import { planTraining } from './trainingPlan';
import { disposeTraining } from './trainingState';

/** What became of one of many runs. */
export interface RunOutcome {
  /** The run's name. */
  readonly name: string;
  /** The run's seed. */
  readonly seed: number;
  /** Whether it came to its end. */
  readonly status: 'finished' | 'failed';
  /** Why it failed: NaN, `Collapsed`, an impossible option, a full disk. Only of a failed run. */
  readonly error?: Error;
  /** Only of a finished run, where evaluation was asked for. */
  readonly evaluation?: Evaluation;
  /** Every step; of a failed run those that it took now. */
  readonly history: readonly TrainingEvent[];
  /** Steps that were taken now: not all, if the run was gone on with. */
  readonly taken: number;
  /** True if it was there, finished, and no step was taken. */
  readonly cached: boolean;
  /** With its weights, for the caller to dispose (`disposeTraining`); only with `keepWeights`. */
  readonly run?: Run;
}

/** A run among many. */
export interface RunPlace {
  /** From 1. */
  readonly run: number;
  /** How many runs there are. */
  readonly runs: number;
  /** The run's name. */
  readonly name: string;
  /** The run's seed. */
  readonly seed: number;
}

/** Where many runs stand: at this one. */
export interface RunsEvent extends RunsProgress, RunPlace {
  /** What is being done with it. */
  readonly doing: 'waiting' | 'training' | 'evaluating' | 'done';
  /** Who has the run, only when waiting for another process. */
  readonly elsewhere?: RunElsewhere;
  /** The step, only when training. */
  readonly event?: TrainingEvent;
  /** The steps before that, only with the first that is taken now of a run begun already. */
  readonly earlier?: readonly TrainingEvent[];
  /** What became of it, only when done. */
  readonly outcome?: RunOutcome;
}

/** With which seeds, what is kept, and who is told. */
export interface RunManySettings extends Omit<RunSettings, 'onEvent' | 'onResume' | 'onWait' | 'fresh'> {
  /**
   * Each run with each of these seeds, seeds outermost: every method once, then again. Default: each run with its own
   * seed.
   */
  readonly seeds?: readonly number[];
  /** Train anew, for all or by run, asked when no other call is at work on it any more. Default false. */
  readonly fresh?: boolean | ((options: RunOptions) => boolean);
  /** Evaluates each finished run on this set; the result is kept beside the run. Default: no evaluation. */
  readonly evaluation?: Omit<RunEvaluationOptions, 'train' | 'signal'>;
  /**
   * Given each finished run, evaluated, with its weights, which are freed after it; an error of it ends it all;
   * default: none is.
   */
  readonly onRun?: (run: Run, place: RunPlace) => void | Promise<void>;
  /** Keeps each finished run with its weights in its outcome; default false, they are freed. */
  readonly keepWeights?: boolean;
  /**
   * Keeps each run's steps in its outcome; default true. Of dozens of long runs they take gigabytes: with false `onEvent`
   * alone is told of them, and `history` is empty in what is returned.
   */
  readonly keepHistory?: boolean;
  /**
   * Told of each step, of waits for other processes, of each evaluation that begins, and of each run's end; default: no
   * one is.
   */
  readonly onEvent?: (event: RunsEvent) => void | Promise<void>;
}

/**
 * Many runs as one call, such as methods × seeds, one after the other: each from the cache if it is there, gone on with
 * if it was begun (`trainedRun`), evaluated, and its weights freed. A run that fails is reported in its outcome, and
 * the others go on. All are kept under the version of the code at the call, whatever is edited while they train.
 *
 * @returns The outcomes in the order asked, seeds outermost.
 * @throws Interrupted On SIGINT, or when `signal` aborts: at the next step, with the finished runs, their evaluations
 *   and the present one's checkpoint kept, so that the same call goes on from there. An error of `onEvent` also ends it
 *   all.
 * @example
 * const head = projector({ inputSize: 128, sizes: [512, 512, 512] });
 * const networks = { encoder: resnet18({ width: 16 }), projector: head };
 * const [dataset, test] = [await load('cifar10'), await load('cifar10', { split: 'test' })];
 * const common = { dataset, networks, epochs: 5 };
 * const runs = [vicreg(), simclr()].map((objective) => ({ ...common, name: objective.name, objective }));
 * const outcomes = await runMany(runs, { seeds: [0, 1], evaluation: { test } });
 * outcomes.map(({ status }) => status); // ['finished', 'finished', 'finished', 'finished']
 */
export async function runMany(runs: readonly RunOptions[], settings: RunManySettings = {}): Promise<RunOutcome[]> {
  const { seeds, onEvent, keepHistory = true, version = trainingVersion() } = settings;
  const jobs = seeds ? seeds.flatMap((seed) => runs.map((run): RunOptions => ({ ...run, seed }))) : [...runs];
  const clock = runsClock(jobs.map((job) => ({ name: job.name, steps: plannedSteps(job) })));
  const watch = watchInterrupt(settings.signal);
  const outcomes: RunOutcome[] = [];
  try {
    for (const job of jobs) {
      await yieldToEventLoop();
      if (watch.requested) throw new Interrupted('It had not begun.');
      clock.begin();
      const place: RunPlace = { run: outcomes.length + 1, runs: jobs.length, name: job.name, seed: job.seed ?? 0 };
      let reached = clock.step(0, 0);
      const outcome = await runOne(job, place, { ...settings, version }, async (doing, { event, ...more } = {}) => {
        if (event) reached = clock.step(event.step, event.remainingSeconds);
        await onEvent?.({ ...place, ...reached, doing, ...more, ...(event && { event }) });
      });
      outcomes.push(keepHistory ? outcome : { ...outcome, history: [] });
      await onEvent?.({ ...place, ...clock.end(outcome.taken), doing: 'done', outcome });
    }
    const planned = outcomes.find(({ error }) => error instanceof OnlyPlanned)?.error;
    if (planned && settings.onRun) throw planned;
    return outcomes;
  } catch (error) {
    for (const { run } of outcomes) if (run) disposeTraining(run);
    if (error instanceof ListenerFailure) throw error.reason;
    if (!(error instanceof Interrupted)) throw error;
    throw new Interrupted(
      `runMany: stopped in run ${outcomes.length + 1} of ${jobs.length}, as asked. ${error.message} The ${outcomes.length} done before are kept: ask for the same again to go on.`,
    );
  } finally {
    watch.stop();
  }
}

/** Carries an error of the caller's own listener past the report of the run's. */
class ListenerFailure {
  constructor(readonly reason: unknown) {}
}

async function heard(listener: () => void | Promise<void>): Promise<void> {
  try {
    await listener();
  } catch (reason) {
    throw reason instanceof Interrupted ? reason : new ListenerFailure(reason);
  }
}

/** What is told of a run beside where it stands. */
type RunNews = Pick<RunsEvent, 'event' | 'earlier' | 'elsewhere'>;

/** One of the runs: whatever fails is in its outcome, save an interrupt and the listener's own errors. */
async function runOne(
  job: RunOptions,
  place: RunPlace,
  { evaluation, onRun, keepWeights = false, fresh = false, signal, ...settings }: RunManySettings,
  report: (doing: 'waiting' | 'training' | 'evaluating', what?: RunNews) => Promise<void>,
): Promise<RunOutcome> {
  const { name, seed } = place;
  const taken: TrainingEvent[] = [];
  let earlier: readonly TrainingEvent[] | undefined;
  const tell: typeof report = (doing, what) => heard(() => report(doing, what));
  let run: Run | undefined;
  let kept = false;
  try {
    refuseWhilePlanning(job);
    run = await trainedRun(job, {
      ...settings,
      signal,
      fresh: typeof fresh === 'function' ? () => fresh(job) : fresh,
      onEvent(event) {
        taken.push(event);
        const before = earlier;
        earlier = undefined;
        return tell('training', { event, ...(before && { earlier: before }) });
      },
      onResume(history) {
        earlier = history;
      },
      onWait: (elsewhere) => tell('waiting', { elsewhere }),
    });
    if (evaluation) await tell('evaluating');
    const judged = evaluation && (await evaluateRun(run, { ...evaluation, train: job.dataset, signal }));
    await heard(() => onRun?.(run!, place));
    kept = keepWeights;
    return {
      ...{ name, seed, status: 'finished', history: run.history, taken: taken.length, cached: run.cached },
      ...(judged && { evaluation: judged }),
      ...(keepWeights && { run }),
    };
  } catch (error) {
    if (error instanceof Interrupted || error instanceof ListenerFailure) throw error;
    const reason = error instanceof Error ? error : new Error(String(error));
    return { name, seed, status: 'failed', error: reason, history: taken, taken: taken.length, cached: false };
  } finally {
    if (run && !kept) disposeTraining(run);
  }
}

/** 0 for one whose options are impossible: it fails at once. */
function plannedSteps(options: RunOptions): number {
  try {
    return planTraining(options).steps;
  } catch {
    return 0;
  }
}
