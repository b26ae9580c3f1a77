import { normalTwoSided } from './distributions';

/**
 * The overlap ∫ min(p, q) of two Gaussians N(a, σ²I), N(b, σ²I) whose centres lie ‖a − b‖ = `distance` apart, in any
 * dimension: 2Φ(−distance / 2σ), which is 1 minus their total variation, and twice the smallest error with which a
 * sample's Gaussian can be told. 1 for equal centres. Derived: along the line of the centres both are normal of width
 * σ, across it they are equal. `sigma` > 0 is per coordinate, in the units of `distance`; sigma = 0 gives 0, or 1 at
 * distance 0.
 *
 * @param distance ‖a − b‖, at least 0.
 * @param sigma The deviation of each coordinate, in the units of the distance.
 * @throws If the distance or sigma is negative or NaN.
 * @example
 * // Centres 2 σ apart: 2Φ(−1).
 * gaussianOverlap(2, 1); // 0.3173
 * gaussianOverlap(0, 1); // 1
 */
export function gaussianOverlap(distance: number, sigma: number): number {
  if (!(distance >= 0) || !(sigma >= 0)) {
    throw new Error(`gaussianOverlap: expected distance >= 0 and sigma >= 0, got ${distance} and ${sigma}`);
  }
  return distance === 0 ? 1 : normalTwoSided(distance / (2 * sigma));
}
