import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tf } from '../../lib/engine/tensorflow';
import { disposeWeights } from '../../lib/models/weights';
import { objective } from '../../lib/objectives/objective';
import { vicreg } from '../../lib/objectives/vicreg';
import { loadCheckpoint } from '../../lib/training/checkpoint';
import { Interrupted } from '../../lib/training/interrupt';
import { finishTraining, type TrainingEvent, train } from '../../lib/training/train';
import { disposeTraining } from '../../lib/training/trainingState';
import { recipes } from '../../lib/views/recipe';
import { expectNoLeak } from '../matchers';
import { queued } from './objectiveKinds';
import { bits, smallRun } from './smallRun';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'infossl-train-'));
  path = join(folder, 'last.ckpt');
});
afterEach(() => rmSync(folder, { recursive: true }));

const whole = async (options = smallRun()) => {
  const events: TrainingEvent[] = [];
  const result = await finishTraining(train(options), (event) => {
    events.push(event);
  });
  return { events, result };
};

describe('train', () => {
  it('tells every step in full, learns, and leaves no tensors beside its weights', async () => {
    await expectNoLeak(async () => {
      const { events, result } = await whole(smallRun({ epochs: 20, learningRate: 0.003 }));
      expect(events.length).toBe(60);
      expect(events.map((e) => e.step)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
      expect(events[3]).toMatchObject({ epoch: 2, epochs: 20, step: 4, steps: 60 });
      expect(Object.keys(events[0]!.terms)).toEqual(['invariance', 'variance', 'covariance']);
      for (const event of events) {
        const sum = Object.values(event.terms).reduce((a, b) => a + b);
        expect(event.total).toBeCloseTo(sum, 6);
        expect(event.gradientNorm).toBeGreaterThan(0);
        expect(event.embeddingStd).toBeGreaterThan(0);
        expect(event.imagesPerSecond).toBeGreaterThan(0);
      }
      expect(events[0]!.learningRate).toBe(0.003);
      expect(events.at(-1)!.learningRate).toBeCloseTo(0.0015 * (1 + Math.cos((Math.PI * 59) / 60)), 10);
      expect(events.at(-1)!.remainingSeconds).toBe(0);
      const mean = (some: TrainingEvent[]) => some.reduce((sum, e) => sum + e.total, 0) / some.length;
      expect(mean(events.slice(-6))).toBeLessThan(0.9 * mean(events.slice(0, 6)));
      disposeTraining(result);
    });
  });

  it('keeps the number of tensors over its steps', async () => {
    const counts: number[] = [];
    const result = await finishTraining(train(smallRun()), () => {
      counts.push(tf.memory().numTensors);
    });
    expect(new Set(counts).size).toBe(1);
    disposeTraining(result);
  });

  it('is determined by its seed', async () => {
    const [a, b, c] = [await whole(), await whole(), await whole(smallRun({ seed: 4 }))];
    expect(bits(b.result.weights)).toEqual(bits(a.result.weights));
    expect(bits(c.result.weights)).not.toEqual(bits(a.result.weights));
  });

  it('never sees an image twice in an epoch, nor the same order in two', async () => {
    const seen: number[][] = [];
    const { dataset } = smallRun();
    // The first pixel names the image where views do nothing.
    const images = dataset.images.slice();
    for (let n = 0; n < dataset.count; n++) images.fill(n, n * 192, (n + 1) * 192);
    const still = {
      crop: { scale: [1, 1] as const, ratio: [1, 1] as const },
      colorJitter: { probability: 0 },
      grayscale: 0,
      blur: 0,
      solarize: 0,
      flip: 0,
    };
    const run = smallRun({
      dataset: { ...dataset, images },
      recipe: { name: 'still', source: '', views: [still, still] },
    });
    const spy = {
      ...run.networks.encoder,
      apply: (...args: Parameters<typeof run.networks.encoder.apply>) => {
        seen.push(Array.from((args[1] as tf.Tensor4D).slice([0, 0, 0, 0], [-1, 1, 1, 1]).dataSync()));
        return run.networks.encoder.apply(...args);
      },
    };
    await whole({ ...run, networks: { ...run.networks, encoder: spy } });
    const epoch = (e: number) =>
      seen
        .slice(6 * e, 6 * e + 6)
        .filter((_, i) => i % 2 === 0)
        .flat();
    expect(new Set(epoch(0)).size).toBe(24);
    expect(new Set(epoch(1)).size).toBe(24);
    expect(epoch(0)).not.toEqual(epoch(1));
  });

  it.each([1, 2, 3, 4, 5])(
    'stopped after step %i and resumed, ends bit for bit where an unbroken run does',
    async (stop) => {
      await expectNoLeak(async () => {
        const unbroken = await whole(smallRun({ checkpoint: { path: join(folder, 'unbroken.ckpt') } }));
        const controller = new AbortController();
        const stopped = smallRun({ checkpoint: { path }, signal: controller.signal });
        const before: TrainingEvent[] = [];
        const interrupted = finishTraining(train(stopped), (event) => {
          before.push(event);
          if (event.step === stop) controller.abort();
        });
        await expect(interrupted).rejects.toThrow(Interrupted);
        await expect(interrupted).rejects.toThrow(
          `stopped after step ${stop} of 6, as asked. ${path} holds everything`,
        );
        const after = await whole(smallRun({ checkpoint: { path } }));
        expect(after.events[0]!.step).toBe(stop + 1);
        expect(bits(after.result.weights)).toEqual(bits(unbroken.result.weights));
        const terms = (events: TrainingEvent[]) => events.map((e) => [e.step, e.learningRate, e.gradientNorm, e.terms]);
        expect(terms([...before, ...after.events])).toEqual(terms(unbroken.events));
        const [a, b] = [await loadCheckpoint(path), await loadCheckpoint(join(folder, 'unbroken.ckpt'))];
        expect(bits(a.groups)).toEqual(bits(b.groups));
        for (const one of [a, b]) Object.values(one.groups).forEach(disposeWeights);
        disposeTraining(unbroken.result);
        disposeTraining(after.result);
      });
    },
  );

  it('saves when its consumer breaks off, and a finished run is given back without a step', async () => {
    for await (const event of train(smallRun({ checkpoint: { path } }))) if (event.step === 2) break;
    const saved = await loadCheckpoint(path);
    expect(saved.facts.step).toBe(2);
    const { events, result } = await whole(smallRun({ checkpoint: { path } }));
    expect(events.map((e) => e.step)).toEqual([3, 4, 5, 6]);
    const again = await whole(smallRun({ checkpoint: { path } }));
    expect(again.events).toEqual([]);
    expect(bits(again.result.weights)).toEqual(bits(result.weights));
  });

  it('goes on from the checkpoint before a broken one, and says so', async () => {
    const options = smallRun({ checkpoint: { path, seconds: 0 } });
    for await (const event of train(options)) if (event.step === 4) break;
    writeFileSync(path, 'broken');
    const warnings: string[] = [];
    const { events } = await whole({ ...options, warn: (message) => warnings.push(message) });
    expect(events[0]!.step).toBe(4);
    expect(warnings.join()).toMatch(/is truncated.*Going on from the checkpoint before/);
  });

  it('on a full disk keeps the last good checkpoint, says so, and goes on from it', async () => {
    const options = { objective: queued, onlineProbe: {}, checkpoint: { path, seconds: 0 } };
    const unbroken = await whole(smallRun({ ...options, checkpoint: undefined }));
    await expectNoLeak(async () => {
      const full = finishTraining(train(smallRun(options)), ({ step }) => {
        if (step === 4) symlinkSync('/dev/full', `${path}.tmp`);
      });
      await expect(full).rejects.toThrow(/could not be written \(ENOSPC.*the last good checkpoint is kept/);
      const { events, result } = await whole(smallRun(options));
      // What was saved before the disk was full, and after the error freed it, lets the run go on from step 4.
      expect(events.map(({ step }) => step)).toEqual([5, 6]);
      expect(bits({ ...result.weights, m: result.memory! })).toEqual(
        bits({ ...unbroken.result.weights, m: unbroken.result.memory! }),
      );
      disposeTraining(result);
    });
  });

  it('refuses the checkpoint of another run', async () => {
    for await (const event of train(smallRun({ checkpoint: { path } }))) if (event.step === 1) break;
    await expect(whole(smallRun({ checkpoint: { path }, seed: 5 }))).rejects.toThrow(
      `the checkpoint ${path} is of another run: its seed is 3, this one's 5`,
    );
    const wider = vicreg({ epsilon: 1e-6 });
    await expect(whole(smallRun({ checkpoint: { path }, objective: wider }))).rejects.toThrow(
      /its objective is VICReg/,
    );
    const recipe = { ...recipes.vicreg, views: recipes.symmetric.views };
    await expect(whole(smallRun({ checkpoint: { path }, recipe }))).rejects.toThrow(/its recipe is/);
  });

  it('claims no checkpoint where none had been written', async () => {
    const broken = objective('broken', ({ za }) => ({ term: za.mean().mul(Number.NaN) }));
    await expect(whole(smallRun({ objective: broken, checkpoint: { path } }))).rejects.toThrow(
      `at step 1 (no checkpoint had been written yet to ${path})`,
    );
    const controller = new AbortController();
    controller.abort();
    await expect(whole(smallRun({ checkpoint: { path }, signal: controller.signal }))).rejects.toThrow(
      /stopped after step 0 of 6.*No checkpoint had been written yet/,
    );
  });

  it('says why the save after a listener’s error failed', async () => {
    const failing = finishTraining(train(smallRun({ checkpoint: { path } })), () => {
      symlinkSync('/dev/full', `${path}.tmp`);
      throw new Error('the listener');
    });
    await expect(failing).rejects.toMatchObject({
      message: 'the listener',
      cause: expect.objectContaining({ message: expect.stringContaining('ENOSPC') }),
    });
  });

  it('stops at a NaN, naming step and term, with the last good checkpoint kept and nothing leaked', async () => {
    await expectNoLeak(async () => {
      const failing = objective('failing', ({ za, zb, moment }) => ({
        fine: za.sub(zb).square().mean(),
        broken: moment.step >= 3 ? za.mean().mul(Number.NaN) : zb.square().mean(),
      }));
      await expect(whole(smallRun({ objective: failing, checkpoint: { path, seconds: 0 } }))).rejects.toThrow(
        /failing: expected finite terms at step 4 \(the last good checkpoint.*'broken' not finite/,
      );
      const { groups, facts } = await loadCheckpoint(path);
      expect(facts.step).toBe(3);
      Object.values(groups).forEach(disposeWeights);
    });
  });

  it('stops at a gradient that is not finite under a finite loss', async () => {
    const cliff = objective('cliff', ({ za, zb }) => ({
      term: za.sub(za).sum().add(zb.mul(0)).sum().sqrt() as tf.Scalar,
    }));
    await expect(whole(smallRun({ objective: cliff }))).rejects.toThrow(
      /at step 1 the loss is finite but its gradient's norm is NaN/,
    );
  });

  it('lets timers fire between steps', async () => {
    let fired = 0;
    const timer = setInterval(() => fired++, 0);
    await whole();
    clearInterval(timer);
    expect(fired).toBeGreaterThan(1);
  });

  it('names impossible options', async () => {
    await expect(whole(smallRun({ epochs: 0 }))).rejects.toThrow(/whole number of epochs >= 1, got 0/);
    await expect(whole(smallRun({ batchSize: 30 }))).rejects.toThrow(/expected a batch of 2 to 26 images/);
  });

  it('stops on SIGINT, and takes its listener away', async () => {
    const listeners = process.listenerCount('SIGINT');
    const options = smallRun({ checkpoint: { path } });
    const training = finishTraining(train(options), (event) => {
      expect(process.listenerCount('SIGINT')).toBe(listeners + 1);
      if (event.step === 2) process.kill(process.pid, 'SIGINT');
    });
    await expect(training).rejects.toThrow(/stopped after step [23] of 6/);
    expect(process.listenerCount('SIGINT')).toBe(listeners);
  });

  it('killed outright, again and again, ends where an unbroken run does', async () => {
    const options = { epochs: 15, objective: queued, onlineProbe: {} };
    const unbroken = await whole(smallRun(options));
    const child = join(import.meta.dirname, 'trainingChild.ts');
    for (let kill = 0; kill < 3; kill++) {
      const process_ = spawn(process.execPath, ['--import', 'tsx', child, path], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const ended = new Promise((resolve) => process_.once('exit', resolve));
      await new Promise<void>((resolve) => {
        let lines = 0;
        process_.stdout.on('data', (text: Buffer) => {
          lines += text.toString().split('\n').length - 1;
          if (lines > 5 + 4 * kill) resolve();
        });
        process_.once('exit', () => resolve());
      });
      process_.kill('SIGKILL');
      await ended;
    }
    const { events, result } = await whole(smallRun({ ...options, checkpoint: { path } }));
    expect(events.length).toBeLessThan(45);
    expect(bits(result.weights)).toEqual(bits(unbroken.result.weights));
    for (const group of ['momentum', 'memory', 'probe'] as const) {
      const own = (one: typeof result) => bits(group === 'momentum' ? one.momentum! : { own: one[group]! });
      expect(own(result)).toEqual(own(unbroken.result));
    }
  });
});
