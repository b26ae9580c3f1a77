import type { Key } from '../engine/random';
import { symmetricEigen } from '../engine/symmetricEigen';
import { tf } from '../engine/tensorflow';
import { distanceToDiagonal } from '../statistics/distanceToDiagonal';
import { type CovarianceBounds, type CovarianceProblem, covarianceProblem } from './covarianceBounds';
import { type AscentState, ascentStep, beginAscent, disposeAscent } from './gradientAscent';
import { requireCount } from './network';

/** How many starts of which dimension, and for how long. */
export interface EntropyBoundAscentOptions {
  /** K ≥ 2. */
  readonly dimension: number;
  /** Random starts, all ascended together; default 200. */
  readonly starts?: number;
  /** Default 200. */
  readonly steps?: number;
  /** A row for each start at every so many steps, and at the last; default 5. */
  readonly every?: number;
  /** Of all that is random: the same key, the same numbers. */
  readonly key: Key;
  /** Called after each step; default: no one is. */
  readonly onProgress?: (step: number, steps: number) => void;
  /** Stops between two steps, with the signal's reason as the error; default: nothing does. */
  readonly signal?: AbortSignal;
}

/** Where one start's Σ_Z is at one step. */
export interface AscentRow {
  /** Which start, from 0. */
  readonly start: number;
  /** Steps taken, from 0. */
  readonly step: number;
  /**
   * What is maximised, nats: ½ ln |2πe Σ_Z|, unless the bounds name another objective. It never falls from step to
   * step.
   */
  readonly entropyBound: number;
  /** `distanceToDiagonal` of Σ_Z. */
  readonly relativeFrobenius: number;
  /** `distanceToDiagonal` of Σ_Z, the other measure. */
  readonly meanAbsoluteCorrelation: number;
  /** Smallest eigenvalue of Σ_Z. */
  readonly smallest: number;
  /** Largest eigenvalue of Σ_Z. */
  readonly largest: number;
}

/**
 * The rows of all starts, their covariances, and the maximum that they tend to.
 *
 * @param step Steps taken.
 * @param values Σ_Z of every start, [starts, K, K].
 */
export interface EntropyBoundAscent {
  /** By step, then by start. */
  readonly rows: readonly AscentRow[];
  /** Σ_Z of every start at each of these steps, [starts, K, K] row-major. */
  readonly covariances: readonly { readonly step: number; readonly values: Float32Array }[];
  /**
   * The objective's maximum within the bounds, in closed form, nats; for centres in a box an upper bound, which not
   * every number of centres reaches. Null where none is known: PairDist's objectives, a ball with K + 2 centres and K
   * odd, and `information` with eigenvalues so far apart that a few wide components may pay: b − a > 2 m ln(b / a), m
   * the least eigenvalue of Σ_Z at the best centres and Σ_i = a I.
   */
  readonly maximum: number | null;
}

/** Growth of an eigenvalue that counts as without end. */
const UNBOUNDED = 1e6;

/**
 * Theorem 2 as an experiment: gradient ascent of the entropy bound ½ ln |2πe Σ_Z| over covariances Σ_Z that keep to the
 * bounds, from random starts, and how far Σ_Z is from diagonal on the way. [Theorem 2 recalled; its facts derived,
 * theory.md section 4.]
 *
 * The bounds are kept exactly (to float32's rounding): a fixed diagonal or trace by the parametrisation Σ = F Fᵀ with
 * F's rows, or F, rescaled; eigenvalues and centres by projection after every step. No step lowers the bound. What the
 * maximum is:
 * - `diagonal`: diag of the variances. Diagonal in these coordinates only, save where the variances are all equal. By
 *   Hadamard's inequality.
 * - `trace`: (trace / K) I, diagonal in every basis.
 * - `mixture`, centres in a `ball`: (b + r² / K) I with N ≥ K + 1 centres, diagonal in every basis, save for N = K + 2
 *   with K odd. With fewer it is isotropic only on the span of the centres, which may lie anyhow: not diagonal. With
 *   more than K + 1 a start may stop short at a local maximum. With N = K + 2 and K odd no Σ_Z attains that, and the
 *   best is not isotropic: as found at K = 3 and 5, the centres are two regular simplices, of (K + 1) / 2 and (K + 3) /
 *   2 centres, in orthogonal subspaces that may lie anyhow.
 * - `mixture`, centres in a `box`: diag(b + box_k²) where such centres exist, in these coordinates only. The ascent has
 *   local maxima.
 *
 * @param bounds What Σ_Z keeps to.
 * @throws Where the bounds have no maximum: once an eigenvalue has grown a millionfold, or the objective is infinite.
 *   Also on impossible bounds or options.
 * @example
 * const options = { dimension: 2, starts: 2, steps: 100, key: key(0) };
 * const { rows, maximum } = await ascendEntropyBound({ kind: 'trace' }, options);
 * // With a trace of 2 the maximum is at I, ln 2πe. The ascent gets there from covariances not diagonal.
 * maximum; // 2.8379
 * rows.at(-1); // { entropyBound: 2.8379, relativeFrobenius: 0.000, smallest: 1.000, largest: 1.000 }
 * rows[0].relativeFrobenius > 0.1; // true
 */
export async function ascendEntropyBound(
  bounds: CovarianceBounds,
  options: EntropyBoundAscentOptions,
): Promise<EntropyBoundAscent> {
  const { dimension, starts = 200, steps = 200, every = 5, key, onProgress, signal } = options;
  requireCount(dimension, 2, 'the dimension', 'ascendEntropyBound');
  requireCount(starts, 1, 'starts', 'ascendEntropyBound');
  requireCount(steps, 1, 'steps', 'ascendEntropyBound');
  requireCount(every, 1, 'every', 'ascendEntropyBound');
  const problem = covarianceProblem('ascendEntropyBound', bounds, dimension);
  const rows: AscentRow[] = [];
  const covariances: { step: number; values: Float32Array }[] = [];
  let state = beginAscent(problem, key, starts);
  try {
    for (let step = 0; ; step++) {
      if (step % every === 0 || step === steps || isInfinite(state)) {
        const { values, now } = measure(problem, state, step);
        requireBounded(bounds, rows, now);
        rows.push(...now);
        covariances.push({ step, values });
        onProgress?.(step, steps);
        await new Promise(setImmediate);
        signal?.throwIfAborted();
      }
      if (step === steps) break;
      const next = ascentStep(problem, state);
      disposeAscent(state);
      state = next;
    }
  } finally {
    disposeAscent(state);
  }
  return { rows, covariances, maximum: problem.maximum };
}

/** Whether a start has an infinite objective, from which no gradient leads on. */
function isInfinite({ value }: AscentState): boolean {
  return tf.tidy(() => value.max().dataSync()[0] === Number.POSITIVE_INFINITY);
}

function measure(problem: CovarianceProblem, { parameters, value }: AscentState, step: number) {
  const [values, bound, frobenius, correlation, smallest, largest] = tf.tidy(() => {
    const covariance = problem.covariance(parameters);
    const { relativeFrobenius, meanAbsoluteCorrelation } = distanceToDiagonal(covariance);
    const eigenvalues = symmetricEigen(covariance).values;
    const columns = [relativeFrobenius, meanAbsoluteCorrelation, eigenvalues.min(-1), eigenvalues.max(-1)];
    return [covariance, value, ...columns].map((column) => column.dataSync() as Float32Array);
  }) as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
  const now = Array.from(
    bound,
    (entropyBound, start): AscentRow => ({
      ...{ start, step, entropyBound },
      relativeFrobenius: frobenius[start]!,
      meanAbsoluteCorrelation: correlation[start]!,
      smallest: smallest[start]!,
      largest: largest[start]!,
    }),
  );
  return { values, now };
}

/** Throws once a start shows that its bounds do not hold the objective. */
function requireBounded(bounds: CovarianceBounds, rows: readonly AscentRow[], now: readonly AscentRow[]): void {
  for (const row of now) {
    const first = rows[row.start];
    if (row.entropyBound === Number.POSITIVE_INFINITY) {
      throw new Error(
        `ascendEntropyBound: the objective has no maximum under these bounds: at step ${row.step} a component's covariance is singular, ` +
          '−ln |Σ_i| infinite. Bound its eigenvalues from below, eigenvalues: [a, b] with a > 0.',
      );
    }
    if (first && row.largest > UNBOUNDED * first.largest) {
      const gained = (row.entropyBound - first.entropyBound).toFixed(1);
      const remedy =
        bounds.kind === 'mixture'
          ? 'Bound the eigenvalues from above (eigenvalues: [a, b]) and the centres (ball or box).'
          : "Bound the diagonal ({ kind: 'diagonal' }), the trace ({ kind: 'trace' }) or a mixture's eigenvalues and centres ({ kind: 'mixture' }).";
      throw new Error(
        `ascendEntropyBound: the entropy bound has no maximum under these bounds: after ${row.step} steps the largest eigenvalue is ` +
          `${row.largest.toExponential(1)}, ${(row.largest / first.largest).toExponential(1)} times what it was, the bound ${gained} nats higher, and rising; ` +
          `doubling all outputs adds K ln 2 nats. ${remedy}`,
      );
    }
  }
}
