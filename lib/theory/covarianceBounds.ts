import { signedLogDeterminant } from '../engine/logDeterminant';
import { normal } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { isotropicEntropy } from '../information/pairDist';
import type { AscentProblem } from './gradientAscent';
import { type MixtureBounds, mixtureProblem } from './mixtureBounds';

/**
 * Bounds on the covariance Σ_Z of K outputs, within which the entropy bound ½ ln |2πe Σ_Z| is maximised.
 *
 * @param kind Which bounds.
 * @param variances Of the coordinates, one for all or one each; default 1.
 * @param trace tr Σ_Z; default K.
 */
export type CovarianceBounds =
  /**
   * Its diagonal is fixed, one variance for all (default 1, where VICReg's variance term is 0 and no less) or one a
   * coordinate.
   */
  | { readonly kind: 'diagonal'; readonly variances?: number | readonly number[] }
  /** Its trace is fixed; default K. */
  | { readonly kind: 'trace'; readonly trace?: number }
  /** It is the covariance of a Gaussian mixture with bounded eigenvalues and centres, the theorem's own setting. */
  | MixtureBounds
  /** None: there is no maximum. */
  | { readonly kind: 'none' };

/** `AscentProblem` with the covariance that its parameters stand for. */
export interface CovarianceProblem extends AscentProblem {
  /** [starts, K, K]. */
  readonly covariance: (parameters: readonly tf.Tensor[]) => tf.Tensor;
  /**
   * The value's maximum in closed form, in nats; for centres in a box an upper bound of it. Null where none is known.
   */
  readonly maximum: number | null;
}

function requirePositive(caller: string, what: string, value: number): void {
  if (value > 0 && value < Number.POSITIVE_INFINITY) return;
  throw new Error(
    `${caller}: expected ${what} to be positive and finite, got ${value}. Without that bound the entropy bound has no maximum.`,
  );
}

/** One value a coordinate. */
function perCoordinate(caller: string, what: string, given: number | readonly number[], dimension: number): number[] {
  const values = typeof given === 'number' ? Array.from({ length: dimension }, () => given) : [...given];
  if (values.length !== dimension) {
    throw new Error(`${caller}: expected one ${what} or ${dimension} of them, got ${values.length}`);
  }
  for (const value of values) requirePositive(caller, what, value);
  return values;
}

/** Σ = F Fᵀ with F = scale(W): every covariance inside the bounds, and no other, to rounding; ln |Σ| = 2 ln |det F|. */
function factorProblem(
  dimension: number,
  scale: (w: tf.Tensor) => tf.Tensor,
  maximum: number | null,
): CovarianceProblem {
  return {
    initial: (key, starts) => [scale(normal(key, [starts, dimension, dimension]))],
    project: ([w]) => [scale(w!)],
    covariance: ([w]) => tf.tidy(() => tf.matMul(scale(w!), scale(w!), false, true)),
    value: ([w]) => tf.tidy(() => signedLogDeterminant(scale(w!)).logAbsolute.add(isotropicEntropy(dimension, 1))),
    maximum,
  };
}

/** What `ascendEntropyBound` maximises under these bounds; `caller` is named in its errors. */
export function covarianceProblem(caller: string, bounds: CovarianceBounds, dimension: number): CovarianceProblem {
  switch (bounds?.kind) {
    case 'diagonal': {
      const variances = perCoordinate(caller, 'variance', bounds.variances ?? 1, dimension);
      const deviations = variances.map(Math.sqrt);
      const maximum = isotropicEntropy(dimension, 1) + deviations.reduce((sum, s) => sum + Math.log(s), 0);
      return factorProblem(
        dimension,
        (w) => tf.tidy(() => w.div(w.square().sum(-1, true).sqrt()).mul(tf.tensor2d(deviations, [dimension, 1]))),
        maximum,
      );
    }
    case 'trace': {
      const { trace = dimension } = bounds;
      requirePositive(caller, 'the trace', trace);
      return factorProblem(
        dimension,
        (w) => tf.tidy(() => w.div(w.square().sum([-2, -1], true).sqrt()).mul(Math.sqrt(trace))),
        isotropicEntropy(dimension, 1) + (dimension / 2) * Math.log(trace / dimension),
      );
    }
    case 'mixture':
      return mixtureProblem(caller, bounds, dimension);
    case 'none':
      return factorProblem(dimension, (w) => w.clone(), null);
    default:
      throw new Error(
        `${caller}: expected bounds of kind 'diagonal', 'trace', 'mixture' or 'none', got ${JSON.stringify(bounds)}`,
      );
  }
}
