import { describe, expect, it } from 'vitest';
import { channelStatistics } from '../../lib/datasets/channelStatistics';
import { batch } from '../../lib/datasets/dataset';
import { key } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { batchNorm } from '../../lib/models/batchNorm';
import { dense } from '../../lib/models/dense';
import { flatten } from '../../lib/models/pooling';
import { projector } from '../../lib/models/projector';
import { sequential } from '../../lib/models/sequential';
import { disposeWeights } from '../../lib/models/weights';
import { evaluate } from '../../lib/training/evaluate';
import { finishTraining, train } from '../../lib/training/train';
import { disposeTraining } from '../../lib/training/trainingState';
import { evaluateUntrained, settleStatistics } from '../../lib/training/untrained';
import { normalize } from '../../lib/views/normalize';
import { expectNoLeak } from '../matchers';
import { coloredNoise, smallRun } from './smallRun';

describe('the untrained encoder', () => {
  it('has the statistics of the images that come to its batch normalisation', async () => {
    const dataset = coloredNoise(40);
    const encoder = sequential('normalised', [8, 8, 3], { flatten: flatten(), bn: batchNorm() });
    await expectNoLeak(() => {
      const weights = encoder.init(key(0));
      settleStatistics(encoder, weights, dataset);
      tf.tidy(() => {
        const all = Int32Array.from({ length: 40 }, (_, i) => i);
        const rows = normalize(batch(dataset, all), channelStatistics(dataset)).reshape([40, 8 * 8 * 3]);
        const { mean, variance } = tf.moments(rows, 0);
        const left = 0.9 ** 30;
        // They begin at 0 and 1; the running variance is the unbiased one.
        expect(weights['bn.running_mean']!).toMatchNumbers(mean.mul(1 - left), { rtol: 1e-3, atol: 1e-4 });
        const settled = variance.mul(((1 - left) * 40) / 39).add(left);
        expect(weights['bn.running_var']!).toMatchNumbers(settled, { rtol: 1e-3, atol: 1e-4 });
      });
      disposeWeights(weights);
    });
  });

  it('is judged as a trained one whose weights hardly moved, by the training’s own seed', async () => {
    const encoder = sequential('plain', [8, 8, 3], { flatten: flatten(), features: dense({ units: 6 }) });
    const networks = { encoder, projector: projector({ inputSize: 6, sizes: [8, 8] }) };
    const options = smallRun({ networks, learningRate: 1e-12, epochs: 1, seed: 5 });
    const test = { ...coloredNoise(18), split: 'test' as const };
    const untrained = await expectNoLeak(() => evaluateUntrained(options, { test }));
    const run = await finishTraining(train(options));
    const trained = await evaluate(encoder, run.weights.encoder, {
      ...{ train: options.dataset, test, statistics: run.statistics },
    });
    disposeTraining(run);
    expect(untrained.linear).toBe(trained.linear);
    expect(untrained.rankMe).toBeCloseTo(trained.rankMe, 4);
    expect(untrained.uniformity).toBeCloseTo(trained.uniformity, 4);
    const other = await evaluateUntrained({ ...options, seed: 6 }, { test });
    expect(Math.abs(other.rankMe - untrained.rankMe)).toBeGreaterThan(1e-3);
  });
});
