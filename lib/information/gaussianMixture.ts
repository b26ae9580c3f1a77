import { cholesky } from '../engine/cholesky';
import { allFinite } from '../engine/matrix';
import { tf } from '../engine/tensorflow';
import { requireCovariance } from './requireCovariance';

/**
 * The components' covariances, as roots of them: all N, or one for all.
 *
 * @param kind Which of the three.
 * @param sigma Standard deviations σ: [N] or [1] isotropic, [N, K] or [1, K] diagonal.
 * @param factor Lower-triangular Cholesky factors, [N, K, K] or [1, K, K].
 */
export type MixtureCovariance =
  /** σ_n² I: standard deviations σ, [N] or [1]. */
  | { readonly kind: 'isotropic'; readonly sigma: tf.Tensor1D }
  /** diag(σ_n²): standard deviations, [N, K] or [1, K]. */
  | { readonly kind: 'diagonal'; readonly sigma: tf.Tensor2D }
  /** L_n L_nᵀ: lower-triangular Cholesky factors, [N, K, K] or [1, K, K]. */
  | { readonly kind: 'full'; readonly factor: tf.Tensor3D };

/** Σ_n c_n N(μ_n, Σ_n) in K dimensions. Plain data; `tf.dispose(mixture)` frees it. */
export type GaussianMixture = {
  /** [N, K]. */
  readonly means: tf.Tensor2D;
  /** Of all components, or one for all. */
  readonly covariance: MixtureCovariance;
  /** c, [N]: positive, of sum 1. Default 1 / N each. */
  readonly weights?: tf.Tensor1D;
};

/** The components' centres and weights. */
interface Centres {
  /** [N, K], one mean a row. */
  readonly means: tf.Tensor2D | readonly (readonly number[])[];
  /** [N], positive, of sum 1. Default 1 / N each. */
  readonly weights?: tf.Tensor1D | readonly number[];
}

/** What `gaussianMixture` makes a mixture from: the centres, and one of three ways to state the covariances. */
export type MixtureParameters = Centres &
  (
    | {
        /** Isotropic: standard deviations, one for all or [N]. */
        readonly sigma: number | readonly number[] | tf.Scalar | tf.Tensor1D;
      }
    | {
        /** Diagonal: standard deviations of the coordinates, [K] for all or [N, K]. */
        readonly sigmas: readonly number[] | readonly (readonly number[])[] | tf.Tensor1D | tf.Tensor2D;
      }
    | {
        /** Full: covariance matrices (not their roots), [K, K] for all or [N, K, K]. */
        readonly covariance:
          | readonly (readonly number[])[]
          | readonly (readonly (readonly number[])[])[]
          | tf.Tensor2D
          | tf.Tensor3D;
      }
  );

function fail(expected: string, got: string, remedy = ''): never {
  throw new Error(`gaussianMixture: expected ${expected}, got ${got}${remedy && `; ${remedy}`}`);
}

/** A float32 tensor of its own, on the gradient's tape if `given` is a tensor, of one of these shapes. */
function tensorOf(what: string, given: unknown, shapes: (number | 'N' | 'K')[][]): tf.Tensor {
  let tensor: tf.Tensor;
  try {
    tensor = given instanceof tf.Tensor ? given.clone() : tf.tensor(given as number[][], undefined, 'float32');
  } catch (error) {
    fail(`${what} to be numbers or a tensor`, error instanceof Error ? error.message : String(error));
  }
  // TensorFlow.js takes ragged rows, and fails later.
  const count = given instanceof tf.Tensor ? tensor.size : [given].flat(4).length;
  if (count !== tensor.size)
    fail(`${what} to be rows of one length`, `${count} numbers for [${tensor.shape.join(', ')}]`);
  const fits = shapes.some(
    (shape) =>
      shape.length === tensor.rank && shape.every((size, i) => typeof size === 'string' || size === tensor.shape[i]),
  );
  if (tensor.dtype !== 'float32' || !fits || tensor.size === 0) {
    const wanted = shapes.map((shape) => `[${shape.join(', ')}]`).join(' or ');
    fail(`${what} to be float32 of shape ${wanted}`, `${tensor.dtype} [${tensor.shape.join(', ')}]`);
  }
  if (!allFinite(tensor)) fail(`${what} to be finite`, 'NaN or infinite values', 'look for them where it is made');
  return tensor;
}

function requirePositive(what: string, tensor: tf.Tensor, remedy: string): void {
  const least = tf.tidy(() => tensor.min().dataSync()[0]!);
  if (!(least > 0)) fail(`${what} to be positive`, `${least}`, remedy);
}

/** The Cholesky factors of covariance matrices [M, K, K]. */
function factorsOf(matrices: tf.Tensor3D): tf.Tensor3D {
  const [count] = matrices.shape;
  try {
    requireCovariance('gaussianMixture', 'covariance', matrices);
  } catch (error) {
    // Which one it is.
    for (let n = 0; n < count && count > 1; n++) {
      requireCovariance('gaussianMixture', `the covariance of component ${n}`, matrices.slice([n], [1]));
    }
    throw error;
  }
  return cholesky(matrices) as tf.Tensor3D;
}

function covarianceOf(parameters: MixtureParameters, n: number, k: number): MixtureCovariance {
  const given = ['sigma', 'sigmas', 'covariance'].filter(
    (name) => (parameters as unknown as Record<string, unknown>)[name] !== undefined,
  );
  if (given.length !== 1) {
    fail('one of sigma, sigmas and covariance', given.length === 0 ? 'none' : given.join(' and '));
  }
  if ('sigma' in parameters && parameters.sigma !== undefined) {
    const sigma = tensorOf('sigma', parameters.sigma, [[], [1], [n]]).reshape([-1]) as tf.Tensor1D;
    requirePositive('sigma', sigma, 'it is a standard deviation');
    return { kind: 'isotropic', sigma };
  }
  if ('sigmas' in parameters && parameters.sigmas !== undefined) {
    const sigma = tensorOf('sigmas', parameters.sigmas, [[k], [1, k], [n, k]]).reshape([-1, k]) as tf.Tensor2D;
    requirePositive('sigmas', sigma, 'they are standard deviations');
    return { kind: 'diagonal', sigma };
  }
  const shapes = [
    [k, k],
    [1, k, k],
    [n, k, k],
  ];
  const matrices = tensorOf('covariance', (parameters as { covariance: unknown }).covariance, shapes).reshape([
    -1,
    k,
    k,
  ]) as tf.Tensor3D;
  return { kind: 'full', factor: factorsOf(matrices) };
}

function weightsOf(given: NonNullable<Centres['weights']>, n: number): tf.Tensor1D {
  const weights = tensorOf('weights', given, [[n]]) as tf.Tensor1D;
  requirePositive('weights', weights, 'leave out components of weight 0');
  const sum = tf.tidy(() => weights.sum().dataSync()[0]!);
  if (Math.abs(sum - 1) > 1e-4) fail('weights of sum 1', `a sum of ${sum}`, 'divide them by it');
  return weights;
}

/**
 * A Gaussian mixture from numbers, arrays or tensors, checked. Exactly one of `sigma` (isotropic), `sigmas` (diagonal)
 * and `covariance` (full; taken to Cholesky factors) says what the covariances are, for each component or once for all.
 * One component is a mixture too, and N may be less than K: nothing is estimated from the means.
 *
 * The mixture has tensors of its own (of one memory with those given). Gradients flow through it to given tensors. The
 * checks read a few values back.
 *
 * @param parameters The centres, the covariances in one of three ways, and perhaps weights.
 * @throws If shapes do not fit, a value is not finite, a standard deviation or weight is not positive, the weights do
 * not sum to 1 (within 1e-4), or a covariance matrix is not symmetric or not positive definite (see `cholesky` for
 * float32's limits).
 * @example
 * const mixture = gaussianMixture({ means: [[0, 0], [4, 0]], sigma: 1, weights: [0.25, 0.75] });
 * mixture.means.shape; // [2, 2]
 * mixture.covariance; // { kind: 'isotropic', sigma: [1] }
 * gaussianMixture({ means: [[0, 0]], covariance: [[1, 2], [2, 1]] }); // throws 'positive definite'
 */
export function gaussianMixture(parameters: MixtureParameters): GaussianMixture {
  return tf.tidy(() => {
    const means = tensorOf('means', parameters.means, [['N', 'K']]) as tf.Tensor2D;
    const [n, k] = means.shape;
    const covariance = covarianceOf(parameters, n, k);
    return parameters.weights === undefined
      ? { means, covariance }
      : { means, covariance, weights: weightsOf(parameters.weights, n) };
  });
}
