import { isRecording, withGradient } from '../engine/gradient';
import { inverseNorms, notHeld, rowProducts } from '../engine/normalizeRows';
import { tf } from '../engine/tensorflow';

/**
 * Minus the cosine of the angle between predictions p and targets t, row by row, its mean over the rows: −1 … 1.
 * Scalar. No gradient flows into t. Rows shorter than 10⁻⁶ count as 10⁻⁶ long, so that value and gradient stay finite
 * at 0. The loss of SimSiam (Chen & He 2021, arXiv 2011.10566, equation 1); `NegativeCosineSimilarity` of lightly.
 *
 * @param p Predictions [N, K].
 * @param t Targets [N, K].
 * @throws TensorFlow's own error if the shapes differ; nothing else is checked here.
 * @example
 * // 45° apart: −1/√2.
 * negativeCosine(tf.tensor2d([[1, 0]]), tf.tensor2d([[3, 3]])); // -0.7071
 */
export function negativeCosine(p: tf.Tensor, t: tf.Tensor): tf.Scalar {
  return tf.tidy(() => {
    // Of no inputs: nothing flows into it, and `checkGradient` can hold it.
    const target = withGradient([], () => ({ value: t.clone(), saved: [], gradient: () => [] }));
    // The gradient is written out: the tape would normalise both, and go back through each step of it.
    return withGradient([p], () => {
      const n = p.shape[0]!;
      const squaredNorms = rowProducts(p, p);
      const inverseP = inverseNorms(squaredNorms);
      const inverseT = inverseNorms(rowProducts(target, target));
      const cosines = rowProducts(p, target).mul(inverseP).mul(inverseT);
      return {
        value: cosines.sum().div(-n),
        saved: [p, target, inverseP, inverseT, cosines, notHeld(squaredNorms)],
        gradient: (dy, [pSaved, tSaved, ofP, ofT, cosinesSaved, free]) => {
          const again = isRecording();
          const inverse = again ? inverseNorms(rowProducts(pSaved!, pSaved!)) : ofP!;
          const cos = again ? rowProducts(pSaved!, tSaved!).mul(inverse).mul(ofT!) : cosinesSaved!;
          // Of cos(p, t) by p: t / |p||t| − p cos / |p|², its second part 0 where |p| is held at its least.
          const weight = dy.div(-n).mul(inverse);
          return [tSaved!.mul(ofT!.mul(weight)).sub(pSaved!.mul(cos.mul(inverse).mul(free!).mul(weight)))];
        },
      };
    }) as tf.Scalar;
  });
}
