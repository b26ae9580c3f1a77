/** What a PAC-Bayes measure is made of. */
export interface PacBayesTerms {
  /** ‖w − r‖²: r = 0 for the measure from the origin, the initial weights for that from the initialization. */
  readonly squaredNorm: number;
  /** σ, the standard deviation of the noise that the weights bear (`noiseScale`). */
  readonly sigma: number;
  /** m, the number of training examples. */
  readonly examples: number;
}

/**
 * ‖w − r‖² / (4σ²) + ln(m/σ) + 10: McAllester's bound for the prior N(r, σ²I) and the posterior N(w, σ²I), with σ found on the
 * data (Jiang et al. 2019, equations 48 and 49: `pacbayes-init` and `pacbayes-orig`). In nats; the bound on the gap is its root
 * over m.
 */
export function pacBayesComplexity({ squaredNorm, sigma, examples }: PacBayesTerms): number {
  return squaredNorm / (4 * sigma ** 2) + Math.log(examples / sigma) + 10;
}

/** What a magnitude-aware measure is made of. */
export interface MagnitudeAwareTerms extends PacBayesTerms {
  /** w − w⁰, the change of each of the ω parameters since the initialization. */
  readonly change: ArrayLike<number>;
  /** ε; default 10⁻³. */
  readonly epsilon?: number;
}

/**
 * ¼ Σ_i ln[(ε² + (σ² + 1) ‖w − r‖² / ω) / (ε² + σ² (w_i − w_i⁰)²)] + ln(m/σ) + 10, for noise in proportion to the weights (Jiang et
 * al. 2019, equations 56 and 57: `pacbayes-mag-init` with r = w⁰, `pacbayes-mag-orig` with r = 0; the denominator has
 * the change since the initialization in both). Time ω.
 */
export function magnitudeAwareComplexity(terms: MagnitudeAwareTerms): number {
  const { sigma, examples } = terms;
  return magnitudeSum(terms, sigma, sigma ** 2 + 1) + Math.log(examples / sigma) + 10;
}

/** ¼ Σ_i ln[(ε² + factor · ‖w − r‖² / ω) / (ε² + scale² (w_i − w_i⁰)²)], in double precision. */
function magnitudeSum(
  { squaredNorm, change, epsilon = 1e-3 }: Omit<MagnitudeAwareTerms, 'sigma' | 'examples'>,
  scale: number,
  factor: number,
): number {
  const spread = Math.log(epsilon ** 2 + (factor * squaredNorm) / change.length);
  let sum = 0;
  for (let i = 0; i < change.length; i++) sum += spread - Math.log(epsilon ** 2 + (scale * change[i]!) ** 2);
  return sum / 4;
}

/** What a sharpness measure is made of. */
export interface SharpnessTerms extends PacBayesTerms {
  /** α, the size of the box of perturbations that the weights bear (`boxScale`). */
  readonly alpha: number;
  /** ω, the number of parameters. */
  readonly parameters: number;
}

/**
 * ‖w − r‖² ln(2ω/δ) / (4α²) + ln(m/σ) + 10 at δ = 1, in the manner of Jiang et al. 2019's `sharpness-init` and `sharpness-orig`: the
 * PAC-Bayes measure with the σ whose noise stays in the box |u_i| ≤ α. Recalled, not quoted: that its logarithms have δ = 1 is
 * taken here.
 */
export function sharpnessComplexity({ squaredNorm, alpha, parameters, sigma, examples }: SharpnessTerms): number {
  return (squaredNorm * Math.log(2 * parameters)) / (4 * alpha ** 2) + Math.log(examples / sigma) + 10;
}

/**
 * As `magnitudeAwareComplexity`, with α² + 4 ln(2ω/δ) in place of σ² + 1, and α² in the denominator, at δ = 1, in the manner of Jiang et
 * al. 2019's `sharpness-mag-init` and `sharpness-mag-orig`. Recalled, not quoted: δ = 1, in this logarithm and in ln(m/σ), and
 * the last two summands are taken here. Time ω.
 */
export function magnitudeAwareSharpnessComplexity(
  terms: MagnitudeAwareTerms & { /** α of the box in proportion to the weights. */ readonly alpha: number },
): number {
  const { alpha, sigma, examples, change } = terms;
  return magnitudeSum(terms, alpha, alpha ** 2 + 4 * Math.log(2 * change.length)) + Math.log(examples / sigma) + 10;
}

/** 1/σ², or 1/α² (Jiang et al. 2019, equations 53 and 61 for σ; `sharpness-flatness`, `sharpness-mag-flatness` for α). */
export function flatness(scale: number): number {
  return 1 / scale ** 2;
}
