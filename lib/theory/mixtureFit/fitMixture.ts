import type { Key } from '../../engine/random';
import { tf } from '../../engine/tensorflow';
import type { GaussianMixture } from '../../information/gaussianMixture';
import { cloneMixture, shifted } from './centring';
import { conformMixture } from './conformMixture';
import { type EmOptions, type RequiredEmOptions, requireEmOptions } from './emOptions';
import { maximize } from './maximization';
import { mixtureMoments } from './moments';
import { requireMeans, requirePoints } from './requirePoints';
import { seedCentres } from './seedCentres';
import { startingMixture } from './startingMixture';

/** Where a fit stands after some steps; step 0 is the start. */
export interface MixtureFitStep {
  /** Steps taken, from 0. */
  readonly step: number;
  /** Valid during the call only: clone what is to stay. */
  readonly mixture: GaussianMixture;
  /** Mean over the points of ln of their density under this mixture, nats. */
  readonly logLikelihood: number;
}

/** Where to start, what is estimated, and when to stop. */
export interface MixtureFitOptions extends EmOptions {
  /**
   * Where to start: a mixture (which conforms to the model, see `emStep`), or centres [N, K], with equal weights and
   * the covariance of the points about their nearest centres. Default: centres by `seedCentres`, for which `components`
   * and `key` are needed.
   */
  readonly initial?: GaussianMixture | tf.Tensor2D;
  /** N, where `initial` is not given: at most the number of points. Default: none. */
  readonly components?: number;
  /** Of `seedCentres`; needed only where `initial` is not given, default none. */
  readonly key?: Key;
  /** Steps at most. Default 100. */
  readonly steps?: number;
  /** Stops once a step changes the mean log-likelihood by less than this, nats; 0 never does. Default 1e-3. */
  readonly tolerance?: number;
  /** Told of the start and every step; default: no one is. */
  readonly onStep?: (step: MixtureFitStep) => void;
  /** Stops between two steps, with the signal's reason as the error; default: nothing does. */
  readonly signal?: AbortSignal;
}

/** A fitted mixture, and how it came about. */
export interface MixtureFit {
  /**
   * After the last step; `tf.dispose(fit.mixture)` frees it. Its `responsibilities` for any points are the function of
   * that name.
   */
  readonly mixture: GaussianMixture;
  /** Mean log-likelihood of the points by step, nats: the first of the start, the last of `mixture`. */
  readonly logLikelihoods: readonly number[];
  /** Whether the last step's change was below the tolerance. */
  readonly converged: boolean;
}

const name = 'fitMixture';

function requireSettings({ initial, components, key, steps = 100, tolerance = 1e-3 }: MixtureFitOptions) {
  if (initial === undefined && (components === undefined || key === undefined)) {
    throw new Error(`${name}: expected initial, or components and key to draw starting centres with, got neither`);
  }
  if (initial !== undefined && components !== undefined) {
    throw new Error(
      `${name}: expected either initial or components, got both; initial has its own number of components`,
    );
  }
  if (!(Number.isInteger(steps) && steps >= 0)) {
    throw new Error(`${name}: expected steps to be a whole number of at least 0, got ${steps}`);
  }
  if (!(tolerance >= 0)) throw new Error(`${name}: expected tolerance to be at least 0, got ${tolerance}`);
  return { steps, tolerance };
}

/** The starting mixture, about the points' centre; a tensor of its own each. */
function beginning(
  points: tf.Tensor2D,
  centre: tf.Tensor,
  { initial, components, key }: MixtureFitOptions,
  model: RequiredEmOptions,
): GaussianMixture {
  return tf.tidy(() => {
    const centres = initial instanceof tf.Tensor ? initial : undefined;
    if (initial && !centres) {
      const given = initial as GaussianMixture;
      requireMeans(name, given.means, points);
      return cloneMixture(shifted(conformMixture(name, given, model), centre.neg()));
    }
    if (centres) requireMeans(name, centres, points);
    const means = centres?.sub<tf.Tensor2D>(centre) ?? seedCentres(points, components!, key!);
    return cloneMixture(conformMixture(name, startingMixture(name, points, means, model), model));
  });
}

/** The log-likelihood under a mixture, and the next one where one is to `move`. */
function advance(points: tf.Tensor2D, now: GaussianMixture, model: RequiredEmOptions, move: boolean) {
  let logLikelihood = 0;
  const next = tf.tidy(() => {
    const step = move ? maximize(name, points, now, model) : undefined;
    logLikelihood = step?.logLikelihood ?? mixtureMoments(points, now, false).logLikelihood;
    return step ? cloneMixture(step.mixture) : undefined;
  });
  return { logLikelihood, next };
}

/** A copy about the origin. */
function uncentred(mixture: GaussianMixture, centre: tf.Tensor): GaussianMixture {
  return tf.tidy(() => cloneMixture(shifted(mixture, centre)));
}

function report(
  onStep: (step: MixtureFitStep) => void,
  step: number,
  now: GaussianMixture,
  centre: tf.Tensor,
  logLikelihood: number,
): void {
  tf.tidy(() => onStep({ step, mixture: shifted(now, centre), logLikelihood }));
}

/**
 * Fits a Gaussian mixture to points by expectation maximization, step by step as `emStep` does it (which says what is
 * estimated, what becomes of empty components and duplicate points, and how exact it is), with the points centred once
 * for all steps. One start: where it may matter, fit from several keys and take the likeliest.
 *
 * Yields to the event loop after each step.
 * Source: Dempster, Laird & Rubin 1977.
 *
 * @param points [S, K].
 * @throws If points, start or options are not as described, or a covariance becomes singular. With the signal's reason
 *   when it aborts.
 * @example
 * const points = tf.tensor2d([[-1.1], [-0.9], [0.9], [1.1]]);
 * const fit = await fitMixture(points, { initial: tf.tensor2d([[-0.5], [0.5]]), covariance: 'spherical' });
 * fit.mixture.means; // [[-1], [1]]
 * fit.mixture.covariance; // { kind: 'isotropic', sigma: [0.1, 0.1] }
 * fit.converged; // true
 */
export async function fitMixture(points: tf.Tensor2D, options: MixtureFitOptions): Promise<MixtureFit> {
  const model = requireEmOptions(name, options);
  const { steps, tolerance } = requireSettings(options);
  requirePoints(name, points);
  const { onStep, signal } = options;
  signal?.throwIfAborted();
  const centre = tf.tidy(() => points.mean(0));
  const centred = points.sub<tf.Tensor2D>(centre);
  const logLikelihoods: number[] = [];
  const held: GaussianMixture[] = [];
  try {
    held.push(beginning(centred, centre, options, model));
    for (let step = 0; ; step++) {
      const now = held[0]!;
      const { logLikelihood, next } = advance(centred, now, model, step < steps);
      if (next) held.push(next);
      const change = Math.abs(logLikelihood - (logLikelihoods.at(-1) ?? Number.POSITIVE_INFINITY));
      logLikelihoods.push(logLikelihood);
      if (onStep) report(onStep, step, now, centre, logLikelihood);
      const converged = change < tolerance;
      if (converged || !next) {
        return { mixture: uncentred(now, centre), logLikelihoods, converged };
      }
      tf.dispose(held.shift()!);
      await new Promise(setImmediate);
      signal?.throwIfAborted();
    }
  } finally {
    tf.dispose([centre, centred, held]);
  }
}
