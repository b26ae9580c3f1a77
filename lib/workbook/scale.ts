/** `smoke`: do the cells run (seconds); `quick`: every figure on two cores (minutes a notebook); `paper`: the paper's own size, for a GPU. */
export type Scale = 'smoke' | 'quick' | 'paper';

export const scales: readonly Scale[] = ['smoke', 'quick', 'paper'];

/** The scale a text names; an unknown one is an error. */
export function parseScale(text: string): Scale {
  const found = scales.find((name) => name === text);
  if (found) return found;
  throw new Error(
    `parseScale: expected smoke, quick or paper, got "${text}". Set INFOSSL_SCALE (or --scale) to one of them`,
  );
}

/**
 * The scale this process runs at: the environment's INFOSSL_SCALE, default quick.
 *
 * @throws If the environment names another scale.
 * @example
 * scale({ INFOSSL_SCALE: 'smoke' }); // 'smoke'
 */
export function scale(environment: NodeJS.ProcessEnv = process.env): Scale {
  return parseScale(environment.INFOSSL_SCALE || 'quick');
}

/**
 * The value for the scale this process runs at, e.g. `byScale({ smoke: 64, quick: 512, paper: 512 })` samples.
 *
 * @example
 * byScale({ smoke: 64, quick: 512, paper: 512 }) >= 64; // true
 */
export function byScale<T>(values: Readonly<Record<Scale, T>>): T {
  return values[scale()];
}
