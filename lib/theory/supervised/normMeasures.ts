import type { LayeredNetwork, LinearLayer } from './layeredNetwork';
import { distanceNorms, type LayerNorms, layerNorms } from './layerNorms';
import type { SpectralNormOptions } from './layerSpectralNorm';
import { pathNorm } from './pathNorm';

/** How many weights the kernels have, biases not counted, as the code of Dziugaite et al. 2020 counts them (20). */
export function parameterCount(layers: readonly LinearLayer[]): number {
  return layers.reduce((sum, { kernel }) => sum + kernel.size, 0);
}

/** Σ ‖·‖² over the layers: of ‖W‖_F the parameter norm, of the norms of W − W⁰ the distance from initialisation. */
export function sumOfSquaredNorms(norms: readonly number[]): number {
  return norms.reduce((sum, norm) => sum + norm * norm, 0);
}

/** log Π ‖W‖² over the layers, minus log γ² where a margin is given (31, 32, 36, 37). −∞ if a layer is zero. */
export function logProductOfNorms(norms: readonly number[], margin?: number): number {
  const logMargin = margin === undefined ? 0 : Math.log(Math.abs(margin));
  return 2 * (norms.reduce((sum, norm) => sum + Math.log(norm), 0) - logMargin);
}

/** log of d (Π ‖W‖² / γ²)^{1/d} over d layers, γ = 1 where no margin is given (34, 35, 38, 39). */
export function logSumOfNorms(norms: readonly number[], margin?: number): number {
  return Math.log(norms.length) + logProductOfNorms(norms, margin) / norms.length;
}

/** Σ ‖W‖_F² / ‖W‖₂² over the layers (33). A layer of zeros adds 0. */
export function frobeniusOverSpectral({ frobenius, spectral }: LayerNorms): number {
  return frobenius.reduce((sum, norm, i) => sum + (norm === 0 ? 0 : (norm / spectral[i]!) ** 2), 0);
}

/**
 * log of Π ‖W‖₂² · Σ_j ‖V_j‖_F² / ‖W_j‖₂² / γ² from the Frobenius norms of the V's: V = W − W⁰ is the form about the
 * initial weights (29), V = W about the origin (30). Summed as Σ_j ‖V_j‖_F² Π_{i≠j} ‖W_i‖₂², which has a value where a
 * layer is zero too.
 */
export function logSpectralComplexity(
  spectral: readonly number[],
  frobenius: readonly number[],
  margin: number,
): number {
  const terms = frobenius.map((norm, j) => {
    const others = spectral.filter((_, i) => i !== j);
    return 2 * Math.log(norm) + logProductOfNorms(others, margin);
  });
  const largest = Math.max(...terms);
  if (!Number.isFinite(largest)) return largest;
  return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0));
}

/** The margin, and how norms are found. */
export interface NormMeasureOptions extends SpectralNormOptions {
  /** γ, from the training set (`margin`); its square counts. Infinite measures at 0. */
  readonly margin: number;
}

/** Those named log are natural logarithms. Numbers in brackets as `normMeasures` says. */
export interface NormMeasures {
  /** Weights of the kernels, biases not counted: as Dziugaite et al.'s code. (20) */
  readonly parameterCount: number;
  /** Σ ‖W‖_F². (42) */
  readonly parameterNorm: number;
  /** Σ ‖W − W⁰‖_F². (40) */
  readonly frobeniusDistance: number;
  /** Σ ‖W − W⁰‖₂². (41) */
  readonly spectralDistance: number;
  /** log Π ‖W‖_F². (37) */
  readonly logProductOfFrobenius: number;
  /** log Π ‖W‖_F² / γ². (36) */
  readonly logProductOfFrobeniusOverMargin: number;
  /** log d (Π ‖W‖_F²)^{1/d}. (39) */
  readonly logSumOfFrobenius: number;
  /** log d (Π ‖W‖_F² / γ²)^{1/d}. (38) */
  readonly logSumOfFrobeniusOverMargin: number;
  /** log Π ‖W‖₂². (32) */
  readonly logProductOfSpectral: number;
  /** log Π ‖W‖₂² / γ². (31) */
  readonly logProductOfSpectralOverMargin: number;
  /** log d (Π ‖W‖₂²)^{1/d}. (35) */
  readonly logSumOfSpectral: number;
  /** log d (Π ‖W‖₂² / γ²)^{1/d}. (34) */
  readonly logSumOfSpectralOverMargin: number;
  /** Σ ‖W‖_F² / ‖W‖₂². (33) */
  readonly frobeniusOverSpectral: number;
  /** log Π ‖W‖₂² Σ (‖W − W⁰‖_F² / ‖W‖₂²) / γ². (29) */
  readonly logSpectralFromInitialization: number;
  /** log Π ‖W‖₂² Σ (‖W‖_F² / ‖W‖₂²) / γ². (30) */
  readonly logSpectralFromOrigin: number;
  /** Σ_k f_{w²}(1)_k. (44) */
  readonly pathNorm: number;
  /** Σ_k f_{w²}(1)_k / γ². (43) */
  readonly pathNormOverMargin: number;
}

/**
 * The measures by norm of Jiang et al. 2019, "Fantastic Generalization Measures and Where to Find Them", numbers in
 * brackets being its equations as the code of Dziugaite et al. 2020, "In Search of Robust Measures of Generalization",
 * gives them (nitarshan/robust-generalization-measures, measures.py), and forms as in that code: W are the kernels with
 * batch normalisation folded in, without biases, and products and sums are kept as logarithms.
 *
 * Where it differs: that code's ‖W‖₂ is the norm of the kernel reshaped to a matrix or, in its measures "FFT", of a
 * circular convolution with stride 1 on images of the data's size; here it is that of the operator that the network
 * applies (`layerSpectralNorm`). d counts every layer, a shortcut's convolution too; the networks there have no
 * shortcuts. Nothing is divided by the number of examples yet: see `overExamples` and `logOverExamples`.
 *
 * @param initial The same layers before training, batch normalisation folded in too.
 * @param network After training.
 * @throws If a shape does not fit, a weight or the margin is not finite, or there is no layer.
 * @example
 * const layers: LinearLayer[] = [{ kind: 'dense', kernel: tf.tensor2d([[3, 0], [0, 4]]) }];
 * const apply: LayeredNetwork['apply'] = ([{ kernel }], x) => tf.dot(x, kernel) as tf.Tensor2D;
 * const measures = normMeasures({ name: 'linear', layers, apply }, layers, { margin: 1, key: key(0) });
 * // From itself it is no distance away.
 * measures; // { parameterCount: 4, parameterNorm: 25, frobeniusDistance: 0, frobeniusOverSpectral: 1.5625 }
 */
export function normMeasures(
  network: LayeredNetwork,
  initial: readonly LinearLayer[],
  options: NormMeasureOptions,
): NormMeasures {
  const { margin, ...iteration } = options;
  const { layers } = network;
  if (!Number.isFinite(margin)) throw new Error(`normMeasures: expected a finite margin, got ${margin}`);
  const norms = layerNorms(layers, iteration);
  const distances = distanceNorms(layers, initial, iteration);
  const path = pathNorm(network);
  return {
    parameterCount: parameterCount(layers),
    parameterNorm: sumOfSquaredNorms(norms.frobenius),
    frobeniusDistance: sumOfSquaredNorms(distances.frobenius),
    spectralDistance: sumOfSquaredNorms(distances.spectral),
    logProductOfFrobenius: logProductOfNorms(norms.frobenius),
    logProductOfFrobeniusOverMargin: logProductOfNorms(norms.frobenius, margin),
    logSumOfFrobenius: logSumOfNorms(norms.frobenius),
    logSumOfFrobeniusOverMargin: logSumOfNorms(norms.frobenius, margin),
    logProductOfSpectral: logProductOfNorms(norms.spectral),
    logProductOfSpectralOverMargin: logProductOfNorms(norms.spectral, margin),
    logSumOfSpectral: logSumOfNorms(norms.spectral),
    logSumOfSpectralOverMargin: logSumOfNorms(norms.spectral, margin),
    frobeniusOverSpectral: frobeniusOverSpectral(norms),
    logSpectralFromInitialization: logSpectralComplexity(norms.spectral, distances.frobenius, margin),
    logSpectralFromOrigin: logSpectralComplexity(norms.spectral, norms.frobenius, margin),
    pathNorm: path,
    pathNormOverMargin: path / margin ** 2,
  };
}
