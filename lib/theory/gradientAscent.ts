import { valueAndGradients } from '../engine/gradient';
import type { Key } from '../engine/random';
import { tf } from '../engine/tensorflow';

/** Something to maximise from many starts at once; the first axis of every tensor counts the starts. */
export interface AscentProblem {
  /** Random parameters inside the bounds. */
  readonly initial: (key: Key, starts: number) => tf.Tensor[];
  /** The nearest parameters inside the bounds, or others inside them that are close. */
  readonly project: (parameters: readonly tf.Tensor[]) => tf.Tensor[];
  /** What is maximised, [starts]; differentiable. */
  readonly value: (parameters: readonly tf.Tensor[]) => tf.Tensor;
  /** No step size grows beyond it. Default: none. */
  readonly greatestRate?: number;
}

/** Where an ascent stands; `dispose` frees it. */
export interface AscentState {
  readonly parameters: readonly tf.Tensor[];
  /** [starts]. */
  readonly value: tf.Tensor;
  /** [starts]: each start's own step size. */
  readonly rate: tf.Tensor;
}

const growth = 1.3;
const cut = 0.5;

/** [starts] against parameters [starts, ...]. */
function perStart(x: tf.Tensor, like: tf.Tensor): tf.Tensor {
  return x.reshape([x.shape[0]!, ...like.shape.slice(1).map(() => 1)]);
}

/** The state at random parameters. */
export function beginAscent(problem: AscentProblem, key: Key, starts: number): AscentState {
  return tf.tidy(() => {
    const parameters = problem.initial(key, starts);
    return { parameters, value: problem.value(parameters), rate: tf.fill([starts], 0.1) };
  });
}

/**
 * One step of projected gradient ascent, of each start by itself: along the gradient by its rate, then back inside the bounds. A step
 * that would lower the value is not taken and halves the rate; one that is taken lengthens it by 1.3, up to `greatestRate`. So no value ever falls.
 */
export function ascentStep(problem: AscentProblem, state: AscentState): AscentState {
  return tf.tidy(() => {
    const { parameters, value, rate } = state;
    const longer = (x: tf.Tensor) => {
      const grown = x.mul(growth);
      return problem.greatestRate === undefined ? grown : grown.minimum(problem.greatestRate);
    };
    const { gradients } = valueAndGradients(() => problem.value(parameters).sum() as tf.Scalar, parameters);
    const moved = parameters.map((p, i) => (gradients[i] ? p.add(gradients[i]!.mul(perStart(rate, p))) : p));
    const proposed = problem.project(moved);
    const reached = problem.value(proposed);
    // False for NaN: such a step is not taken.
    const better = reached.greaterEqual(value);
    const take = (next: tf.Tensor, now: tf.Tensor) => tf.where(perStart(better, now).broadcastTo(now.shape), next, now);
    return {
      parameters: proposed.map((p, i) => take(p, parameters[i]!)),
      value: take(reached, value),
      rate: take(longer(rate), rate.mul(cut)),
    };
  });
}

export function disposeAscent({ parameters, value, rate }: AscentState): void {
  tf.dispose([...parameters, value, rate]);
}
