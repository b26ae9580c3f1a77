import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withFileLock } from '../../lib/datasets/fileLock';
import { tf } from '../../lib/engine/tensorflow';
import { mlp } from '../../lib/models/mlp';
import { byolLogDet } from '../../lib/objectives/byolLogDet';
import { objective, type Requirements } from '../../lib/objectives/objective';
import { type SwavOptions, swav } from '../../lib/objectives/swav';
import { vicreg } from '../../lib/objectives/vicreg';
import { Interrupted } from '../../lib/training/interrupt';
import { runId, trainedRun } from '../../lib/training/run';
import { type RunElsewhere, runElsewhere } from '../../lib/training/runElsewhere';
import type { RunOptions } from '../../lib/training/runOptions';
import { sgd } from '../../lib/training/sgd';
import type { TrainOptions } from '../../lib/training/trainingPlan';
import { disposeTraining } from '../../lib/training/trainingState';
import { recipes } from '../../lib/views/recipe';
import { expectNoLeak } from '../matchers';
import { kinds } from './objectiveKinds';
import { bits, coloredNoise, killedRun, smallRun } from './smallRun';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'infossl-runs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const named = (options: Partial<TrainOptions> = {}): RunOptions => ({ name: 'tiny', ...smallRun(options) });

describe('trainedRun', () => {
  it('trains once, then comes from the cache, the same; fresh trains again', async () => {
    await expectNoLeak(async () => {
      const steps: number[] = [];
      const onEvent = ({ step }: { step: number }) => void steps.push(step);
      const first = await trainedRun(named(), { folder, onEvent });
      expect(first.cached).toBe(false);
      expect(steps).toEqual([1, 2, 3, 4, 5, 6]);
      expect(readdirSync(first.folder).sort()).toEqual([
        'history.jsonl',
        'last.ckpt',
        'last.ckpt.previous',
        'options.json',
      ]);
      const second = await trainedRun(named(), { folder, onEvent });
      expect([second.cached, steps.length, second.id]).toEqual([true, 6, first.id]);
      expect(second.history).toEqual(JSON.parse(JSON.stringify(first.history)));
      expect(bits(second.weights)).toEqual(bits(first.weights));
      const third = await trainedRun(named(), { folder, onEvent, fresh: true });
      expect([third.cached, steps.length]).toEqual([false, 12]);
      expect(bits(third.weights)).toEqual(bits(first.weights));
      for (const run of [first, second, third]) disposeTraining(run);
    });
  });

  it('goes on after an interrupt, with a whole history', async () => {
    const controller = new AbortController();
    const stopped = trainedRun(named(), {
      folder,
      signal: controller.signal,
      onEvent: ({ step }) => step === 4 && controller.abort(),
    } as Parameters<typeof trainedRun>[1]);
    await expect(stopped).rejects.toThrow(/stopped after step 4 of 6/);
    const run = await trainedRun(named(), { folder });
    expect(run.history.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(existsSync(join(run.folder, 'lock'))).toBe(false);
  });

  it('drops the rows of steps that no checkpoint holds, and half a row', async () => {
    const failing = trainedRun(named(), {
      folder,
      onEvent: ({ step }) => {
        if (step === 3) throw new Error('the cell was edited');
      },
    });
    await expect(failing).rejects.toThrow('the cell was edited');
    const rows = join(folder, runId(named()), 'history.jsonl');
    const [last] = readFileSync(rows, 'utf8').split('\n').slice(-2);
    appendFileSync(rows, `${last!.replace('"step":3', '"step":4')}\n${last!.slice(0, 40)}`);
    const run = await trainedRun(named(), { folder });
    expect(run.history.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(readFileSync(rows, 'utf8').trim().split('\n').length).toBe(6);
  });

  it('removes the evaluations of weights that are trained anew or further, and keeps those of a cached run', async () => {
    const own = join(folder, runId(named()));
    const stopped = trainedRun(named(), {
      folder,
      onEvent: ({ step }) => {
        if (step === 2) throw new Error('stopped');
      },
    });
    await expect(stopped).rejects.toThrow('stopped');
    const evaluation = join(own, 'evaluation-0123456789ab.json');
    writeFileSync(evaluation, '{}');
    await trainedRun(named(), { folder });
    expect(existsSync(evaluation)).toBe(false);
    writeFileSync(evaluation, '{}');
    await trainedRun(named(), { folder });
    expect(existsSync(evaluation)).toBe(true);
    await trainedRun(named(), { folder, fresh: true });
    expect(existsSync(evaluation)).toBe(false);
  });

  it('names a history that is broken or has gaps, and the remedy', async () => {
    await trainedRun(named(), { folder });
    const rows = join(folder, runId(named()), 'history.jsonl');
    const lines = readFileSync(rows, 'utf8').split('\n');
    writeFileSync(rows, [...lines.slice(0, 1), ...lines.slice(3)].join('\n'));
    const warnings: string[] = [];
    const run = await trainedRun(named(), { folder, warn: (message) => warnings.push(message) });
    expect(run.history.length).toBe(4);
    expect(warnings).toEqual([expect.stringContaining(`${rows} lacks 2 of the rows of steps 1 to 6, step 2 first`)]);
    writeFileSync(rows, [lines[0], '{"step":', ...lines.slice(2)].join('\n'));
    await expect(trainedRun(named(), { folder })).rejects.toThrow(`row 2 of ${rows} is no JSON`);
    expect((await trainedRun(named(), { folder, fresh: true })).history.length).toBe(6);
  });

  it('is safe when two processes ask at once: one trains, the other takes its result', async () => {
    const child = join(import.meta.dirname, 'runChild.ts');
    const outputs = await Promise.all(
      [0, 1].map(
        () =>
          new Promise<string>((resolve) => {
            const running = spawn(process.execPath, ['--import', 'tsx', child, folder], {
              stdio: ['ignore', 'pipe', 'inherit'],
            });
            let text = '';
            running.stdout.on('data', (data: Buffer) => {
              text += data;
            });
            running.once('exit', () => resolve(text.trim()));
          }),
      ),
    );
    expect(outputs.sort()).toEqual(['cached false, 30 rows', 'cached true, 30 rows']);
  });

  it('asks whether to train anew only once the run is its own: of two calls one trains, the other takes its result', async () => {
    const { folder: own } = await trainedRun(named(), { folder });
    const asked = { began: Date.now(), steps: 0 };
    const settings = {
      folder,
      fresh: () => statSync(join(own, 'last.ckpt')).mtimeMs < asked.began,
      onEvent: () => void asked.steps++,
    };
    const both = await Promise.all([trainedRun(named(), settings), trainedRun(named(), settings)]);
    expect(both.map(({ cached }) => cached).sort()).toEqual([false, true]);
    expect(asked.steps).toBe(6);
  });

  it('hears an interrupt in its preparation, before and within its turn', async () => {
    let steps = 0;
    const onEvent = () => void steps++;
    const early = trainedRun(named(), { folder, onEvent });
    process.emit('SIGINT');
    await expect(early).rejects.toThrow(/trainedRun: stopped, as asked, before a step of tiny-/);
    const fresh = () => process.emit('SIGINT') && false;
    await expect(trainedRun(named(), { folder, onEvent, fresh })).rejects.toThrow(Interrupted);
    expect([steps, existsSync(join(folder, runId(named()), 'lock'))]).toEqual([0, false]);
    expect(process.listenerCount('SIGINT')).toBe(0);
  });

  it('hears an interrupt while another has the run', async () => {
    const held = join(folder, runId(named()), 'lock');
    await withFileLock(held, async () => {
      const controller = new AbortController();
      const waiting = trainedRun(named(), { folder, signal: controller.signal });
      setTimeout(() => controller.abort(), 50);
      await expect(waiting).rejects.toThrow(Interrupted);
      await expect(waiting).rejects.toThrow(/stopped, as asked, while an earlier call in this process trains tiny-/);
      expect(existsSync(held)).toBe(true);
    });
    expect(process.listenerCount('SIGINT')).toBe(0);
  });

  it('says whom it waits for and how far that is, and then takes what comes', async () => {
    const other = trainedRun(named(), { folder });
    const waits: RunElsewhere[] = [];
    const { cached } = await trainedRun(named(), { folder, onWait: (elsewhere) => void waits.push(elsewhere) });
    await other;
    expect(cached).toBe(true);
    expect(waits[0]!.holder).toBe('an earlier call in this process');
    const held = join(folder, 'lock');
    const history = join(folder, runId(named()), 'history.jsonl');
    writeFileSync(held, 'another-machine\n4711\n');
    expect(await runElsewhere(held, history)).toMatchObject({
      holder: 'process 4711 on another-machine',
      event: { step: 6 },
    });
    appendFileSync(history, '{"step":');
    expect((await runElsewhere(held, history)).event!.step).toBe(6);
  });

  it('killed outright, loses at most the last epoch, and then ends where an unbroken run does', async () => {
    const options = killedRun();
    const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'killedRunChild.ts'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    // Three steps are an epoch: this is in the middle of the fourth.
    child.stdout.on('data', (text: Buffer) => {
      if (Number(text.toString().trim().split('\n').at(-1)) >= 11) child.kill('SIGKILL');
    });
    await ended;
    const rows = readFileSync(join(folder, runId(options), 'history.jsonl'), 'utf8')
      .trim()
      .split('\n').length;
    const taken: number[] = [];
    let before = 0;
    const resumed = await trainedRun(options, {
      folder,
      onResume: (history) => {
        before = history.at(-1)!.step;
      },
      onEvent: ({ step }) => void taken.push(step),
    });
    expect(rows).toBeGreaterThanOrEqual(11);
    expect(rows).toBeLessThan(60);
    expect(taken[0]).toBe(before + 1);
    // The row of a step is written before its checkpoint.
    expect(rows - before).toBeLessThanOrEqual(3);
    const unbroken = await trainedRun(options, { folder: join(folder, 'unbroken') });
    expect(bits(resumed.weights)).toEqual(bits(unbroken.weights));
    for (const run of [resumed, unbroken]) disposeTraining(run);
  });

  it.each(Object.entries(kinds))('gives a %s run from the cache whole, and leaks nothing', async (_, own) => {
    await expectNoLeak(async () => {
      const options = named({ objective: own, onlineProbe: {} });
      const first = await trainedRun(options, { folder });
      const second = await trainedRun(options, { folder });
      expect([first.cached, second.cached]).toEqual([false, true]);
      const all = ({ weights, momentum, memory, probe }: typeof first) =>
        bits({ ...weights, e: momentum?.encoder ?? {}, p: momentum?.projector ?? {}, m: memory ?? {}, probe: probe! });
      expect(all(second)).toEqual(all(first));
      expect(second.history.map(({ online }) => online)).toEqual(first.history.map(({ online }) => online));
      for (const run of [first, second]) disposeTraining(run);
    });
  });

  it('refuses a name that is no file name', async () => {
    await expect(trainedRun({ ...named(), name: '../x' }, { folder })).rejects.toThrow(
      /expected a name of letters.*'..\/x'/,
    );
  });
});

describe('runId', () => {
  it('is the same for the same, whichever objects carry it, and leaks nothing', async () => {
    expect(await expectNoLeak(() => runId(named()))).toBe(runId(named()));
    expect(runId(named())).toMatch(/^tiny-[0-9a-f]{12}$/);
  });

  it('tries an objective on no more embeddings than a batch', () => {
    const short = objective('short', ({ za, zb }) => {
      if (za.shape[0] > 8) throw new Error('more than the queue holds');
      return { term: za.sub(zb).square().mean() };
    });
    expect(runId(named({ objective: short }))).toMatch(/^tiny-/);
  });

  const { networks } = smallRun();
  const own = (weight: number) => objective('mine', ({ za, zb }) => ({ term: za.sub(zb).square().mean().mul(weight) }));
  const excluding = (excluded: string) => (name: string) => name !== excluded;
  const asking = (requirements: Requirements) => ({ ...requirements, name: 'asking', terms: vicreg().terms });
  const remembering = (length: number, factor: number) =>
    asking({
      memory: {
        init: () => ({ queue: tf.tidy(() => tf.variable(tf.zeros([length]), false)) }),
        update: ({ queue }, { za }) => queue!.assign(tf.fill([length], factor).mul(za.mean())),
      },
    });
  const late = (weight: number) =>
    objective('late', ({ za, moment }) => ({
      term: za
        .square()
        .mean()
        .mul(moment.epoch > 5 ? weight : 0),
    }));
  const swaving = (options: SwavOptions) => ({ objective: swav({ prototypes: 3, queueLength: 8, ...options }) });
  const predicting = (weight: number) =>
    objective('predicting', ({ pa, zb, ta }) => ({ term: pa.sub(zb).mul(ta).square().mean().mul(weight) }), {
      predictor: { hidden: 4 },
      momentum: { start: 0.9 },
    });
  it.each<[string, Partial<TrainOptions>, Partial<TrainOptions>?]>([
    ['seed', { seed: 4 }],
    ['epochs', { epochs: 3 }],
    ['batch', { batchSize: 7 }],
    ['rate', { learningRate: 0.01 }],
    ['warm-up', { warmUpEpochs: 1 }],
    ['data', { dataset: coloredNoise(27) }],
    ['optimizer', { optimizer: sgd({ weightDecay: 1e-3 }) }],
    ['exclusions', { optimizer: sgd({ decays: () => true }) }, { optimizer: sgd({ decays: () => false }) }],
    [
      'exclusions of the same words',
      { optimizer: sgd({ decays: excluding('encoder.conv1.weight') }) },
      { optimizer: sgd({ decays: excluding('projector.fc1.weight') }) },
    ],
    ['clipping', { clipGradient: 1 }],
    ['accumulation', { accumulate: 2 }],
    ['probe', { onlineProbe: {} }],
    ['probe’s rate', { onlineProbe: { learningRate: 0.1 } }, { onlineProbe: {} }],
    ['patience with a collapse', { collapse: { patience: 9 } }],
    ['indifference to a collapse', { collapse: false }],
    ['constant rate', { constantRate: ['encoder'] }],
    [
      'predictor',
      { objective: asking({ predictor: { hidden: 3 } }) },
      { objective: asking({ predictor: { hidden: 4 } }) },
    ],
    [
      'momentum',
      { objective: asking({ momentum: { start: 0.9 } }) },
      { objective: asking({ momentum: { start: 0.8 } }) },
    ],
    [
      'prototypes',
      { objective: asking({ prototypes: { count: 3 } }) },
      { objective: asking({ prototypes: { count: 3, frozenEpochs: 1 } }) },
    ],
    ['length of a memory', { objective: remembering(4, 1) }, { objective: remembering(5, 1) }],
    ['update of a memory', { objective: remembering(4, 1) }, { objective: remembering(4, 2) }],
    ['late term', { objective: late(1), epochs: 8 }, { objective: late(2), epochs: 8 }],
    ['term of predictions', { objective: predicting(1) }, { objective: predicting(2) }],
    [
      'given predictor',
      { objective: predicting(1), networks: { ...networks, predictor: mlp({ sizes: [8, 8], name: 'p' }) } },
      { objective: predicting(1), networks: { ...networks, predictor: mlp({ sizes: [8, 9, 8], name: 'p' }) } },
    ],
    ['recipe', { recipe: { ...recipes.vicreg, views: recipes.symmetric.views } }],
    ['option of a later time', swaving({ queueFromEpoch: 15 }), swaving({ queueFromEpoch: 50 })],
    ['small option', { objective: vicreg({ epsilon: 1e-4 }) }, { objective: vicreg({ epsilon: 1e-6 }) }],
    ['option beneath an entropy', { objective: byolLogDet({ beta: 1 }) }, { objective: byolLogDet({ beta: 1.0001 }) }],
    ['scale', { objective: { ...vicreg(), settings: { scale: 2 } } }],
    [
      'text of a cell’s objective',
      { objective: objective('mine', ({ za }) => ({ term: za.square().mean() })) },
      { objective: objective('mine', ({ za }) => ({ term: za.mul(za).mean() })) },
    ],
    ['weights of an objective', { objective: vicreg({ covariance: 2 }) }],
    ['closure of a cell’s objective', { objective: own(1) }, { objective: own(2) }],
    ['network', { networks: { ...networks, projector: mlp({ sizes: [4, 8, 8], name: 'projector' }) } }],
    [
      'activation, which no name or shape shows',
      { networks: { ...networks, projector: mlp({ sizes: [4, 8, 8], name: 'p' }) } },
      { networks: { ...networks, projector: mlp({ sizes: [4, 8, 8], name: 'p', activation: 'leakyRelu' }) } },
    ],
  ])('tells another %s apart', (_, changed, other) => {
    expect(runId(named(changed))).not.toBe(runId(named(other)));
  });
});
