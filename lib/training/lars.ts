import { runKernel } from '../engine/kernel';
import { tf } from '../engine/tensorflow';
import { type Decays, decaysByDefault, describeDecays, type Optimizer, zerosLikeTrainable } from './optimizer';
import { applyInPlace, updateWeights } from './weightUpdate';

/** LARS's settings. */
export interface LarsOptions {
  /** μ in PyTorch's convention; default 0.9. */
  readonly momentum?: number;
  /** λ, added to the gradient as λ w before the adaptation; default 1e-4 (solo-learn's for VICReg on CIFAR-10). */
  readonly weightDecay?: number;
  /** η, the trust coefficient; default 0.02 (solo-learn's CIFAR-10 runs; facebookresearch/vicreg takes 0.001). */
  readonly trust?: number;
  /**
   * The adaptive rate is min(q / lr, 1), so that it never exceeds the learning rate; default true (solo-learn's
   * CIFAR-10 runs).
   */
  readonly clip?: boolean;
  /**
   * What ‖w‖ is divided by: `sum` (default), ‖g‖ + λ ‖w‖ + 1e-8, as in the paper and solo-learn; `update`, ‖g + λ w‖,
   * as facebookresearch/vicreg.
   */
  readonly denominator?: 'sum' | 'update';
  /** Which weights decay and are adapted; default those of two or more axes. */
  readonly decays?: Decays;
}

const float = { T: { type: 'float32' } } as const;

/** ‖x‖, by a kernel that makes no square of it. */
function norm(x: tf.Tensor): tf.Tensor {
  return runKernel('L2Loss', float, [x]).mul(2).sqrt();
}

/**
 * Layer-wise adaptive rate scaling (You, Gitman and Ginsburg 2017, arXiv 1708.03888). For each weight w with gradient
 * g: q = η ‖w‖ / (‖g‖ + λ ‖w‖ + 1e-8); clipped, q ← min(q / lr, 1); d = q (g + λ w); v ← μ v + d; w ← w − lr v. The
 * excluded weights have d = g: no decay, no adaptation. If ‖w‖ or ‖g‖ is 0 then, with denominator `sum`, d = g, as in
 * solo-learn; with `update` q = 1 where ‖w‖ or ‖g + λ w‖ is 0, as in facebookresearch/vicreg.
 *
 * @throws If the momentum is not from 0 to below 1, the weight decay negative, the trust not above 0, or the
 *   denominator unknown; its `update`, as `Optimizer` says.
 * @example
 * const weights = { w: tf.variable(tf.tensor2d([[3, 4]])) };
 * const optimizer = lars({ weightDecay: 0, clip: false });
 * const state = optimizer.init(weights);
 * // The gradient's length, 10, does not matter: the step is 0.02 of the weight's, 5.
 * optimizer.update(weights, state, { w: tf.tensor2d([[0, 10]]) }, () => 1);
 * weights.w; // [[3, 3.9]]
 */
export function lars(options: LarsOptions = {}): Optimizer {
  const { momentum = 0.9, weightDecay = 1e-4, trust = 0.02, clip = true } = options;
  const { denominator = 'sum', decays = decaysByDefault } = options;
  if (!(momentum >= 0 && momentum < 1) || !(weightDecay >= 0) || !(trust > 0)) {
    throw new Error(
      `lars: expected momentum from 0 to below 1, weight decay >= 0 and trust > 0, got ${momentum}, ${weightDecay} and ${trust}`,
    );
  }
  if (denominator !== 'sum' && denominator !== 'update') {
    throw new Error(`lars: expected the denominator 'sum' or 'update', got '${denominator}'`);
  }

  /** q and λ, as scalars that stay on the device, so that no step waits for one: d = q (g + λ w). */
  function adaptation(w: tf.Tensor, g: tf.Tensor, rate: number, scalar: (value: number) => tf.Scalar) {
    const [zero, one, decay] = [scalar(0), scalar(1), scalar(weightDecay)];
    const slope = norm(denominator === 'sum' || weightDecay === 0 ? g : g.add(w.mul(decay)));
    const length = norm(w);
    const divisor = denominator === 'sum' ? slope.add(length.mul(decay)).add(scalar(1e-8)) : slope;
    const ratio = length.div(divisor).mul(scalar(trust));
    // At a rate of 0 nothing moves, but the momentum goes on: q / 0 is clipped to 1.
    const q = clip ? ratio.div(scalar(rate)).minimum(one) : ratio;
    const usual = length.mul(slope).greater(zero);
    return {
      q: tf.where(usual, q, one),
      decay: denominator === 'sum' ? tf.where(usual, decay, zero) : decay,
    };
  }

  return {
    name: `lars(momentum ${momentum}, weight decay ${weightDecay}, trust ${trust}, ${clip ? 'clipped' : 'not clipped'}, denominator ${denominator}${describeDecays(options.decays)})`,
    init: (weights) => zerosLikeTrainable(weights),
    update: (weights, state, gradients, learningRate) =>
      updateWeights(
        {
          name: 'lars',
          memories: (name) => [name],
          // An adapted vector is a piece of its own: its norm is not its neighbours'.
          settings: (name, weight) => ({
            rate: learningRate(name),
            adapted: decays(name, weight) ? name : null,
          }),
          rule({ weight, gradient, memories, settings, scalar }) {
            let d = gradient;
            if (settings.adapted !== null) {
              const { q, decay } = adaptation(weight, gradient, settings.rate, scalar);
              d = (weightDecay > 0 ? gradient.add(weight.mul(decay)) : gradient).mul(q);
            }
            const v = momentum > 0 ? memories[0]!.mul(scalar(momentum)).add(d) : d;
            return { weight: weight.sub(v.mul(scalar(settings.rate))), memories: [v] };
          },
          // v ← v + q λ / μ w, then v ← μ v + q g and w ← w − lr v in one kernel.
          inPlace:
            momentum === 0
              ? undefined
              : ({ weight, gradient, memories, settings, scalar }, take) => {
                  const v = take(memories[0]!);
                  let d = gradient;
                  if (settings.adapted !== null) {
                    const { q, decay } = adaptation(weight, gradient, settings.rate, scalar);
                    d = gradient.mul(q);
                    if (weightDecay > 0) {
                      applyInPlace('GradientDescent', [v, q.mul(decay).mul(scalar(-1 / momentum)), weight]);
                    }
                  }
                  applyInPlace('Momentum', [take(weight), v, scalar(settings.rate), d, scalar(momentum)]);
                },
        },
        { weights, state, gradients },
      ),
  };
}
