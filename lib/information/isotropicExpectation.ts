import { offTape } from '../engine/rematerialize';
import { tf } from '../engine/tensorflow';
import { requireDeviation } from './conditional';
import { requireRows } from './requireRows';

/**
 * Mean and spread of the embeddings of N views, each over its own noise. Only these two moments count, not Gaussianity.
 */
export interface ViewMoments {
  /** μ, [N, K]. */
  readonly means: tf.Tensor2D;
  /** tr Σ, [N], at least 0; σ² ‖A‖_F² where the noise is N(0, σ² I) and the map affine. */
  readonly traces: tf.Tensor1D;
}

function requireViews(name: string, first: ViewMoments, second: ViewMoments): void {
  requireRows(name, 'the first means', first.means, 1);
  const expected = `${first.means.shape}`;
  const count = `${first.means.shape[0]}`;
  const fits =
    `${second.means.shape}` === expected && `${first.traces.shape}` === count && `${second.traces.shape}` === count;
  if (fits) {
    const least = offTape(() => tf.minimum(first.traces.min(), second.traces.min()).dataSync()[0]!);
    if (least < 0) throw new Error(`${name}: expected traces of covariances, at least 0, got ${least}`);
    return;
  }
  throw new Error(
    `${name}: expected two views' means of one shape, and a trace for each row, got means [${expected}] and [${second.means.shape}], ` +
      `traces [${first.traces.shape}] and [${second.traces.shape}]`,
  );
}

/**
 * E ‖z − z'‖² for each pair of views, [N]: ‖μ − μ'‖² + tr Σ + tr Σ', for z and z' independent given the views.
 * [Derived in theory.md section 3.] Differentiable.
 *
 * @param first, second Moments of the two views, means [N, K] and traces [N].
 * @throws If the two views' shapes differ, a row has no trace, or a trace is negative.
 * @example
 * const first = { means: tf.tensor2d([[0, 0]]), traces: tf.tensor1d([1]) };
 * const second = { means: tf.tensor2d([[3, 4]]), traces: tf.tensor1d([2]) };
 * // 5² + 1 + 2
 * expectedSquaredDistances(first, second); // [28]
 */
export function expectedSquaredDistances(first: ViewMoments, second: ViewMoments): tf.Tensor1D {
  requireViews('expectedSquaredDistances', first, second);
  return tf.tidy(
    () => first.means.sub(second.means).square().sum(1).add(first.traces).add(second.traces) as tf.Tensor1D,
  );
}

/**
 * E log q(z | x') of q = N(z', s² I), z' = f(x'), for each pair of views, [N], in nats, exact: −(K/2) ln 2πs² − (‖μ −
 * μ'‖² + tr Σ + tr Σ') / 2s², for z and z' independent given the views. At s = 1 it is theory.md section 3's formula,
 * derived there; any s follows in the same way. With H(Z) the mean over pairs gives `variationalBound`.
 *
 * `best` takes the s that makes the mean over the pairs largest: s² = (1/K) mean E ‖z − z'‖², where the derivative by
 * s² vanishes. The mean is then −(K/2) ln 2πe s², which moves with the scale of z as −H(Z) does, so that the bound has
 * no scale: f and c f have one.
 *
 * Differentiable in means, traces and sigma.
 *
 * @param sigma s > 0, in units of the embeddings, or `best`.
 * @param first, second Moments of the two views, means [N, K] and traces [N].
 * @throws If a shape or sigma is unfit, a trace is negative, or with `best` all views coincide and have no spread.
 * @example
 * const view = { means: tf.tensor2d([[0, 0]]), traces: tf.tensor1d([0.5]) };
 * // −ln 2π − ½, and at the best s² = ½, −ln 2πe s².
 * expectedLogIsotropic(view, view, { sigma: 1 }); // [-2.3379]
 * expectedLogIsotropic(view, view, { sigma: 'best' }); // [-2.1447]
 */
export function expectedLogIsotropic(
  first: ViewMoments,
  second: ViewMoments,
  { sigma }: { readonly sigma: number | tf.Scalar | 'best' },
): tf.Tensor1D {
  if (sigma !== 'best') requireDeviation('expectedLogIsotropic', sigma);
  requireViews('expectedLogIsotropic', first, second);
  const k = first.means.shape[1];
  return tf.tidy(() => {
    const distances = expectedSquaredDistances(first, second);
    if (sigma === 'best' && offTape(() => distances.mean().dataSync()[0]!) === 0) {
      throw new Error(
        "expectedLogIsotropic: expected views that differ for sigma 'best', got coinciding means and traces of 0: no s is best, the bound has no upper limit. State sigma.",
      );
    }
    const variance =
      sigma === 'best' ? distances.mean().div(k) : typeof sigma === 'number' ? tf.scalar(sigma ** 2) : sigma.square();
    const constant = variance
      .log()
      .add(Math.log(2 * Math.PI))
      .mul(k);
    return distances.div(variance).add(constant).mul(-0.5) as tf.Tensor1D;
  });
}
