import { expect, test } from 'vitest';
import { channelStatistics } from '../../lib/datasets/channelStatistics';
import { subset } from '../../lib/datasets/subset';
import { projector } from '../../lib/models/projector';
import { resnet18 } from '../../lib/models/resnet';
import { vicreg } from '../../lib/objectives/vicreg';
import { minimumNormLeastSquares } from '../../lib/theory/generalization/minimumNormLeastSquares';
import { supervisedMeasureTable } from '../../lib/theory/supervised/measureTable';
import { embed } from '../../lib/training/embed';
import { Interrupted } from '../../lib/training/interrupt';
import { trainedRun } from '../../lib/training/run';
import { disposeTraining } from '../../lib/training/trainingState';
import { generalizationMeasures } from '../../lib/workbook/generalizationMeasures';
import { temporaryFolder } from '../datasets/temporaryFolder';
import { expectNoLeak } from '../matchers';
import { coloredNoise } from '../training/smallRun';

const all = coloredNoise(90, 8, 3);
const from = (first: number, count: number) =>
  subset(
    all,
    Array.from({ length: count }, (_, i) => first + i),
  );
const [dataset, labelled, testSet] = [from(0, 32), from(32, 28), from(60, 30)];
const encoder = resnet18({ width: 2, inputShape: [8, 8, 3] });
const training = {
  ...{ name: 'judged', dataset, networks: { encoder, projector: projector({ inputSize: 16, sizes: [8, 8] }) } },
  ...{ objective: vicreg(), epochs: 2, batchSize: 16, pairs: 'class' as const },
};

test('the gap and the terms of every layer and kind of pairs, and the supervised measures, the same at every call', async () => {
  const folder = temporaryFolder();
  await expectNoLeak(async () => {
    const run = await trainedRun(training, { folder });
    const options = { training, labelled, test: testSet, supervisedImages: 16 };
    const found = await generalizationMeasures(run, options);
    expect(await generalizationMeasures(run, options)).toEqual(found);

    // The features' gap by hand; the run's statistics are settled by now.
    const rows = async (set: typeof dataset) => {
      const { values, dimension, count } = await embed(encoder, run.weights.encoder, set, {
        statistics: channelStatistics(dataset),
      });
      return Array.from({ length: count }, (_, i) => Array.from(values.subarray(i * dimension, (i + 1) * dimension)));
    };
    const oneHot = (set: typeof dataset) =>
      Array.from(set.labels, (label) => [0, 1, 2].map((c) => (c === label ? 1 : 0)));
    const [z, zTest] = [await rows(labelled), await rows(testSet)];
    const { weights, residual } = minimumNormLeastSquares(z, oneHot(labelled), { rankTolerance: 32 * 2 ** -23 });
    const loss = (set: number[][], y: number[][]) =>
      set.reduce((sum, row, i) => {
        const errors = y[i]!.map((label, c) => row.reduce((s, v, k) => s + v * weights.values[k * 3 + c]!, 0) - label);
        return sum + Math.hypot(...errors) / set.length;
      }, 0);
    const gap = loss(zTest, oneHot(testSet)) - loss(z, oneHot(labelled));
    expect(found['features.gap']).toBeCloseTo(gap, 6);
    for (const kind of ['class', 'augmentation']) {
      const term = (name: string) => found[`features.${kind}.${name}`]!;
      expect(term('residualLabelled')).toBeCloseTo(residual / Math.sqrt(28), 6);
      expect([term('n'), term('m')]).toEqual([28, 32]);
      const core = term('c') * term('invariance') + term('residualLabelled') + 2 * term('residualUnlabelled');
      expect(term('core')).toBeCloseTo(core, 9);
      expect(term('gapCore')).toBeCloseTo(core - term('residualLabelled'), 9);
    }
    expect(found['features.class.invariance']).not.toBe(found['features.augmentation.invariance']);
    expect(found['embeddings.gap']).not.toBe(found['features.gap']);
    expect(found['features.accuracy']).toBeGreaterThan(0.5); // of three colours
    const supervised = Object.keys(found).filter((name) => name.startsWith('supervised.'));
    expect(supervised).toEqual(Object.keys(supervisedMeasureTable).map((name) => `supervised.${name}`));
    expect(found['supervised.frobeniusDistance']).toBeGreaterThan(0);
    const stopped = generalizationMeasures(run, { ...options, signal: AbortSignal.abort(new Interrupted('Stop.')) });
    await expect(stopped).rejects.toThrow(Interrupted);
    disposeTraining(run);
  });
});
