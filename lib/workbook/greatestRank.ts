import type { RunOptions } from '../training/runOptions';
import { planTraining } from '../training/trainingPlan';

/** What a run's `embeddingRank` can at most be: the smaller of batch and dimension, and 256. @throws As `train`, on its options. */
export function greatestRank(options: RunOptions): number {
  const { networks, batchSize } = planTraining(options);
  return Math.min(256, batchSize, networks.projector.outputShape[0]!);
}
