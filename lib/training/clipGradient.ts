import { tf } from '../engine/tensorflow';

/**
 * Gradients scaled so that all of them together are no longer than `maxNorm`: each times min(1, maxNorm / (norm + 1e-6)), as
 * torch.nn.utils.clip_grad_norm_ with the Euclidean norm. Where nothing is to be scaled, the very same tensors; else new ones,
 * and the given ones are freed.
 *
 * @param norm The Euclidean length of all gradients together, finite.
 */
export function clipGradient(gradients: tf.NamedTensorMap, norm: number, maxNorm: number): tf.NamedTensorMap {
  const coefficient = maxNorm / (norm + 1e-6);
  if (coefficient >= 1) return gradients;
  const clipped = tf.tidy(() => {
    const scale = tf.scalar(coefficient);
    return Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, gradient.mul(scale)]));
  });
  tf.dispose(gradients);
  return clipped;
}
