import { type Key, split } from '../../engine/random';
import { finiteWorld } from './finiteWorld';
import { type ProofOnSample, proofSteps } from './proofSteps';
import { runTrials, type TrialsOptions } from './runTrials';
import { selectEncoder } from './selectEncoder';
import { worldConstants } from './worldConstants';
import { sampleWorld, uniforms } from './worldSample';

/** How many worlds, and at which δ. */
export interface ProofTrialsOptions extends Omit<TrialsOptions, 'trials'> {
  /** Default 200. */
  readonly worlds?: number;
  /** Default 0.1. */
  readonly delta?: number;
  /** Fresh samples and signs for each Rademacher term; default 20. */
  readonly rademacherTrials?: number;
}

/** The proof on one sample of a random world, with its sizes. */
export interface ProofTrial extends ProofOnSample {
  /** Classes of the world. */
  readonly classes: number;
  /** Points a class. */
  readonly support: number;
  /** Encoders in F. */
  readonly encoders: number;
  /** K. */
  readonly dimension: number;
  /** Labelled examples. */
  readonly n: number;
  /** Unlabelled pairs. */
  readonly m: number;
}

/**
 * Uniform whole numbers from `low` to `high`, by one uniform on [0, 1); by their logarithm for sizes that span decades.
 */
const between = (u: number, low: number, high: number) => Math.min(high, low + Math.floor(u * (high - low + 1)));
const betweenLogs = (u: number, low: number, high: number) => Math.round(low * (high / low) ** u);

/**
 * Every inequality of the proof in a fresh random world with one fresh sample, `worlds` times: 2 to 4 classes of 1 to
 * 10 points, equal or random probabilities, spread 0.05 to 1.5, 1 to 8 encoders, K from 1 to 8, n from 2 to 200 and m
 * from 2 to 400 (so K > n, lower ranks and classes that S misses are among them), B 12, f chosen on S̄.
 * Source: theory.md, section 7.
 *
 * @throws If a number of worlds or trials is no positive whole number; the signal's reason where it aborts.
 * @example
 * const trials = await proofTrials({ worlds: 3, rademacherTrials: 2, key: key(0) });
 * // In each world, of its own size, each of the ten inequalities.
 * trials.map(({ steps }) => steps.length); // [10, 10, 10]
 * violationsOf(trials, '3').violations.count; // 0
 */
export function proofTrials(options: ProofTrialsOptions): Promise<ProofTrial[]> {
  const { worlds = 200, delta = 0.1, rademacherTrials = 20, ...rest } = options;
  return runTrials('proofTrials', { ...rest, trials: worlds }, (key, number): ProofTrial => {
    const [shapeKey, worldKey, constantsKey, sampleKey] = split(key, 4) as [Key, Key, Key, Key];
    const u = uniforms(shapeKey, 9);
    const shape = {
      classes: between(u[0]!, 2, 4),
      support: between(u[1]!, 1, 10),
      encoders: between(u[2]!, 1, 8),
      dimension: between(u[3]!, 1, 8),
    };
    const [n, m] = [betweenLogs(u[4]!, 2, 200), betweenLogs(u[5]!, 2, 400)];
    const world = finiteWorld({
      ...shape,
      inputDimension: between(u[6]!, 1, 8),
      hidden: between(u[7]!, 1, 32),
      spread: 0.05 * 30 ** u[8]!,
      probabilities: number % 2 === 0 ? 'equal' : 'random',
      key: worldKey,
    });
    const constants = worldConstants(world, { m, trials: rademacherTrials, key: constantsKey });
    const sample = sampleWorld(world, { n, m, key: sampleKey });
    return {
      ...shape,
      n,
      m,
      ...proofSteps(world, sample, { encoder: selectEncoder(world, sample), delta, constants }),
    };
  });
}
