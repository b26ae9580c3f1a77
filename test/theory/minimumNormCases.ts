import type { Matrix } from '../../lib/theory/generalization/float64Matrix';
import { multiply } from '../../lib/theory/generalization/float64Matrix';

/** The matrices of test/golden/minimumNorm.py, by the same formulas in whole numbers and powers of two. */

/** Whole numbers −2048 … 2047 from 32-bit mixing (MurmurHash3's finalizer) of seed and index. */
export function hashed(seed: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    let u = (i + seed * 1_000_003) >>> 0;
    u = Math.imul(u ^ (u >>> 16), 0x85ebca6b) >>> 0;
    u = Math.imul(u ^ (u >>> 13), 0xc2b2ae35) >>> 0;
    return ((u ^ (u >>> 16)) >>> 20) - 2048;
  });
}

/** Multiples of 2⁻¹² in [−1/2, 1/2), times `scale`. */
export function uniform(seed: number, rows: number, columns: number, scale = 1): Matrix {
  return { rows, columns, values: hashed(seed, rows * columns).map((value) => (value / 4096) * scale) };
}

export function labels(seed: number, n: number, r: number): Matrix {
  const values = new Float64Array(n * r);
  for (const [i, value] of hashed(seed, n).entries()) values[i * r + ((value + 2048) % r)] = 1;
  return { rows: n, columns: r, values };
}

/** Of this rank exactly. */
export function product(seed: number, rows: number, rank: number, columns: number): Matrix {
  const whole = (from: number, n: number, k: number): Matrix => ({
    rows: n,
    columns: k,
    values: hashed(from, n * k).map((value) => Math.floor(value / 256)),
  });
  return multiply(whole(seed, rows, rank), whole(seed + 1, rank, columns));
}

/** [X, X + 2^−power E]. */
export function collinear(seed: number, rows: number, half: number, power: number): Matrix {
  const [x, e] = [uniform(seed, rows, half), uniform(seed + 1, rows, half)];
  const values = new Float64Array(rows * 2 * half);
  for (let i = 0; i < rows * half; i++) {
    const at = Math.floor(i / half) * 2 * half + (i % half);
    values[at] = x.values[i]!;
    values[at + half] = x.values[i]! + 2 ** -power * e.values[i]!;
  }
  return { rows, columns: 2 * half, values };
}

/** Cut at 0, every 16th column dead, the column after it a copy of the one after that. */
export function relu(seed: number, rows: number, columns: number): Matrix {
  const values = uniform(seed, rows, columns).values.map((value) => Math.max(value, 0));
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j += 16) {
      values[i * columns + j] = 0;
      values[i * columns + j + 1] = values[i * columns + j + 2]!;
    }
  }
  return { rows, columns, values };
}

export const CASES: Record<string, () => Matrix> = {
  tall: () => uniform(1, 60, 7),
  square: () => uniform(2, 12, 12),
  wide: () => uniform(3, 9, 25),
  'one row': () => uniform(4, 1, 6),
  'one column': () => uniform(5, 20, 1),
  'rank 4 of 10': () => product(6, 50, 4, 10),
  'rank 3, wide': () => product(8, 12, 3, 30),
  'collinear to 1e-6': () => collinear(10, 80, 6, 20),
  'collinear to 1e-9': () => collinear(12, 80, 6, 30),
  huge: () => uniform(14, 40, 5, 2 ** 400),
  tiny: () => uniform(15, 40, 5, 2 ** -400),
  zero: () => ({ rows: 10, columns: 3, values: new Float64Array(30) }),
  'duplicated and dead columns': () => relu(16, 300, 48),
  '5000 x 512': () => relu(17, 5000, 512),
};
