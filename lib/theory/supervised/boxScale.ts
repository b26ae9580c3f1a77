import { valueAndGradients } from '../../engine/gradient';
import { tf } from '../../engine/tensorflow';
import { requireCount } from '../network';
import type { LabelledExamples } from './labelledExamples';
import { largestScaleFromRough } from './largestScale';
import type { LayeredNetwork } from './layeredNetwork';
import {
  dropTarget,
  type ExampleGroup,
  type PerturbationKind,
  type PerturbationOptions,
  type PerturbationScale,
  type Perturbed,
  scaleRange,
  withPerturbed,
} from './perturbation';

/** How the worst perturbation of a box is sought. */
export interface BoxScaleOptions extends PerturbationOptions {
  /** Steps of gradient ascent to the worst perturbation of a box; default 3. */
  readonly ascentSteps?: number;
  /** Examples whose loss the ascent raises and whose accuracy is taken, a random choice; default 64. */
  readonly ascentExamples?: number;
}

/**
 * α of the sharpness measures (Keskar et al. 2017; Jiang et al. 2019): the size of the box |u_i| ≤ α around the weights
 * w in which the worst weights w + u lower the training accuracy by `accuracyDrop`. With kind `magnitude` the box is
 * |u_i| ≤ α |w_i|, as in facebookresearch/decodable_information_bottleneck, whose code evaluates `sharpness-mag`: an ε
 * of 10⁻³ beside it, as the noise has, would by itself cost a ResNet more accuracy than that, as its worst perturbation
 * moves all weights at once.
 *
 * The worst u is sought by projected gradient ascent of the cross-entropy with steps of 2.5 α / ascentSteps along the
 * gradient's signs (Madry et al. 2018), so α is at least the true one: more steps find worse weights. The search for α
 * is `noiseScale`'s, in its first part with a single step.
 *
 * @param kind Of the box; default `absolute`.
 * @param network The classifier.
 * @param examples Of its training set, x [N, ...] and N labels.
 * @throws If there are no examples, a weight or logit is not finite, or an option is out of range.
 * @example
 * const layers: LinearLayer[] = [{ kind: 'dense', kernel: tf.tensor2d([[1, -1]]) }];
 * const apply: LayeredNetwork['apply'] = ([{ kernel }], x) => tf.dot(x, kernel) as tf.Tensor2D;
 * const network = { name: 'sign', layers, apply };
 * const examples = { x: tf.tensor2d([[1], [2], [-1], [-2]]), labels: [0, 0, 1, 1] };
 * // The weights 1 and −1 meet once both have moved by 1: then the sign no longer tells.
 * boxScale(network, examples, { key: key(0) }); // { scale: 0.997, accuracy: 1 }
 */
export function boxScale(
  network: LayeredNetwork,
  examples: LabelledExamples,
  options: BoxScaleOptions & { readonly kind?: PerturbationKind },
): PerturbationScale {
  return withPerturbed('boxScale', network, examples, options.key, (subject) =>
    searchBox('boxScale', subject, options.kind ?? 'absolute', options),
  );
}

/** `boxScale` of a network that is ready for it. `near` is a guess of the scale. */
export function searchBox(
  name: string,
  subject: Perturbed,
  kind: PerturbationKind,
  options: BoxScaleOptions,
  near?: number,
): PerturbationScale {
  const { ascentSteps = 3, ascentExamples = 64 } = options;
  requireCount(ascentSteps, 1, 'ascentSteps', name);
  requireCount(ascentExamples, 1, 'ascentExamples', name);
  const { target, tolerance } = dropTarget(name, options);
  const { weights, accuracy } = subject;
  const groups = subject.groups(ascentExamples);
  const group = groups[0]!;
  const firstSigns = ascentSigns(subject, group, weights);
  const worstDrop = (scale: number, steps: number) =>
    tf.tidy(() => {
      const radius = kind === 'absolute' ? tf.fill(weights.shape, scale) : weights.abs().mul(scale);
      const [low, high] = [weights.sub(radius), weights.add(radius)];
      let moved = weights;
      for (let step = 0; step < steps; step++) {
        const from = moved;
        moved = tf.tidy(() => {
          const signs = step === 0 ? firstSigns : ascentSigns(subject, group, from);
          return tf.minimum(high, tf.maximum(low, from.add(signs.mul(radius).mul(2.5 / steps)))) as tf.Tensor1D;
        });
      }
      return subject.drop(moved, group);
    });
  const range = scaleRange(subject, kind);
  const start = near ?? 0.002 * range.maximum;
  const cheap = (scale: number) => worstDrop(scale, 1);
  const worst = (scale: number) => worstDrop(scale, ascentSteps);
  try {
    const search = { ...range, start, target, tolerance, factors: [3, 1.3] } as const;
    return { ...largestScaleFromRough(cheap, worst, search), accuracy };
  } finally {
    tf.dispose(firstSigns);
    for (const { x, labels } of groups) tf.dispose([x, labels]);
  }
}

/** The signs of the gradient of the group's cross-entropy by the weights, [ω]. */
function ascentSigns(subject: Perturbed, group: ExampleGroup, weights: tf.Tensor1D): tf.Tensor {
  return tf.tidy(() => {
    const loss = () => {
      const logits = subject.apply(weights, group);
      return tf.losses.softmaxCrossEntropy(tf.oneHot(group.labels, logits.shape[1]), logits).asScalar();
    };
    return valueAndGradients(loss, [weights]).gradients[0]!.sign();
  });
}
