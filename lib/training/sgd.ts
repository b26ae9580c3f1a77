import { type Decays, decaysByDefault, describeDecays, type Optimizer, zerosLikeTrainable } from './optimizer';
import { applyInPlace, updateWeights } from './weightUpdate';

/** SGD's settings. */
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
 *
 * @throws If the momentum is not from 0 to below 1, or the weight decay negative; its `update`, as `Optimizer` says.
 * @example
 * const weights = { w: tf.variable(tf.tensor1d([1])) };
 * const optimizer = sgd({ momentum: 0.9 });
 * const state = optimizer.init(weights);
 * // Twice by the gradient 1: steps of 0.1 and 0.1 · (1 + 0.9).
 * for (let i = 0; i < 2; i++) optimizer.update(weights, state, { w: tf.tensor1d([1]) }, () => 0.1);
 * weights.w; // [0.71]
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const { momentum = 0.9, weightDecay = 1e-4, nesterov = false, decays = decaysByDefault } = options;
  if (!(momentum >= 0 && momentum < 1) || !(weightDecay >= 0)) {
    throw new Error(
      `sgd: expected momentum from 0 to below 1 and weight decay >= 0, got ${momentum} and ${weightDecay}`,
    );
  }
  const kind = nesterov ? ', nesterov' : '';
  return {
    name: `sgd(momentum ${momentum}${kind}, weight decay ${weightDecay}${describeDecays(options.decays)})`,
    init: (weights) => zerosLikeTrainable(weights),
    update: (weights, state, gradients, learningRate) =>
      updateWeights(
        {
          name: 'sgd',
          memories: (name) => [name],
          settings: (name, weight) => ({
            rate: learningRate(name),
            decay: weightDecay > 0 && decays(name, weight) ? weightDecay : 0,
          }),
          rule({ weight, gradient, memories, settings: { rate, decay }, scalar }) {
            const d = decay > 0 ? gradient.add(weight.mul(scalar(decay))) : gradient;
            const v = momentum > 0 ? memories[0]!.mul(scalar(momentum)).add(d) : d;
            const step = nesterov ? d.add(v.mul(scalar(momentum))) : v;
            return { weight: weight.sub(step.mul(scalar(rate))), memories: [v] };
          },
          // v ← v + λ / μ w, then v ← μ v + g and w ← w − lr v in one kernel.
          inPlace:
            nesterov || momentum === 0
              ? undefined
              : ({ weight, gradient, memories, settings: { rate, decay }, scalar }, take) => {
                  const v = take(memories[0]!);
                  if (decay > 0) applyInPlace('GradientDescent', [v, scalar(-decay / momentum), weight]);
                  applyInPlace('Momentum', [take(weight), v, scalar(rate), gradient, scalar(momentum)]);
                },
        },
        { weights, state, gradients },
      ),
  };
}
