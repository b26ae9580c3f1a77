import { isotropicEntropy } from '../../information/pairDist';
import { requireCount } from '../network';

/** Of the components. */
export interface GroupedMixtureOptions {
  /** K. */
  readonly dimension: number;
  /** The components' standard deviation. */
  readonly sigma: number;
}

/** What a mixture whose inputs and centres coincide in groups has, in nats. */
export interface GroupedMixture {
  /** Mean log-likelihood of the inputs. */
  readonly logLikelihood: number;
  /** Of the mixture: `componentEntropy` + `centreEntropy`. */
  readonly entropy: number;
  /** h = (K/2) ln(2πe σ²). */
  readonly componentEntropy: number;
  /** From 0, all in one group, to ln N, each by itself. */
  readonly centreEntropy: number;
}

/**
 * Mean log-likelihood and entropy of the mixture (1/N) Σ_j N(μ_j, σ²I) where N inputs and their N centres coincide in
 * groups of these sizes, and the groups lie apart: an input of group g has the density (n_g / N) (2πσ²)^{−K/2}, so the
 * log-likelihood is −(K/2) ln 2πσ² − H_c, the entropy h + H_c, with H_c = −Σ_g (n_g/N) ln (n_g/N). Their sum is K/2 for
 * any groups: what one gains, the other loses. All separated, H_c = ln N; all collapsed, 0: **collapse raises the
 * log-likelihood by ln N and lowers the entropy by ln N**, in any dimension and for any σ; collapse in groups from a
 * separated state by Σ_g (n_g/N) ln n_g. The collapsed state is the log-likelihood's maximum over inputs and centres,
 * as no density of the mixture exceeds (2πσ²)^{−K/2}. PairDist's bounds are exact in these states.
 *
 * Exact in the limit of distant groups: at distance d between neighbours the log-likelihood is off by some e^{−d²/2σ²},
 * the entropy by some e^{−d²/8σ²}. That collapse gains and loses ln N: theory.md section 6; the groups: derived here,
 * from the density above (the mean of its logarithm over the inputs, and over the mixture's own draws, whose components
 * do not overlap).
 *
 * @param sizes The groups' sizes n_g, whole numbers of sum N. `[N]`: collapsed; N ones: separated.
 * @throws If a size is not a whole number of at least 1, or sigma not positive.
 * @example
 * const of = (sizes: number[]) => groupedMixture(sizes, { dimension: 1, sigma: 1 });
 * // Two apart, and collapsed to one: ln 2 more log-likelihood, ln 2 less entropy.
 * of([1, 1]); // { logLikelihood: -1.6121, entropy: 2.1121 }
 * of([2]); // { logLikelihood: -0.9189, entropy: 1.4189 }
 */
export function groupedMixture(sizes: readonly number[], { dimension, sigma }: GroupedMixtureOptions): GroupedMixture {
  requireCount(sizes.length, 1, 'the number of groups', 'groupedMixture');
  for (const size of sizes) requireCount(size, 1, 'each size', 'groupedMixture');
  requireCount(dimension, 1, 'the dimension', 'groupedMixture');
  if (!(sigma > 0 && sigma < Number.POSITIVE_INFINITY)) {
    throw new Error(
      `groupedMixture: expected sigma to be positive and finite, got ${sigma}; it is a standard deviation.`,
    );
  }
  const n = sizes.reduce((sum, size) => sum + size, 0);
  const centreEntropy = sizes.reduce((sum, size) => sum - (size / n) * Math.log(size / n), 0);
  const componentEntropy = isotropicEntropy(dimension, sigma);
  return {
    logLikelihood: dimension / 2 - componentEntropy - centreEntropy,
    entropy: componentEntropy + centreEntropy,
    componentEntropy,
    centreEntropy,
  };
}
