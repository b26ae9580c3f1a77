import { isRecording, withGradient } from '../engine/gradient';
import type { tf } from '../engine/tensorflow';

/** 1 / |row|, none above 10⁶: [N, 1]. */
function inverseLengths(z: tf.Tensor): tf.Tensor {
  return z.square().sum(1, true).maximum(1e-12).rsqrt();
}

/**
 * Each row of z [N, K] divided by its Euclidean length: `F.normalize` of PyTorch. Rows shorter than 10⁻⁶ are divided by 10⁻⁶, so that
 * value and gradient stay finite at 0. Differentiable any number of times.
 */
export function normalizeRows(z: tf.Tensor): tf.Tensor2D {
  // The gradient is written out, (dy − y (dy · y)) / |z|: half the passes over [N, K] of the tape's.
  return withGradient([z], () => {
    const inverse = inverseLengths(z);
    const y = z.mul(inverse);
    return {
      value: y,
      saved: [z, y, inverse],
      gradient: (dy, [zSaved, ySaved, inverseSaved]) => {
        const again = isRecording();
        const inverseNow = again ? inverseLengths(zSaved!) : inverseSaved!;
        const yNow = again ? zSaved!.mul(inverseNow) : ySaved!;
        const known = inverseSaved!.less(1e6).toFloat();
        const along = dy.mul(yNow).sum(1, true);
        return [dy.sub(yNow.mul(along.mul(known))).mul(inverseNow)];
      },
    };
  }) as tf.Tensor2D;
}
