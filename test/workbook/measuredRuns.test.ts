import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { objective } from '../../lib/objectives/objective';
import { Interrupted } from '../../lib/training/interrupt';
import type { TrainOptions } from '../../lib/training/trainingPlan';
import { type MeasuredRunsOptions, type ModelToMeasure, measuredRuns } from '../../lib/workbook/measuredRuns';
import { temporaryFolder } from '../datasets/temporaryFolder';
import { expectNoLeak } from '../matchers';
import { smallRun } from '../training/smallRun';
import { pretendKernel } from './kernel';

// The library's own source must not change under a test.
vi.mock('../../lib/training/sourceVersion', () => ({ sourceVersion: () => 'as it stands' }));

let kernel: ReturnType<typeof pretendKernel>;
beforeEach(() => {
  kernel = pretendKernel();
});
afterEach(() => {
  kernel.stop();
  vi.unstubAllEnvs();
});
const text = () => kernel.sent.map(({ data }) => data['text/plain'] as string);

type Model = ModelToMeasure<{ times: number }>;
const model = (options: Partial<TrainOptions>, times = 1): Model => ({
  training: { name: 'model', ...smallRun({ epochs: 1, ...options }) },
  settings: { times },
});
const exploding = objective('exploding', ({ za, zb, moment }) => ({
  distance: za
    .sub(zb)
    .square()
    .mean()
    .mul(moment.step >= 1 ? Number.POSITIVE_INFINITY : 1),
}));

/** Measures the seed and the number of the call, and counts the calls. */
function watched(folder: string, extra: Partial<MeasuredRunsOptions<Model>> = {}) {
  const calls: number[] = [];
  const options: MeasuredRunsOptions<Model> = {
    ...{ name: 'seen', code: [], folder },
    measure: async (run, { training, settings }) => {
      calls.push(training.seed!);
      expect(Object.values(run.weights.encoder)[0]!.isDisposed).toBe(false);
      return { seed: training.seed! * settings.times, none: Number.NEGATIVE_INFINITY };
    },
    ...extra,
  };
  return { calls, options };
}

test('trains and measures each model once; then all is kept, by the run and the settings', async () => {
  const folder = temporaryFolder();
  await expectNoLeak(async () => {
    const models = [model({ seed: 1 }), model({ seed: 2 }), model({ seed: 3, batchSize: 13 })];
    const { calls, options } = watched(folder);
    // A bar is drawn at most every so often: by this clock every time.
    let now = Date.now();
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => (now += 1000));
    const first = await measuredRuns(models, options);
    clock.mockRestore();
    expect(first.map(({ index, measures }) => [index, measures])).toEqual([
      ...[1, 2, 3].map((seed, i) => [i, { seed, none: Number.NEGATIVE_INFINITY }]),
    ]);
    expect(first[2]!.model).toBe(models[2]);
    expect(calls).toEqual([1, 2, 3]);
    expect(text().at(-1)).toMatch(/^3 of 3 models: 8 steps in /);
    expect(text().some((line) => /model 2 \(1 to come\), seed 2: epoch 1 of 1/.test(line))).toBe(true);

    expect(await measuredRuns(models, options)).toEqual(first);
    const changed = await measuredRuns([models[0]!, model({ seed: 2 }, 10), models[2]!], options);
    expect(changed.map(({ measures }) => measures!.seed)).toEqual([1, 20, 3]);
    expect(calls).toEqual([1, 2, 3, 2]);
    expect(readdirSync(folder).length).toBe(3);

    vi.stubEnv('INFOSSL_FRESH', new Date(Date.now() + 1000).toISOString());
    await measuredRuns(models.slice(0, 1), options);
    expect(calls).toEqual([1, 2, 3, 2, 1]);
  });
});

test('a model that fails, in training or in measuring, is reported with its place, and the others go on', async () => {
  const folder = temporaryFolder();
  await expectNoLeak(async () => {
    const models = [
      model({ seed: 1, objective: exploding }),
      model({ seed: 2 }),
      model({ seed: 3, batchSize: 99 }),
      model({ seed: 4 }),
    ];
    const { calls, options } = watched(folder);
    const { measure } = options;
    const failing: typeof measure = (run, own) => {
      if (own.training.seed === 4) throw new Error('no convergence');
      return measure(run, own);
    };
    const found = await measuredRuns(models, { ...options, measure: failing });
    expect(found.map(({ measures }) => measures?.seed)).toEqual([undefined, 2, undefined, undefined]);
    expect(found[0]!.error).toMatch(/exploding: expected finite terms at step 2/);
    expect(found[2]!.error).toMatch(/expected a batch of 2 to 26 images/);
    expect(found[3]!.error).toBe('measuring: no convergence');
    expect(text().at(-1)).toMatch(/3 of 4 runs failed.*model 1, seed 1: .*model 4, seed 4: measuring: no conv/s);
    expect(calls).toEqual([2]);
    // What failed is tried again, and only that.
    const again = await measuredRuns(models.slice(1), options);
    expect(again.map(({ measures }) => measures?.seed)).toEqual([2, undefined, 4]);
    expect(calls).toEqual([2, 4]);
    await expect(measuredRuns(models.slice(0, 1), options)).rejects.toThrow(/^measuredRuns: every run failed/);
    await expect(measuredRuns([], options)).rejects.toThrow(/^measuredRuns: expected at least one model/);
  });
});

test('stopped within a training or a measure, it keeps what is done and goes on from there', async () => {
  const folder = temporaryFolder();
  await expectNoLeak(async () => {
    const models = [model({ seed: 1 }), model({ seed: 2 }), model({ seed: 3 })];
    const { calls, options } = watched(folder);
    const controller = new AbortController();
    const { measure } = options;
    const stopping: typeof measure = async (run, own) => {
      if (own.training.seed === 2) {
        controller.abort();
        throw new Interrupted('the measure was stopped.');
      }
      return measure(run, own);
    };
    const stopped = measuredRuns(models, { ...options, measure: stopping, signal: controller.signal });
    await expect(stopped).rejects.toThrow(Interrupted);
    await expect(stopped).rejects.toThrow(/^measuredRuns: stopped with 1 of 3 models measured, 2 to go/);
    expect(calls).toEqual([1]);
    const rest = await measuredRuns(models, options);
    expect(rest.map(({ measures }) => measures!.seed)).toEqual([1, 2, 3]);
    expect(calls).toEqual([1, 2, 3]);
    // The second was trained before it was stopped: only the third's steps were left.
    expect(text().at(-1)).toMatch(/^2 of 3 models: 6 steps/);
    expect(readdirSync(join(folder)).length).toBe(3);
  });
});
