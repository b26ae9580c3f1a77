import { foldIn, type Key, split } from '../../engine/random';
import { augmentation, memorizingEncoder, withLabelNoise } from './brokenSamples';
import type { FiniteWorld } from './finiteWorld';
import { frobeniusNorm } from './float64Matrix';
import { type ProofOnSample, proofSteps, termsOnSample } from './proofSteps';
import { runTrials, type TrialsOptions } from './runTrials';
import { selectEncoder } from './selectEncoder';
import { type WorldConstants, worldConstants } from './worldConstants';
import { sampleWorld } from './worldSample';

/** Sizes, constants and number of the trials. */
export interface BrokenOptions extends TrialsOptions {
  /** Labelled examples. */
  readonly n: number;
  /** Unlabelled pairs. */
  readonly m: number;
  /** Default 0.1. */
  readonly delta?: number;
  /** B; default 12. */
  readonly weightBound?: number;
  /** Fresh samples and signs for each Rademacher term; default 50. */
  readonly rademacherTrials?: number;
}

/** One way to keep or break an assumption, and what the proof said of fresh samples under it. */
export interface BrokenSetting {
  /** In words, for a table. */
  readonly setting: string;
  /**
   * True for the control, in which the theorem's assumption holds (`weightBoundFromData`: in every one of `samples`).
   */
  readonly intact: boolean;
  /** Labelled examples. */
  readonly n: number;
  /** Unlabelled pairs. */
  readonly m: number;
  /** To be counted with `violationsOf`. */
  readonly samples: readonly ProofOnSample[];
}

interface Prepared {
  readonly options: BrokenOptions;
  readonly delta: number;
  readonly constantsOf: (world: FiniteWorld, key: Key, pairs?: Pairs) => WorldConstants;
  readonly constantsKey: Key;
}

type Pairs = NonNullable<Parameters<typeof worldConstants>[1]['pairs']>;

function prepare(options: BrokenOptions): Prepared {
  const { m, delta = 0.1, weightBound = 12, rademacherTrials: trials = 50, key, signal } = options;
  const [constantsKey, trialsKey] = split(key) as [Key, Key];
  const fixed = { m, weightBound, trials, ...(signal === undefined ? {} : { signal }) };
  const constantsOf: Prepared['constantsOf'] = (world, constantKey, pairs) =>
    worldConstants(world, { ...fixed, key: constantKey, ...(pairs === undefined ? {} : { pairs }) });
  return { options: { ...options, key: trialsKey }, delta, constantsOf, constantsKey };
}

/**
 * x⁺⁺ an augmentation of x⁺ in place of a fresh draw of its class (`augmentation`), one setting for each reach; intact
 * where the reach is the whole support. Then I_S̄ and R_m(F) are about pairs that are nearer than two draws of a class,
 * and nothing ties them to E‖f(x) − f(x′)‖: step 6a. All else is as in `boundTrials`.
 *
 * @param reaches Among how many nearest points of its class x⁺⁺ lies, one setting each.
 * @throws If a size is no positive whole number, or a reach is none; the signal's reason where it aborts.
 * @example
 * const world = finiteWorld({ encoders: 2, key: key(0) });
 * const options = { n: 20, m: 20, trials: 2, rademacherTrials: 2, key: key(1) };
 * // x⁺⁺ among the 2 points nearest to x⁺, and among all 12 of its class.
 * const settings = await augmentedPairs(world, { ...options, reaches: [2, 12] });
 * settings.map(({ intact }) => intact); // [false, true]
 */
export async function augmentedPairs(
  world: FiniteWorld,
  options: BrokenOptions & { readonly reaches: readonly number[] },
): Promise<BrokenSetting[]> {
  const { options: own, delta, constantsOf, constantsKey } = prepare(options);
  const { n, m, reaches } = options;
  const support = world.classOf.length / world.classProbabilities.length;
  const settings: BrokenSetting[] = [];
  for (const reach of reaches) {
    const augment = augmentation(world, reach);
    const draw = (key: Key, labels: number) => {
      const [drawKey, augmentKey] = split(key) as [Key, Key];
      const sample = sampleWorld(world, { n: labels, m, key: drawKey });
      return { ...sample, second: augment(sample.first, augmentKey) };
    };
    const constants = constantsOf(world, constantsKey, (key) => draw(key, 1));
    const samples = await runTrials('augmentedPairs', own, (key) => {
      const sample = draw(key, n);
      return proofSteps(world, sample, { encoder: selectEncoder(world, sample), delta, constants });
    });
    settings.push({ setting: `x⁺⁺ among ${reach} of ${support} points`, intact: reach >= support, n, m, samples });
  }
  return settings;
}

/**
 * How f comes from S: the best of F by the residual on S, or an encoder that knows S by heart, at this amplitude.
 *
 * @param amplitude How strongly S is known by heart, in units of the outputs; 0: not at all.
 */
export type TrainedOnLabels = 'selected' | { readonly amplitude: number };

/**
 * f trained on S in place of S̄, one setting for each way; intact at amplitude 0, where S leaves no trace in f. Given
 * S, f is fixed before S̄ is drawn, so where f memorizes, step 6 holds with F = {f}; but Hoeffding's inequality over S
 * does not: step 5. The memorizing encoder has the first of `world.encoders` beside its memory.
 *
 * @param ways How f comes from S, one setting each.
 * @throws If a size is no positive whole number; the signal's reason where it aborts.
 * @example
 * const world = finiteWorld({ encoders: 2, key: key(0) });
 * const options = { n: 20, m: 20, trials: 2, rademacherTrials: 2, key: key(1) };
 * // Without and with S by heart.
 * const ways = [{ amplitude: 0 }, { amplitude: 1 }];
 * const settings = await encoderTrainedOnLabels(world, { ...options, ways });
 * settings.map(({ intact }) => intact); // [true, false]
 */
export async function encoderTrainedOnLabels(
  world: FiniteWorld,
  options: BrokenOptions & { readonly ways: readonly TrainedOnLabels[] },
): Promise<BrokenSetting[]> {
  const { options: own, delta, constantsOf, constantsKey } = prepare(options);
  const { n, m, ways } = options;
  const settings: BrokenSetting[] = [];
  for (const way of ways) {
    const shared = way === 'selected' ? constantsOf(world, constantsKey) : null;
    const samples = await runTrials('encoderTrainedOnLabels', own, (key, trial) => {
      const sample = sampleWorld(world, { n, m, key });
      if (way === 'selected') {
        const residuals = world.encoders.map((table) => termsOnSample(world, table, sample).residualLabelled);
        const encoder = residuals.indexOf(Math.min(...residuals));
        return proofSteps(world, sample, { encoder, delta, constants: shared! });
      }
      const table = memorizingEncoder(world, world.encoders[0]!, sample.labelled, way.amplitude);
      const trained = { ...world, encoders: [table] };
      const constants = constantsOf(trained, foldIn(constantsKey, trial));
      return proofSteps(trained, sample, { encoder: 0, delta, constants });
    });
    const setting =
      way === 'selected' ? `best of ${world.encoders.length} on S` : `knows S, amplitude ${way.amplitude}`;
    settings.push({ setting, intact: way !== 'selected' && way.amplitude === 0, n, m, samples });
  }
  return settings;
}

/**
 * What B is made from: a number fixed before the data, or a multiple of ‖W_S̄‖_F or ‖W_S‖_F.
 *
 * @param fixed, of, factor B itself; or whose norm, and what multiplies it.
 */
export type WeightBoundRule =
  | { readonly fixed: number }
  | { readonly of: 'unlabelled' | 'labelled'; readonly factor: number };

/** Theorem 4's constants at another B: the complexity is proportional to B, and so is κ but for the label's 1. */
function atWeightBound(constants: WorldConstants, weightBound: number): WorldConstants {
  const factor = weightBound / constants.weightBound;
  const { value, standardError, trials } = constants.lossComplexity;
  return {
    ...constants,
    weightBound,
    lossComplexity: { value: value * factor, standardError: standardError * factor, trials },
    lossBoundClass: (constants.lossBoundClass - 1) * factor + 1,
  };
}

/**
 * B chosen from the data in place of fixed before it, one setting for each rule. What breaks step 6b is a W_S̄ outside
 * the ball ‖W‖_F ≤ B of its uniform law, be B fixed or from the data: count with `ignoreWeightBound`, as one does who
 * does not look. So a setting is intact where B is fixed and the ball holds W_S̄ in every sample; a fixed B that is too
 * small is a break like any other. B from the data breaks the law by leaving the ball, as ‖W_S‖_F may; B = ‖W_S̄‖_F
 * never leaves it, and gave no violation wherever tried: a union over B = 2^k would cost a factor 2 and a logarithm
 * (derived here).
 *
 * @param rules What B is made from, one setting each.
 * @throws If a size is no positive whole number, or a bound not above 0; the signal's reason where it aborts.
 * @example
 * const world = finiteWorld({ encoders: 2, key: key(0) });
 * const options = { n: 20, m: 20, trials: 2, rademacherTrials: 2, key: key(1) };
 * const rules: WeightBoundRule[] = [{ fixed: 100 }, { of: 'unlabelled', factor: 1 }];
 * const settings = await weightBoundFromData(world, { ...options, rules });
 * settings.map(({ intact }) => intact); // [true, false]
 */
export async function weightBoundFromData(
  world: FiniteWorld,
  options: BrokenOptions & { readonly rules: readonly WeightBoundRule[] },
): Promise<BrokenSetting[]> {
  const { options: own, delta, constantsOf, constantsKey } = prepare(options);
  const { n, m, rules } = options;
  const constants = constantsOf(world, constantsKey);
  const settings: BrokenSetting[] = [];
  for (const rule of rules) {
    const samples = await runTrials('weightBoundFromData', own, (key) => {
      const sample = sampleWorld(world, { n, m, key });
      const encoder = selectEncoder(world, sample);
      const { weightsLabelled, weightsUnlabelled } = termsOnSample(world, world.encoders[encoder]!, sample);
      const chosen =
        'fixed' in rule
          ? rule.fixed
          : rule.factor * frobeniusNorm(rule.of === 'labelled' ? weightsLabelled : weightsUnlabelled);
      return proofSteps(world, sample, { encoder, delta, constants: atWeightBound(constants, chosen) });
    });
    const name =
      'fixed' in rule
        ? `B = ${rule.fixed}`
        : `B = ${rule.factor === 1 ? '' : `${rule.factor} `}‖W_${rule.of === 'labelled' ? 'S' : 'S̄'}‖`;
    const intact = 'fixed' in rule && samples.every(({ bound }) => bound.withinWeightBound);
    settings.push({ setting: name, intact, n, m, samples });
  }
  return settings;
}

/**
 * Labels of S that are wrong with these rates (`withLabelNoise`); intact at rate 0. A wrong y_i makes the proof compare
 * x_i with draws of a class that it is not of. That breaks step 5a at once, step 1b where labels are wrong `towards`
 * one class, and step 4 where classes are so tight that its right side is small. The risk stays that against g*(x).
 *
 * @param rates Shares of wrong labels, 0 to 1, one setting each.
 * @param towards The class that wrong labels name; default: any other, alike.
 * @throws If a size is no positive whole number, or a rate is not in [0, 1]; the signal's reason where it aborts.
 * @example
 * const world = finiteWorld({ encoders: 2, key: key(0) });
 * const options = { n: 20, m: 20, trials: 2, rademacherTrials: 2, key: key(1) };
 * const settings = await labelNoise(world, { ...options, rates: [0, 0.5] });
 * settings.map(({ intact }) => intact); // [true, false]
 */
export async function labelNoise(
  world: FiniteWorld,
  options: BrokenOptions & { readonly rates: readonly number[]; readonly towards?: number },
): Promise<BrokenSetting[]> {
  const { options: own, delta, constantsOf, constantsKey } = prepare(options);
  const { n, m, rates, towards } = options;
  const constants = constantsOf(world, constantsKey);
  const settings: BrokenSetting[] = [];
  for (const rate of rates) {
    const samples = await runTrials('labelNoise', own, (key) => {
      const [sampleKey, noiseKey] = split(key) as [Key, Key];
      const clean = sampleWorld(world, { n, m, key: sampleKey });
      const noise = { rate, key: noiseKey, ...(towards === undefined ? {} : { towards }) };
      const sample = withLabelNoise(world, clean, noise);
      return proofSteps(world, sample, { encoder: selectEncoder(world, sample), delta, constants });
    });
    const direction = towards === undefined ? '' : ` towards class ${towards}`;
    settings.push({ setting: `${rate} of the labels wrong${direction}`, intact: rate === 0, n, m, samples });
  }
  return settings;
}
