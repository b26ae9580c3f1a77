import { negativeCosine } from './negativeCosine';
import { type Objective, objective } from './objective';
import { requireWhole } from './optionChecks';

export interface SimsiamOptions {
  /** Width of the predictor's hidden layer; default 512, the paper's, solo-learn's and lightly's for CIFAR-10. */
  readonly hidden?: number;
}

/**
 * SimSiam (Chen & He 2021, arXiv 2011.10566), its symmetric loss with the stopped gradient: the mean of the two views' negative cosines between a
 * prediction and the other view's embedding, into which no gradient flows: ½ D(pa, zb) + ½ D(pb, za), −1 … 1.
 * solo-learn and lightly take the same mean. Near −1 soon after the start it may have collapsed: look at the
 * embeddings' std, which is 1/√K where they spread.
 *
 * @throws If `hidden` is not a whole number from 1.
 * @example
 * const [z, p] = [tf.tensor2d([[1, 0], [0, 1]]), tf.tensor2d([[1, 1], [1, 1]])];
 * // Every prediction is 45° from the other view's embedding.
 * simsiam().terms({ za: z, zb: z, pa: p, pb: p }); // { negativeCosine: -0.7071 }
 */
export function simsiam({ hidden = 512 }: SimsiamOptions = {}): Objective {
  requireWhole('simsiam', { hidden }, 1);
  return objective(
    'SimSiam',
    ({ za, zb, pa, pb }) => ({ negativeCosine: negativeCosine(pa, zb).add(negativeCosine(pb, za)).div(2) }),
    { predictor: { hidden }, settings: { hidden } },
  );
}
