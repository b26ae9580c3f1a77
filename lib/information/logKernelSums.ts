import { tf } from '../engine/tensorflow';
import { squaredDistances } from './squaredDistances';

export interface LogKernelSumsOptions {
  /** What squared distances are multiplied with, positive. */
  readonly scale: number;
  /** Whether j = i is left out of the sum. */
  readonly leaveOneOut: boolean;
}

/** ln Σ_j exp(−scale ‖z_i − z_j‖²) for each row of z [N, K], as [N]. */
export function logKernelSums(z: tf.Tensor, { scale, leaveOneOut }: LogKernelSumsOptions): tf.Tensor1D {
  return tf.tidy(() => {
    const exponents = squaredDistances(z).mul(-scale);
    const pairs = leaveOneOut ? exponents.sub(tf.eye(z.shape[0]!).mul(1e30)) : exponents;
    return tf.logSumExp(pairs, 1) as tf.Tensor1D;
  });
}
