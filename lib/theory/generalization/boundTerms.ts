import { type Matrix, type MatrixLike, rowNorms, subtract, toMatrix } from './float64Matrix';
import { minimumNormLeastSquares } from './minimumNormLeastSquares';
import { spectralNorm } from './spectralNorm';
import type { RankOptions } from './triangleSvd';

/**
 * What the trained encoder f makes of the two samples.
 *
 * @param z f(x) [n, K] of S, f(x⁺) [m, K] of S̄.
 * @param y Labels, [n, r] and [m, r].
 * @param paired f(x⁺⁺) [m, K].
 */
export interface BoundSamples {
  /** S: representations [n, K] and labels [n, r]. */
  readonly labelled: { readonly z: MatrixLike; readonly y: MatrixLike };
  /** S̄: representations f(x⁺) [m, K], the hidden labels [m, r], and `paired`, f(x⁺⁺) [m, K] in the same order. */
  readonly unlabelled: { readonly z: MatrixLike; readonly y: MatrixLike; readonly paired: MatrixLike };
}

/** The terms of Theorems 3 and 4 that the data give without any constant: all at least 0. */
export interface BoundTerms {
  /** Labelled examples. */
  readonly n: number;
  /** Unlabelled pairs. */
  readonly m: number;
  /** I_S̄ = (1/m) Σ ‖f(x⁺) − f(x⁺⁺)‖. */
  readonly invariance: number;
  /** c = ‖W_S − W_S̄‖₂. */
  readonly c: number;
  /** Rank of Z_S. */
  readonly rankS: number;
  /** Rank of Z_S̄. */
  readonly rankSbar: number;
  /** ‖P_S Y_S‖_F / √n. */
  readonly residualLabelled: number;
  /** ‖P_S̄ Y_S̄‖_F / √m. */
  readonly residualUnlabelled: number;
  /** Theorem 4's leading terms: c · invariance + residualLabelled + 2 residualUnlabelled. */
  readonly core: number;
  /**
   * What bounds the gap, risk less the mean loss on S: c · invariance + 2 residualUnlabelled. Derived here: the same
   * proof without its step 3, which puts residualLabelled in the mean loss's place, gives risk − mean loss ≤
   * `fullBound`'s total − residualLabelled.
   */
  readonly gapCore: number;
  /** Theorem 3's: invariance + residualLabelled + 2 residualUnlabelled. It bounds `core` only where c ≤ 1. */
  readonly theorem3Core: number;
  /** W_S, transposed: [K, r]. */
  readonly weightsLabelled: Matrix;
  /** W_S̄, transposed: [K, r]. */
  readonly weightsUnlabelled: Matrix;
}

/**
 * I = (1/m) Σ ‖first_i − second_i‖, the mean distance (not squared) of the two representations of a pair.
 * Source: theory.md, section 7.
 *
 * @param first f(x⁺) [m, K]
 * @param second f(x⁺⁺) [m, K], in the same order
 * @throws If the shapes differ or a value is not finite.
 * @example
 * // The mean of 5 and 0.
 * invariance([[0, 0], [1, 1]], [[3, 4], [1, 1]]); // 2.5
 */
export function invariance(first: MatrixLike, second: MatrixLike): number {
  const a = toMatrix('invariance', 'first', first);
  const b = toMatrix('invariance', 'second', second);
  if (a.rows !== b.rows || a.columns !== b.columns) {
    throw new Error(
      `invariance: expected the two representations of each pair, of one shape, got [${a.rows}, ${a.columns}] and [${b.rows}, ${b.columns}]`,
    );
  }
  return rowNorms(subtract(a, b)).reduce((sum, distance) => sum + distance, 0) / a.rows;
}

/**
 * The terms of Theorems 3 and 4 computed from data, and their cores (theory.md, section 7): what is left of the bound
 * where n and m are so large that the other terms vanish.
 *
 * @throws If shapes do not fit or a value is not finite.
 * @example
 * const labelled = { z: [[1], [1]], y: [[1], [0]] };
 * const unlabelled = { z: [[1], [2]], y: [[1], [2]], paired: [[1], [3]] };
 * // W_S = ½ leaves residuals of ½, W_S̄ = 1 leaves none, so c = ½; the pairs are 0 and 1 apart.
 * const terms = boundTerms({ labelled, unlabelled });
 * terms; // { c: 0.5, invariance: 0.5, residualLabelled: 0.5, residualUnlabelled: 0, core: 0.75 }
 */
export function boundTerms({ labelled, unlabelled }: BoundSamples, options: RankOptions = {}): BoundTerms {
  const zS = toMatrix('boundTerms', 'labelled.z', labelled.z);
  const yS = toMatrix('boundTerms', 'labelled.y', labelled.y);
  const zSbar = toMatrix('boundTerms', 'unlabelled.z', unlabelled.z);
  const ySbar = toMatrix('boundTerms', 'unlabelled.y', unlabelled.y);
  if (zS.columns !== zSbar.columns || yS.columns !== ySbar.columns) {
    throw new Error(
      `boundTerms: expected labelled and unlabelled z [·, K] and y [·, r] of the same K and r, got K ${zS.columns} and ${zSbar.columns}, r ${yS.columns} and ${ySbar.columns}`,
    );
  }
  const fitS = minimumNormLeastSquares(zS, yS, options);
  const fitSbar = minimumNormLeastSquares(zSbar, ySbar, options);
  const distance = invariance(zSbar, unlabelled.paired);
  const c = spectralNorm(subtract(fitS.weights, fitSbar.weights));
  const residualLabelled = fitS.residual / Math.sqrt(zS.rows);
  const residualUnlabelled = fitSbar.residual / Math.sqrt(zSbar.rows);
  return {
    n: zS.rows,
    m: zSbar.rows,
    invariance: distance,
    c,
    rankS: fitS.rank,
    rankSbar: fitSbar.rank,
    residualLabelled,
    residualUnlabelled,
    core: c * distance + residualLabelled + 2 * residualUnlabelled,
    gapCore: c * distance + 2 * residualUnlabelled,
    theorem3Core: distance + residualLabelled + 2 * residualUnlabelled,
    weightsLabelled: fitS.weights,
    weightsUnlabelled: fitSbar.weights,
  };
}
