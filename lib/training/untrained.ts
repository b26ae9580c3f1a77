import { channelStatistics } from '../datasets/channelStatistics';
import { batch, type Dataset } from '../datasets/dataset';
import { tf } from '../engine/tensorflow';
import type { Module, Weights } from '../models/module';
import { normalize } from '../views/normalize';
import { type EvaluateOptions, type Evaluation, evaluate } from './evaluate';
import { initNetworks } from './networks';
import { planTraining, type TrainOptions } from './trainingPlan';
import { disposeTraining } from './trainingState';

/** By then 0.1 of the way a pass leaves 4 % of where the running statistics began. */
const passes = 30;

/**
 * Lets batch normalisation's running statistics settle on the data set's first 256 images, with no weight trained. An untrained
 * encoder is judged fairly only so: in training mode it normalises by such statistics from its first step.
 */
export function settleStatistics(encoder: Module, weights: Weights, dataset: Dataset): void {
  const count = Math.min(256, dataset.count);
  const images = tf.tidy(() =>
    normalize(
      batch(
        dataset,
        Int32Array.from({ length: count }, (_, i) => i),
      ),
      channelStatistics(dataset),
    ),
  );
  for (let pass = 0; pass < passes; pass++) {
    tf.tidy(() => {
      encoder.apply(weights, images, { training: true });
    });
  }
  images.dispose();
}

export interface UntrainedOptions extends Pick<EvaluateOptions, 'recipe' | 'linear' | 'nearest' | 'signal'> {
  readonly test: Dataset;
}

/**
 * `evaluate` of the encoder that a training with these options starts from, its seed's first weights with settled statistics
 * (`settleStatistics`): what a trained encoder's numbers are to be compared with. The probes are fitted on the training's images.
 *
 * @throws If the options are impossible. Interrupted on SIGINT, or when `signal` aborts.
 */
export async function evaluateUntrained(
  options: TrainOptions,
  { test, ...how }: UntrainedOptions,
): Promise<Evaluation> {
  const { dataset } = options;
  const { networks, initKey } = planTraining(options);
  const weights = initNetworks(networks, initKey);
  try {
    settleStatistics(networks.encoder, weights.encoder, dataset);
    const data = { train: dataset, test, statistics: channelStatistics(dataset) };
    return await evaluate(networks.encoder, weights.encoder, data, how);
  } finally {
    disposeTraining({ weights });
  }
}
