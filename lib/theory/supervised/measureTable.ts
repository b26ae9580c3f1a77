/** What a measure is, for tables and figures. */
export interface Measure {
  /** Short, for an axis or a legend. */
  readonly label: string;
  /** μ, before it is divided by the number m of training examples. */
  readonly formula: string;
  /** Where it is defined. */
  readonly source: string;
  /** `root`: its value is √(μ / m). `log`: μ is kept as its logarithm, and the value is ln √(μ / m). */
  readonly form: 'root' | 'log';
}

const jiang = (where: string) => `Jiang et al. 2019, ${where}`;
const root = (label: string, formula: string, where: string): Measure => ({
  label,
  formula,
  source: jiang(where),
  form: 'root',
});
const log = (label: string, formula: string, where: string): Measure => ({
  label,
  formula,
  source: jiang(where),
  form: 'log',
});

/**
 * The supervised bounds that `supervisedMeasures` computes, each as Jiang et al. 2019, "Fantastic Generalization
 * Measures and Where to Find Them" (arXiv 1912.02178), define it, in the form of Dziugaite et al. 2020, "In Search of
 * Robust Measures of Generalization", which compares networks of several training set sizes m: √(μ / m), or its
 * logarithm. Numbers of equations as the latter's code gives them; what its code does not have (sharpness but for
 * flatness) is recalled, as `source` says. Every one claims: the larger it is, the larger the generalization gap.
 *
 * @example
 * supervisedMeasureTable.inverseMargin; // { label: 'inverse margin', formula: '1 / γ²', form: 'root' }
 * Object.keys(supervisedMeasureTable).length; // 30
 */
export const supervisedMeasureTable = {
  parameterCount: root('parameters', 'number of weights', 'equation 20'),
  parameterNorm: root('parameter norm', 'Σ ‖W‖_F²', 'equation 42'),
  frobeniusDistance: root('distance from init (Frobenius)', 'Σ ‖W − W⁰‖_F²', 'equation 40'),
  spectralDistance: root('distance from init (spectral)', 'Σ ‖W − W⁰‖₂²', 'equation 41'),
  logProductOfFrobenius: log('product of Frobenius', 'Π ‖W‖_F²', 'equation 37'),
  logProductOfFrobeniusOverMargin: log('product of Frobenius / margin', 'Π ‖W‖_F² / γ²', 'equation 36'),
  logSumOfFrobenius: log('sum of Frobenius', 'd (Π ‖W‖_F²)^(1/d)', 'equation 39'),
  logSumOfFrobeniusOverMargin: log('sum of Frobenius / margin', 'd (Π ‖W‖_F² / γ²)^(1/d)', 'equation 38'),
  logProductOfSpectral: log('product of spectral', 'Π ‖W‖₂²', 'equation 32'),
  logProductOfSpectralOverMargin: log('product of spectral / margin', 'Π ‖W‖₂² / γ²', 'equation 31'),
  logSumOfSpectral: log('sum of spectral', 'd (Π ‖W‖₂²)^(1/d)', 'equation 35'),
  logSumOfSpectralOverMargin: log('sum of spectral / margin', 'd (Π ‖W‖₂² / γ²)^(1/d)', 'equation 34'),
  frobeniusOverSpectral: root('Frobenius / spectral', 'Σ ‖W‖_F² / ‖W‖₂²', 'equation 33'),
  logSpectralFromInitialization: log('spectral bound from init', 'Π ‖W‖₂² · Σ ‖W − W⁰‖_F² / ‖W‖₂² / γ²', 'equation 29'),
  logSpectralFromOrigin: log('spectral bound from origin', 'Π ‖W‖₂² · Σ ‖W‖_F² / ‖W‖₂² / γ²', 'equation 30'),
  pathNorm: root('path norm', 'Σ of the outputs for an input of ones, weights squared', 'equation 44'),
  pathNormOverMargin: root('path norm / margin', 'path norm / γ²', 'equation 43'),
  inverseMargin: root('inverse margin', '1 / γ²', 'equation 22'),
  pacBayesFromInitialization: root('PAC-Bayes from init', '‖w − w⁰‖² / 4σ² + ln(m/σ) + 10', 'equation 48'),
  pacBayesFromOrigin: root('PAC-Bayes from origin', '‖w‖² / 4σ² + ln(m/σ) + 10', 'equation 49'),
  pacBayesFlatness: root('PAC-Bayes flatness', '1 / σ²', 'equation 53'),
  pacBayesMagnitudeFromInitialization: root(
    'PAC-Bayes, magnitude-aware, from init',
    '¼ Σ ln[(ε² + (σ² + 1) ‖w − w⁰‖² / ω) / (ε² + σ² (w_i − w_i⁰)²)] + ln(m/σ) + 10',
    'equation 56',
  ),
  pacBayesMagnitudeFromOrigin: root(
    'PAC-Bayes, magnitude-aware, from origin',
    '¼ Σ ln[(ε² + (σ² + 1) ‖w‖² / ω) / (ε² + σ² (w_i − w_i⁰)²)] + ln(m/σ) + 10',
    'equation 57',
  ),
  pacBayesMagnitudeFlatness: root('PAC-Bayes flatness, magnitude-aware', '1 / σ²', 'equation 61'),
  sharpnessFromInitialization: root(
    'sharpness from init',
    '‖w − w⁰‖² ln(2ω) / 4α² + ln(m/σ) + 10',
    '`sharpness-init`; recalled, δ = 1 taken',
  ),
  sharpnessFromOrigin: root(
    'sharpness from origin',
    '‖w‖² ln(2ω) / 4α² + ln(m/σ) + 10',
    '`sharpness-orig`; recalled, δ = 1 taken',
  ),
  sharpnessFlatness: root('sharpness flatness', '1 / α²', '`sharpness-flatness`'),
  sharpnessMagnitudeFromInitialization: root(
    'sharpness, magnitude-aware, from init',
    '¼ Σ ln[(ε² + (α² + 4 ln 2ω) ‖w − w⁰‖² / ω) / (ε² + α² (w_i − w_i⁰)²)] + ln(m/σ) + 10',
    '`sharpness-mag-init`; recalled, δ = 1 taken',
  ),
  sharpnessMagnitudeFromOrigin: root(
    'sharpness, magnitude-aware, from origin',
    '¼ Σ ln[(ε² + (α² + 4 ln 2ω) ‖w‖² / ω) / (ε² + α² (w_i − w_i⁰)²)] + ln(m/σ) + 10',
    '`sharpness-mag-orig`; recalled, δ = 1 taken',
  ),
  sharpnessMagnitudeFlatness: root('sharpness flatness, magnitude-aware', '1 / α²', '`sharpness-mag-flatness`'),
} as const satisfies Readonly<Record<string, Measure>>;

/** The names of the measures. */
export type MeasureName = keyof typeof supervisedMeasureTable;
