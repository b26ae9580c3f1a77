import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { withFileLock } from '../../lib/datasets/fileLock';
import { projectRoot } from '../../lib/datasets/projectRoot';
import { figureBytes } from '../../lib/figures/figure';
import { objective } from '../../lib/objectives/objective';
import { Interrupted } from '../../lib/training/interrupt';
import { runId } from '../../lib/training/run';
import type { RunOptions } from '../../lib/training/runOptions';
import type { TrainingEvent } from '../../lib/training/train';
import { disposeTraining } from '../../lib/training/trainingState';
import { plotlyMime } from '../../lib/workbook/display';
import { trainingFigure } from '../../lib/workbook/trainingFigure';
import { trainLive } from '../../lib/workbook/trainLive';
import { removeRuns } from '../training/removeRuns';
import { smallRun } from '../training/smallRun';
import { pretendKernel } from './kernel';

const name = `train-live-test-${process.pid}`;
const options = (epochs: number): RunOptions => ({ name, ...smallRun({ epochs, onlineProbe: {} }) });

afterAll(() => removeRuns(name));

describe('in a kernel', () => {
  let kernel: ReturnType<typeof pretendKernel>;
  beforeEach(() => {
    kernel = pretendKernel();
  });
  afterEach(() => kernel.stop());
  const interrupt = () => process.emit('SIGINT');
  const bars = () => kernel.sent.filter(({ data }) => !data[plotlyMime]).map(({ data }) => String(data['text/plain']));
  const figures = () => kernel.sent.filter(({ data }) => data[plotlyMime]);

  test('a training has one bar and one figure, replaced in place, and from the cache both at once', async () => {
    disposeTraining(await trainLive(options(20)));
    expect(kernel.sent.filter(({ update }) => !update)).toHaveLength(2);
    expect(new Set(kernel.sent.map(({ transient }) => transient.display_id)).size).toBe(2);
    expect(bars()[0]).toBe(`training ${name} ▕${'░'.repeat(20)}▏ 0 % · 0 of 60 steps · preparing`);
    expect(bars().at(-1)).toMatch(/: 60 steps in /);
    const { data, layout } = figures().at(-1)!.data[plotlyMime] as ReturnType<
      ReturnType<typeof trainingFigure>['figure']
    >;
    const heads = JSON.stringify(layout.annotations);
    for (const panel of ['invariance', 'variance', 'covariance', 'total loss', 'rank and spread', 'online probe']) {
      expect(heads).toContain(`<b>${panel}</b>`);
    }
    expect(heads).toMatch(/<b>entropy of the embeddings<\/b><br>.*LogDet, nats/);
    expect(layout.uirevision).toBe('live');
    for (const trace of data) expect(trace.x).toHaveLength(60);
    const before = kernel.sent.length;
    const again = await trainLive(options(20));
    expect([again.cached, bars().at(-1)]).toEqual([true, `training ${name}: 60 steps, trained before`]);
    expect(figures().at(-1)!.data).toEqual(figures().at(-2)!.data);
    expect(kernel.sent.slice(before).filter(({ data: sent }) => sent[plotlyMime])).toHaveLength(1);
    disposeTraining(again);
  });

  test('interrupted, it says where it stopped, and goes on from there with rate and figure of its own', async () => {
    const long = options(400);
    kernel.whenShown(/steps\/s/, interrupt);
    await expect(trainLive(long)).rejects.toThrow(Interrupted);
    const stopped = /stopped after ([\d,]+) of 1,200 steps; run the cell again to go on/.exec(bars().at(-1)!);
    const reached = Number(stopped![1]!.replace(',', ''));
    expect(reached).toBeGreaterThan(0);
    const before = kernel.sent.length;
    kernel.whenShown(/steps\/s/, interrupt);
    await expect(trainLive(long)).rejects.toThrow(Interrupted);
    const second = kernel.sent.slice(before);
    const texts = second.map(({ data }) => String(data['text/plain']));
    expect(texts.find((text) => text.includes('epoch'))).toContain(`resumed after step ${stopped![1]}`);
    // What was there before is drawn, and does not count for the rate.
    const drawn = second.filter(({ data }) => data[plotlyMime]).at(-1)!.data[plotlyMime] as { data: { x: number[] }[] };
    expect(drawn.data[0]!.x[0]!).toBeLessThan(reached);
    const rate = texts.filter((text) => text.includes('steps/s')).at(-1);
    expect(Number(/([\d.]+) steps\/s/.exec(rate!)![1])).toBeLessThan(reached + 1200);
  });

  test('a figure that cannot be drawn is told of once, and neither stops the training nor hides its error', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const term = 'x'.repeat(450_000);
    const wide = (own: string, factor: number): RunOptions => ({
      ...options(1),
      ...{ name: `${name}-${own}`, onlineProbe: undefined },
      objective: objective('wide', ({ za, zb }) => ({ [term]: za.sub(zb).square().mean().mul(factor) })),
    });
    disposeTraining(await trainLive(wide('wide', 1)));
    expect(warned.mock.calls.map(String)).toEqual([expect.stringContaining('cannot be drawn: ')]);
    await expect(trainLive(wide('nan', Number.NaN))).rejects.toThrow(/expected finite/);
    warned.mockRestore();
  });

  test('while another has the run it says who, and hears an interrupt', async () => {
    const own = options(21);
    const lock = join(projectRoot(), 'data', 'runs', runId(own), 'lock');
    await withFileLock(lock, async () => {
      kernel.whenShown(/waiting for an earlier call/, interrupt);
      await expect(trainLive(own)).rejects.toThrow(/an earlier call in this process trains .* goes on there/);
    });
    expect(bars().join('\n')).toContain('waiting for an earlier call in this process, which trains the same run');
    expect(bars().at(-1)).toContain(
      'stopped waiting for an earlier call in this process; run the cell again to wait on',
    );
  });

  test('interrupted before it has taken a step, it does not say that there are none', async () => {
    const resumed = trainLive(options(400)); // a test above has trained a part of it
    process.emit('SIGINT');
    await expect(resumed).rejects.toThrow(Interrupted);
    expect(bars().at(-1)).toBe(
      `training ${name}: stopped before a step was taken; run the cell again to go on from what is saved`,
    );
  });
});

test('the figure of ten thousand steps is as small as that of a hundred', () => {
  const curves = trainingFigure(options(20));
  const terms = { invariance: 1.2345678, variance: 2.3456789, covariance: 3.456789 };
  const measures = { total: 7, embeddingEntropy: 4.5678912, embeddingRank: 5.678, normalizedStd: 0.98765 };
  const sizes: number[] = [];
  for (let step = 1; step <= 10_000; step++) {
    const online = { loss: 1, accuracy: step / 10_000 };
    curves.add({ ...measures, terms, online, step, steps: 10_000 } as unknown as TrainingEvent);
    if (step === 100 || step === 10_000) sizes.push(figureBytes(curves.figure()));
  }
  expect(sizes[1]!).toBeLessThan(1.3 * sizes[0]!);
  const probe = curves.figure().data.at(-1)!;
  // Means of 128 steps: the first of 1 to 128.
  expect([(probe.x as number[])[0], (probe.y as number[])[0]]).toEqual([128, 0.00645]);
  expect((probe.x as number[]).at(-1)).toBe(10_000);
});
