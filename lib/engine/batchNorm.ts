import { gradientIsDifferentiated, isRecording, withGradient } from './gradient';
import { runKernelMulti } from './kernel';
import { tf } from './tensorflow';

export interface BatchNormResult {
  /** Shape of the input. */
  readonly output: tf.Tensor;
  /** [C]: the batch's mean, outside the gradient; or `running.mean` moved towards it. */
  readonly mean: tf.Tensor1D;
  /** [C]: the batch's unbiased variance (divided by n − 1), outside the gradient; or `running.variance` moved towards it. */
  readonly variance: tf.Tensor1D;
}

/** Running statistics [C] as they are before a batch, and the weight from 0 to 1 with which the batch enters them. */
export interface RunningStatistics {
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
  readonly momentum: number;
}

/** Checks the shapes and views [N, C] as [N, 1, 1, C], which is what the kernels take. */
function asImages(name: string, x: tf.Tensor, channels: Record<string, tf.Tensor>): tf.Tensor4D {
  const [n, c] = [x.shape[0]!, x.shape[x.rank - 1]!];
  if ((x.rank !== 2 && x.rank !== 4) || x.dtype !== 'float32') {
    throw new Error(`${name}: expected x to be float32 [N, C] or [N, H, W, C], got ${x.dtype} [${x.shape}]`);
  }
  for (const [what, tensor] of Object.entries(channels)) {
    if (tensor.rank !== 1 || tensor.shape[0] !== c) {
      throw new Error(`${name}: expected ${what} to be [${c}], one value a channel of x, got [${tensor.shape}]`);
    }
  }
  return x.rank === 4 ? (x as tf.Tensor4D) : x.reshape([n, 1, 1, c]);
}

/**
 * The same rows [·, C] as images of 2 × 2, which neither the statistics nor the map see. From 16 channels on oneDNN's forward kernel
 * (3.7, AVX2) takes a third of the time on them that it takes on large images; its gradient kernel is as fast on either.
 */
function asSmallImages(images: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c] = images.shape;
  return c < 16 || (n * h * w) % 4 !== 0 ? images : images.reshape([(n * h * w) / 4, 2, 2, c]);
}

function attributes(epsilon: number, training: boolean) {
  const float32 = { type: 'float32' } as const;
  return {
    T: float32,
    U: float32,
    epsilon: { float: epsilon },
    data_format: { string: 'NHWC' },
    is_training: training,
  };
}

/** The gradients by x, scale and offset in differentiable operations: Ioffe and Szegedy 2015, section 3, written out. */
function unfusedGradient(dy: tf.Tensor, x: tf.Tensor, scale: tf.Tensor, epsilon: number): tf.Tensor[] {
  const axes = [0, 1, 2];
  const centred = x.sub(x.mean(axes));
  const inverse = centred.square().mean(axes).add(epsilon).rsqrt();
  const normal = centred.mul(inverse);
  const slope = dy.mul(normal);
  const dx = dy.sub(dy.mean(axes)).sub(normal.mul(slope.mean(axes)));
  return [dx.mul(inverse.mul(scale)), slope.sum(axes), dy.sum(axes)];
}

/**
 * Batch normalisation in training: (x − mean) / √(variance + epsilon) · scale + offset, with the mean and the biased variance
 * of this batch, channel by channel (Ioffe and Szegedy 2015), by one fused kernel and one for its gradient.
 *
 * @param x [N, C] or [N, H, W, C]; at least two values a channel.
 * @param scale [C], γ.
 * @param offset [C], β.
 * @param epsilon Added to the variance; default 1e-5, PyTorch's.
 * @param running If given, the same kernel moves these: (1 − momentum) · running + momentum · batch, in PyTorch's convention
 *   (the weight is the new batch's, the variance unbiased). The tensors given stay as they are.
 */
export function batchNormTraining(
  x: tf.Tensor,
  scale: tf.Tensor,
  offset: tf.Tensor,
  epsilon = 1e-5,
  running?: RunningStatistics,
): BatchNormResult {
  return tf.tidy(() => {
    const old = running && { 'running.mean': running.mean, 'running.variance': running.variance };
    const images = asImages('batchNormTraining', x, { scale, offset, ...old });
    const values = images.shape[0] * images.shape[1] * images.shape[2];
    if (values < 2) {
      throw new Error(`batchNormTraining: expected at least 2 values a channel, got ${values} (x is [${x.shape}])`);
    }
    const none = () => tf.tensor1d([], 'float32');
    const [y, mean, variance, ...reserved] = runKernelMulti(
      'FusedBatchNormV3',
      { ...attributes(epsilon, true), exponential_avg_factor: { float: running?.momentum ?? 1 } },
      [asSmallImages(images), scale, offset, running?.mean ?? none(), running?.variance ?? none()],
      6,
    );
    const output = withGradient([images, scale, offset], () => ({
      value: y.reshape(images.shape),
      saved: [images, scale, ...reserved],
      gradient: (dy, saved) => {
        if (gradientIsDifferentiated()) return unfusedGradient(dy, saved[0], saved[1], epsilon);
        return runKernelMulti('FusedBatchNormGradV3', attributes(epsilon, true), [dy, ...saved], 5).slice(0, 3);
      },
    }));
    return {
      output: x.rank === 4 ? output : output.reshape(x.shape),
      mean: mean as tf.Tensor1D,
      variance: variance as tf.Tensor1D,
    };
  });
}

/**
 * Batch normalisation at inference: the affine map (x − mean) / √(variance + epsilon) · scale + offset of fixed statistics.
 * Differentiable in all of them, any number of times.
 *
 * @param x [N, C] or [N, H, W, C].
 * @param scale,offset,mean,variance [C].
 * @param epsilon Added to the variance; default 1e-5, PyTorch's.
 */
export function batchNormInference(
  x: tf.Tensor,
  scale: tf.Tensor,
  offset: tf.Tensor,
  mean: tf.Tensor,
  variance: tf.Tensor,
  epsilon = 1e-5,
): tf.Tensor {
  return tf.tidy(() => {
    const images = asImages('batchNormInference', x, { scale, offset, mean, variance });
    // Operation by operation, a Jacobian by x alone computes nothing for the other inputs; without gradient, one kernel is faster.
    if (isRecording()) return x.sub(mean).mul(variance.add(epsilon).rsqrt().mul(scale)).add(offset);
    const inputs = [asSmallImages(images), scale, offset, mean, variance];
    return runKernelMulti('FusedBatchNormV3', attributes(epsilon, false), inputs, 6)[0].reshape(x.shape);
  });
}
