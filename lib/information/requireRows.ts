import type { tf } from '../engine/tensorflow';

/** @throws If z is not float32 [N, K] with at least `least` rows and a column. */
export function requireRows(name: string, what: string, z: tf.Tensor, least: number): void {
  const [n = 0, k = 0] = z.shape;
  if (z.dtype === 'float32' && (z.rank as number) === 2 && n >= least && k >= 1) return;
  throw new Error(
    `${name}: expected ${what} to be float32 [N, K] with N ≥ ${least} and K ≥ 1, got ${z.dtype} [${z.shape.join(', ')}]; ` +
      'give it one embedding a row.',
  );
}
