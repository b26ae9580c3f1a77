import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { channelStatistics } from '../../lib/datasets/channelStatistics';
import { objective } from '../../lib/objectives/objective';
import { evaluate } from '../../lib/training/evaluate';
import { Interrupted } from '../../lib/training/interrupt';
import { type RunOutcome, type RunsEvent, runMany } from '../../lib/training/runMany';
import type { RunOptions } from '../../lib/training/runOptions';
import { runsClock } from '../../lib/training/runsClock';
import type { TrainOptions } from '../../lib/training/trainingPlan';
import { disposeTraining } from '../../lib/training/trainingState';
import { expectNoLeak } from '../matchers';
import { bits, coloredNoise, smallRun } from './smallRun';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'infossl-many-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const test = { ...coloredNoise(30), split: 'test' as const };
const evaluation = { test };
const named = (name: string, options: Partial<TrainOptions> = {}): RunOptions => ({ name, ...smallRun(options) });
/** Its loss is infinite at the third step. */
const broken = (name: string) => {
  const exploding = objective('exploding', ({ za, zb, moment }) => ({
    distance: za
      .sub(zb)
      .square()
      .mean()
      .mul(moment.step >= 2 ? Number.POSITIVE_INFINITY : 1),
  }));
  return named(name, { objective: exploding });
};

describe('runMany', () => {
  it('gives every run with every seed, in order, evaluated; then all from the cache, the same', async () => {
    await expectNoLeak(async () => {
      const runs = [named('one'), named('two', { batchSize: 13 })];
      const settings = { folder, seeds: [3, 4], evaluation };
      const events: RunsEvent[] = [];
      const first = await runMany(runs, { ...settings, onEvent: (event) => void events.push(event) });
      expect(first.map(({ name, seed }) => `${name} ${seed}`)).toEqual(['one 3', 'two 3', 'one 4', 'two 4']);
      expect(first.map(({ status, cached, taken }) => `${status} ${cached} ${taken}`)).toEqual([
        'finished false 6',
        'finished false 4',
        'finished false 6',
        'finished false 4',
      ]);
      expect(first.every(({ evaluation: own }) => own!.linear >= 0 && own!.linear <= 1)).toBe(true);
      expect(first[0]!.evaluation).not.toEqual(first[2]!.evaluation);
      const training = events.filter(({ doing }) => doing === 'training');
      expect(training.length).toBe(20);
      expect(training.map(({ doneSteps }) => doneSteps)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      expect(events.every(({ totalSteps, runs: n }) => totalSteps === 20 && n === 4)).toBe(true);
      const [one] = await runMany([named('one')], { ...settings, keepHistory: false });
      expect([first[0]!.history.length, one!.history]).toEqual([6, []]);
      expect(events.filter(({ run }) => run === 2).map(({ doing }) => doing)).toEqual([
        ...['training', 'training', 'training', 'training', 'evaluating', 'done'],
      ]);
      expect(events.at(-1)!.remainingSeconds).toBe(0);

      const again = await runMany(runs, settings);
      expect(again.every(({ cached, taken }) => cached && taken === 0)).toBe(true);
      expect(again.map((outcome) => outcome.evaluation)).toEqual(first.map((outcome) => outcome.evaluation));
      expect(JSON.stringify(again[1]!.history)).toBe(JSON.stringify(first[1]!.history));
    });
  });

  it('reports a run that fails, with its error and its steps, and goes on with the others', async () => {
    await expectNoLeak(async () => {
      const outcomes = await runMany([named('good'), broken('bad'), named('impossible', { batchSize: 99 }), named('last', { seed: 9 })], { folder, evaluation }); // biome-ignore format: a list
      expect(outcomes.map(({ status }) => status)).toEqual(['finished', 'failed', 'failed', 'finished']);
      expect(outcomes[1]!.error!.message).toMatch(/exploding: expected finite terms at step 3.*'distance'/);
      expect(outcomes[1]!.history.map(({ step }) => step)).toEqual([1, 2]);
      expect(outcomes[1]!.evaluation).toBeUndefined();
      expect(outcomes[2]!.error!.message).toMatch(/expected a batch of 2 to 26 images/);
      expect(outcomes[3]!.seed).toBe(9);
    });
  });

  it('asks whether to train a run anew only when no other call is at work on it', async () => {
    const [{ run }] = (await runMany([named('one')], { folder, keepWeights: true })) as [RunOutcome];
    disposeTraining(run!);
    const began = Date.now();
    const fresh = () => statSync(join(run!.folder, 'last.ckpt')).mtimeMs < began;
    const both = await Promise.all([0, 1].map(() => runMany([named('one')], { folder, fresh })));
    expect(both.map(([outcome]) => outcome!.cached).sort()).toEqual([false, true]);
  });

  it('stops at the next step when asked to, keeps everything, and goes on from there', async () => {
    await expectNoLeak(async () => {
      const controller = new AbortController();
      const runs = [named('one'), named('two', { seed: 8 })];
      const stopped = runMany(runs, {
        ...{ folder, keepWeights: true, signal: controller.signal },
        onEvent: ({ run, event }) => void (run === 2 && event?.step === 4 && controller.abort()),
      });
      await expect(stopped).rejects.toThrow(Interrupted);
      await expect(stopped).rejects.toThrow(
        /stopped in run 2 of 2, as asked. train: stopped after step 4 of 6.* The 1 done before/,
      );
      const outcomes = await runMany(runs, { folder, keepWeights: true });
      expect(outcomes.map(({ cached, taken, history }) => [cached, taken, history.length])).toEqual([
        [true, 0, 6],
        [false, 2, 6],
      ]);
      const whole = await runMany([runs[1]!], { folder: join(folder, 'other'), keepWeights: true });
      expect(bits(outcomes[1]!.run!.weights)).toEqual(bits(whole[0]!.run!.weights));
      for (const { run } of [...outcomes, ...whole]) disposeTraining(run!);
    });
  });

  it('stops during an evaluation, and before a run', async () => {
    await expectNoLeak(async () => {
      const controller = new AbortController();
      const stopped = runMany([named('one')], {
        ...{ folder, evaluation, signal: controller.signal },
        onEvent: ({ doing }) => void (doing === 'evaluating' && controller.abort()),
      });
      await expect(stopped).rejects.toThrow(/runMany: stopped in run 1 of 1, as asked. embed: stopped after 0 of 26/);
      const none = runMany([named('one')], { folder, signal: AbortSignal.abort() });
      await expect(none).rejects.toThrow(/stopped in run 1 of 1.* It had not begun. The 0 done before are kept/);
    });
  });

  it('passes on an error of the listener, which is no failure of the run', async () => {
    await expectNoLeak(async () => {
      const onEvent = ({ event }: RunsEvent) => {
        if (event?.step === 2) throw new Error('the cell was edited');
      };
      await expect(runMany([named('one')], { folder, onEvent })).rejects.toThrow(/^the cell was edited$/);
    });
  });

  it('evaluates anew another test set, after fresh training, and where the kept result is broken', async () => {
    const runs = [named('one')];
    const files = () => {
      const [run] = readdirSync(folder);
      return readdirSync(join(folder, run!)).filter((file) => file.startsWith('evaluation-'));
    };
    const [first] = await runMany(runs, { folder, evaluation });
    expect(files().length).toBe(1);
    const [other] = await runMany(runs, { folder, evaluation: { test: coloredNoise(24) } });
    expect(files().length).toBe(2);
    expect(other!.evaluation!.rankMe).not.toBe(first!.evaluation!.rankMe);
    await runMany(runs, { folder, evaluation: { test, nearest: { k: 3 } } });
    expect(files().length).toBe(3);
    for (const file of files()) writeFileSync(join(folder, readdirSync(folder)[0]!, file), '{"linear": 0.');
    const [mended] = await runMany(runs, { folder, evaluation });
    expect(mended!.cached).toBe(true);
    expect(mended!.evaluation).toEqual(first!.evaluation);
    const [fresh] = await runMany(runs, { folder, evaluation, fresh: ({ name }) => name === 'one' });
    expect(fresh!.cached).toBe(false);
  });

  it('gives the evaluation that evaluate gives, with the online probe where there is one', async () => {
    const options = named('probed', { onlineProbe: {} });
    const [outcome] = await runMany([options], { folder, evaluation, keepWeights: true });
    const run = outcome!.run!;
    const statistics = channelStatistics(options.dataset);
    const expected = await evaluate(run.networks.encoder, run.weights.encoder, { train: options.dataset, test, statistics }); // biome-ignore format: a call
    expect(outcome!.evaluation).toMatchObject({ ...expected });
    expect(outcome!.evaluation!.online).toBeGreaterThanOrEqual(0);
    expect(outcome!.evaluation!.embeddingRankMe).toBeGreaterThanOrEqual(1);
    disposeTraining(run);
  });
});

describe('runsClock', () => {
  it('learns from finished runs of the same name, then of any, then from the present one', () => {
    let time = 0;
    const runs = ['a', 'b', 'a', 'b'].map((name) => ({ name, steps: 10 }));
    const clock = runsClock(runs, () => 1000 * time);
    clock.begin();
    time = 2;
    // 2 s a step in the present run: 16 s of its own and 3 × 20 s.
    expect(clock.step(2, 16)).toEqual({ doneSteps: 2, totalSteps: 40, remainingSeconds: 76 });
    time = 30; // its evaluation took 10 s: 3 s a step in all
    expect(clock.end(10)).toEqual({ doneSteps: 10, totalSteps: 40, remainingSeconds: 90 });
    clock.begin();
    time = 35;
    // b is not known: the rest of it as it says, the next a and b by a's 3 s.
    expect(clock.step(5, 5).remainingSeconds).toBe(5 + 30 + 30);
    time = 40; // 1 s a step
    expect(clock.end(10).remainingSeconds).toBe(30 + 10);
    clock.begin();
    time = 41; // from the cache
    expect(clock.end(0)).toEqual({ doneSteps: 30, totalSteps: 40, remainingSeconds: 10 });
    clock.begin();
    expect(clock.end(4)).toEqual({ doneSteps: 40, totalSteps: 40, remainingSeconds: 0 });
  });
});
