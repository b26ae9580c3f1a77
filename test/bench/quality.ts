import { channelStatistics } from '../../lib/datasets/channelStatistics';
import type { Dataset } from '../../lib/datasets/dataset';
import { load } from '../../lib/datasets/load';
import { projector } from '../../lib/models/projector';
import { resnet18 } from '../../lib/models/resnet';
import { vicreg } from '../../lib/objectives/vicreg';
import { pairedDifference } from '../../lib/statistics/meanInterval';
import { mean } from '../../lib/statistics/summary';
import { evaluate } from '../../lib/training/evaluate';
import { trainedRun } from '../../lib/training/run';
import type { RunOptions } from '../../lib/training/runOptions';
import { disposeTraining } from '../../lib/training/trainingState';
import { evaluateUntrained } from '../../lib/training/untrained';
import { progress } from '../../lib/workbook/progress';
import { type BenchLine, rounded } from './benchLine';

export interface QualityOptions {
  readonly width: number;
  readonly epochs: number;
  readonly seeds: readonly number[];
  readonly batchSize?: number;
  /** The least mean gain in accuracy, 0 to 1; default 0.08. */
  readonly leastGain?: number;
  /** Where runs are kept; default `data/runs` of the project. */
  readonly folder?: string;
}

/**
 * What VICReg's training adds to the features: for each seed the offline linear accuracy on the test images of the trained
 * encoder, and of the encoder that it started from (`evaluateUntrained`). Runs are kept and gone on with (`trainedRun`); a line a seed, then the
 * mean difference, paired by seeds, with Student's 95 % interval where there are several.
 *
 * @throws After the lines, if the mean gain is below `leastGain`.
 */
export async function* quality(
  { width, epochs, seeds, batchSize, leastGain = 0.08, folder }: QualityOptions = {
    width: 16,
    epochs: 30,
    seeds: [0, 1, 2],
  },
  data?: { readonly train: Dataset; readonly test: Dataset },
): AsyncGenerator<BenchLine> {
  const { train, test } = data ?? { train: await load('cifar10'), test: await load('cifar10', { split: 'test' }) };
  const sets = { train, test, statistics: channelStatistics(train) };
  const accuracies = { trained: [] as number[], untrained: [] as number[] };
  for (const seed of seeds) {
    const encoder = resnet18({ width });
    const networks = { encoder, projector: projector({ inputSize: encoder.outputShape[0], sizes: [512, 512, 512] }) };
    const steps = epochs * Math.floor(train.count / (batchSize ?? 128));
    const line = progress({ label: `quality, seed ${seed}`, total: steps });
    const options: RunOptions = {
      ...{ name: 'quality', dataset: train, networks, objective: vicreg(), epochs, seed },
      ...(batchSize ? { batchSize } : {}),
    };
    const run = await trainedRun(options, {
      folder,
      onEvent: ({ step, total }) => line.update(step, `loss ${total.toPrecision(4)}`),
    }).finally(() => line.finish());
    const trained = await evaluate(encoder, run.weights.encoder, sets);
    disposeTraining(run);
    const untrained = await evaluateUntrained(options, { test });
    accuracies.trained.push(trained.linear);
    accuracies.untrained.push(untrained.linear);
    yield {
      name: `quality/seed-${seed}`,
      linear_percent: rounded(100 * trained.linear),
      linear_percent_untrained: rounded(100 * untrained.linear),
      nearest_percent: rounded(100 * trained.nearest),
      nearest_percent_untrained: rounded(100 * untrained.nearest),
    };
  }
  const gains = accuracies.trained.map((accuracy, i) => accuracy - accuracies.untrained[i]!);
  const gain = mean(gains);
  const interval = gains.length > 1 ? pairedDifference(accuracies.trained, accuracies.untrained) : undefined;
  yield {
    name: 'quality',
    ...{ width, epochs, seeds: seeds.join(' '), images: train.count, test_images: test.count, real: train.real },
    linear_points_gained_mean: rounded(100 * gain),
    ...(interval && {
      linear_points_gained_low95: rounded(100 * interval.low),
      linear_points_gained_high95: rounded(100 * interval.high),
    }),
    linear_points_gained_least: rounded(100 * Math.min(...gains)),
  };
  if (gain >= leastGain) return;
  throw new Error(
    `quality: expected training to gain at least ${leastGain} of linear accuracy over the untrained encoder, got ${gain.toFixed(4)}`,
  );
}
