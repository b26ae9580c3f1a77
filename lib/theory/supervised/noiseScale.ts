import { foldIn, type Key, normal } from '../../engine/random';
import { tf } from '../../engine/tensorflow';
import { requireCount } from '../network';
import type { LabelledExamples } from './labelledExamples';
import { largestScaleFromRough } from './largestScale';
import type { LayeredNetwork } from './layeredNetwork';
import {
  dropTarget,
  magnitudeEpsilon,
  type PerturbationKind,
  type PerturbationOptions,
  type PerturbationScale,
  type Perturbed,
  scaleRange,
  withPerturbed,
} from './perturbation';

/** How the noise is drawn. */
export interface NoiseScaleOptions extends PerturbationOptions {
  /** Number of Gaussian draws of the weights; default 12 (10 in the code of Dziugaite et al. 2020). */
  readonly draws?: number;
  /** Examples a draw is tried on, another part of them each time until all are used; default 32. */
  readonly examplesPerDraw?: number;
}

/**
 * σ of the PAC-Bayes measures: the standard deviation of Gaussian noise on every weight and bias at which the expected
 * training accuracy falls by `accuracyDrop`. With kind `magnitude` weight i has the variance σ² w_i² + ε², ε = 10⁻³.
 * Jiang et al. 2019 take the largest σ with an expected training error of at most 0.1, for networks that fit their
 * training set; the code of Dziugaite et al. 2020 a σ that changes the accuracy by 0.1, which serves other networks
 * too. That is followed here, save that a rise does not count. Their code draws noise with the standard deviation σ²
 * (and σ² w_i² + ε² with kind `magnitude`); here, as their formulas and Jiang et al.'s have it, these are the
 * variances.
 *
 * The search: the same draws at every σ, so that the estimated fall is a function of σ; `largestScaleFromRough`
 * brackets and cuts it twice, with a third of the draws from anywhere, then with all of them from there, until the fall
 * is within `tolerance`. Each draw compares the accuracy with and without noise on `examplesPerDraw` examples.
 *
 * @param kind Of the noise; default `absolute`.
 * @param network The classifier.
 * @param examples Of its training set, x [N, ...] and N labels.
 * @throws If there are no examples, a weight or logit is not finite, or an option is out of range.
 * @example
 * const layers: LinearLayer[] = [{ kind: 'dense', kernel: tf.tensor2d([[1, -1]]) }];
 * const apply: LayeredNetwork['apply'] = ([{ kernel }], x) => tf.dot(x, kernel) as tf.Tensor2D;
 * const network = { name: 'sign', layers, apply };
 * const examples = { x: tf.tensor2d([[1], [2], [-1], [-2]]), labels: [0, 0, 1, 1] };
 * // All answers turn where two noises differ by 2: with probability Φ(−√2 / σ), 0.1 at σ = 1.10.
 * noiseScale(network, examples, { draws: 100, key: key(0) }); // { scale: 1.157, accuracy: 1 }
 */
export function noiseScale(
  network: LayeredNetwork,
  examples: LabelledExamples,
  options: NoiseScaleOptions & { readonly kind?: PerturbationKind },
): PerturbationScale {
  return withPerturbed('noiseScale', network, examples, options.key, (subject) =>
    searchNoise('noiseScale', subject, options.kind ?? 'absolute', options),
  );
}

/** `noiseScale` of a network that is ready for it. `near` is a guess of the scale. */
export function searchNoise(
  name: string,
  subject: Perturbed,
  kind: PerturbationKind,
  options: NoiseScaleOptions,
  near?: number,
): PerturbationScale {
  const { draws = 12, examplesPerDraw = 32, key } = options;
  requireCount(draws, 1, 'draws', name);
  requireCount(examplesPerDraw, 1, 'examplesPerDraw', name);
  const { target, tolerance } = dropTarget(name, options);
  const { weights, accuracy } = subject;
  const groups = subject.groups(examplesPerDraw);
  const meanDrop = (scale: number, count: number) => {
    let sum = 0;
    for (let draw = 0; draw < count; draw++) {
      const noisy = tf.tidy(() => weights.add(noise(foldIn(key, 1 + draw), weights, kind, scale)) as tf.Tensor1D);
      sum += subject.drop(noisy, groups[draw % groups.length]!);
      noisy.dispose();
    }
    return sum / count;
  };
  const range = scaleRange(subject, kind);
  const start = near ?? 0.02 * range.maximum;
  const few = (scale: number) => meanDrop(scale, Math.ceil(draws / 3));
  const all = (scale: number) => meanDrop(scale, draws);
  try {
    const search = { ...range, start, target, tolerance, factors: [2, 1.2] } as const;
    return { ...largestScaleFromRough(few, all, search), accuracy };
  } finally {
    for (const { x, labels } of groups) tf.dispose([x, labels]);
  }
}

function noise(key: Key, weights: tf.Tensor1D, kind: PerturbationKind, scale: number): tf.Tensor {
  const unit = normal(key, weights.shape);
  if (kind === 'absolute') return unit.mul(scale);
  return unit.mul(
    weights
      .mul(scale)
      .square()
      .add(magnitudeEpsilon ** 2)
      .sqrt(),
  );
}
