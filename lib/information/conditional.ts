import { factorPositiveDefinite } from '../engine/cholesky';
import { diagonalPart } from '../engine/matrix';
import { tf } from '../engine/tensorflow';
import { solveTriangular } from '../engine/triangularSolve';
import { requireCovariance } from './requireCovariance';
import { requireRows } from './requireRows';

/** A conditional q(z | x') = N(W x' + b, C), z in K dimensions, x' in M. */
export interface AffineConditional {
  /** W, [K, M]. Default the identity, where M = K: x' is then z' = f(x'). */
  readonly map?: tf.Tensor2D;
  /** b, [K]. Default 0. */
  readonly offset?: tf.Tensor1D;
  /** C, [K, K], symmetric and positive definite. */
  readonly covariance: tf.Tensor2D;
}

/** Throws unless q takes M coordinates to a Gaussian over K. */
export function requireConditional(name: string, q: AffineConditional, k: number, m: number): void {
  requireCovariance(name, "q's covariance", q.covariance);
  const map = q.map?.shape ?? [m, m];
  const offset = q.offset?.shape ?? [k];
  if (`${q.covariance.shape}` === `${k},${k}` && `${map}` === `${k},${m}` && `${offset}` === `${k}`) return;
  throw new Error(
    `${name}: expected q's map to be [${k}, ${m}], its offset [${k}] and its covariance [${k}, ${k}], got ` +
      `[${map}]${q.map ? '' : ' (the identity, by default)'}, [${offset}] and [${q.covariance.shape}]`,
  );
}

function requirePairs(name: string, z: tf.Tensor2D, given: tf.Tensor2D, sameWidth: boolean): void {
  requireRows(name, 'z', z, 1);
  requireRows(name, 'given', given, 1);
  if (z.shape[0] === given.shape[0] && (!sameWidth || z.shape[1] === given.shape[1])) return;
  throw new Error(
    `${name}: expected a row of given for each row of z${sameWidth ? ', of the same width' : ''}, got [${given.shape}] for [${z.shape}]`,
  );
}

/** Throws unless sigma is a positive standard deviation. A tensor's value is not read. */
export function requireDeviation(name: string, sigma: number | tf.Scalar): void {
  if (typeof sigma !== 'number' || (sigma > 0 && sigma < Number.POSITIVE_INFINITY)) return;
  throw new Error(`${name}: expected a standard deviation above 0 and finite, got ${sigma}`);
}

/**
 * log q(z | z') of q = N(z', s² I), row by row, in nats: the conditional whose mean square is VICReg's invariance term.
 * Differentiable in z, z' and s.
 * The case of theory.md, section 3.
 *
 * @param z [S, K].
 * @param given z' = f(x'), [S, K].
 * @param sigma s > 0, in units of z; a tensor's value is not checked.
 * @throws If a shape or s is unfit.
 * @example
 * const z = tf.tensor2d([[0, 0], [3, 4]]);
 * // −ln 2π at the mean, and 5²/2 less at distance 5.
 * isotropicConditional(z, tf.zeros([2, 2]), { sigma: 1 }); // [-1.8379, -14.3379]
 */
export function isotropicConditional(
  z: tf.Tensor2D,
  given: tf.Tensor2D,
  { sigma }: { readonly sigma: number | tf.Scalar },
): tf.Tensor1D {
  requirePairs('isotropicConditional', z, given, true);
  requireDeviation('isotropicConditional', sigma);
  const k = z.shape[1];
  return tf.tidy(() => {
    const s = typeof sigma === 'number' ? tf.scalar(sigma) : sigma;
    const distances = z.sub(given).div(s).square().sum(1);
    return distances
      .add(k * Math.log(2 * Math.PI))
      .mul(-0.5)
      .sub(s.log().mul(k)) as tf.Tensor1D;
  });
}

/**
 * log q(z | x') of q = N(W x' + b, C), row by row, in nats, by the Cholesky factor of C. Differentiable in z, x' and q.
 * The multivariate normal density.
 *
 * @param z [S, K].
 * @param given x', [S, M].
 * @param q W, b and C.
 * @throws If C is not finite, symmetric and positive definite, or a shape is wrong.
 * @example
 * const [z, given] = [tf.tensor2d([[2]]), tf.tensor2d([[1]])];
 * const q = { map: tf.tensor2d([[0.5]]), offset: tf.tensor1d([1]), covariance: tf.tensor2d([[1]]) };
 * // z is ½ from the mean ½ · 1 + 1: −½ ln 2π − ½ · ½².
 * gaussianConditional(z, given, q); // [-1.0439]
 */
export function gaussianConditional(z: tf.Tensor2D, given: tf.Tensor2D, q: AffineConditional): tf.Tensor1D {
  requirePairs('gaussianConditional', z, given, false);
  const k = z.shape[1];
  requireConditional('gaussianConditional', q, k, given.shape[1]);
  return tf.tidy(() => {
    const mapped = q.map ? tf.matMul(given, q.map, false, true) : given;
    const centred = z.sub(mapped).sub(q.offset ?? 0);
    const l = factorPositiveDefinite('gaussianConditional', q.covariance);
    const white = solveTriangular(l, centred.transpose());
    const constant = k * Math.log(2 * Math.PI);
    return white.square().sum(0).add(constant).mul(-0.5).sub(diagonalPart(l).log().sum()) as tf.Tensor1D;
  });
}
