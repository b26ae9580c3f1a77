import { channelStatistics } from '../datasets/channelStatistics';
import type { Dataset } from '../datasets/dataset';
import { type EvaluateOptions, type Evaluation, evaluate } from './evaluate';
import { initNetworks } from './networks';
import { settleStatistics } from './settleStatistics';
import { planTraining, type TrainOptions } from './trainingPlan';
import { disposeTraining } from './trainingState';

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
    const statistics = channelStatistics(dataset);
    settleStatistics({ encoder: networks.encoder }, weights, dataset, statistics);
    const data = { train: dataset, test, statistics };
    return await evaluate(networks.encoder, weights.encoder, data, how);
  } finally {
    disposeTraining({ weights });
  }
}
