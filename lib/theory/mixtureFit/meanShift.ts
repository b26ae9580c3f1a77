import { valueAndGradients } from '../../engine/gradient';
import { tf } from '../../engine/tensorflow';
import { inputLogDensity } from './collapseObjective';

/**
 * Each input moved to the mean of the centres, weighted by their responsibilities for it: the M-step of trainable inputs,
 * x_i ← Σ_j r_ij μ_j, r_ij ∝ exp(−‖x_i − μ_j‖² / 2σ²), as x_i + σ² ∇ ln p(x_i). It never lowers the log-likelihood. With the centres on the inputs it is
 * Gaussian blurring mean shift (Cheng 1995, "Mean shift, mode seeking, and clustering").
 *
 * @param points x, [N, K].
 * @param centres μ, [N, K].
 * @returns [N, K].
 */
export function meanShift(points: tf.Tensor2D, centres: tf.Tensor2D, sigma: number): tf.Tensor2D {
  return tf.tidy(() => {
    const density = () => inputLogDensity(points, centres, sigma).sum() as tf.Scalar;
    const { gradients } = valueAndGradients(density, [points]);
    return points.add(gradients[0]!.mul(sigma ** 2)) as tf.Tensor2D;
  });
}
