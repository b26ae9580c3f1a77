import { diagonalPart } from '../engine/matrix';
import { offTape } from '../engine/rematerialize';
import type { tf } from '../engine/tensorflow';
import type { GaussianMixture } from './gaussianMixture';

/** A pivot of a Cholesky factor this far below the largest is rounding of a zero in float32. */
const ZERO_PIVOT = 1e-6;

/** The components' scales by direction: standard deviations, or the pivots of their factors; [N or 1, directions]. */
function scalesOf({ covariance }: GaussianMixture): tf.Tensor2D {
  if (covariance.kind === 'isotropic') return covariance.sigma.expandDims<tf.Tensor2D>(1);
  return covariance.kind === 'diagonal' ? covariance.sigma : (diagonalPart(covariance.factor).abs() as tf.Tensor2D);
}

function requireShapes(name: string, { means, covariance, weights }: GaussianMixture): void {
  const [n, k] = means.shape;
  const root = covariance.kind === 'full' ? covariance.factor : covariance.sigma;
  const own = { isotropic: [], diagonal: [k], full: [k, k] }[covariance.kind];
  const fits = [n, 1].some((count) => `${[count, ...own]}` === `${root.shape}`);
  if (fits && (weights === undefined || `${weights.shape}` === `${n}`)) return;
  throw new Error(
    `${name}: expected a mixture of means [N, K], ${covariance.kind} covariances [${['N or 1', ...own.map(() => 'K')].join(', ')}] and ` +
      `weights [N] or none, got [${means.shape.join(', ')}], [${root.shape.join(', ')}] and ` +
      `${weights ? `[${weights.shape.join(', ')}]` : 'none'}; make it with gaussianMixture.`,
  );
}

/**
 * Requires a mixture whose parts fit, and of covariances of full rank, so that it has a density. Reads one number back, more only
 * to say which component it is.
 */
export function requireMixture(name: string, mixture: GaussianMixture): void {
  requireShapes(name, mixture);
  const flat = () => {
    const scales = scalesOf(mixture);
    return scales.lessEqual(scales.max(1, true).mul(mixture.covariance.kind === 'full' ? ZERO_PIVOT : 0));
  };
  if (offTape(() => flat().any().dataSync()[0]!) === 0) return;
  let [component, directions] = [0, 0];
  const count = offTape(() => {
    const marks = flat();
    directions = marks.shape[1]!;
    const values = Array.from(marks.dataSync());
    component = Math.floor(values.indexOf(1) / directions);
    return values.slice(component * directions, (component + 1) * directions).reduce((sum, mark) => sum + mark, 0);
  });
  const what = mixture.covariance.kind === 'full' ? 'pivots of the factor' : 'standard deviations';
  throw new Error(
    `${name}: expected covariances that are not singular, but ${count} of ${directions} ${what} of component ${component} are 0: it has no ` +
      'density. Leave such dimensions out, or add noise.',
  );
}
