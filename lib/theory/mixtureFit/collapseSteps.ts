import { tf } from '../../engine/tensorflow';
import type { MixtureCovariance } from '../../information/gaussianMixture';
import { type AscentProblem, ascentStep } from '../gradientAscent';
import { collapseObjective, type InputEntropyTerm } from './collapseObjective';
import { emStep } from './emStep';
import { meanShift } from './meanShift';

/** Inputs and centres under way. */
export type CollapseState = {
  /** [N, K]. */
  readonly points: tf.Tensor2D;
  readonly centres: tf.Tensor2D;
  /** [1]: the gradient's present step size. */
  readonly rate: tf.Tensor;
};

export interface CollapseProblem {
  readonly inputs: 'fixed' | 'trainable';
  readonly method: 'em' | 'gradient';
  readonly sigma: number;
  readonly entropy?: InputEntropyTerm;
  readonly rate: number;
  /** The inputs' mean squared distance from their mean that a gradient may not exceed. */
  readonly squaredLimit: number;
}

/** The inputs drawn together around their mean until their mean squared distance from it is at most the limit. */
function within(points: tf.Tensor, limit: number): tf.Tensor {
  if (limit === Number.POSITIVE_INFINITY) return points;
  const mean = points.mean(-2, true);
  const offsets = points.sub(mean);
  const spread = offsets.square().sum(-1).mean();
  // Inputs that coincide have the limit 0 and the spread 0: 0 / 0, which `where` passes over.
  const factor = tf.where(spread.greater(limit), tf.div(limit, spread).sqrt(), tf.onesLike(spread));
  return mean.add(offsets.mul(factor));
}

/**
 * A step of projected gradient ascent in the inputs, the centres or both. The objective is multiplied by N σ², so that a rate of 1 takes an
 * input as far as `meanShift` would, and a centre which owns one input as far as EM.
 */
function ascend(
  state: CollapseState,
  problem: CollapseProblem,
  moving: readonly ('points' | 'centres')[],
): CollapseState {
  const { sigma, entropy, rate, squaredLimit } = problem;
  const scale = state.points.shape[0] * sigma ** 2;
  const at = (parameters: readonly tf.Tensor[]) => {
    const own = { ...state };
    moving.forEach((name, i) => {
      own[name] = parameters[i]!.squeeze<tf.Tensor2D>([0]);
    });
    return own;
  };
  const ascent: AscentProblem = {
    initial: () => moving.map((name) => state[name].expandDims(0)),
    project: (parameters) => parameters.map((p, i) => (moving[i] === 'points' ? within(p, squaredLimit) : p)),
    value: (parameters) => {
      const { points, centres } = at(parameters);
      return collapseObjective(points, centres, sigma, entropy).mul(scale).reshape([1]);
    },
    greatestRate: rate,
  };
  const parameters = moving.map((name) => state[name].expandDims(0));
  const next = ascentStep(ascent, { parameters, value: ascent.value(parameters), rate: state.rate });
  const { points, centres } = at(next.parameters);
  return { points: points.clone(), centres: centres.clone(), rate: next.rate };
}

/**
 * One step of training. EM: the centres to the mean of the inputs that they are responsible for; then, where the inputs are trained, the
 * inputs to the mean of their centres (`meanShift`), or with an entropy term, which has no such closed form, a gradient step of theirs:
 * coordinate ascent, which never lowers the objective. Gradient: both at once.
 */
export function collapseStep(state: CollapseState, problem: CollapseProblem): CollapseState {
  return tf.tidy(() => {
    const { inputs, method, sigma, entropy } = problem;
    if (method === 'gradient')
      return ascend(state, problem, inputs === 'trainable' ? ['points', 'centres'] : ['centres']);
    const covariance: MixtureCovariance = { kind: 'isotropic', sigma: tf.tensor1d([sigma]) };
    const mixture = { means: state.centres, covariance };
    const { means } = emStep(state.points, mixture, { covariance: { fixed: sigma }, weights: 'equal' }).mixture;
    const moved = { ...state, centres: means };
    if (inputs === 'fixed') return { ...moved, points: state.points.clone(), rate: state.rate.clone() };
    if (entropy) return ascend(moved, problem, ['points']);
    return { ...moved, points: meanShift(state.points, means, sigma), rate: state.rate.clone() };
  });
}
