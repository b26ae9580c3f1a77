import { diagonalPart } from '../engine/matrix';
import { tf } from '../engine/tensorflow';
import { expectedLogIsotropic, expectedSquaredDistances } from '../information/isotropicExpectation';
import { gaussianEntropy } from '../information/jointGaussian';
import { mixtureEntropyBound } from '../information/mixtureEntropyBound';
import { type MonteCarloEstimate, type MonteCarloOptions, monteCarloEntropy } from '../information/monteCarloEntropy';
import { asGaussianMixture, type OutputMixture } from './outputMixture';

/**
 * The variational bound of theory.md section 3 for the outputs of N pairs of views, by Theorem 1's mixture, in nats. Z
 * = f(X) and Z' = f(X'), X and X' the views of one of the N images, each with noise of its own; the image is one of the
 * N at random.
 *
 * @param lower PairDist's lower bound (Bhattacharyya).
 * @param upper PairDist's upper bound (KL).
 * @param moments The entropy of a Gaussian of the same covariance.
 * @param low Lower end.
 * @param high Upper end.
 */
export interface ViewInformation {
  /**
   * H(Z): PairDist's bounds for the mixture (Bhattacharyya and KL), and the entropy of a Gaussian of its covariance,
   * never less.
   */
  readonly entropy: { readonly lower: number; readonly upper: number; readonly moments: number };
  /** E log q(z | x') of q = N(z', s² I) at the best s, exact: −(K/2) ln 2πe s². */
  readonly logConditional: number;
  /** The best s: s² = E ‖z − z'‖² / K. In units of the outputs. */
  readonly scale: number;
  /** entropy.lower + logConditional ≤ I(Z; X'): a true lower bound. May be negative. */
  readonly bound: number;
  /**
   * entropy.moments + logConditional: what VICReg's terms stand for. Not below I(Z; X') in general, for the entropy is
   * an upper bound.
   */
  readonly momentEstimate: number;
  /**
   * Ends for I(Z; image) = H(Z) − mean H(Z | image), at most ln N. It is at least I(Z; X'), for X' knows Z only through
   * its image, and equal where X' tells which image it is of [derived here].
   */
  readonly ofImage: { readonly low: number; readonly high: number };
}

/** The same with H(Z) by sampling, which has no slack: each with the standard error of the sampling alone. */
export interface SampledInformation {
  /** H(Z), unbiased (`monteCarloEntropy`). */
  readonly entropy: MonteCarloEstimate;
  /** H(Z) + E log q(z | x'): its expectation is a true lower bound of I(Z; X'). */
  readonly bound: MonteCarloEstimate;
  /** I(Z; image). */
  readonly ofImage: MonteCarloEstimate;
}

function number(make: () => tf.Scalar): number {
  return tf.tidy(() => make().dataSync()[0]!);
}

/**
 * The bound H(Z) + E log q(z | x') on what one view's outputs tell of the other view, and what it lies between. H(Z) is
 * by PairDist's bounds for full covariances, E log q by the exact form; nothing is sampled unless asked for. Where
 * components overlap PairDist's bounds may lie tenths of a nat apart, by different amounts for different networks: to
 * compare networks there, ask for `sampled`. Exact as far as Theorem 1's mixture is (`compareLikelihoods` measures
 * that).
 *
 * At the best s all four informations are free of scale: f and c f have the same.
 *
 * @param first, second the mixtures of the two views' outputs, `gaussianMixtureOfOutputs`; component n of each is of
 *   image n.
 * @param sampling Draws and key for `sampled`; one key for several networks makes their differences less noisy.
 * @throws If they do not fit each other, a covariance of the first is singular, or there are fewer than 2 draws.
 * @example
 * // Two images, 100 apart, each seen with noise of 1.
 * const views = { means: tf.tensor2d([[0], [100]]), factors: tf.tensor3d([[[1]], [[1]]]) };
 * const { entropy, ofImage } = viewInformation(views, views);
 * entropy; // { lower: 2.1121, upper: 2.1121 }
 * // The outputs tell which of the two it is: ln 2.
 * ofImage; // { low: 0.6931, high: 0.6931 }
 */
export function viewInformation(first: OutputMixture, second: OutputMixture): ViewInformation;
export function viewInformation(
  first: OutputMixture,
  second: OutputMixture,
  sampling: MonteCarloOptions,
): ViewInformation & { readonly sampled: SampledInformation };
export function viewInformation(
  first: OutputMixture,
  second: OutputMixture,
  sampling?: MonteCarloOptions,
): ViewInformation & { readonly sampled?: SampledInformation } {
  const [pairs, outputs, rank] = first.factors.shape;
  if (`${first.means.shape}` !== `${second.means.shape}` || rank !== outputs) {
    throw new Error(
      `viewInformation: expected two mixtures of one size, and factors [N, K, K], got means [${first.means.shape}] and ` +
        `[${second.means.shape}] and factors [${first.factors.shape}]; a covariance of lower rank has no density.`,
    );
  }
  const views = tf.tidy(() => {
    const moments = ({ means, factors }: OutputMixture) => ({
      means,
      traces: factors.square().sum([1, 2]) as tf.Tensor1D,
    });
    const [own, other] = [moments(first), moments(second)];
    return {
      logConditional: number(() => expectedLogIsotropic(own, other, { sigma: 'best' }).mean()),
      scale: Math.sqrt(number(() => expectedSquaredDistances(own, other).mean()) / outputs),
    };
  });
  const entropyBound = (divergence: 'bhattacharyya' | 'kl') =>
    number(() => mixtureEntropyBound(asGaussianMixture(first), { divergence }));
  const [lower, upper] = [entropyBound('bhattacharyya'), entropyBound('kl')];
  const moments = number(() => {
    const centred = first.means.sub(first.means.mean(0)) as tf.Tensor2D;
    const within = tf.matMul(first.factors, first.factors, false, true).mean(0) as tf.Tensor2D;
    return gaussianEntropy(tf.matMul(centred, centred, true, false).div(pairs).add(within) as tf.Tensor2D);
  });
  const withinEntropy = number(() => {
    const constant = (outputs / 2) * Math.log(2 * Math.PI * Math.E);
    return diagonalPart(first.factors).log().sum(1).mean().add(constant) as tf.Scalar;
  });
  const { logConditional, scale } = views;
  const plus = ({ value, standardError }: MonteCarloEstimate, rest: number) => ({ value: value + rest, standardError });
  const sampledEntropy = sampling && tf.tidy(() => ({ ...monteCarloEntropy(asGaussianMixture(first), sampling) }));
  return {
    entropy: { lower, upper, moments },
    logConditional,
    scale,
    bound: lower + logConditional,
    momentEstimate: moments + logConditional,
    ofImage: { low: lower - withinEntropy, high: upper - withinEntropy },
    ...(sampledEntropy && {
      sampled: {
        entropy: sampledEntropy,
        bound: plus(sampledEntropy, logConditional),
        ofImage: plus(sampledEntropy, -withinEntropy),
      },
    }),
  };
}
