import { type Key, split } from '../../engine/random';
import type { FiniteWorld } from './finiteWorld';
import { type Matrix, rowNorms } from './float64Matrix';
import { classLossBound } from './lossBound';
import { invarianceComplexity, linearClassComplexity, type MonteCarloMean } from './rademacherComplexity';
import { distancesWithinClasses, rowDistance } from './worldExpectations';
import { rowsAt, sampleWorld, type WorldSample } from './worldSample';

/** What the bound needs to know of a world and m, but of no sample. */
export interface WorldConstants {
  /** Unlabelled pairs. */
  readonly m: number;
  /** B of W = {‖W‖_F ≤ B}. */
  readonly weightBound: number;
  /** R_m(F). */
  readonly invarianceComplexity: MonteCarloMean;
  /** The upper bound of R_m(W∘F). */
  readonly lossComplexity: MonteCarloMean;
  /** κ of all W∘F. */
  readonly lossBoundClass: number;
  /** τ over all of F. */
  readonly largestClassDiameter: number;
}

/** For which m and B, and how many trials. */
export interface WorldConstantsOptions {
  /** Unlabelled pairs. */
  readonly m: number;
  /** B; default 12. */
  readonly weightBound?: number;
  /** Fresh samples and signs for each Rademacher term; default 100. */
  readonly trials?: number;
  /** The pairs of a fresh S̄; default `sampleWorld`'s, two draws of one class. */
  readonly pairs?: (key: Key) => Pick<WorldSample, 'first' | 'second'>;
  /** Of all that is random: the same key, the same numbers. */
  readonly key: Key;
  /** Stops between two trials, with the signal's reason as the error; default: nothing does. */
  readonly signal?: AbortSignal;
}

/** ‖f(x⁺) − f(x⁺⁺)‖ of every pair under every encoder, [encoders, m]. */
function pairDistances(encoders: readonly Matrix[], first: Int32Array, second: Int32Array): Matrix {
  const m = first.length;
  const distances = new Float64Array(encoders.length * m);
  encoders.forEach((table, f) => {
    for (let j = 0; j < m; j++) distances[f * m + j] = rowDistance(table, first[j]!, second[j]!);
  });
  return { rows: encoders.length, columns: m, values: distances };
}

/**
 * B, τ, κ and the Rademacher terms of Theorem 4 for a finite world: τ and κ exact over its points and F, the Rademacher
 * terms by Monte Carlo over fresh S̄. They depend on m and not on a sample, so one computation serves all trials.
 * Source: theory.md, section 7.
 *
 * @param world Of `finiteWorld`.
 * @throws If m or `trials` is no whole number as needed, or B is not positive.
 * @example
 * const world = finiteWorld({ encoders: 1, key: key(0) });
 * const constants = worldConstants(world, { m: 50, trials: 3, key: key(1) });
 * // One encoder leaves nothing to fit to signs.
 * constants; // { m: 50, weightBound: 12, invarianceComplexity: { value: 0, standardError: 0 } }
 * constants.largestClassDiameter; // 0.5866
 */
export function worldConstants(world: FiniteWorld, options: WorldConstantsOptions): WorldConstants {
  const { m, weightBound = 12, trials = 100, key, signal } = options;
  const { pairs = (k: Key) => sampleWorld(world, { n: 1, m, key: k }) } = options;
  const [invarianceKey, lossKey] = split(key) as [Key, Key];
  const monteCarlo = { trials, ...(signal === undefined ? {} : { signal }) };
  return {
    m,
    weightBound,
    invarianceComplexity: invarianceComplexity({
      ...monteCarlo,
      key: invarianceKey,
      draw: (k) => {
        const { first, second } = pairs(k);
        return pairDistances(world.encoders, first, second);
      },
    }),
    lossComplexity: linearClassComplexity({
      ...monteCarlo,
      key: lossKey,
      weightBound,
      outputs: world.classProbabilities.length,
      draw: (k) => {
        const { first } = pairs(k);
        return world.encoders.map((table) => rowsAt(table, first));
      },
    }),
    lossBoundClass: classLossBound({
      weightBound,
      largestRepresentation: world.encoders.reduce(
        (most, table) => rowNorms(table).reduce((a, b) => Math.max(a, b), most),
        0,
      ),
    }),
    largestClassDiameter: Math.max(...world.encoders.map((table) => distancesWithinClasses(world, table).diameter)),
  };
}
