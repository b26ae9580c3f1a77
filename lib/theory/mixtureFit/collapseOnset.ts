import { requireCount } from '../network';
import type { InputEntropyTerm } from './collapseObjective';

function requirePositive(caller: string, what: string, value: number): void {
  if (value > 0 && value < Number.POSITIVE_INFINITY) return;
  throw new Error(`${caller}: expected ${what} to be positive and finite, got ${value}`);
}

/**
 * The distance of two inputs that start on their two centres, after each step of EM with trainable inputs, [steps + 1].
 * Inputs at ±d/2 and centres at ±m/2 have the responsibilities 1 / (1 + e^{±dm/2σ²}), so each half of a step multiplies
 * the distance by a tanh: m ← d tanh(dm / 4σ²), then d ← m tanh(dm / 4σ²). It only falls; in any dimension. Derived
 * here: a centre goes to Σ_i r_i x_i / Σ_i r_i, whose weights r and 1 − r by symmetry sum to 1, so it is (d/2)(2r − 1),
 * and 2r − 1 = tanh(dm / 4σ²); the inputs likewise, as Σ_j r_j μ_j.
 *
 * @param distance d, in the units of sigma.
 * @param sigma σ of the components.
 * @param steps How many, at least 0.
 * @throws If distance or sigma is not positive, or steps not a whole number of at least 0.
 * @example
 * // m = 2 tanh 1, then d = m tanh(m / 2).
 * pairContraction(2, 1, 1); // [2, 0.9779]
 */
export function pairContraction(distance: number, sigma: number, steps: number): number[] {
  requirePositive('pairContraction', 'the distance', distance);
  requirePositive('pairContraction', 'sigma', sigma);
  requireCount(steps, 0, 'steps', 'pairContraction');
  const distances = [distance];
  let [inputs, centres] = [distance, distance];
  for (let step = 0; step < steps; step++) {
    centres = inputs * Math.tanh((inputs * centres) / (4 * sigma ** 2));
    inputs = centres * Math.tanh((inputs * centres) / (4 * sigma ** 2));
    distances.push(inputs);
  }
  return distances;
}

/**
 * About how many steps of EM with trainable inputs two inputs at this distance take to collapse: (σ² / 4d²) e^{d²/2σ²}.
 * Far apart, 1 − tanh(d²/4σ²) is 2 e^{−d²/2σ²} and a step shortens d by 4 d e^{−d²/2σ²}; the time is the integral. 46
 * steps at 4σ, 2,700 at 5σ, 5e5 at 6σ, 3e11 at 8σ: separated inputs on their centres collapse in principle, and by EM
 * in no number of steps one can run; so collapse starts where neighbours are within about √(2 ln steps) σ. Asymptotic
 * in d/σ: a quarter short at 4σ, a tenth at 5σ. Derived here, from `pairContraction`: dd/dt = −4 d e^{−d²/2σ²}, and ∫
 * e^{d²/2σ²} / 4d dd is (σ² / 4d²) e^{d²/2σ²} to leading order.
 *
 * @param distance d, in the units of sigma.
 * @param sigma σ of the components.
 * @throws If distance or sigma is not positive.
 * @example
 * // e⁸ / 64 at 4 σ.
 * pairCollapseSteps(4, 1); // 46.58
 */
export function pairCollapseSteps(distance: number, sigma: number): number {
  requirePositive('pairCollapseSteps', 'the distance', distance);
  requirePositive('pairCollapseSteps', 'sigma', sigma);
  const ratio = (distance / sigma) ** 2;
  return Math.exp(ratio / 2) / (4 * ratio);
}

/**
 * The σ at which the collapsed state of fixed inputs, all centres at the inputs' mean, becomes stable: √λ, λ the
 * largest eigenvalue of the inputs' covariance (over N). Below, it is unstable, and the centres spread; above, centres
 * near the mean return to it. A local condition: above √λ outliers can keep centres of their own, where they start on
 * them (99 inputs near 0 and one at 30 do, up to 2√λ and more). With trainable inputs Σ shrinks along, and the
 * collapsed state is stable for every σ.
 *
 * Derived here: around one place the responsibilities are (1/N)(1 + (x_i − x̄)ᵀ(μ_j − μ̄) / σ²) to first order, so a
 * step of EM makes the displacement of a centre Σ / σ² times what it was. Known as the first phase transition of
 * deterministic annealing (Rose, Gurewitz & Fox 1990).
 *
 * @param eigenvalue λ.
 * @throws If it is not positive.
 * @example
 * // Inputs whose covariance has the largest eigenvalue 4.
 * fixedCollapseSigma(4); // 2
 */
export function fixedCollapseSigma(eigenvalue: number): number {
  requirePositive('fixedCollapseSigma', 'the eigenvalue', eigenvalue);
  return Math.sqrt(eigenvalue);
}

/**
 * The weight of an entropy term above which the collapsed state is no longer a maximum. Near it, with Σ the inputs'
 * small covariance and the centres at their mean, the log-likelihood falls by tr Σ / 2σ², while the entropy rises by tr
 * Σ / σ² (PairDist, KL), 2α(1−α) · tr Σ / 2σ² (Chernoff; tr Σ / 4σ² for Bhattacharyya), or β tr Σ / 2 (LogDet). So the
 * weight is ½ for KL, 2 for Bhattacharyya, 1 / βσ² for LogDet; the true entropy, which rises by tr Σ / 2σ², has 1.
 * Between groups that lie apart every PairDist has 1 as well, since the log-likelihood loses there what the entropy
 * gains (`groupedMixture`): so KL's can leave the collapsed state before collapse is worse, Bhattacharyya's after. For
 * many inputs (for LogDet, whose covariance is over N − 1, it is (N − 1) / N of this).
 *
 * Derived here, to second order: the pairs' mean ‖x_i − x_j‖² is 2 tr Σ; the log-likelihood is −‖x_i − x̄‖² / 2σ² on
 * average, KL's −ln mean e^{−‖x_i − x_j‖² / 2σ²} is tr Σ / σ², Chernoff's exponent has α(1−α) for the ½; ½ ln det(I +
 * βΣ) is β tr Σ / 2.
 *
 * @param sigma σ of the components.
 * @throws If sigma or beta is not positive.
 * @example
 * // The true entropy needs 1 to hold the inputs apart; PairDist's upper bound ½, its lower one 2.
 * escapeWeight({ term: 'pairDist', divergence: 'kl' }, 1); // 0.5
 * escapeWeight({ term: 'pairDist' }, 1); // 2
 */
export function escapeWeight(
  { term, divergence = 'bhattacharyya', beta }: Omit<InputEntropyTerm, 'weight'>,
  sigma: number,
): number {
  requirePositive('escapeWeight', 'sigma', sigma);
  if (term === 'logDet') {
    const own = beta ?? sigma ** -2;
    requirePositive('escapeWeight', 'beta', own);
    return 1 / (own * sigma ** 2);
  }
  if (divergence === 'kl') return 0.5;
  const alpha = divergence === 'bhattacharyya' ? 0.5 : divergence.chernoff;
  return 1 / (2 * alpha * (1 - alpha));
}
