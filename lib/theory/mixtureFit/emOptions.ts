/**
 * What EM estimates of the components' covariances: σ_n² I, diag(σ_n²), Σ_n of each its own; or nothing, all held at σ²
 * I.
 *
 * @param fixed σ, of every component.
 */
export type FittedCovariance = 'spherical' | 'diagonal' | 'full' | { readonly fixed: number };

/** What one step of EM estimates. */
export interface EmOptions {
  /** Default 'full'. `{ fixed: sigma }` moves the centres only (and the weights), as in the paper's Figure 4. */
  readonly covariance?: FittedCovariance;
  /** Whether the weights are estimated or held at 1 / N. Default 'free'. */
  readonly weights?: 'equal' | 'free';
  /**
   * What is added to every estimated variance, in the points' squared units; scikit-learn's reg_covar. Default 1e-6, at
   * least 0.
   */
  readonly regularization?: number;
}

/** The options of a step, checked and complete. */
export type RequiredEmOptions = Required<EmOptions>;

/** @throws On an option that is unknown or out of its range, in the name of the function that was given it. */
export function requireEmOptions(name: string, options: EmOptions): RequiredEmOptions {
  const { covariance = 'full', weights = 'free', regularization = 1e-6 } = options;
  const fail = (expected: string, got: unknown) => {
    throw new Error(`${name}: expected ${expected}, got ${typeof got === 'object' ? JSON.stringify(got) : got}`);
  };
  if (typeof covariance === 'object') {
    const sigma = covariance?.fixed;
    if (!(sigma > 0 && Math.fround(sigma ** 2) > 0 && Number.isFinite(Math.fround(sigma ** 2)))) {
      fail('the fixed sigma to be a positive number whose square float32 can hold', sigma);
    }
  } else if (!['spherical', 'diagonal', 'full'].includes(covariance)) {
    fail("covariance to be 'spherical', 'diagonal', 'full' or { fixed: sigma }", covariance);
  }
  if (weights !== 'equal' && weights !== 'free') fail("weights to be 'equal' or 'free'", weights);
  if (!(regularization >= 0 && Number.isFinite(regularization))) {
    fail('regularization to be at least 0', regularization);
  }
  return { covariance, weights, regularization };
}
