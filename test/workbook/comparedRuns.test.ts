import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { rankMe } from '../../lib/information/rankMe';
import { dense } from '../../lib/models/dense';
import { flatten } from '../../lib/models/pooling';
import { projector } from '../../lib/models/projector';
import { sequential } from '../../lib/models/sequential';
import { byol } from '../../lib/objectives/byol';
import { vicreg } from '../../lib/objectives/vicreg';
import { Interrupted } from '../../lib/training/interrupt';
import { type OverTrainingOptions, overTraining } from '../../lib/training/overTraining';
import { compare } from '../../lib/workbook/compare';
import { comparedRuns } from '../../lib/workbook/comparedRuns';
import { temporaryFolder } from '../datasets/temporaryFolder';
import { expectNoLeak } from '../matchers';
import { coloredNoise } from '../training/smallRun';
import { pretendKernel } from './kernel';

// The library's own source must not change under a test.
vi.mock('../../lib/training/sourceVersion', () => ({ sourceVersion: () => 'as it stands' }));

let kernel: ReturnType<typeof pretendKernel>;
beforeEach(() => {
  vi.stubEnv('INFOSSL_SCALE', 'smoke');
  kernel = pretendKernel();
});
afterEach(() => {
  kernel.stop();
  vi.unstubAllEnvs();
});

const encoder = sequential('encoder', [8, 8, 3], { flatten: flatten(), features: dense({ units: 16 }) });
const head = (inputSize: number) => projector({ inputSize, sizes: [16, 8] });
const train = coloredNoise(48);
const testSet = { ...coloredNoise(24), split: 'test' as const };
const options = () => ({
  ...{ epochs: 2, batchSize: 16, encoder, projector: head, folder: temporaryFolder(), seeds: [0, 1], snapshots: 3 },
});
const methods = () => [vicreg(), { name: 'BYOL, small', objective: byol({ hidden: 8 }) }];
const measured: OverTrainingOptions<Record<string, never>> = {
  ...{ dataset: testSet, images: 16, settings: {} },
  measure: ({ embeddings }) => ({ rank: rankMe(embeddings.plain).dataSync()[0]! }),
};
const text = () => kernel.sent.map(({ data }) => data['text/plain'] as string);

test('the runs that compare made, one at a time, each with its weights and its snapshots', async () => {
  const settings = options();
  await expectNoLeak(async () => {
    await compare(methods(), train, { ...settings, test: testSet, untrained: false });
    const folders: string[] = [];
    const rows = await comparedRuns(methods(), train, settings, async ({ method, seed, run }) => {
      expect(run.cached).toBe(true);
      expect(run.weights.encoder['features.weight']!.isDisposed).toBe(false);
      folders.push(run.folder);
      return (await overTraining(run, measured)).map((row) => ({ method, seed, ...row }));
    });
    expect(rows.map(([row]) => `${row!.method} ${row!.seed}`)).toEqual([
      ...['VICReg 0', 'BYOL, small 0', 'VICReg 1', 'BYOL, small 1'],
    ]);
    expect(rows.flat().map(({ step }) => step)).toEqual([0, 1, 6, 0, 1, 6, 0, 1, 6, 0, 1, 6]);
    expect(folders.every((folder) => folder.startsWith(join(settings.folder, 'compare-')))).toBe(true);
    expect(text().at(-1)).toMatch(/^runs of 2 methods: 24 steps in /);
  });
});

test('trains what is not there; without snapshots it is another run', async () => {
  const settings = { ...options(), seeds: [0] };
  await expectNoLeak(async () => {
    const ask = (snapshots: number) =>
      comparedRuns([vicreg()], train, { ...settings, snapshots }, ({ run }) => [run.cached, run.id] as const);
    const [[first, id]] = (await ask(3)) as [readonly [boolean, string]];
    const [[again]] = (await ask(3)) as [readonly [boolean, string]];
    const [[, other]] = (await ask(0)) as [readonly [boolean, string]];
    expect([first, again, id === other]).toEqual([false, true, false]);
    expect(existsSync(join(settings.folder, other, 'snapshots'))).toBe(false);
  });
});

test('a run that fails is reported and the others go on; an error of the work ends it; an interrupt can be gone on from', async () => {
  const settings = { ...options(), seeds: [0] };
  await expectNoLeak(async () => {
    const impossible = { name: 'too large', objective: vicreg(), batchSize: 49 };
    const found = await comparedRuns([impossible, vicreg()], train, settings, ({ method }) => method);
    expect(found).toEqual(['VICReg']);
    expect(text().at(-1)).toMatch(/1 of 2 runs failed.*too large, seed 0: train: expected a batch of 2 to 48/s);
    await expect(comparedRuns([impossible], train, settings, () => 0)).rejects.toThrow(
      /^comparedRuns: every run failed/,
    );
    await expect(comparedRuns([], train, settings, () => 0)).rejects.toThrow(
      /^comparedRuns: expected at least one obj/,
    );
    const failing = comparedRuns([vicreg()], train, settings, () => {
      throw new Error('the cell is wrong');
    });
    await expect(failing).rejects.toThrow(/^the cell is wrong$/);
    const stopped = comparedRuns([vicreg()], train, settings, ({ run }) =>
      overTraining(run, { ...measured, signal: AbortSignal.abort() }),
    );
    await expect(stopped).rejects.toThrow(Interrupted);
    await expect(stopped).rejects.toThrow(/runMany: stopped in run 1 of 1.*overTraining: stopped after 0 of 3 snap/);
  });
});
