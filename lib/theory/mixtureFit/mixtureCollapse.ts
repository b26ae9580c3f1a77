import { allFinite } from '../../engine/matrix';
import { foldIn, type Key } from '../../engine/random';
import { tf } from '../../engine/tensorflow';
import { gaussianMixture } from '../../information/gaussianMixture';
import { mixtureEntropyBound } from '../../information/mixtureEntropyBound';
import { monteCarloEntropy } from '../../information/monteCarloEntropy';
import { linkedGroups } from '../../statistics/linkedGroups';
import { requireCount } from '../network';
import { collapseObjective, type InputEntropyTerm } from './collapseObjective';
import { type CollapseProblem, type CollapseState, collapseStep } from './collapseSteps';

/** What is trained, how, and with which entropy term. */
export interface MixtureCollapseOptions {
  /** Whether the inputs stay where they are, or are trained along with the centres. */
  readonly inputs: 'fixed' | 'trainable';
  /** EM, or gradient ascent of the same objective. */
  readonly method: 'em' | 'gradient';
  /** The components' fixed standard deviation. */
  readonly sigma: number;
  /** Where the centres start, [N, K]; default: on the inputs. */
  readonly centres?: tf.Tensor2D;
  /** An entropy of the trainable inputs, added to the log-likelihood. Default: none. */
  readonly entropyTerm?: InputEntropyTerm['term'];
  /** Its weight, nats for nats; default 1. This, `divergence` and `beta` are refused where they would do nothing. */
  readonly entropyWeight?: number;
  /** Of `pairDist`; default `bhattacharyya`. */
  readonly divergence?: InputEntropyTerm['divergence'];
  /** Of `logDet`; default 1 / σ². */
  readonly beta?: number;
  /**
   * A gradient step may not carry the inputs' root mean squared distance from their mean beyond this, for LogDet has no
   * maximum without a bound. Default: what it is at the start. A ceiling only, as VICReg's hinge rewards no variance
   * above 1: nothing in it keeps inputs from collapse. Infinity: none.
   */
  readonly spreadLimit?: number;
  /**
   * The gradient's step size: 1 takes an input as far as EM would. Default 0.5. A step that lowers the objective is not
   * taken and halves the size, which then recovers by 1.3 a step.
   */
  readonly rate?: number;
  /** Default 200. */
  readonly steps?: number;
  /** A row and a frame at every so many steps, and at the last; default 5. */
  readonly every?: number;
  /** Draws of the entropy's Monte Carlo estimate; default 2,000. */
  readonly samples?: number;
  /** Of the entropy's Monte Carlo estimate alone. */
  readonly key: Key;
  /** Called after each step; default: no one is. */
  readonly onProgress?: (step: number, steps: number) => void;
  /** Stops between two steps, with the signal's reason as the error; default: nothing does. */
  readonly signal?: AbortSignal;
}

/** The mixture at one step; all in nats but `spread` and `groups`. */
export interface CollapseRow {
  /** Steps taken, from 0. */
  readonly step: number;
  /** Mean over the inputs as they are at this step. */
  readonly logLikelihood: number;
  /** The entropy of the mixture around the centres: PairDist's lower bound (Bhattacharyya). */
  readonly entropyLower: number;
  /** The same entropy: PairDist's upper bound (KL). */
  readonly entropyUpper: number;
  /** The same entropy by Monte Carlo. */
  readonly entropy: number;
  /** Standard error of `entropy`. */
  readonly entropyError: number;
  /** Groups of centres linked by steps of at most σ: N where all are apart, 1 at collapse. */
  readonly groups: number;
  /** The inputs' root mean squared distance from their mean, in their units. */
  readonly spread: number;
}

/** Where inputs and centres are at one step, [N, K] row-major. */
export interface CollapseFrame {
  /** Steps taken, from 0. */
  readonly step: number;
  /** The inputs, [N, K] row-major. */
  readonly points: Float32Array;
  /** [N, K], row-major. */
  readonly centres: Float32Array;
}

/** A training of inputs and centres, in numbers and in places. */
export interface MixtureCollapse {
  /** One at each step that was looked at. */
  readonly rows: readonly CollapseRow[];
  /** At the rows' steps. */
  readonly frames: readonly CollapseFrame[];
}

function fail(expected: string, got: unknown, remedy: string): never {
  throw new Error(`mixtureCollapse: expected ${expected}, got ${String(got)}; ${remedy}`);
}

/** The inputs' mean squared distance from their mean. */
function squaredSpread(points: tf.Tensor2D): number {
  return tf.tidy(() => points.sub(points.mean(0)).square().sum(1).mean().dataSync()[0]!);
}

function requirePlaces(what: string, x: tf.Tensor, shape: readonly number[]): void {
  const fits = x.rank === 2 && x.shape.every((size, i) => size === (shape[i] ?? size));
  if (x.dtype !== 'float32' || !fits || x.shape[0]! < 2 || x.shape[1]! < 1) {
    const wanted = shape.length > 0 ? `[${shape}], one centre an input` : '[N, K] with N ≥ 2 and K ≥ 1';
    fail(`${what} to be float32 ${wanted}`, `${x.dtype} [${x.shape}]`, 'give it one a row');
  }
  if (!allFinite(x)) fail(`${what} to be finite`, 'NaN or infinite values', 'look for them where it is made');
}

function requireOneOf(what: string, given: string | undefined, known: readonly string[]): void {
  if (!known.includes(given as string)) fail(`${what} to be ${known.join(' or ')}`, given, 'choose one of them');
}

function requirePositive(what: string, value: number, remedy: string): void {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) fail(`${what} to be positive and finite`, value, remedy);
}

function entropyOf({ entropyTerm, entropyWeight, divergence, beta, inputs }: MixtureCollapseOptions) {
  const given = { entropyWeight, divergence, beta };
  for (const name of ['entropyWeight', 'divergence', 'beta'] as const) {
    if (given[name] === undefined) continue;
    if (entropyTerm === undefined) fail(`an entropyTerm with ${name}`, 'none', "name 'logDet' or 'pairDist'");
    const owner = { entropyWeight: entropyTerm, divergence: 'pairDist', beta: 'logDet' }[name];
    if (entropyTerm !== owner) fail(`${name} with ${owner} alone`, entropyTerm, `leave ${name} out`);
  }
  if (entropyTerm === undefined) return undefined;
  requireOneOf('entropyTerm', entropyTerm, ['logDet', 'pairDist']);
  const weight = entropyWeight ?? 1;
  if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
    fail('entropyWeight to be at least 0 and finite', weight, 'it multiplies the entropy, in nats');
  }
  if (inputs === 'fixed') fail('no entropyTerm with fixed inputs', entropyTerm, 'it acts on trainable inputs');
  return { term: entropyTerm, weight, divergence, beta };
}

function problemOf(points: tf.Tensor2D, options: MixtureCollapseOptions): CollapseProblem {
  const { inputs, method, sigma, rate = 0.5, spreadLimit, entropyTerm } = options;
  requireOneOf('inputs', inputs, ['fixed', 'trainable']);
  requireOneOf('method', method, ['em', 'gradient']);
  requirePositive('sigma', sigma, 'it is a standard deviation');
  requirePositive('rate', rate, '1 goes as far as EM');
  if (options.rate !== undefined && method === 'em' && entropyTerm === undefined) {
    fail(
      'no rate with EM, unless an entropyTerm needs a gradient step',
      rate,
      "leave it out, or take method 'gradient'",
    );
  }
  if (spreadLimit !== undefined && (inputs === 'fixed' || (method === 'em' && entropyTerm === undefined))) {
    fail(
      'spreadLimit with trainable inputs and a gradient step alone',
      spreadLimit,
      'leave it out: nothing else is limited',
    );
  }
  if (spreadLimit !== undefined && !(spreadLimit > 0)) {
    fail('spreadLimit to be positive', spreadLimit, 'it is a root mean squared distance, or Infinity');
  }
  const squaredLimit = spreadLimit === undefined ? squaredSpread(points) : spreadLimit ** 2;
  return { inputs, method, sigma, rate, squaredLimit, entropy: entropyOf(options) };
}

function measure(state: CollapseState, step: number, sigma: number, samples: number, key: Key) {
  const { points, centres } = state;
  const frame: CollapseFrame = {
    step,
    points: points.dataSync<'float32'>().slice(),
    centres: centres.dataSync<'float32'>().slice(),
  };
  const [logLikelihood, entropyLower, entropyUpper, entropy, entropyError] = tf.tidy((): number[] => {
    const mixture = gaussianMixture({ means: centres, sigma });
    const bound = (divergence: 'kl' | 'bhattacharyya') => mixtureEntropyBound(mixture, { divergence }).dataSync()[0]!;
    const { value, standardError } = monteCarloEntropy(mixture, { samples, key });
    const fit = collapseObjective(points, centres, sigma).dataSync()[0]!;
    return [fit, bound('bhattacharyya'), bound('kl'), value, standardError];
  }) as [number, number, number, number, number];
  const row: CollapseRow = {
    ...{ step, logLikelihood, entropyLower, entropyUpper, entropy, entropyError },
    groups: linkedGroups(frame.centres, centres.shape[1], sigma).length,
    spread: Math.sqrt(squaredSpread(points)),
  };
  return { row, frame };
}

/**
 * Trains a Gaussian mixture with one centre for each input and a small fixed covariance σ²I, by EM or gradient, with
 * inputs that are fixed or trained along: the paper's Figure 4. With trainable inputs the likelihood is greatest where
 * all inputs and centres are one (`groupedMixture`), and the ascent goes there as far as it gets: inputs that lie many
 * σ apart, on their centres, hardly move (`pairCollapseSteps`). Fixed inputs have no stable collapsed state below
 * `fixedCollapseSigma`; above it is stable, but outliers can keep their own centres.
 *
 * The objective, mean log-likelihood plus weight × entropy of the inputs, never falls (to float32's rounding). EM's
 * step with trainable inputs is coordinate ascent: centres to the mean of their inputs, then inputs to the mean of
 * their centres. While every input lies on its own centre the log-likelihood is K/2 minus PairDist's upper bound of the
 * entropy, exactly: to raise it is to lower that entropy. Same key, same machine: same bits; the key serves the Monte
 * Carlo estimate only.
 * Source: theory.md, section 6.
 *
 * @param points The inputs x_i, [N, K], N ≥ 2; not changed.
 * @throws On inputs, centres or options that are unfit, and with the signal's reason.
 * @example
 * const points = tf.tensor2d([[-1], [1]]);
 * const options = { method: 'em', sigma: 1, steps: 20, samples: 10, key: key(0) } as const;
 * // Trainable inputs come together; fixed ones stay.
 * const trained = await mixtureCollapse(points, { ...options, inputs: 'trainable' });
 * trained.rows.map(({ groups }) => groups); // [2, 1, 1, 1, 1]
 * trained.rows.at(-1)!.spread.toFixed(3); // '0.000'
 * (await mixtureCollapse(points, { ...options, inputs: 'fixed' })).rows.at(-1)!.spread; // 1
 */
export async function mixtureCollapse(points: tf.Tensor2D, options: MixtureCollapseOptions): Promise<MixtureCollapse> {
  const { centres = points, steps = 200, every = 5, samples = 2000, key, onProgress, signal } = options;
  requirePlaces('points', points, []);
  requirePlaces('centres', centres, points.shape);
  requireCount(steps, 1, 'steps', 'mixtureCollapse');
  requireCount(every, 1, 'every', 'mixtureCollapse');
  requireCount(samples, 2, 'samples', 'mixtureCollapse');
  const problem = problemOf(points, options);
  const rows: CollapseRow[] = [];
  const frames: CollapseFrame[] = [];
  let state: CollapseState = { points: points.clone(), centres: centres.clone(), rate: tf.tensor1d([problem.rate]) };
  const free = ({ points: inputs, centres: means, rate }: CollapseState) => tf.dispose([inputs, means, rate]);
  try {
    for (let step = 0; ; step++) {
      if (step % every === 0 || step === steps) {
        const { row, frame } = measure(state, step, problem.sigma, samples, foldIn(key, step));
        rows.push(row);
        frames.push(frame);
        onProgress?.(step, steps);
        await new Promise(setImmediate);
      }
      signal?.throwIfAborted();
      if (step === steps) break;
      const next = collapseStep(state, problem);
      free(state);
      state = next;
    }
  } finally {
    free(state);
  }
  return { rows, frames };
}
