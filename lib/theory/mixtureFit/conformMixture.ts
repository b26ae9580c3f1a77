import { diagonalMatrix } from '../../engine/matrix';
import { tf } from '../../engine/tensorflow';
import type { GaussianMixture, MixtureCovariance } from '../../information/gaussianMixture';
import { requireMixture } from '../../information/requireMixture';
import type { RequiredEmOptions } from './emOptions';

const order = ['isotropic', 'diagonal', 'full'] as const;
const fitted = { spherical: 'isotropic', diagonal: 'diagonal', full: 'full' } as const;

/** Roots of N covariances of this kind, from those of N or of one of a simpler kind. */
function widened(covariance: MixtureCovariance, kind: MixtureCovariance['kind'], n: number, k: number) {
  const root = covariance.kind === 'full' ? covariance.factor : covariance.sigma;
  const all = root.shape[0] === n ? root : root.broadcastTo([n, ...root.shape.slice(1)]);
  const rows = covariance.kind === 'isotropic' && kind !== 'isotropic' ? all.expandDims(1).broadcastTo([n, k]) : all;
  if (kind === 'full') {
    const factor = covariance.kind === 'full' ? rows : diagonalMatrix(rows);
    return { kind, factor: factor as tf.Tensor3D };
  }
  return { kind, sigma: rows } as MixtureCovariance;
}

/**
 * A mixture as the model that the options name has it: covariances of its kind, one for each component (or the fixed one), and no weights
 * where they are equal. A fixed covariance and equal weights replace those of the mixture. To be called inside a tidy.
 *
 * @throws If the mixture's parts do not fit, it has no density, or its covariances are of a wider kind than the model's.
 */
export function conformMixture(name: string, mixture: GaussianMixture, options: RequiredEmOptions): GaussianMixture {
  requireMixture(name, mixture);
  const { means, covariance, weights } = mixture;
  const [n, k] = means.shape;
  const own = options.weights === 'equal' ? {} : { weights: weights ?? tf.fill<tf.Rank.R1>([n], 1 / n) };
  if (typeof options.covariance === 'object') {
    const sigma = tf.tensor1d([options.covariance.fixed]);
    return { means, covariance: { kind: 'isotropic', sigma }, ...own };
  }
  const kind = fitted[options.covariance];
  if (order.indexOf(covariance.kind) > order.indexOf(kind)) {
    throw new Error(
      `${name}: expected a mixture of ${kind} covariances to fit ${options.covariance} ones, got ${covariance.kind} ones; ` +
        'start from a simpler mixture, or fit that kind.',
    );
  }
  return { means, covariance: widened(covariance, kind, n, k), ...own };
}
