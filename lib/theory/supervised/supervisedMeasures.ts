import { foldIn } from '../../engine/random';
import { type BoxScaleOptions, searchBox } from './boxScale';
import type { LabelledExamples } from './labelledExamples';
import { type LayeredNetwork, type LinearLayer, requireLayers, requireSameShapes } from './layeredNetwork';
import { inverseMargin, margin } from './margin';
import { type MeasureName, supervisedMeasureTable } from './measureTable';
import { type NoiseScaleOptions, searchNoise } from './noiseScale';
import { type NormMeasures, normMeasures } from './normMeasures';
import { logOverExamples, overExamples } from './overExamples';
import {
  flatness,
  magnitudeAwareComplexity,
  magnitudeAwareSharpnessComplexity,
  pacBayesComplexity,
  sharpnessComplexity,
} from './pacBayes';
import { parameterVector } from './parameterVector';
import { perturbed } from './perturbation';

/** How the scales of noise and box are sought, and for how many examples. */
export interface SupervisedOptions extends NoiseScaleOptions, BoxScaleOptions {
  /** m, where `examples` is a part of the training set only. Default: as many as there are examples. */
  readonly trainingExamples?: number;
  /** Stops before the next search, with the signal's reason as the error; default: nothing does. */
  readonly signal?: AbortSignal;
}

/** What the supervised measures are made of. */
export interface SupervisedTerms {
  /** γ; negative where more than a tenth of the examples are misclassified. */
  readonly margin: number;
  /** On the examples, 0 to 1. */
  readonly accuracy: number;
  /** σ of noise on every weight alike (`noiseScale`); 0 or infinite where there is none. */
  readonly sigma: number;
  /** σ of noise in proportion to the weights. */
  readonly sigmaMagnitude: number;
  /** α of perturbations in a box (`boxScale`); 0 or infinite where there is none. */
  readonly alpha: number;
  /** α of a box in proportion to the weights. */
  readonly alphaMagnitude: number;
  /** Of `normMeasures`. */
  readonly norms: NormMeasures;
  /**
   * μ of every measure, not yet divided by the number of examples; those named log are logarithms. NaN where it is not
   * defined.
   */
  readonly complexities: Readonly<Record<MeasureName, number>>;
}

/**
 * Margin, noise and box scales, norms and the complexities μ made of them, of a trained classifier: see
 * `supervisedMeasures`.
 * Source: Jiang et al. 2019.
 *
 * @param network, initial After training, and its layers before.
 * @param examples Of its training set, x [N, ...] and N labels.
 * @throws As `supervisedMeasures`.
 * @example
 * const layers: LinearLayer[] = [{ kind: 'dense', kernel: tf.tensor2d([[1, -1]]) }];
 * const apply: LayeredNetwork['apply'] = ([{ kernel }], x) => tf.dot(x, kernel) as tf.Tensor2D;
 * const examples = { x: tf.tensor2d([[1], [2], [-1], [-2]]), labels: [0, 0, 1, 1] };
 * const network = { name: 'sign', layers, apply };
 * const terms = await supervisedTerms(network, layers, examples, { key: key(0) });
 * // The margins are 2 and 4, all answers right; ‖w‖² = 2.
 * terms; // { margin: 2, accuracy: 1 }
 * terms.norms.parameterNorm; // 2
 */
export async function supervisedTerms(
  network: LayeredNetwork,
  initial: readonly LinearLayer[],
  examples: LabelledExamples,
  options: SupervisedOptions,
): Promise<SupervisedTerms> {
  const name = 'supervisedMeasures';
  const { key, signal, trainingExamples: m = examples.labels.length } = options;
  if (!Number.isInteger(m) || m < examples.labels.length) {
    throw new Error(
      `${name}: expected trainingExamples to be at least the ${examples.labels.length} examples given, got ${m}`,
    );
  }
  requireSameShapes(name, network.layers, initial);
  requireLayers(`${name}: initial layers`, initial);
  const { squaredNorm, squaredDistance, change } = parameterChange(name, network.layers, initial);
  const searches: NoiseScaleOptions & BoxScaleOptions = { ...options, key: foldIn(key, 0) };
  const pause = async () => {
    await new Promise(setImmediate);
    signal?.throwIfAborted();
  };
  const subject = perturbed(name, network, examples, searches.key);
  try {
    const gamma = margin(subject.logits, examples.labels);
    const { rootMeanSquare: unit } = subject;
    await pause();
    const sigmaMagnitude = searchNoise(name, subject, 'magnitude', searches).scale;
    await pause();
    // Noise in proportion to the weights and noise as large on average cost about as much.
    const sigma = searchNoise(name, subject, 'absolute', searches, unit * sigmaMagnitude).scale;
    await pause();
    // To first order noise moves the loss by σ ‖g‖₂, the worst of a box by α ‖g‖₁: as √(2ω/π) α ‖g‖₂ for a Gaussian gradient g.
    const boxGuess = (2 * sigma) / Math.sqrt((2 * change.length) / Math.PI);
    const alpha = searchBox(name, subject, 'absolute', searches, boxGuess).scale;
    await pause();
    const alphaMagnitude = searchBox(name, subject, 'magnitude', searches, alpha / unit).scale;
    await pause();
    const norms = normMeasures(network, initial, { margin: gamma, key: foldIn(key, 1) });
    const common = { examples: m, sigma: known(sigma) };
    const inMagnitude = { examples: m, sigma: known(sigmaMagnitude), change };
    const box = { ...common, alpha: known(alpha), parameters: change.length };
    const magnitudeBox = { ...inMagnitude, alpha: known(alphaMagnitude) };
    const [origin, initialization] = [{ squaredNorm }, { squaredNorm: squaredDistance }];
    const complexities: Record<MeasureName, number> = {
      ...norms,
      inverseMargin: inverseMargin(gamma),
      pacBayesFromInitialization: pacBayesComplexity({ ...common, ...initialization }),
      pacBayesFromOrigin: pacBayesComplexity({ ...common, ...origin }),
      pacBayesFlatness: flatness(known(sigma)),
      pacBayesMagnitudeFromInitialization: magnitudeAwareComplexity({ ...inMagnitude, ...initialization }),
      pacBayesMagnitudeFromOrigin: magnitudeAwareComplexity({ ...inMagnitude, ...origin }),
      pacBayesMagnitudeFlatness: flatness(known(sigmaMagnitude)),
      sharpnessFromInitialization: sharpnessComplexity({ ...box, ...initialization }),
      sharpnessFromOrigin: sharpnessComplexity({ ...box, ...origin }),
      sharpnessFlatness: flatness(known(alpha)),
      sharpnessMagnitudeFromInitialization: magnitudeAwareSharpnessComplexity({ ...magnitudeBox, ...initialization }),
      sharpnessMagnitudeFromOrigin: magnitudeAwareSharpnessComplexity({ ...magnitudeBox, ...origin }),
      sharpnessMagnitudeFlatness: flatness(known(alphaMagnitude)),
    };
    return {
      margin: gamma,
      accuracy: subject.accuracy,
      sigma,
      sigmaMagnitude,
      alpha,
      alphaMagnitude,
      norms,
      complexities,
    };
  } finally {
    subject.dispose();
  }
}

/**
 * The supervised bounds of a trained classifier, by name (`supervisedMeasureTable` says what each is): √(μ / m) of each
 * complexity μ, or the logarithm of that, for m training examples, as Dziugaite et al. 2020 compare them. The vector w
 * of the PAC-Bayes and sharpness measures has all parameters, as the noise moves all: kernels and biases, batch
 * normalisation folded in. (Dziugaite et al.'s code leaves the biases out of the norms, but moves them.)
 *
 * NaN where a measure is not defined: the accuracy bears any noise or none (see `noiseScale`; as where it is not 0.1
 * above chance), or μ is negative. With γ < 0, where more than a tenth of the examples are misclassified, the measures
 * over the margin take |γ|, as Dziugaite et al.'s code.
 *
 * @param initial The layers of the same network before training.
 * @param examples The training set, or a part of it; then give its size, `trainingExamples`.
 * @param network After training.
 * @throws If there are no examples, a weight or a logit is not finite, shapes differ, or an option is out of range; the
 *   signal's reason where it aborts.
 * @example
 * const layers: LinearLayer[] = [{ kind: 'dense', kernel: tf.tensor2d([[1, -1]]) }];
 * const apply: LayeredNetwork['apply'] = ([{ kernel }], x) => tf.dot(x, kernel) as tf.Tensor2D;
 * const examples = { x: tf.tensor2d([[1], [2], [-1], [-2]]), labels: [0, 0, 1, 1] };
 * const network = { name: 'sign', layers, apply };
 * const measures = await supervisedMeasures(network, layers, examples, { key: key(0) });
 * // √(‖w‖² / m) of m = 4 examples, and √(1 / γ² m) of the margin γ = 2.
 * measures; // { parameterNorm: 0.7071, inverseMargin: 0.25 }
 */
export async function supervisedMeasures(
  network: LayeredNetwork,
  initial: readonly LinearLayer[],
  examples: LabelledExamples,
  options: SupervisedOptions,
): Promise<Record<MeasureName, number>> {
  const { complexities } = await supervisedTerms(network, initial, examples, options);
  const m = options.trainingExamples ?? examples.labels.length;
  const names = Object.keys(supervisedMeasureTable) as MeasureName[];
  const scaled = (name: MeasureName) =>
    supervisedMeasureTable[name].form === 'log'
      ? logOverExamples(complexities[name], m)
      : overExamples(complexities[name], m);
  return Object.fromEntries(names.map((name) => [name, scaled(name)])) as Record<MeasureName, number>;
}

/** A scale that a search has found, otherwise NaN. */
function known(scale: number): number {
  return scale > 0 && Number.isFinite(scale) ? scale : Number.NaN;
}

/** ‖w‖², ‖w − w⁰‖² and w − w⁰ over all parameters, in double precision. */
function parameterChange(name: string, layers: readonly LinearLayer[], initial: readonly LinearLayer[]) {
  const read = (all: readonly LinearLayer[]) => {
    const vector = parameterVector(all);
    // Not returned from a tidy, which would look for tensors in every element.
    const values = vector.dataSync();
    vector.dispose();
    return values;
  };
  const [w, w0] = [read(layers), read(initial)];
  if (w.length !== w0.length) {
    throw new Error(
      `${name}: expected biases in the initial layers where the network has them, got ${w0.length} parameters for ${w.length}`,
    );
  }
  const change = new Float64Array(w.length);
  for (let i = 0; i < w.length; i++) change[i] = w[i]! - w0[i]!;
  const squares = (values: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
    return sum;
  };
  return { squaredNorm: squares(w), squaredDistance: squares(change), change };
}
