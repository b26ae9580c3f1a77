import { mean } from '../../statistics/summary';
import { type BoundTerms, boundTerms } from './boundTerms';
import { classFrequencyTerm } from './classFrequencyTerm';
import { requireDelta } from './delta';
import type { FiniteWorld } from './finiteWorld';
import { type Matrix, multiply, rowNorms, subtract } from './float64Matrix';
import { type FullBound, fullBound } from './fullBound';
import type { WorldConstants } from './worldConstants';
import { classMeans, distancesWithinClasses, distanceToClass, pointLosses, populationMean } from './worldExpectations';
import { oneHotRows, rowsAt, type WorldSample } from './worldSample';

/** A name of one inequality: the number of theory.md's step, and a letter where a step has several. */
export type ProofPart = '1a' | '1b' | '2' | '3' | '4' | '5a' | '5b' | '6a' | '6b' | '6c';

/** One inequality of the proof on one sample. */
export interface ProofStep {
  /** Of theory.md's six. */
  readonly step: 1 | 2 | 3 | 4 | 5 | 6;
  /** The step, with a letter where it has several inequalities. */
  readonly part: ProofPart;
  /** In words. */
  readonly name: string;
  /** 0 where the inequality holds always; else the most probability with which it may fail, δ/5. */
  readonly allowed: number;
  /** What is bounded. */
  readonly left: number;
  /** What bounds it. */
  readonly right: number;
  /** right − left. */
  readonly slack: number;
  /** left ≤ right, to 1e-9 of the greater size: what rounding in double precision may take. */
  readonly holds: boolean;
}

/** Which encoder, at which δ, with which constants. */
export interface ProofStepsOptions {
  /** The number of f in F. */
  readonly encoder: number;
  /** δ: the whole bound may fail with this probability. Default 0.1. */
  readonly delta?: number;
  /** B, τ, κ and the Rademacher terms, of `worldConstants` for this sample's m. */
  readonly constants: WorldConstants;
}

/** The proof on one sample: every inequality, the risk, and the bound. */
export interface ProofOnSample {
  /** In the order of the proof. */
  readonly steps: readonly ProofStep[];
  /** What the data give. */
  readonly terms: BoundTerms;
  /** E‖W_S f(x) − y‖, exact. */
  readonly risk: number;
  /** What the steps put together say of the risk; of no sample with ‖W_S̄‖_F > B (`withinWeightBound`). */
  readonly bound: FullBound;
}

/**
 * The encoders' outputs were computed in float32, so a direction of Z this small beside the largest is rounding, not
 * rank.
 */
const RANK_TOLERANCE = 1e-6;

const NAMES: Readonly<Record<ProofPart, string>> = {
  '1a': 'risk over ρ and over the labels’ frequencies',
  '1b': 'class frequencies',
  '2': 'triangle inequality at W_S',
  '3': 'mean residual and projection, S',
  '4': 'W_S = (W_S − W_S̄) + W_S̄',
  '5a': 'Hoeffding over S, distances within a class',
  '5b': 'Hoeffding over S, losses of W_S̄',
  '6a': 'uniform law over S̄, invariance',
  '6b': 'uniform law over S̄, losses of W_S̄',
  '6c': 'mean residual and projection, S̄',
};

const largest = (values: Float64Array) => values.reduce((most, value) => Math.max(most, value), 0);
const meanOver = (indices: Int32Array, value: (index: number, i: number) => number) =>
  indices.reduce((sum, index, i) => sum + value(index, i), 0) / indices.length;

/**
 * The terms of `boundTerms` for encoder f [A, K] on a sample of a finite world; the hidden labels are g*(x⁺). Rank to
 * 1e-6.
 */
export function termsOnSample(world: FiniteWorld, table: Matrix, sample: WorldSample): BoundTerms {
  const classes = world.classProbabilities.length;
  const labelled = { z: rowsAt(table, sample.labelled), y: oneHotRows(sample.labelClasses, classes) };
  const unlabelled = {
    z: rowsAt(table, sample.first),
    y: rowsAt(world.labels, sample.first),
    paired: rowsAt(table, sample.second),
  };
  return boundTerms({ labelled, unlabelled }, { rankTolerance: RANK_TOLERANCE });
}

/**
 * Both sides of every inequality in the proof of theory.md's section 7, on one sample of a finite world, all
 * expectations exact; L = ln(5/δ), ℓ_W(x) = ‖W f(x) − g*(x)‖:
 * - 1a: risk ≤ (1/n)Σ E_{x̄ ~ D_{y_i}} ℓ_{W_S}(x̄) + κ_S Σ|p̂ − p|. 1b (δ/5): |p̂ − p| ≤ (√p̂ + √p)√(ln(10|Y|/δ)/n) for
 *   every class; the sides given are those of the class with least slack.
 * - 2: (1/n)Σ E ℓ_{W_S}(x̄) ≤ (1/n)Σ ‖W_S f(x_i) − y_i‖ + (1/n)Σ E‖W_S(f(x̄) − f(x_i))‖.
 * - 3: (1/n)Σ ‖W_S f(x_i) − y_i‖ ≤ ‖P_S Y_S‖_F/√n.
 * - 4: (1/n)Σ E‖W_S(f(x̄) − f(x_i))‖ ≤ c (1/n)Σ E‖f(x̄) − f(x_i)‖ + (1/n)Σ[E ℓ_{W_S̄}(x̄) + ℓ_{W_S̄}(x_i)].
 * - 5a (δ/5): (1/n)Σ E‖f(x̄) − f(x_i)‖ ≤ E‖f(x) − f(x′)‖ + τ_S̄√(L/2n). 5b (δ/5): (1/n)Σ[E ℓ_{W_S̄}(x̄) +
 *   ℓ_{W_S̄}(x_i)] ≤ 2 E ℓ_{W_S̄} + 2κ_S̄√(L/2n).
 * - 6a (δ/5): E‖f(x) − f(x′)‖ ≤ I_S̄ + 2R_m(F) + τ√(L/2m). 6b (δ/5): E ℓ_{W_S̄} ≤ (1/m)Σ ℓ_{W_S̄}(x_j⁺) + 2R_m(W∘F) +
 *   κ√(L/2m), claimed where ‖W_S̄‖_F ≤ B. 6c: (1/m)Σ ℓ_{W_S̄}(x_j⁺) ≤ ‖P_S̄ Y_S̄‖_F/√m.
 *
 * Put together they are Theorem 4's bound with every constant named.
 *
 * @param sample of `sampleWorld`. One that breaks an assumption (labels other than g*(x), pairs that are no two draws
 *   of the class) is measured all the same: that is how `brokenAssumptions` shows which step needs it.
 * @param world Of `finiteWorld`.
 * @throws If the encoder's number or δ is out of range, or the constants are of another m than the sample's.
 * @example
 * const world = finiteWorld({ encoders: 2, key: key(0) });
 * const sample = sampleWorld(world, { n: 50, m: 50, key: key(1) });
 * const constants = worldConstants(world, { m: 50, trials: 3, key: key(2) });
 * const { steps, risk, bound } = proofSteps(world, sample, { encoder: 0, constants });
 * steps.every(({ holds }) => holds); // true
 * risk < bound.total; // true
 */
export function proofSteps(world: FiniteWorld, sample: WorldSample, options: ProofStepsOptions): ProofOnSample {
  const { encoder, delta = 0.1, constants } = options;
  const table = world.encoders[encoder];
  if (table === undefined) {
    throw new Error(`proofSteps: expected an encoder from 0 to ${world.encoders.length - 1}, got ${encoder}`);
  }
  requireDelta('proofSteps', delta);
  const [n, m] = [sample.labelled.length, sample.first.length];
  if (constants.m !== m) {
    throw new Error(
      `proofSteps: expected constants for the sample's m = ${m}, got those for ${constants.m}; compute them for this m`,
    );
  }
  const { classProbabilities: p } = world;
  const terms = termsOnSample(world, table, sample);
  const y = sample.labelClasses;
  const lossS = pointLosses(world, table, terms.weightsLabelled);
  const lossSbar = pointLosses(world, table, terms.weightsUnlabelled);
  const [classLossS, classLossSbar] = [classMeans(world, lossS), classMeans(world, lossSbar)];
  const risk = populationMean(world, lossS);
  const [lossBoundLabelled, lossBoundUnlabelled] = [largest(lossS), largest(lossSbar)];

  const predicted = multiply(table, terms.weightsLabelled);
  const predictedDistance = distanceToClass(world, predicted);
  const distance = distanceToClass(world, table);
  const given = meanOver(y, (label) => classLossS[label]!);
  const residualS = mean(rowNorms(subtract(rowsAt(predicted, sample.labelled), oneHotRows(y, p.length))));
  const predictedSpread = meanOver(sample.labelled, (a, i) => predictedDistance(a, y[i]!));
  const spread = meanOver(sample.labelled, (a, i) => distance(a, y[i]!));
  const losses = meanOver(sample.labelled, (a, i) => classLossSbar[y[i]!]! + lossSbar[a]!);
  const { invariance, diameter } = distancesWithinClasses(world, table);
  const expectedLoss = populationMean(world, lossSbar);
  const residualSbar = meanOver(sample.first, (a) => lossSbar[a]!);

  const counts = new Float64Array(p.length);
  for (const label of y) counts[label]!++;
  const frequency = classFrequencyTerm({ counts, probabilities: p, delta });
  const deviations = counts.map((count, label) => Math.abs(count / n - p[label]!));
  const room = frequency.perClass.map((limit, label) => limit - deviations[label]!);
  const tightest = room.indexOf(Math.min(...room));
  const L = Math.log(5 / delta);
  const [overN, overM] = [Math.sqrt(L / (2 * n)), Math.sqrt(L / (2 * m))];
  const { m: _, ...known } = constants;
  const uniformInvariance = 2 * known.invarianceComplexity.value + known.largestClassDiameter * overM;
  const uniformLoss = 2 * known.lossComplexity.value + known.lossBoundClass * overM;
  const event = delta / 5;
  const steps = [
    proofStep('1a', 0, risk, given + lossBoundLabelled * deviations.reduce((sum, value) => sum + value, 0)),
    proofStep('1b', event, deviations[tightest]!, frequency.perClass[tightest]!),
    proofStep('2', 0, given, residualS + predictedSpread),
    proofStep('3', 0, residualS, terms.residualLabelled),
    proofStep('4', 0, predictedSpread, terms.c * spread + losses),
    proofStep('5a', event, spread, invariance + diameter * overN),
    proofStep('5b', event, losses, 2 * expectedLoss + 2 * lossBoundUnlabelled * overN),
    proofStep('6a', event, invariance, terms.invariance + uniformInvariance),
    proofStep('6b', event, expectedLoss, residualSbar + uniformLoss),
    proofStep('6c', 0, residualSbar, terms.residualUnlabelled),
  ];
  const measured = { lossBoundLabelled, lossBoundUnlabelled, classDiameter: diameter };
  const bound = fullBound({ ...known, ...measured, terms, delta, classFrequency: frequency.total });
  return { steps, terms, risk, bound };
}

function proofStep(part: ProofPart, allowed: number, left: number, right: number): ProofStep {
  const holds = left <= right + 1e-9 * Math.max(1, Math.abs(left), Math.abs(right));
  const step = Number(part[0]) as ProofStep['step'];
  return { step, part, name: NAMES[part], allowed, left, right, slack: right - left, holds };
}
