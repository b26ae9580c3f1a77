import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../lib/training/checkpoint';
import { initNetworks } from '../../lib/training/networks';
import { type Run, runId, runIdentity, trainedRun } from '../../lib/training/run';
import type { RunOptions } from '../../lib/training/runOptions';
import { snapshotSteps } from '../../lib/training/snapshots';
import { snapshotWeights } from '../../lib/training/snapshotWeights';
import { finishTraining, train } from '../../lib/training/train';
import { planTraining, type TrainOptions } from '../../lib/training/trainingPlan';
import { disposeTraining } from '../../lib/training/trainingState';
import { expectNoLeak } from '../matchers';
import { kinds } from './objectiveKinds';
import { bits, smallRun, snapshotRun } from './smallRun';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'infossl-snapshots-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** 6 steps, snapshots after 0, 1, 2 and 6. */
const named = (options: Partial<TrainOptions> = {}): RunOptions => ({
  name: 'tiny',
  ...smallRun({ snapshots: 4, ...options }),
});

/** The run, its weights freed. */
async function finished(options = named(), settings: Parameters<typeof trainedRun>[1] = {}): Promise<Run> {
  const run = await trainedRun(options, { folder, ...settings });
  disposeTraining(run);
  return run;
}

/** The run, stopped after a step. */
async function stopped(options: RunOptions, after: number): Promise<void> {
  const controller = new AbortController();
  const running = finished(options, {
    signal: controller.signal,
    onEvent: ({ step }) => void (step === after && controller.abort()),
  });
  await expect(running).rejects.toThrow(`stopped after step ${after}`);
}

const contents = ({ snapshots }: Pick<Run, 'snapshots'>) => snapshots.map(({ path }) => readFileSync(path, 'base64'));

describe('snapshotSteps', () => {
  it('is the first, the last, and geometrically spaced steps between', () => {
    expect(snapshotSteps(0, 100)).toEqual([]);
    expect(snapshotSteps(2, 100)).toEqual([0, 100]);
    expect(snapshotSteps(3, 100)).toEqual([0, 1, 100]);
    expect(snapshotSteps(5, 1000)).toEqual([0, 1, 10, 100, 1000]);
    // 10^(i / 5): 1, 1.58, 2.51, 3.98, 6.31, 10.
    expect(snapshotSteps(7, 10)).toEqual([0, 1, 2, 3, 4, 6, 10]);
    expect(snapshotSteps(9, 3)).toEqual([0, 1, 2, 3]);
    expect(snapshotSteps(9, 1)).toEqual([0, 1]);
  });

  it('never has a step twice or out of order, or fewer than there can be', () => {
    for (let steps = 1; steps < 30; steps++) {
      for (let count = 2; count < 20; count++) {
        const chosen = snapshotSteps(count, steps);
        expect(chosen.length).toBe(Math.min(count, steps + 1));
        expect([chosen[0], chosen.at(-1)]).toEqual([0, steps]);
        expect(chosen.every((step, i) => i === 0 || step > chosen[i - 1]!)).toBe(true);
      }
    }
  });
});

describe('the snapshots of a run', () => {
  it('are its weights at those steps, on the way and from the cache', async () => {
    await expectNoLeak(async () => {
      const run = await trainedRun(named(), { folder });
      expect(run.snapshots.map(({ step, epoch }) => [step, epoch])).toEqual([[0, 0], [1, 1 / 3], [2, 2 / 3], [6, 2]]); // biome-ignore format: pairs
      expect(readdirSync(join(run.folder, 'snapshots')).sort()).toEqual([
        ...['step-000000.ckpt', 'step-000001.ckpt', 'step-000002.ckpt', 'step-000006.ckpt'],
      ]);
      const { networks, initKey } = planTraining(named());
      const first = initNetworks(networks, initKey);
      await stopped(named({ snapshots: 0 }), 2);
      const { groups } = await loadCheckpoint(join(folder, runId(named({ snapshots: 0 })), 'last.ckpt'));
      const { encoder, projector } = groups;
      const own = [first, undefined, { encoder, projector }, run.weights];
      for (const [i, snapshot] of run.snapshots.entries()) {
        const weights = await snapshotWeights(run, snapshot);
        if (own[i]) expect(bits(weights), `step ${snapshot.step}`).toEqual(bits(own[i]));
        else expect(bits(weights)).not.toEqual(bits(first));
        expect(weights.encoder['bn1.running_mean']!.trainable).toBe(false);
        disposeTraining({ weights });
      }
      const again = await trainedRun(named(), { folder });
      expect([again.cached, again.snapshots]).toEqual([true, run.snapshots]);
      for (const weights of [first, groups] as never[]) disposeTraining({ weights });
      for (const each of [run, again]) disposeTraining(each);
    });
  });

  it('change nothing else by a bit, nor what tells a run without them from another', async () => {
    const [plain, keeping] = [await finishTraining(train(smallRun())), await trainedRun(named(), { folder })];
    expect(plain.snapshots).toEqual([]);
    expect(bits(keeping.weights)).toEqual(bits(plain.weights));
    expect(JSON.stringify(runIdentity(named({ snapshots: 0 })))).toBe(JSON.stringify(runIdentity(named({ snapshots: undefined })))); // biome-ignore format: a call
    expect(runIdentity(named({ snapshots: 0 }))).not.toHaveProperty('snapshots');
    expect(new Set([0, 3, 4].map((snapshots) => runId(named({ snapshots })))).size).toBe(3);
    for (const each of [plain, keeping]) disposeTraining(each);
    expect(existsSync(join((await finished(named({ snapshots: 0 }))).folder, 'snapshots'))).toBe(false);
  });

  it('are the same to the bit, whichever step the run was stopped after', async () => {
    await expectNoLeak(async () => {
      const whole = contents(await finished());
      for (const step of [1, 2, 3, 5]) {
        rmSync(join(folder, runId(named())), { recursive: true });
        await stopped(named(), step);
        expect(contents(await finished()), `stopped after ${step}`).toEqual(whole);
      }
    });
  });

  it('are written again where the run goes on from an older checkpoint', async () => {
    const options = named({ snapshots: 7 });
    const whole = contents(await finished(options));
    rmSync(join(folder, runId(options)), { recursive: true });
    const checkpoint = join(folder, runId(options), 'last.ckpt');
    await stopped(options, 2);
    copyFileSync(checkpoint, join(folder, 'older'));
    await stopped(options, 5);
    copyFileSync(join(folder, 'older'), checkpoint);
    truncateSync(join(folder, runId(options), 'snapshots', 'step-000004.ckpt'), 100);
    expect(contents(await finished(options))).toEqual(whole);
  });

  it('outlast a full disk: what could not be written is, when the run goes on', async () => {
    const whole = contents(await finished());
    rmSync(join(folder, runId(named())), { recursive: true });
    await stopped(named(), 1);
    const second = join(folder, runId(named()), 'snapshots', 'step-000002.ckpt');
    symlinkSync('/dev/full', `${second}.tmp`);
    await expect(finished()).rejects.toThrow(`${second} could not be written (ENOSPC`);
    const run = await finished();
    expect(contents(run)).toEqual(whole);
    expect(run.history.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('are whole however often the run is killed', { timeout: 60_000 }, async () => {
    const whole = contents(await finished(snapshotRun()));
    expect(whole.length).toBe(16);
    rmSync(join(folder, runId(snapshotRun())), { recursive: true });
    const child = join(import.meta.dirname, 'snapshotChild.ts');
    let last = 0;
    for (let round = 0; round < 2; round++) {
      const running = spawn(process.execPath, ['--import', 'tsx', child, folder], { stdio: ['ignore', 'pipe', 'ignore'] }); // biome-ignore format: a call
      const ended = new Promise((resolve) => running.once('exit', resolve));
      last = await new Promise<number>((resolve) => {
        running.stdout.on('data', (text: Buffer) => {
          const step = Number(text.toString().trim().split('\n').at(-1));
          if (step >= last + 3) resolve(step);
        });
      });
      await new Promise((resolve) => setTimeout(resolve, 3 * round));
      running.kill('SIGKILL');
      await ended;
      // Each snapshot that is there is whole.
      const own = join(folder, runId(snapshotRun()), 'snapshots');
      for (const file of readdirSync(own).filter((name) => name.endsWith('.ckpt'))) {
        const { groups, facts } = await loadCheckpoint(join(own, file));
        expect(file).toContain(String(facts.step));
        disposeTraining({ weights: groups as never });
      }
    }
    const run = await finished(snapshotRun());
    expect(contents(run)).toEqual(whole);
    expect(readdirSync(join(run.folder, 'snapshots')).length).toBe(16);
  });

  it('are asked for by name when one is gone, save the first and the last, which the seed and the checkpoint give', async () => {
    await expectNoLeak(async () => {
      const run = await finished();
      const whole = contents(run);
      for (const i of [0, 3]) rmSync(run.snapshots[i]!.path);
      const again = await finished();
      expect([again.cached, contents(again)]).toEqual([true, whole]);
      rmSync(run.snapshots[1]!.path);
      await expect(finished()).rejects.toThrow(
        `train: the snapshot ${run.snapshots[1]!.path} is missing. It is one of the sets of weights along a training, which`,
      );
      const stale = join(run.folder, 'snapshots', 'step-000001-0123456789ab.json');
      copyFileSync(run.snapshots[2]!.path, stale);
      const fresh = await finished(named(), { fresh: true });
      expect([fresh.cached, contents(fresh), existsSync(stale)]).toEqual([false, whole, false]);
    });
  });

  it('are refused when broken, or of another run', async () => {
    await expectNoLeak(async () => {
      const run = await finished();
      const [first, second] = run.snapshots;
      truncateSync(second!.path, 2000);
      await expect(snapshotWeights(run, second!)).rejects.toThrow(
        /step-000001.ckpt is truncated: 2000 bytes.*with `fresh: true`/,
      );
      rmSync(second!.path);
      await expect(snapshotWeights(run, second!)).rejects.toThrow(
        /step-000001.ckpt is missing.*delete the run’s folder/,
      );
      const other = { ...first!, path: first!.path.replace('tiny', 'other') };
      await expect(snapshotWeights(run, other)).rejects.toThrow("expected one of the run's 4 snapshots, got ");
    });
  });

  it.each(Object.entries(kinds))('hold every network of a %s run', async (_, objective) => {
    await expectNoLeak(async () => {
      const run = await trainedRun(named({ objective, snapshots: 2 }), { folder });
      const weights = await snapshotWeights(run, run.snapshots[1]!);
      expect(bits(weights)).toEqual(bits(run.weights));
      disposeTraining({ weights });
      disposeTraining(run);
    });
  });

  it('must be 0 or at least 2, and have a checkpoint to lie beside', async () => {
    for (const snapshots of [1, -2, 2.5, Number.NaN]) {
      expect(() => planTraining(smallRun({ snapshots }))).toThrow(`at least 2 (the first weights, the last, and those between), got ${snapshots}`); // biome-ignore format: a call
    }
    await expect(finishTraining(train(smallRun({ snapshots: 2 })))).rejects.toThrow(
      'train: expected a checkpoint, beside which the snapshots are kept',
    );
  });
});
