import { copyFileSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tf } from '../../lib/engine/tensorflow';
import { alignment } from '../../lib/information/alignment';
import { rankMe } from '../../lib/information/rankMe';
import { uniformity } from '../../lib/information/uniformity';
import { Interrupted } from '../../lib/training/interrupt';
import { type OutputsToMeasure, type OverTrainingOptions, overTraining } from '../../lib/training/overTraining';
import { measureRepresentation } from '../../lib/training/representation';
import { type Run, trainedRun } from '../../lib/training/run';
import type { RunOptions } from '../../lib/training/runOptions';
import { snapshotWeights } from '../../lib/training/snapshotWeights';
import type { TrainOptions } from '../../lib/training/trainingPlan';
import { disposeTraining } from '../../lib/training/trainingState';
import { recipes } from '../../lib/views/recipe';
import { expectNoLeak } from '../matchers';
import { coloredNoise, smallRun } from './smallRun';

// The library's own source must not change under a test.
vi.mock('../../lib/training/sourceVersion', () => ({ sourceVersion: () => 'as it stands' }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'infossl-over-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Snapshots after 0, 1, 2 and 6 steps; the weights are freed, for they are read from the snapshots. */
async function snapshotRun(options: Partial<TrainOptions> = {}): Promise<Run> {
  const named: RunOptions = { name: 'tiny', ...smallRun({ snapshots: 4, ...options }) };
  const run = await trainedRun(named, { folder });
  disposeTraining(run);
  return run;
}
const dataset = { ...coloredNoise(30), split: 'test' as const };

let calls = 0;
beforeEach(() => {
  calls = 0;
});
const measure = ({ embeddings }: OutputsToMeasure, { factor }: { factor: number }) => {
  calls++;
  return { rank: factor * rankMe(embeddings.plain).dataSync()[0]!, lowest: embeddings.first.min().dataSync()[0]! };
};
const options = { dataset, images: 24, settings: { factor: 1 }, measure };
const kept = (run: Run) => readdirSync(join(run.folder, 'snapshots')).filter((file) => file.endsWith('.json'));

describe('overTraining', () => {
  it('gives what measureRepresentation gives of each snapshot, when it takes the statistics as they are', async () => {
    await expectNoLeak(async () => {
      const run = await snapshotRun();
      const measures = ({ plain, first, second }: OutputsToMeasure['features']) => ({
        rankMe: rankMe(plain).dataSync()[0]!,
        alignment: alignment(first, second).dataSync()[0]!,
        uniformity: uniformity(plain).dataSync()[0]!,
      });
      for (const recipe of [recipes.vicreg, recipes.symmetric]) {
        const settings = { ...{ dataset, images: 24, settings: {}, settle: false, recipe } };
        const features = await overTraining(run, { ...settings, measure: (outputs) => measures(outputs.features) });
        const embeddings = await overTraining(run, { ...settings, measure: (outputs) => measures(outputs.embeddings) });
        for (const [i, snapshot] of run.snapshots.entries()) {
          const weights = await snapshotWeights(run, snapshot);
          const { statistics, networks } = run;
          const own = await measureRepresentation(networks, weights, dataset, { statistics, recipe, images: 24 });
          const { step, epoch } = snapshot;
          expect(features[i]).toEqual({ step, epoch, ...own.features });
          expect(embeddings[i]).toEqual({ step, epoch, ...own.embeddings });
          disposeTraining({ weights });
        }
      }
    });
  });

  it('measures each snapshot once, and anew when anything that a row depends on changes', async () => {
    await expectNoLeak(async () => {
      const run = await snapshotRun();
      const told: string[] = [];
      const onProgress = (done: number, total: number) => void told.push(`${done} of ${total}`);
      const rows = await overTraining(run, { ...options, onProgress });
      expect(rows.map(({ step }) => step)).toEqual([0, 1, 2, 6]);
      expect(told).toEqual(['1 of 4', '2 of 4', '3 of 4', '4 of 4']);
      expect(await overTraining(run, options)).toEqual(rows);
      expect(calls).toBe(4);
      const doubled = await overTraining(run, { ...options, settings: { factor: 2 } });
      expect(doubled.map(({ rank }) => rank)).toEqual(rows.map(({ rank }) => 2 * rank!));
      const changed: Partial<OverTrainingOptions<{ factor: number }>>[] = [
        { images: 20 },
        { dataset: coloredNoise(33) },
        { recipe: recipes.symmetric },
        { settle: false },
        { settle: coloredNoise(28) },
      ];
      for (const [i, change] of changed.entries()) {
        expect(await overTraining(run, { ...options, ...change }), JSON.stringify(Object.keys(change))).not.toEqual(rows); // biome-ignore format: a call
        expect(calls).toBe(4 * (i + 3));
      }
      // Another text.
      const other = await overTraining(run, {
        ...options,
        measure: ({ features }) => ({ size: features.second.size, dimension: features.plain.shape[1] }),
      });
      expect(other.every(({ size, dimension }) => size === 24 * 4 && dimension === 4)).toBe(true);
      // All there are.
      const all = await overTraining(run, { ...options, images: 30 });
      expect(await overTraining(run, { ...options, images: 99 })).toEqual(all);
      calls = 0;
      expect(await overTraining(run, options)).toEqual(rows);
      expect(calls).toBe(0);
    });
  });

  it('measures anew other weights in a snapshot’s place, and what is kept broken', async () => {
    const run = await snapshotRun();
    const rows = await overTraining(run, options);
    const [first] = kept(run);
    writeFileSync(join(run.folder, 'snapshots', first!), '[["rank",');
    expect(await overTraining(run, options)).toEqual(rows);
    expect(calls).toBe(5);
    const other = await snapshotRun({ seed: 4 });
    copyFileSync(other.snapshots[1]!.path, run.snapshots[1]!.path);
    const swapped = await overTraining(run, options);
    expect(calls).toBe(6);
    expect(swapped.map((row, i) => JSON.stringify(row) === JSON.stringify(rows[i]))).toEqual([true, false, true, true]);
  });

  it('settles every snapshot’s statistics, so that untrained embeddings are neither tiny nor huge', async () => {
    const run = await snapshotRun();
    const spread: typeof measure = ({ features }) => ({ rank: tf.moments(features.plain, 0).variance.mean().dataSync()[0]!, lowest: 0 }); // biome-ignore format: an expression
    const [settled, asKept] = [
      await overTraining(run, { ...options, measure: spread }),
      await overTraining(run, { ...options, measure: spread, settle: false }),
    ];
    const ratio = (rows: typeof settled) => rows[0]!.rank! / rows.at(-1)!.rank!;
    expect(Math.abs(Math.log(ratio(settled)))).toBeLessThan(Math.abs(Math.log(ratio(asKept))));
  });

  it('stops when asked, keeps the rows before, and goes on from there', async () => {
    await expectNoLeak(async () => {
      const run = await snapshotRun();
      const controller = new AbortController();
      const stopped = overTraining(run, {
        ...{ ...options, signal: controller.signal },
        onProgress: (done) => done === 2 && controller.abort(),
      });
      await expect(stopped).rejects.toThrow(Interrupted);
      await expect(stopped).rejects.toThrow(/stopped after 2 of 4 snapshots of tiny-.* The rows before are kept/);
      expect(kept(run).length).toBe(2);
      expect((await overTraining(run, options)).length).toBe(4);
      expect(calls).toBe(4);
      expect(process.listenerCount('SIGINT')).toBe(0);
    });
  });

  it('keeps numbers that JSON does not', async () => {
    const run = await snapshotRun();
    const odd = { ...options, measure: () => ({ entropy: Number.NEGATIVE_INFINITY, none: Number.NaN, small: 1e-300 }) };
    const rows = await overTraining(run, odd);
    expect(rows[0]).toEqual({ step: 0, epoch: 0, entropy: -Infinity, none: Number.NaN, small: 1e-300 });
    expect(await overTraining(run, odd)).toEqual(rows);
  });

  it('takes a cell’s measure, frees what it leaves, and refuses what is no number', async () => {
    await expectNoLeak(async () => {
      const run = await snapshotRun();
      const cell = new Function('outputs', 'settings', 'return { mine: settings.scale * outputs.features.plain.square().mean().dataSync()[0] };'); // biome-ignore format: a call
      const mine = { ...options, settings: { scale: 3 }, measure: cell as () => { mine: number } };
      expect((await overTraining(run, mine)).every(({ mine: value }) => value! > 0)).toBe(true);
      const giving = (value: () => unknown) =>
        overTraining(run, { ...options, measure: value as () => { rank: number } });
      await expect(giving(() => ({ rank: tf.scalar(1) }))).rejects.toThrow(/expected measure to give numbers by name.*got a tensor for 'rank'/); // biome-ignore format: a call
      await expect(giving(() => ({ step: 1 }))).rejects.toThrow(/other than step and epoch, got number for 'step'/);
      await expect(giving(() => ({}))).rejects.toThrow(/got none/);
      await expect(giving(() => undefined)).rejects.toThrow(/got none/);
      const failing = overTraining(run, {
        ...options,
        measure: ({ embeddings }) => {
          embeddings.plain.square();
          throw new Error('the cell is wrong');
        },
      });
      await expect(failing).rejects.toThrow(/^the cell is wrong$/);
      const settings = { by: (x: number) => x };
      await expect(overTraining(run, { ...options, settings, measure: () => ({ one: 1 }) })).rejects.toThrow(
        'overTraining: expected settings of plain data',
      );
    });
  });

  it('names what is missing: snapshots, images, a file', async () => {
    const run = await snapshotRun();
    await expect(overTraining(run, { ...options, images: 1 })).rejects.toThrow('images >= 2, got 1');
    truncateSync(run.snapshots[1]!.path, 1000);
    await expect(overTraining(run, options)).rejects.toThrow(/step-000001.ckpt is truncated/);
    rmSync(run.snapshots[1]!.path);
    await expect(overTraining(run, options)).rejects.toThrow(/step-000001.ckpt is missing/);
    await expect(overTraining(await snapshotRun({ snapshots: 0 }), options)).rejects.toThrow(
      /expected a run with snapshots, got tiny-[0-9a-f]+ with none/,
    );
  });
});
