import { cholesky } from '../../engine/cholesky';
import { diagonalMatrix } from '../../engine/matrix';
import { tf } from '../../engine/tensorflow';
import type { MixtureCovariance } from '../../information/gaussianMixture';

function singular(name: string, component: number, regularization: number, cause?: unknown): Error {
  return new Error(
    `${name}: the covariance of component ${component} is singular in float32: its points coincide, lie in fewer dimensions, or differ much ` +
      `more in one direction than in another. Raise regularization (it is ${regularization}, in the points' squared units), rescale ` +
      "the points, take fewer components, or a simpler kind of covariance ('diagonal', 'spherical').",
    { cause },
  );
}

function factorsOf(name: string, regular: tf.Tensor3D, regularization: number): tf.Tensor3D {
  try {
    return cholesky(regular) as tf.Tensor3D;
  } catch (cause) {
    for (let n = 0; n < regular.shape[0]; n++) {
      try {
        cholesky(regular.slice([n], [1])).dispose();
      } catch {
        throw singular(name, n, regularization, cause);
      }
    }
    throw cause;
  }
}

/** Where `alive`, the first, elsewhere the second; alive [N], the others [N, ...]. */
function choose<T extends tf.Tensor>(alive: tf.Tensor1D, first: T, second: T): T {
  const mask = alive.reshape([-1, ...first.shape.slice(1).map(() => 1)]).broadcastTo(first.shape);
  return tf.where(mask, first, second);
}

/**
 * Roots of estimated covariances [N], [N, K] (variances) or [N, K, K], with the regularization added to each variance.
 *
 * @throws If a component that is `alive` has a covariance that is singular in float32.
 */
export function covarianceRoots(
  name: string,
  variances: tf.Tensor,
  alive: tf.Tensor1D,
  regularization: number,
): MixtureCovariance {
  if (variances.rank === 3) {
    const [n, k] = variances.shape as [number, number];
    const ones = diagonalMatrix(tf.ones([n, k]));
    const regular = choose(alive, variances.add(ones.mul(regularization)), ones) as tf.Tensor3D;
    return { kind: 'full', factor: factorsOf(name, regular, regularization) };
  }
  const regular = choose(alive, variances.maximum(0).add(regularization), tf.onesLike(variances));
  const least = regular.rank === 1 ? regular : regular.min(1);
  const values = least.dataSync();
  const component = values.findIndex((value) => !(value > 0));
  if (component >= 0) throw singular(name, component, regularization);
  const sigma = regular.sqrt();
  return variances.rank === 1
    ? { kind: 'isotropic', sigma: sigma as tf.Tensor1D }
    : { kind: 'diagonal', sigma: sigma as tf.Tensor2D };
}

/** The next covariances where a component is `alive`, those before, of the same kind, where it is empty. */
export function keepEmpty(alive: tf.Tensor1D, next: MixtureCovariance, before: MixtureCovariance): MixtureCovariance {
  if (next.kind === 'full' && before.kind === 'full') {
    return { kind: 'full', factor: choose(alive, next.factor, before.factor) };
  }
  if (next.kind === 'diagonal' && before.kind === 'diagonal') {
    return { kind: 'diagonal', sigma: choose(alive, next.sigma, before.sigma) };
  }
  const [a, b] = [next, before] as { readonly sigma: tf.Tensor1D }[];
  return { kind: 'isotropic', sigma: choose(alive, a!.sigma, b!.sigma) };
}
