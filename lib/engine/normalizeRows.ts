import { isRecording, withGradient } from './gradient';
import { tf } from './tensorflow';

/** The least squared length of a row, as `l2_normalize` of deepmind-research's BYOL: shorter rows count as 10⁻⁶ long. */
export const leastSquaredNorm = 1e-12;

/** Σ_k x_nk y_nk for each row n: [N, 1]. */
export function rowProducts(x: tf.Tensor, y: tf.Tensor): tf.Tensor2D {
  return tf.tidy(() => x.mul(y).sum<tf.Tensor2D>(1, true));
}

/** 1 / |x_n| from the squared lengths [N, 1], none above 10⁶. */
export function inverseNorms(squaredNorms: tf.Tensor): tf.Tensor2D {
  return tf.tidy(() => squaredNorms.maximum(leastSquaredNorm).rsqrt() as tf.Tensor2D);
}

/** 1 where a row's length is its own, 0 where it is held at its least, so that a gradient along the row is lost: [N, 1]. */
export function notHeld(squaredNorms: tf.Tensor): tf.Tensor2D {
  return tf.tidy(() => squaredNorms.greater(leastSquaredNorm).toFloat() as tf.Tensor2D);
}

/**
 * Each row of x [N, K] divided by its Euclidean length: `F.normalize` of PyTorch. Rows shorter than 10⁻⁶ are divided by 10⁻⁶,
 * so that value and gradient stay finite at 0.
 *
 * @example
 * normalizeRows(tf.tensor2d([[3, 4], [0, 0]])); // [[0.6, 0.8], [0, 0]]
 */
export function normalizeRows(x: tf.Tensor): tf.Tensor2D {
  // The gradient is written out: (dy − y (dy · y)) / |x|.
  return withGradient([x], () => {
    const squaredNorms = rowProducts(x, x);
    const inverse = inverseNorms(squaredNorms);
    const y = x.mul(inverse);
    return {
      value: y,
      saved: [x, y, inverse, notHeld(squaredNorms)],
      gradient: (dy, [xSaved, ySaved, inverseSaved, free]) => {
        const again = isRecording();
        const inverseNow = again ? inverseNorms(rowProducts(xSaved!, xSaved!)) : inverseSaved!;
        const yNow = again ? xSaved!.mul(inverseNow) : ySaved!;
        return [dy.mul(inverseNow).sub(yNow.mul(rowProducts(dy, yNow).mul(inverseNow).mul(free!)))];
      },
    };
  }) as tf.Tensor2D;
}
