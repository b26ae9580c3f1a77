import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { finishTraining, train } from '../../lib/training/train';
import { planTraining } from '../../lib/training/trainingPlan';
import { disposeTraining } from '../../lib/training/trainingState';
import { temporaryFolder } from '../datasets/temporaryFolder';
import { expectNoLeak } from '../matchers';
import { smallRun } from './smallRun';

describe('impossible rates', () => {
  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('a learning rate of %f', (learningRate) => {
    expect(() => planTraining(smallRun({ learningRate }))).toThrow(
      `expected learningRate to be at least 0, got ${learningRate}`,
    );
    expect(() => planTraining(smallRun({ onlineProbe: { learningRate } }))).toThrow('onlineProbe.learningRate');
  });

  test.each([-1, 3, Number.NaN])('a warm-up of %f epochs of 2', (warmUpEpochs) => {
    expect(() => planTraining(smallRun({ warmUpEpochs }))).toThrow(
      `expected warmUpEpochs from 0 to the run's epochs (2), got ${warmUpEpochs}`,
    );
  });
});

describe('weights that leave the numbers in an update', () => {
  // Finite, and so large that the very first update overflows.
  const runaway = smallRun({ learningRate: 3e38, epochs: 1, batchSize: 26 });

  test('are an error at the last step, and no finished run', () =>
    expectNoLeak(async () => {
      await expect(finishTraining(train(runaway))).rejects.toThrow(
        /expected finite weights after step 1, got '.+' not/,
      );
    }));

  test('are never saved: not at the end, not where the consumer stops', async () => {
    const path = join(temporaryFolder(), 'last.ckpt');
    const checkpoint = { path, seconds: 0 };
    await expect(finishTraining(train({ ...runaway, checkpoint }))).rejects.toThrow(
      'no checkpoint had been written yet',
    );
    for await (const { step } of train({ ...runaway, epochs: 2, checkpoint })) if (step === 1) break;
    expect(existsSync(path)).toBe(false);
    disposeTraining(await finishTraining(train(smallRun({ checkpoint }))));
    expect(existsSync(path)).toBe(true);
  });
});
