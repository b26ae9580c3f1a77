import type { FiniteWorld } from './finiteWorld';
import type { Matrix } from './float64Matrix';
import type { WorldSample } from './worldSample';

/** VICReg's three weights and its target deviation; defaults 25, 25, 1 and 1 (Bardes et al. 2022). */
export interface SelectEncoderOptions {
  /** λ; default 25. */
  readonly invariance?: number;
  /** μ; default 25. */
  readonly variance?: number;
  /** ν; default 1. */
  readonly covariance?: number;
  /**
   * γ: the deviation from which on a coordinate is not pushed apart; the encoders' scale is fixed, so it should suit
   * them. Default 1; `selectEncoder` takes 0.3.
   */
  readonly deviation?: number;
}

/** The variance and covariance terms of one view: points with counts stand for its m rows. */
function spreadTerms({ columns: K, values }: Matrix, view: Int32Array, deviation: number) {
  const m = view.length;
  const counts = new Float64Array(values.length / K);
  for (const a of view) counts[a]!++;
  const mean = new Float64Array(K);
  counts.forEach((count, a) => {
    for (let k = 0; k < K; k++) mean[k]! += (count / m) * values[a * K + k]!;
  });
  const covariance = new Float64Array(K * K);
  counts.forEach((count, a) => {
    if (count === 0) return;
    for (let i = 0; i < K; i++) {
      const weighted = (count / (m - 1)) * (values[a * K + i]! - mean[i]!);
      for (let j = 0; j <= i; j++) covariance[i * K + j]! += weighted * (values[a * K + j]! - mean[j]!);
    }
  });
  let [hinge, offDiagonal] = [0, 0];
  for (let i = 0; i < K; i++) {
    hinge += Math.max(0, deviation - Math.sqrt(covariance[i * K + i]! + 1e-4)) / K;
    for (let j = 0; j < i; j++) offDiagonal += (2 * covariance[i * K + j]! ** 2) / K;
  }
  return { hinge, offDiagonal };
}

/**
 * VICReg's objective of one encoder on the pairs of S̄: invariance as the mean square over rows and coordinates, half
 * the sum of both views' hinges of deviations, and the sum of both views' squared covariances over K (as `vicreg` of
 * lib/objectives; here in double precision, of a table).
 *
 * @param table f(x) [A, K].
 * @throws If there are fewer than two pairs, which have no covariance.
 */
export function vicregOnPairs(
  table: Matrix,
  { first, second }: Pick<WorldSample, 'first' | 'second'>,
  options: SelectEncoderOptions = {},
): number {
  const { invariance = 25, variance = 25, covariance = 1, deviation = 1 } = options;
  const { columns: K, values } = table;
  const m = first.length;
  if (m < 2) throw new Error(`vicregOnPairs: expected at least two pairs, got ${m}; draw more`);
  let squares = 0;
  for (let j = 0; j < m; j++) {
    const [a, b] = [first[j]! * K, second[j]! * K];
    for (let k = 0; k < K; k++) squares += (values[a + k]! - values[b + k]!) ** 2;
  }
  const views = [first, second].map((view) => spreadTerms(table, view, deviation));
  const hinges = views.reduce((sum, { hinge }) => sum + hinge / 2, 0);
  const offDiagonals = views.reduce((sum, { offDiagonal }) => sum + offDiagonal, 0);
  return (invariance * squares) / (m * K) + variance * hinges + covariance * offDiagonals;
}

/**
 * "f trained on S̄": the number of the encoder in F whose `vicregOnPairs` is least on the sample's pairs (the first of
 * equals). The deviation's default is 0.3, as `finiteWorld`'s outputs are about 0.7 long and spread over K = 6
 * coordinates.
 * Chosen here.
 *
 * @param sample Its pairs.
 * @example
 * // Two points that the first encoder takes to one place, and the second apart.
 * const encoders = [[[0], [0]], [[-1], [1]]].map((z) => toMatrix('mine', 'z', z));
 * const pairs = { first: Int32Array.of(0, 1), second: Int32Array.of(0, 1) };
 * selectEncoder({ encoders }, pairs); // 1
 */
export function selectEncoder(
  { encoders }: Pick<FiniteWorld, 'encoders'>,
  sample: Pick<WorldSample, 'first' | 'second'>,
  options: SelectEncoderOptions = {},
): number {
  const objectives = encoders.map((table) => vicregOnPairs(table, sample, { deviation: 0.3, ...options }));
  return objectives.indexOf(Math.min(...objectives));
}
