import { tf } from '../engine/tensorflow';
import { type Decays, decaysByDefault, type Optimizer, zerosLikeTrainable } from './optimizer';

export interface SgdOptions {
  /** μ in PyTorch's convention; default 0.9. */
  readonly momentum?: number;
  /** λ, added to the gradient as λ w, not decoupled; default 1e-4. */
  readonly weightDecay?: number;
  /** Step along d + μ v in place of v; default false. */
  readonly nesterov?: boolean;
  /** Which weights decay; default those of two or more axes, so neither biases nor the scales of a normalisation. */
  readonly decays?: Decays;
}

/**
 * Stochastic gradient descent with momentum, in PyTorch's convention (`torch.optim.SGD`, no dampening):
 * d = g + λ w; v ← μ v + d, v starting as d; w ← w − lr v, with `nesterov` w ← w − lr (d + μ v).
 * So the learning rate scales the whole step and may change while the momentum lives on.
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const { momentum = 0.9, weightDecay = 1e-4, nesterov = false, decays = decaysByDefault } = options;
  if (!(momentum >= 0 && momentum < 1) || !(weightDecay >= 0)) {
    throw new Error(
      `sgd: expected momentum from 0 to below 1 and weight decay >= 0, got ${momentum} and ${weightDecay}`,
    );
  }
  return {
    name: `sgd(momentum ${momentum}${nesterov ? ', nesterov' : ''}, weight decay ${weightDecay}${options.decays ? ` on ${options.decays}` : ''})`,
    init: (weights) => zerosLikeTrainable(weights),
    update(weights, state, gradients, learningRate) {
      tf.tidy(() => {
        // The scalars are shared by all weights: making one costs as much as a kernel on a small tensor.
        const rates = new Map<number, tf.Scalar>();
        const [decay, keep] = [tf.scalar(weightDecay), tf.scalar(momentum)];
        for (const [name, gradient] of Object.entries(gradients)) {
          const [weight, velocity] = [weights[name], state[name]];
          if (!weight || !velocity)
            throw new Error(`sgd: a gradient came for '${name}', a weight that init was not given`);
          const rate = rates.get(learningRate(name)) ?? tf.scalar(learningRate(name));
          rates.set(learningRate(name), rate);
          const direction = weightDecay > 0 && decays(name, weight) ? gradient.add(weight.mul(decay)) : gradient;
          velocity.assign(momentum > 0 ? velocity.mul(keep).add(direction) : direction);
          weight.assign(weight.sub((nesterov ? direction.add(velocity.mul(keep)) : velocity).mul(rate)));
        }
      });
    },
  };
}
