import type { RunOptions } from '../training/runOptions';
import { type TrainingEvent, train } from '../training/train';
import { planTraining } from '../training/trainingPlan';
import { durationText } from './progress';

/** What one notebook trains. */
export interface NotebookPlan {
  readonly notebook: string;
  readonly runs: readonly RunOptions[];
}

/** The steps of one size: whose cost one measurement tells. */
export interface PlannedSteps {
  readonly notebook: string;
  /** Runs that no notebook before it makes. */
  readonly runs: number;
  /** Runs that an earlier notebook makes too. */
  readonly shared: number;
  /** Those notebooks. */
  readonly sharedWith: readonly string[];
  /** Their steps, by the size of a step. */
  readonly steps: ReadonlyMap<string, number>;
}

/** 'ResNet-18, 512 features, batch 256 of 32×32': what a step's cost mostly depends on. */
export function stepSize(options: RunOptions): string {
  const { networks, batchSize, accumulate } = planTraining(options);
  const [height, width] = networks.encoder.inputShape;
  const micro = accumulate > 1 ? ` by ${accumulate}` : '';
  return `${networks.encoder.name}, ${networks.encoder.outputShape} features, batch ${batchSize}${micro} of ${height}×${width}`;
}

/** What tells one planned run from another without making its weights; `identity` names the optimizer with its settings. */
function runKey(options: RunOptions): string {
  const { identity, source, recipe, networks } = planTraining(options);
  const shapes = Object.entries(networks).map(([name, { inputShape, outputShape }]) => [name, inputShape, outputShape]);
  return JSON.stringify([options.name, identity, source, recipe, shapes]);
}

/** The runs and steps of each notebook, each run counted where it is first asked for. */
export function plannedSteps(plans: readonly NotebookPlan[]): PlannedSteps[] {
  const seen = new Map<string, string>();
  return plans.map(({ notebook, runs }) => {
    const steps = new Map<string, number>();
    const earlier: string[] = [];
    for (const options of runs) {
      const key = runKey(options);
      const first = seen.get(key);
      if (first !== undefined) earlier.push(first);
      else steps.set(stepSize(options), (steps.get(stepSize(options)) ?? 0) + planTraining(options).steps);
      seen.set(key, first ?? notebook);
    }
    const sharedWith = [...new Set(earlier)];
    return { notebook, runs: runs.length - earlier.length, shared: earlier.length, sharedWith, steps };
  });
}

/** A line for each notebook, then one for all; `cost` is the seconds of a step by its size, without those that could not be timed. */
export function estimateLines(planned: readonly PlannedSteps[], cost: ReadonlyMap<string, number>): string[] {
  const secondsOf = (rows: readonly PlannedSteps[]) => {
    const sizes = rows.flatMap(({ steps }) => [...steps]);
    const seconds = sizes.reduce((sum, [size, count]) => sum + count * (cost.get(size) ?? 0), 0);
    const untimed = sizes.reduce((sum, [size, count]) => sum + (cost.has(size) ? 0 : count), 0);
    if (untimed === 0) return longDurationText(seconds);
    return `${longDurationText(seconds)} and ${untimed.toLocaleString('en')} steps that could not be timed`;
  };
  const lines = planned.map((row) => {
    const { notebook, runs, shared, sharedWith, steps } = row;
    if (runs + shared === 0) return `${notebook}: trains nothing`;
    const count = [...steps.values()].reduce((sum, one) => sum + one, 0);
    const others = shared > 0 ? `, ${shared} more shared with ${sharedWith.join(', ')}` : '';
    return `${notebook}: ${runs} trainings${others}, ${count.toLocaleString('en')} steps, ${secondsOf([row])}`;
  });
  return [...lines, `in all ${secondsOf(planned)}`];
}

/** Seconds of measuring after which no further step is taken, and the most steps. */
const enoughSeconds = 3;
const mostSteps = 20;

/**
 * Seconds of one real step with these options, on this device: the median of those after the first, which also prepares. At least
 * two are taken, and more while they take less than three seconds in all; a training of fewer steps is made longer. Nothing is
 * kept.
 */
export async function secondsPerStep(options: RunOptions): Promise<number> {
  const { snapshots: _, onlineProbe: __, ...training } = options;
  const seconds: number[] = [];
  const epochs = planTraining(options).steps < 3 ? 3 * options.epochs : options.epochs;
  const steps: AsyncGenerator<TrainingEvent, unknown> = train({ ...training, epochs, collapse: false });
  let before = performance.now();
  let begun = false;
  for await (const _event of steps) {
    const now = performance.now();
    if (begun) seconds.push((now - before) / 1000);
    begun = true;
    before = now;
    const taken = seconds.reduce((sum, one) => sum + one, 0);
    if (seconds.length >= mostSteps || (seconds.length >= 2 && taken > enoughSeconds)) break;
  }
  return seconds.sort((a, b) => a - b)[Math.floor(seconds.length / 2)]!;
}

/** '3.2 s', '5 h 3 min', '12 days', '3.4 years'. */
export function longDurationText(seconds: number): string {
  const days = seconds / 86_400;
  if (days < 2) return durationText(seconds);
  return days < 730 ? `${Math.round(days)} days` : `${(days / 365.25).toPrecision(2)} years`;
}
