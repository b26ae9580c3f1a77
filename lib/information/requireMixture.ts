import { diagonalPart } from '../engine/matrix';
import { offTape } from '../engine/rematerialize';
import { tf } from '../engine/tensorflow';
import type { GaussianMixture } from './gaussianMixture';

/** A pivot of a Cholesky factor this far below its row is rounding of a zero in float32. */
const ZERO_PIVOT = 1e-6;

/** The components' scales by direction: standard deviations, or the pivots of their factors over their rows; [N or 1, directions]. */
function scalesOf({ covariance }: GaussianMixture): tf.Tensor2D {
  if (covariance.kind === 'isotropic') return covariance.sigma.expandDims<tf.Tensor2D>(1);
  if (covariance.kind === 'diagonal') return covariance.sigma;
  return diagonalPart(covariance.factor).div(covariance.factor.abs().sum(2));
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
 * Requires a mixture whose parts fit, of positive weights of sum 1 (within 1e-4), and of covariances of full rank, so that it has a
 * density. Reads three numbers back, more only to say which component it is.
 */
export function requireMixture(name: string, mixture: GaussianMixture): void {
  requireShapes(name, mixture);
  const { covariance, weights } = mixture;
  const bound = covariance.kind === 'full' ? ZERO_PIVOT : 0;
  let numbers: readonly number[] = [];
  offTape(() => {
    const full = scalesOf(mixture).greater(bound).all().toFloat();
    const checks = weights ? [full, weights.sum(), weights.min()] : [full];
    numbers = Array.from(tf.stack(checks).dataSync());
    return 0;
  });
  const [full, sum = 1, least = 1] = numbers;
  if (!(least > 0 && Math.abs(sum - 1) <= 1e-4)) {
    throw new Error(
      `${name}: expected positive weights of sum 1, got a sum of ${sum}, the least ${least}; divide them by it.`,
    );
  }
  if (full === 1) return;
  let [component, directions, below] = [0, 0, false];
  const count = offTape(() => {
    const scales = scalesOf(mixture);
    directions = scales.shape[1];
    const values = Array.from(scales.dataSync());
    component = Math.floor(values.findIndex((value) => !(value > bound)) / directions);
    const flat = values.slice(component * directions, (component + 1) * directions).filter((value) => !(value > bound));
    below = !flat.every((value) => Math.abs(value) <= bound || Number.isNaN(value));
    return flat.length;
  });
  const what = covariance.kind === 'full' ? 'pivots of the factor' : 'standard deviations';
  throw new Error(
    `${name}: expected covariances that are not singular, but ${count} of ${directions} ${what} of component ${component} are ` +
      `${below ? 'negative' : '0'}: it has no density. ${below ? 'Roots are positive; make them with gaussianMixture.' : 'Leave such dimensions out, or add noise.'}`,
  );
}
