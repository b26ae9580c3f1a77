import { diagonalPart } from '../engine/matrix';
import { offTape } from '../engine/rematerialize';
import type { GaussianMixture } from './gaussianMixture';

/** A pivot of a Cholesky factor this far below the largest is rounding of a zero in float32. */
const ZERO_PIVOT = 1e-6;

/**
 * Requires covariances of full rank, so that the mixture has a density. Reads one number back, more only to say which component
 * it is.
 */
export function requireNonSingular(name: string, { covariance }: GaussianMixture): void {
  const flatDirections = () => {
    const scales = covariance.kind === 'full' ? diagonalPart(covariance.factor).abs() : covariance.sigma;
    if (covariance.kind !== 'full') return scales.lessEqual(0);
    return scales.lessEqual(scales.max(1, true).mul(ZERO_PIVOT));
  };
  if (offTape(() => flatDirections().any().dataSync()[0]!) === 0) return;
  const units =
    covariance.kind === 'isotropic'
      ? 1
      : covariance.kind === 'diagonal'
        ? covariance.sigma.shape[1]
        : covariance.factor.shape[1];
  let component = -1;
  const flat = offTape(() => {
    const values = Array.from(flatDirections().dataSync());
    component = Math.floor(values.indexOf(1) / units);
    return values.slice(component * units, (component + 1) * units).reduce((sum, value) => sum + value, 0);
  });
  throw new Error(
    `${name}: expected covariances that are not singular, but component ${component} has no extent in ${flat} of ${units} directions: ` +
      'it has no density. Leave such dimensions out, or add noise',
  );
}
