import type { BoundTerms } from './boundTerms';
import { requireDelta } from './delta';
import { frobeniusNorm } from './float64Matrix';
import type { MonteCarloMean } from './rademacherComplexity';

/** Theorem 4's constants and complexities, beside the terms that the data give. */
export interface FullBoundOptions {
  /** Of `boundTerms`. */
  readonly terms: BoundTerms;
  /** The bound holds with probability at least 1 − δ, 0 < δ < 1; each of its five events gets δ/5. */
  readonly delta: number;
  /** `classFrequencyTerm(…).total`, at the same δ. */
  readonly classFrequency: number;
  /** R_m(F), from `invarianceComplexity`. */
  readonly invarianceComplexity: MonteCarloMean;
  /** The bound of R_m(W∘F), from `linearClassComplexity`. */
  readonly lossComplexity: MonteCarloMean;
  /** B of W = {‖W‖_F ≤ B}, fixed before the data: the same as `lossComplexity` was computed with. */
  readonly weightBound: number;
  /** κ_S, a bound of ℓ_{W_S}. */
  readonly lossBoundLabelled: number;
  /** κ_S̄, a bound of ℓ_{W_S̄}. */
  readonly lossBoundUnlabelled: number;
  /** κ, a bound of ℓ over all of W∘F (`classLossBound`). */
  readonly lossBoundClass: number;
  /** τ_S̄, the diameter of a class under the trained f. */
  readonly classDiameter: number;
  /** τ, the largest diameter of a class under any encoder of F. */
  readonly largestClassDiameter: number;
}

/** The summands of Theorem 4, L = ln(5/δ); see theory.md, section 7, for the step that each comes from. */
export interface BoundSummands {
  /** c · I_S̄ */
  readonly invariance: number;
  /** ‖P_S Y_S‖_F/√n (step 3) */
  readonly residualLabelled: number;
  /** 2 ‖P_S̄ Y_S̄‖_F/√m (step 6) */
  readonly residualUnlabelled: number;
  /** κ_S Σ (√p̂ + √p) √(ln(10|Y|/δ)/n) (step 1) */
  readonly classFrequency: number;
  /** c τ_S̄ √(L/2n) (step 5) */
  readonly invarianceDeviationLabelled: number;
  /** 2 κ_S̄ √(L/2n) (step 5) */
  readonly lossDeviationLabelled: number;
  /** 2 c R_m(F) (step 6) */
  readonly invarianceComplexity: number;
  /** c τ √(L/2m) (step 6) */
  readonly invarianceDeviationUnlabelled: number;
  /** 4 R_m(W∘F) (step 6, counted twice) */
  readonly lossComplexity: number;
  /** 2 κ √(L/2m) (step 6, counted twice) */
  readonly lossDeviationUnlabelled: number;
}

/** Theorem 4's bound, term by term. */
export interface FullBound {
  /** Each by itself. */
  readonly summands: BoundSummands;
  /** The sum of all summands: the bound of E‖W_S f(x) − y‖. */
  readonly total: number;
  /** The first three summands together. */
  readonly core: number;
  /** Standard error of `total` from the Monte Carlo of the two complexities. */
  readonly monteCarloError: number;
  /** Whether ‖W_S̄‖_F ≤ B. Where not, W_S̄ is outside the class W, and `total` is no proven bound. */
  readonly withinWeightBound: boolean;
}

/** Theorem 3's summands. */
export interface Theorem3Bound {
  /** I_S̄ */
  readonly invariance: number;
  /** (2/√m) ‖P_S̄ Y_S̄‖_F */
  readonly residualUnlabelled: number;
  /** (1/√n) ‖P_S Y_S‖_F */
  readonly residualLabelled: number;
  /** 2 R̃_m(F)/√m = 2 R_m(F) */
  readonly complexity: number;
  /** Q_{m,n}: all the rest, with 1 in the place of c. It falls to 0 as n and m grow, where R_m(W∘F) does. */
  readonly remainder: number;
  /** The sum of all summands. */
  readonly total: number;
  /** Standard error of `total` from the Monte Carlo of the complexity. */
  readonly monteCarloError: number;
  /** Whether c ≤ 1 and ‖W_S̄‖_F ≤ B, without which this sum does not follow from the proof. */
  readonly follows: boolean;
}

function withFactor(c: number, name: string, options: FullBoundOptions): Omit<FullBound, 'withinWeightBound'> {
  const { terms, delta, ...given } = options;
  requireDelta(name, delta);
  const { classFrequency, lossBoundLabelled, lossBoundUnlabelled, lossBoundClass, classDiameter } = given;
  const { weightBound, largestClassDiameter } = given;
  const constants = { classFrequency, lossBoundLabelled, lossBoundUnlabelled, lossBoundClass, classDiameter };
  for (const [what, value] of Object.entries({
    ...constants,
    weightBound,
    largestClassDiameter,
    'the value of invarianceComplexity': given.invarianceComplexity.value,
    'the value of lossComplexity': given.lossComplexity.value,
  })) {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      throw new Error(`${name}: expected ${what} to be zero or positive, and finite, got ${value}`);
    }
  }
  const logarithm = Math.log(5 / delta);
  const deviationLabelled = Math.sqrt(logarithm / (2 * terms.n));
  const deviationUnlabelled = Math.sqrt(logarithm / (2 * terms.m));
  const summands: BoundSummands = {
    invariance: c * terms.invariance,
    residualLabelled: terms.residualLabelled,
    residualUnlabelled: 2 * terms.residualUnlabelled,
    classFrequency: lossBoundLabelled * classFrequency,
    invarianceDeviationLabelled: c * classDiameter * deviationLabelled,
    lossDeviationLabelled: 2 * lossBoundUnlabelled * deviationLabelled,
    invarianceComplexity: 2 * c * given.invarianceComplexity.value,
    invarianceDeviationUnlabelled: c * largestClassDiameter * deviationUnlabelled,
    lossComplexity: 4 * given.lossComplexity.value,
    lossDeviationUnlabelled: 2 * lossBoundClass * deviationUnlabelled,
  };
  return {
    summands,
    total: Object.values(summands).reduce((sum: number, value: number) => sum + value, 0),
    core: summands.invariance + summands.residualLabelled + summands.residualUnlabelled,
    monteCarloError: Math.hypot(
      2 * c * given.invarianceComplexity.standardError,
      4 * given.lossComplexity.standardError,
    ),
  };
}

/**
 * Theorem 4 with every term written out, as theory.md (section 7) derives it: with probability at least 1 − δ over S
 * and S̄, E‖W_S f(x) − y‖ ≤ `total`, in units of the labels. It needs what the proof needs: S and S̄ independent, f
 * chosen on S̄ alone, both points of a pair fresh draws of one class, labels a function of x, B and κ fixed before the
 * data, and constants that bound over the whole support. The complexities' Monte Carlo error is not added to it.
 *
 * @throws If δ is not in (0, 1) or a constant is negative or not finite.
 * @example
 * const sample = { z: [[1], [1]], y: [[1], [0]] };
 * const terms = boundTerms({ labelled: sample, unlabelled: { ...sample, paired: [[1], [1]] } });
 * const [weightBound, none] = [1, { value: 0, standardError: 0, trials: 1 }];
 * const bounds = { lossBoundLabelled: 1, lossBoundUnlabelled: 1, lossBoundClass: 1 };
 * const diameters = { classDiameter: 0, largestClassDiameter: 0 };
 * const given = { classFrequency: 0, invarianceComplexity: none, lossComplexity: none, weightBound };
 * // Residuals of ½ and twice ½, and twice κ √(ln 50 / 2n) twice, n = m = 2.
 * fullBound({ terms, delta: 0.1, ...given, ...bounds, ...diameters }); // { core: 1.5, total: 5.4558 }
 */
export function fullBound(options: FullBoundOptions): FullBound {
  const bound = withFactor(options.terms.c, 'fullBound', options);
  return { ...bound, withinWeightBound: frobeniusNorm(options.terms.weightsUnlabelled) <= options.weightBound };
}

/**
 * Theorem 3's form: Theorem 4 with 1 in the place of c. The proof gives it only where c = ‖W_S − W_S̄‖₂ ≤ 1, which
 * `follows` tells; where c > 1, `total` is smaller than the bound that is proved, and may fail.
 * Source: theory.md, section 7.
 *
 * @throws As `fullBound`.
 * @example
 * const sample = { z: [[1], [1]], y: [[1], [0]] };
 * const terms = boundTerms({ labelled: sample, unlabelled: { ...sample, paired: [[1], [1]] } });
 * const [weightBound, none] = [1, { value: 0, standardError: 0, trials: 1 }];
 * const bounds = { lossBoundLabelled: 1, lossBoundUnlabelled: 1, lossBoundClass: 1 };
 * const diameters = { classDiameter: 0, largestClassDiameter: 0 };
 * const given = { classFrequency: 0, invarianceComplexity: none, lossComplexity: none, weightBound };
 * // With W_S = W_S̄, c is 0, and 1 in its place costs nothing, as no two views differ.
 * theorem3Bound({ terms, delta: 0.1, ...given, ...bounds, ...diameters }); // { total: 5.4558, follows: true }
 */
export function theorem3Bound(options: FullBoundOptions): Theorem3Bound {
  const { summands, total, monteCarloError } = withFactor(1, 'theorem3Bound', options);
  const { invariance, residualLabelled, residualUnlabelled, invarianceComplexity: complexity } = summands;
  const { c, weightsUnlabelled } = options.terms;
  return {
    invariance,
    residualUnlabelled,
    residualLabelled,
    complexity,
    remainder: total - invariance - residualUnlabelled - residualLabelled - complexity,
    total,
    monteCarloError,
    follows: c <= 1 && frobeniusNorm(weightsUnlabelled) <= options.weightBound,
  };
}
