import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rankMe } from '../../lib/information/rankMe';
import { type OutputsToMeasure, overTraining } from '../../lib/training/overTraining';
import { type RunOptions, trainedRun } from '../../lib/training/run';
import type { TrainOptions } from '../../lib/training/trainingPlan';
import { disposeTraining } from '../../lib/training/trainingState';
import { expectNoLeak } from '../matchers';
import { coloredNoise, smallRun } from './smallRun';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'infossl-over-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const named = (options: Partial<TrainOptions> = {}): RunOptions => ({
  name: 'tiny',
  ...smallRun({ snapshots: 4, ...options }),
});
const dataset = { ...coloredNoise(30), split: 'test' as const };

describe('overTraining', () => {
  it('measures each snapshot once, and again only what changes', async () => {
    await expectNoLeak(async () => {
      const run = await trainedRun(named(), { folder });
      let calls = 0;
      const measure = ({ embeddings }: OutputsToMeasure, { epsilon }: { epsilon: number }) => {
        calls++;
        return { rank: rankMe(embeddings.plain, { epsilon }).dataSync()[0]! };
      };
      const options = { dataset, images: 24, settings: { epsilon: 1e-7 }, measure };
      const rows = await overTraining(run, options);
      expect(rows.map(({ step }) => step)).toEqual([0, 1, 2, 6]);
      expect(calls).toBe(4);
      expect(await overTraining(run, options)).toEqual(rows);
      expect(calls).toBe(4);
      disposeTraining(run);
      console.log(readdirSync(join(run.folder, 'snapshots')), rows);
    });
  });
});
