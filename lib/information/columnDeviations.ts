import { withGradient } from '../engine/gradient';
import { tf } from '../engine/tensorflow';

/**
 * The standard deviation of each column over N − 1, a constant to the gradient; 0 where it is no more than the mean's rounding. Squares
 * are taken of the deviations over their largest, so that none leaves float32.
 */
export function columnDeviations(z: tf.Tensor): tf.Tensor {
  return withGradient([], () => {
    const mean = z.mean(0);
    const centred = z.sub(mean);
    const largest = centred.abs().max(0);
    const own = centred
      .div(tf.where(largest.greater(0), largest, tf.onesLike(largest)))
      .square()
      .sum(0)
      .div(z.shape[0]! - 1)
      .sqrt()
      .mul(largest);
    const value = tf.where(own.lessEqual(mean.abs().mul(2 ** -22)), tf.zerosLike(own), own);
    return { value, saved: [], gradient: () => [] };
  });
}
