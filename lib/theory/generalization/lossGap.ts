import { mean, standardError } from '../../statistics/summary';
import { type MatrixLike, multiply, rowNorms, subtract, toMatrix } from './float64Matrix';

/** Representations z [N, K] and labels y [N, r]. */
export interface LabelledRows {
  readonly z: MatrixLike;
  readonly y: MatrixLike;
}

/** The theorems' loss ‖W f(x) − y‖ (not squared) on both samples, in units of the labels. */
export interface LossGap {
  /** Its mean over S. */
  readonly trainLoss: number;
  /** Its mean over the test examples: what the bound bounds, E‖W_S f(x) − y‖, up to `standardError`. */
  readonly testLoss: number;
  /** testLoss − trainLoss. */
  readonly gap: number;
  /** Of testLoss, and so of the gap given S, over the choice of test examples. */
  readonly standardError: number;
}

/** ‖zᵢ W − yᵢ‖ of each row: `weights` [K, r]. */
function losses(what: string, weights: MatrixLike, { z, y }: LabelledRows): Float64Array {
  const rows = toMatrix('lossGap', `${what}.z`, z);
  const labels = toMatrix('lossGap', `${what}.y`, y);
  const w = toMatrix('lossGap', 'weights', weights);
  if (rows.columns !== w.rows || labels.columns !== w.columns || rows.rows !== labels.rows) {
    throw new Error(
      `lossGap: expected ${what}.z [N, ${w.rows}] and ${what}.y [N, ${w.columns}] for weights [${w.rows}, ${w.columns}], got [${rows.rows}, ${rows.columns}] and [${labels.rows}, ${labels.columns}]`,
    );
  }
  return rowNorms(subtract(multiply(rows, w), labels));
}

/**
 * The generalization gap in the loss of the theorems (theory.md, section 7) of a linear map on representations: the mean of
 * ‖W f(x) − y‖ over test examples minus that over the sample S it was fitted on, in double precision.
 *
 * @param weights W as rows take it, [K, r]: `boundTerms(…).weightsLabelled`.
 * @param test At least 2 examples, of neither sample.
 * @throws If shapes do not fit or a value is not finite.
 */
export function lossGap(weights: MatrixLike, labelled: LabelledRows, test: LabelledRows): LossGap {
  const [own, others] = [losses('labelled', weights, labelled), losses('test', weights, test)];
  const [trainLoss, testLoss] = [mean(own), mean(others)];
  return { trainLoss, testLoss, gap: testLoss - trainLoss, standardError: standardError(others) };
}
