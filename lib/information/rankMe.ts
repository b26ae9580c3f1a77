import { isRecording, withGradient } from '../engine/gradient';
import { runKernel, runKernelMulti } from '../engine/kernel';
import { svd } from '../engine/svd';
import { tf } from '../engine/tensorflow';
import { requireRows } from './requireRows';

const float32 = { T: { type: 'float32' } } as const;

/** How the spectrum is found. */
export interface RankMeOptions {
  /** Added to each share of the spectrum; default 1e-7, the paper's for float32. */
  readonly epsilon?: number;
  /**
   * How the singular values are found. `svd` (default): of z itself, good to 3e-6 of the largest. `gram`: roots of the
   * eigenvalues of the smaller Gram matrix, some 6 times faster at 256 × 2048, for a glance at each step; in float32 it
   * does not see singular values below some 3e-4 of the largest, and on spectra that fall beyond that the rank is off
   * by up to 7 % (measured; most where it is near 1), else by less than 1e-3.
   */
  readonly method?: 'svd' | 'gram';
}

/** Singular values [min(N, K)] by the SVD, and the gradient Σ_k dy_k u_k v_kᵀ. */
function singularValues(z: tf.Tensor): tf.Tensor {
  return withGradient([z], () => ({
    value: runKernelMulti('Svd', { ...float32, compute_uv: false, full_matrices: false }, [z], 3)[0]!,
    saved: [z],
    gradient: (dy, [zSaved]) => {
      const { u, v } = svd(zSaved!);
      return [tf.matMul(u.mul(dy), v, false, true)];
    },
  }));
}

/**
 * The same by the smaller Gram matrix, V diag(λ) Vᵀ: dλ_k = 2 σ_k dσ_k, so the gradient is V diag(dy / σ) Vᵀ z, 0 where
 * σ is.
 */
function rootsOfGram(z: tf.Tensor): tf.Tensor {
  return withGradient([z], () => {
    const wide = z.shape[0]! <= z.shape[1]!;
    const gram = tf.matMul(z, z, !wide, wide);
    // The kernel refuses NaN and infinity: they are put in again, as NaN, after it.
    const nothing = gram.mul(0);
    const clean = tf.where(nothing.equal(0), gram, tf.zerosLike(gram));
    const [values] = runKernelMulti('SelfAdjointEigV2', { ...float32, compute_v: false }, [clean], 2);
    const roots = runKernel('Relu', float32, [values!]).sqrt().add(nothing.sum());
    return {
      value: roots,
      saved: [z, clean, roots],
      gradient: (dy, [zSaved, cleanSaved, rootsSaved]) => {
        if (isRecording()) throw new Error("rankMe: the method 'gram' has no second gradient; take 'svd'.");
        const [, v] = runKernelMulti('SelfAdjointEigV2', { ...float32, compute_v: true }, [cleanSaved!], 2);
        const slope = dy.divNoNan(rootsSaved!);
        const outer = tf.matMul(v!.mul(slope), v!, false, true);
        return [wide ? tf.matMul(outer, zSaved!) : tf.matMul(zSaved!, outer)];
      },
    };
  });
}

/**
 * RankMe, the effective rank of embeddings (Garrido et al. 2023, arXiv 2210.02885, equations 1 and 2): exp of the
 * entropy of p_k = σ_k / Σ σ + epsilon, σ the singular values of z as it is, not centred. From 1 (one direction) to
 * min(N, K) (all alike; beyond by less than 0.1 % for epsilon). 1 for z = 0 too, where nothing is spread. Not changed
 * by scale, rotation or permutation. Differentiable, with a finite gradient at z = 0.
 *
 * The paper takes it over 25,600 images; over a batch it is at most N, and comparable only between batches of one size.
 *
 * @param z [N, K].
 * @throws If z is no such matrix, or an option is unfit.
 * @example
 * // Three directions alike, and all rows along one.
 * rankMe(tf.eye(3)); // 3
 * rankMe(tf.ones([3, 3])); // 1.0000
 */
export function rankMe(z: tf.Tensor, { epsilon = 1e-7, method = 'svd' }: RankMeOptions = {}): tf.Scalar {
  requireRows('rankMe', 'z', z, 1);
  if (!(epsilon > 0 && epsilon < 1)) throw new Error(`rankMe: expected epsilon to be between 0 and 1, got ${epsilon}`);
  if (method !== 'svd' && method !== 'gram') {
    throw new Error(`rankMe: expected the method 'svd' or 'gram', got '${method}'`);
  }
  return tf.tidy(() => {
    const sigma = method === 'svd' ? singularValues(z) : rootsOfGram(z);
    const shares = sigma.div(sigma.sum().maximum(1e-12)).add(epsilon);
    return shares.mul(shares.log()).sum().neg().exp() as tf.Scalar;
  });
}
