import { tf } from '../engine/tensorflow';
import { negativeCosine } from './negativeCosine';
import { type Objective, objective } from './objective';
import { requireMomentum, requireWhole } from './optionChecks';

export interface ByolOptions {
  /**
   * Width of the predictor's hidden layer; default 4096, solo-learn's for CIFAR-10 (and the paper's). lightly's is
   * 1024.
   */
  readonly hidden?: number;
  /**
   * Momentum τ of the target at the first step, 0 … 1; default 0.99, solo-learn's for CIFAR-10 (the paper's is 0.996,
   * lightly's 0.99 throughout).
   */
  readonly momentum?: number;
  /** Momentum at the last step, reached on half a cosine; default 1, solo-learn's and the paper's. */
  readonly finalMomentum?: number;
}

/**
 * BYOL's regression of targets t on predictions p: the mean over the rows of 2 − 2 cos(p, t), which is the squared
 * distance of the normalised rows (Grill et al. 2020, arXiv 2006.07733, equation 2). Scalar, 0 … 4. No gradient flows
 * into t. Rows shorter than 10⁻⁶ count as 10⁻⁶ long, as in deepmind-research's.
 *
 * @param p The predictor's outputs for one view, [N, K].
 * @param t The momentum encoder's projections of the other view, [N, K].
 * @throws TensorFlow's own error if the shapes differ; nothing else is checked here.
 * @example
 * // Cosines 1 and 0: the mean of 0 and 2.
 * regressionTerm(tf.tensor2d([[2, 0], [0, 1]]), tf.tensor2d([[1, 0], [1, 0]])); // 1
 */
export function regressionTerm(p: tf.Tensor, t: tf.Tensor): tf.Scalar {
  return tf.tidy(() => negativeCosine(p, t).mul(2).add(2));
}

/**
 * BYOL (Grill et al. 2020, arXiv 2006.07733): each view's prediction of the other's momentum projection, the two
 * **summed** as in the paper, deepmind-research's code and solo-learn: regression(pa, tb) + regression(pb, ta), 0 … 8.
 * lightly takes the mean of the two −cos, which is (this − 4) / 4.
 *
 * @throws If an option is out of its range.
 * @example
 * const [za, zb] = [tf.tensor2d([[1, 0], [0, 1]]), tf.tensor2d([[1, 0], [1, 0]])];
 * // Here predictions and targets are the embeddings: a mean of 2 − 2 cos of 1, each way.
 * byol().terms({ za, zb, pa: za, pb: zb, ta: za, tb: zb }); // { regression: 2 }
 */
export function byol({ hidden = 4096, momentum = 0.99, finalMomentum = 1 }: ByolOptions = {}): Objective {
  requireWhole('byol', { hidden }, 1);
  requireMomentum('byol', { momentum, finalMomentum });
  return objective(
    'BYOL',
    ({ pa, pb, ta, tb }) => ({ regression: regressionTerm(pa, tb).add(regressionTerm(pb, ta)) }),
    {
      predictor: { hidden },
      momentum: { start: momentum, end: finalMomentum },
      settings: { hidden, momentum, finalMomentum },
    },
  );
}
