import { type Proportion, proportion } from '../../statistics/proportion';
import { mean, median } from '../../statistics/summary';
import type { ProofOnSample, ProofPart } from './proofSteps';

/** What may be violated: a step of the proof, the full bound, or the bound's core, which claims nothing by itself. */
export type Claim = ProofPart | 'bound' | 'core';

/** How often one inequality failed. */
export interface Violations {
  /** Which inequality. */
  readonly claim: Claim;
  /** Over the samples that the inequality claims something of. */
  readonly violations: Proportion;
  /** Samples outside ‖W_S̄‖_F ≤ B, of which step 6b and the bound claim nothing, and which are not counted. */
  readonly unclaimed: number;
  /** The most probability with which it may fail by the proof: 0, δ/5 or δ; null for the core. */
  readonly allowed: number | null;
  /** Mean of what is bounded. */
  readonly left: number;
  /** Mean of what bounds it. */
  readonly right: number;
  /** The least right − left. */
  readonly smallestSlack: number;
  /** The median of right − left. */
  readonly medianSlack: number;
}

/** Which samples count. */
export interface ViolationsOptions {
  /** Counts step 6b and the bound also where ‖W_S̄‖_F > B, as one would who does not check that. Default false. */
  readonly ignoreWeightBound?: boolean;
}

interface Sides {
  readonly left: number;
  readonly right: number;
  readonly holds: boolean;
  readonly allowed: number | null;
}

function sidesOf({ steps, terms, risk, bound }: ProofOnSample, claim: Claim): Sides {
  if (claim !== 'bound' && claim !== 'core') return steps.find(({ part }) => part === claim)!;
  const right = claim === 'bound' ? bound.total : terms.core;
  const allowed = claim === 'bound' ? steps.reduce((sum, step) => sum + step.allowed, 0) : null;
  return { left: risk, right, holds: risk <= right, allowed };
}

/**
 * How often an inequality failed over these samples, with Wilson's 95 % interval. For step 6b and the bound the rate is
 * over the samples inside the ball ‖W_S̄‖_F ≤ B, which is stricter than the proof: its δ/5 (δ) bounds the probability
 * to be inside and violated, the same count over all samples.
 * The interval: Wilson 1927.
 *
 * @param samples Of any of the functions that run the proof.
 * @param claim Which inequality.
 * @throws If no sample is left that it claims something of.
 * @example
 * const trials = await proofTrials({ worlds: 3, rademacherTrials: 2, key: key(0) });
 * // Step 3 holds always, step 5a may fail with probability δ/5.
 * violationsOf(trials, '3'); // { allowed: 0 }
 * violationsOf(trials, '5a').allowed; // 0.02
 */
export function violationsOf(
  samples: readonly ProofOnSample[],
  claim: Claim,
  { ignoreWeightBound = false }: ViolationsOptions = {},
): Violations {
  const needsBall = (claim === '6b' || claim === 'bound') && !ignoreWeightBound;
  const claimed = needsBall ? samples.filter(({ bound }) => bound.withinWeightBound) : samples;
  if (claimed.length === 0) {
    throw new Error(
      `violationsOf: expected a sample of which ${claim} claims something, got none of ${samples.length}; ‖W_S̄‖_F exceeds B in all of them, so take a larger B`,
    );
  }
  const sides = claimed.map((sample) => sidesOf(sample, claim));
  const slacks = sides.map(({ left, right }) => right - left);
  return {
    claim,
    violations: proportion(sides.filter(({ holds }) => !holds).length, claimed.length),
    unclaimed: samples.length - claimed.length,
    allowed: sides[0]!.allowed,
    left: mean(sides.map(({ left }) => left)),
    right: mean(sides.map(({ right }) => right)),
    smallestSlack: Math.min(...slacks),
    medianSlack: median(slacks),
  };
}
