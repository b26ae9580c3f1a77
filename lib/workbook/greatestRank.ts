import type { RunOptions } from '../training/runOptions';
import { planTraining } from '../training/trainingPlan';

/** How many embeddings of a batch `embeddingRank` and `embeddingEntropy` are of: its first 256. */
export const measuredRows = (batchSize: number): number => Math.min(256, batchSize);

/** What a run's `embeddingRank` can at most be: the smaller of its `measuredRows` and the dimension. @throws As `train`, on its options. */
export function greatestRank(options: RunOptions): number {
  const { networks, batchSize } = planTraining(options);
  return Math.min(measuredRows(batchSize), networks.projector.outputShape[0]!);
}
