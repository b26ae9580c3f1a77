import { describe, expect, it } from 'vitest';
import { channelStatistics } from '../../lib/datasets/channelStatistics';
import { batch } from '../../lib/datasets/dataset';
import { key } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { batchNorm } from '../../lib/models/batchNorm';
import { conv2d } from '../../lib/models/conv2d';
import { dense } from '../../lib/models/dense';
import type { Weights } from '../../lib/models/module';
import { flatten } from '../../lib/models/pooling';
import { projector } from '../../lib/models/projector';
import { sequential } from '../../lib/models/sequential';
import { disposeWeights } from '../../lib/models/weights';
import { evaluate } from '../../lib/training/evaluate';
import { initNetworks, type NetworkWeights } from '../../lib/training/networks';
import { settleStatistics } from '../../lib/training/settleStatistics';
import { finishTraining, train } from '../../lib/training/train';
import { disposeTraining } from '../../lib/training/trainingState';
import { evaluateUntrained } from '../../lib/training/untrained';
import { normalize } from '../../lib/views/normalize';
import { expectNoLeak } from '../matchers';
import { coloredNoise, smallRun } from './smallRun';

/** The weights of a module inside, by its own names. */
const inner = (weights: Weights, child: string): Weights =>
  Object.fromEntries(
    Object.entries(weights).flatMap(([name, value]) =>
      name.startsWith(`${child}.`) ? [[name.slice(child.length + 1), value]] : [],
    ),
  );

describe('the untrained encoder', () => {
  it('has the statistics of the images that come to its batch normalisation, as many passes would leave them', async () => {
    const dataset = coloredNoise(40);
    const { networks } = smallRun();
    await expectNoLeak(() => {
      const statistics = channelStatistics(dataset);
      const [settled, passed] = [0, 0].map(() => initNetworks(networks, key(0))) as [NetworkWeights, NetworkWeights];
      settleStatistics(networks, settled, dataset, statistics);
      tf.tidy(() => {
        const all = Int32Array.from({ length: 40 }, (_, i) => i);
        const images = normalize(batch(dataset, all), statistics);
        for (let pass = 0; pass < 200; pass++) {
          const features = networks.encoder.apply(passed.encoder, images, { training: true });
          networks.projector.apply(passed.projector, features, { training: true });
        }
        const { mean, variance } = tf.moments(conv2d({ filters: 4, kernelSize: 3, padding: 1 })([8, 8, 3]).apply(inner(settled.encoder, 'conv1'), images), [0, 1, 2]); // biome-ignore format: a call
        const n = 40 * 64;
        expect(settled.encoder['bn1.running_mean']!).toMatchNumbers(mean, { rtol: 1e-4, atol: 1e-5 });
        expect(settled.encoder['bn1.running_var']!).toMatchNumbers(variance.mul(n / (n - 1)), { rtol: 1e-4 });
      });
      for (const network of ['encoder', 'projector'] as const) {
        for (const [name, value] of Object.entries(settled[network])) {
          expect(value, name).toMatchNumbers(passed[network][name]!, { rtol: 1e-4, atol: 1e-5 });
        }
      }
      disposeTraining({ weights: settled });
      disposeTraining({ weights: passed });
    });
  });

  it('keeps statistics that no pass moves', () => {
    const encoder = sequential('still', [8, 8, 3], { flatten: flatten(), bn: batchNorm({ momentum: 0 }) });
    const weights = encoder.init(key(0));
    settleStatistics({ encoder }, { encoder: weights }, coloredNoise(40), channelStatistics(coloredNoise(40)));
    expect(weights['bn.running_var']!).toMatchNumbers(tf.ones([192]));
    disposeWeights(weights);
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
