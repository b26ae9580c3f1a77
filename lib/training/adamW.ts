import { tf } from '../engine/tensorflow';
import type { Weights } from '../models/module';
import { trainableWeights } from '../models/weights';
import { type Decays, decaysByDefault, describeDecays, type Optimizer, zerosLikeTrainable } from './optimizer';
import { applyInPlace, updateWeights } from './weightUpdate';

/** AdamW's settings. */
export interface AdamWOptions {
  /** β₁ and β₂; default 0.9 and 0.999, PyTorch's. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the second moment after its correction; default 1e-8, PyTorch's. */
  readonly epsilon?: number;
  /** λ, decoupled: w ← (1 − lr λ) w; default 0.01, PyTorch's. With 0 it is Adam. */
  readonly weightDecay?: number;
  /** Which weights decay; default those of two or more axes. (PyTorch's own default is all.) */
  readonly decays?: Decays;
}

const first = (name: string) => `${name}:first`;
const second = (name: string) => `${name}:second`;
const count = (name: string) => `${name}:steps`;

/** How many steps each of these weights has taken, with one wait for the device. */
function readSteps(state: Weights, names: readonly string[]): Map<string, number> {
  const known = names.filter((name) => state[count(name)]);
  const values = known.length > 0 ? tf.stack(known.map((name) => state[count(name)]!)).dataSync() : [];
  return new Map(known.map((name, i) => [name, values[i]!]));
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101), as `torch.optim.AdamW`. At a
 * weight's t-th step: w ← (1 − lr λ) w; m ← β₁ m + (1 − β₁) g; s ← β₂ s + (1 − β₂) g²; w ← w − lr / (1 − β₁ᵗ) · m / (√s
 * / √(1 − β₂ᵗ) + ε). Each weight counts its own steps, from the first gradient that it got.
 *
 * @throws If a beta is not from 0 to below 1, or epsilon or the weight decay negative; its `update`, as `Optimizer`
 *   says.
 * @example
 * const weights = { w: tf.variable(tf.tensor1d([1, 1])) };
 * const optimizer = adamW();
 * const state = optimizer.init(weights);
 * optimizer.update(weights, state, { w: tf.tensor1d([2, -0.01]) }, () => 0.1);
 * // The first step is as long as the rate, whatever the gradient's size.
 * weights.w; // [0.9, 1.1]
 */
export function adamW(options: AdamWOptions = {}): Optimizer {
  const { betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0.01, decays = decaysByDefault } = options;
  const [beta1, beta2] = betas;
  if (![beta1, beta2].every((beta) => beta >= 0 && beta < 1) || !(epsilon >= 0) || !(weightDecay >= 0)) {
    throw new Error(
      `adamW: expected betas from 0 to below 1, epsilon >= 0 and weight decay >= 0, got [${betas}], ${epsilon} and ${weightDecay}`,
    );
  }
  return {
    name: `adamW(betas ${beta1} and ${beta2}, epsilon ${epsilon}, weight decay ${weightDecay}${describeDecays(options.decays)})`,
    init: (weights) => ({
      ...zerosLikeTrainable(weights, first),
      ...zerosLikeTrainable(weights, second),
      ...Object.fromEntries(
        Object.keys(trainableWeights(weights)).map((name) => [
          count(name),
          tf.tidy(() => tf.variable(tf.scalar(0), false)),
        ]),
      ),
    }),
    update(weights, state, gradients, learningRate) {
      tf.tidy(() => {
        const steps = readSteps(state, Object.keys(gradients));
        updateWeights(
          {
            name: 'adamW',
            memories: (name) => [first(name), second(name)],
            settings: (name, weight) => ({
              rate: learningRate(name),
              step: (steps.get(name) ?? 0) + 1,
              decay: weightDecay > 0 && decays(name, weight) ? weightDecay : 0,
            }),
            rule({ weight, gradient, memories, settings: { rate, step, decay }, scalar }) {
              const m = memories[0]!.mul(scalar(beta1)).add(gradient.mul(scalar(1 - beta1)));
              const s = memories[1]!.mul(scalar(beta2)).add(gradient.square().mul(scalar(1 - beta2)));
              // The corrections go into two scalars: √s / √c + ε = (√s + ε √c) / √c.
              const root = Math.sqrt(1 - beta2 ** step);
              const change = m
                .div(s.sqrt().add(scalar(epsilon * root)))
                .mul(scalar((rate * root) / (1 - beta1 ** step)));
              const kept = decay > 0 ? weight.mul(scalar(1 - rate * decay)) : weight;
              return { weight: kept.sub(change), memories: [m, s] };
            },
            inPlace({ weight, gradient, memories, settings: { rate, step, decay }, scalar }, take) {
              const lost = decay > 0 ? weight.mul(scalar(rate * decay)) : undefined;
              const [w, m, s] = [weight, ...memories].map(take) as [tf.Tensor, tf.Tensor, tf.Tensor];
              if (lost) applyInPlace('GradientDescent', [w, scalar(1), lost]);
              const powers = [scalar(beta1 ** step), scalar(beta2 ** step)];
              const e = scalar(epsilon * Math.sqrt(1 - beta2 ** step));
              applyInPlace('Adam', [w, m, s, ...powers, scalar(rate), scalar(beta1), scalar(beta2), e, gradient]);
            },
          },
          { weights, state, gradients },
        );
        const next = new Map<number, tf.Scalar>();
        for (const [name, taken] of steps) {
          const value = next.get(taken) ?? tf.scalar(taken + 1);
          next.set(taken, value);
          state[count(name)]!.assign(value);
        }
      });
    },
  };
}
