import { foldIn, integers, type Key, normal, uniform } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { type GaussianMixture, gaussianMixture } from '../../lib/information/gaussianMixture';

export const covarianceKinds = ['isotropic', 'diagonal', 'full'] as const;

export interface RandomMixtureOptions {
  readonly kind: (typeof covarianceKinds)[number];
  readonly n: number;
  readonly k: number;
  /** Standard deviation of the centres a dimension; the components' own are about 1. */
  readonly separation: number;
  /** One covariance for all. Default false. */
  readonly shared?: boolean;
  /** Random weights, else none. Default true. */
  readonly weighted?: boolean;
}

/** A random mixture; the caller disposes it. */
export function randomMixture(seed: Key, options: RandomMixtureOptions): GaussianMixture {
  const { kind, n, k, separation, shared = false, weighted = true } = options;
  return tf.tidy(() => {
    const means = normal(foldIn(seed, 0), [n, k], 0, separation) as tf.Tensor2D;
    const raw = uniform(foldIn(seed, 1), [n], 0.2, 1);
    const centres = weighted ? { means, weights: raw.div<tf.Tensor1D>(raw.sum()) } : { means };
    const count = shared ? 1 : n;
    const scale = (shape: number[]) => uniform(foldIn(seed, 2), shape, 0.6, 1.6);
    if (kind === 'isotropic') return gaussianMixture({ ...centres, sigma: scale([count]) as tf.Tensor1D });
    if (kind === 'diagonal') return gaussianMixture({ ...centres, sigmas: scale([count, k]) as tf.Tensor2D });
    const root = normal(foldIn(seed, 3), [count, k, 2 * k], 0, (2 * k) ** -0.5);
    const covariance = tf.matMul(root, root, false, true).add<tf.Tensor3D>(tf.eye(k).mul(0.1));
    return gaussianMixture({ ...centres, covariance });
  });
}

/** A whole number from `min` to `max` − 1. */
export function randomCount(seed: Key, min: number, max: number): number {
  return tf.tidy(() => integers(seed, [1], min, max).dataSync()[0]!);
}
