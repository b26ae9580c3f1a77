import { type Key, split } from '../../engine/random';
import type { FiniteWorld } from './finiteWorld';
import { type ProofOnSample, proofSteps } from './proofSteps';
import { runTrials, type TrialsOptions } from './runTrials';
import { selectEncoder } from './selectEncoder';
import { type Violations, violationsOf } from './violations';
import { type WorldConstants, worldConstants } from './worldConstants';
import { sampleWorld } from './worldSample';

/** Sizes, constants and number of the trials. */
export interface BoundTrialsOptions extends TrialsOptions {
  /** Labelled examples. */
  readonly n: number;
  /** Unlabelled pairs. */
  readonly m: number;
  /** Default 0.1. */
  readonly delta?: number;
  /** B; default 12. */
  readonly weightBound?: number;
  /** Fresh samples and signs for each Rademacher term; default 100. */
  readonly rademacherTrials?: number;
  /** Those of an earlier call on this world with the same m and B; computed where not given. Default: computed. */
  readonly constants?: WorldConstants;
}

/** One trial: the proof on its sample, with the encoder that was chosen. */
export interface BoundTrial extends ProofOnSample {
  /** The number of the encoder that training on S̄ chose. */
  readonly encoder: number;
}

/** All trials, and how often the bound and its core failed. */
export interface BoundTrials {
  /** Labelled examples of a trial. */
  readonly n: number;
  /** Unlabelled pairs of a trial. */
  readonly m: number;
  /** Of the world, the same for all trials. */
  readonly constants: WorldConstants;
  /** One a trial. */
  readonly rows: readonly BoundTrial[];
  /** Of the full bound, to be compared with δ. */
  readonly violations: Violations;
  /** How often the risk exceeded the core, which no theorem forbids. */
  readonly coreViolations: Violations;
}

/**
 * Theorem 4's whole bound on fresh samples of one world: in every trial S and S̄ are drawn, f is chosen on S̄ by
 * `selectEncoder`, and the risk, exact, is set beside the full bound and its core. 30 trials by default.
 * Source: theory.md, section 7.
 *
 * @param world Of `finiteWorld`.
 * @throws If ‖W_S̄‖_F exceeds B in every trial, or on sizes that are no positive whole numbers.
 * @example
 * const world = finiteWorld({ encoders: 2, key: key(0) });
 * const sizes = { n: 50, m: 50, trials: 3, rademacherTrials: 3 };
 * const { violations, rows } = await boundTrials(world, { ...sizes, key: key(1) });
 * // The bound is far above the risk at such sizes.
 * violations.violations.count; // 0
 * rows[0].bound.total > 10 * rows[0].risk; // true
 */
export async function boundTrials(world: FiniteWorld, options: BoundTrialsOptions): Promise<BoundTrials> {
  const { n, m, delta = 0.1, weightBound = 12, rademacherTrials = 100, key, signal } = options;
  const [constantsKey, trialsKey] = split(key) as [Key, Key];
  const monteCarlo = { trials: rademacherTrials, key: constantsKey, ...(signal === undefined ? {} : { signal }) };
  const constants = options.constants ?? worldConstants(world, { m, weightBound, ...monteCarlo });
  const rows = await runTrials('boundTrials', { ...options, key: trialsKey }, (trialKey): BoundTrial => {
    const sample = sampleWorld(world, { n, m, key: trialKey });
    const encoder = selectEncoder(world, sample);
    return { encoder, ...proofSteps(world, sample, { encoder, delta, constants }) };
  });
  const [violations, coreViolations] = [violationsOf(rows, 'bound'), violationsOf(rows, 'core')];
  return { n, m, constants, rows, violations, coreViolations };
}
