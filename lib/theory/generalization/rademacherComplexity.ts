import { foldIn, integers, type Key, split } from '../../engine/random';
import { requireCount } from '../network';
import { euclideanNorm, type Matrix, type MatrixLike, toMatrix } from './float64Matrix';

/** A mean over independent trials. */
export interface MonteCarloMean {
  /** The mean over the trials. */
  readonly value: number;
  /** The trials' standard deviation (over trials − 1) divided by √trials. */
  readonly standardError: number;
  /** How many. */
  readonly trials: number;
}

/** How the expectation is estimated. */
interface Trials {
  /** Fresh samples and signs averaged over; at least 2, default 200. */
  readonly trials?: number;
  /** Of all that is random: the same key, the same numbers. */
  readonly key: Key;
  /** Stops the loop between two trials, by an AbortError; default: nothing does. */
  readonly signal?: AbortSignal;
}

export interface InvarianceComplexityOptions extends Trials {
  /**
   * A fresh S̄ from this key: the distances ‖f(x⁺) − f(x⁺⁺)‖ of its m pairs under each encoder of F, [encoders, m].
   * Where it ignores the key, the mean is the empirical complexity, given that S̄.
   */
  readonly draw: (key: Key) => MatrixLike;
}

export interface LinearClassComplexityOptions extends Trials {
  /** A fresh sample from this key, as each encoder of F represents it: a matrix [m, K] for each. */
  readonly draw: (key: Key) => readonly MatrixLike[];
  /** B of W = {‖W‖_F ≤ B}, fixed before the data are seen. */
  readonly weightBound: number;
  /** r, the length of a label. */
  readonly outputs: number;
}

/** Rademacher signs, ±1 with equal probability. */
function signs(key: Key, count: number): Float64Array {
  const bits = integers(key, [count], 0, 2);
  const read = bits.dataSync();
  bits.dispose();
  const sigma = new Float64Array(count);
  for (let i = 0; i < count; i++) sigma[i] = 2 * read[i]! - 1;
  return sigma;
}

function meanOfTrials(
  name: string,
  { trials = 200, key, signal }: Trials,
  trial: (drawKey: Key, signKey: Key) => number,
): MonteCarloMean {
  requireCount(trials, 2, 'trials', name);
  const values = new Float64Array(trials);
  for (let t = 0; t < trials; t++) {
    signal?.throwIfAborted();
    const [drawKey, signKey] = split(foldIn(key, t)) as [Key, Key];
    values[t] = trial(drawKey, signKey);
  }
  const value = values.reduce((sum, x) => sum + x, 0) / trials;
  const deviation = euclideanNorm(values.map((x) => x - value)) / Math.sqrt(trials - 1);
  return { value, standardError: deviation / Math.sqrt(trials), trials };
}

/**
 * R_m(F) = E max_f (1/m) Σ σ_i ‖f(x_i⁺) − f(x_i⁺⁺)‖ over a finite set F of encoders (theory.md, section 7, step 6), σ
 * uniform on {±1}^m, by averaging over fresh samples and signs. The theorem's R̃_m(F) is √m times this.
 *
 * Every trial averages the maxima of σ and −σ, which have the same law: (max_f − min_f)/2 of the sums, at far less
 * variance, and exactly 0 for a single encoder.
 *
 * @throws If draw gives no numbers, not always as many, or trials is not a whole number of at least 2.
 * @example
 * // One pair, 1 apart under one encoder and 3 under the other: E max(σ, 3σ) = (3 − 1)/2, whatever the signs.
 * invarianceComplexity({ draw: () => [[1], [3]], trials: 4, key: key(0) }); // { value: 1, standardError: 0 }
 */
export function invarianceComplexity({ draw, ...options }: InvarianceComplexityOptions): MonteCarloMean {
  const name = 'invarianceComplexity';
  return meanOfTrials(name, options, (drawKey, signKey) => {
    const { rows, columns, values } = toMatrix(name, "draw's distances [encoders, m]", draw(drawKey));
    const sigma = signs(signKey, columns);
    let [largest, least] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let f = 0; f < rows; f++) {
      let sum = 0;
      for (let i = 0; i < columns; i++) sum += sigma[i]! * values[f * columns + i]!;
      largest = Math.max(largest, sum);
      least = Math.min(least, sum);
    }
    return (largest - least) / (2 * columns);
  });
}

/** ‖Zᵀ Ξ‖_F of Z [m, K] and Ξ [m, r]. */
function signedSumNorm({ rows, columns, values }: Matrix, xi: Float64Array, outputs: number): number {
  const sums = new Float64Array(columns * outputs);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < columns; k++) {
      const z = values[i * columns + k]!;
      for (let j = 0; j < outputs; j++) sums[k * outputs + j]! += z * xi[i * outputs + j]!;
    }
  }
  return euclideanNorm(sums);
}

/**
 * (√2 B/m) E max_f ‖Z_f Ξ‖_F, Ξ uniform on {±1}^{m×r}: an upper bound of R_m(W∘F), the Rademacher complexity of the
 * losses x ↦ ‖W f(x) − g*(x)‖ over ‖W‖_F ≤ B and a finite set F of encoders (theory.md, section 7; by the contraction
 * inequality for vectors, the loss being 1-Lipschitz in W f(x)). By averaging over fresh samples and signs.
 *
 * @throws If the encoders' representations are not of one number of rows, or B is not a positive number.
 * @example
 * // √2 B ‖z‖ of one sample.
 * const draw = () => [[[3, 4]]];
 * linearClassComplexity({ draw, weightBound: 1, outputs: 1, trials: 2, key: key(0) }); // { value: 7.0711 }
 */
export function linearClassComplexity(options: LinearClassComplexityOptions): MonteCarloMean {
  const name = 'linearClassComplexity';
  const { draw, weightBound, outputs, ...rest } = options;
  requireCount(outputs, 1, 'outputs', name);
  if (!(weightBound > 0 && weightBound < Number.POSITIVE_INFINITY)) {
    throw new Error(`${name}: expected weightBound, the bound of ‖W‖_F, to be a positive number, got ${weightBound}`);
  }
  return meanOfTrials(name, rest, (drawKey, signKey) => {
    const tables = draw(drawKey).map((z) => toMatrix(name, "draw's representations [m, K]", z));
    const m = tables[0]?.rows;
    if (m === undefined || tables.some(({ rows }) => rows !== m)) {
      throw new Error(
        `${name}: expected draw to return representations [m, K] of at least one encoder, of the same m for all, got m of [${tables.map(({ rows }) => rows)}]`,
      );
    }
    const xi = signs(signKey, m * outputs);
    const largest = Math.max(...tables.map((z) => signedSumNorm(z, xi, outputs)));
    return (Math.SQRT2 * weightBound * largest) / m;
  });
}
