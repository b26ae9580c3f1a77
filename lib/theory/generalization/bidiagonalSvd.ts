import type { Bidiagonal } from './bidiagonalize';

const EPSILON = 2 ** -52;
/** Steps a singular value; LINPACK's limit. Two to three are usual. */
const MAXIMUM_STEPS = 30;

/** Row i becomes c · row i + s · row j, row j becomes c · row j − s · row i. */
function rotateRows(values: Float64Array, width: number, i: number, j: number, c: number, s: number): void {
  const p = i * width;
  const q = j * width;
  for (let k = 0; k < width; k++) {
    const x = values[p + k]!;
    const y = values[q + k]!;
    values[p + k] = c * x + s * y;
    values[q + k] = c * y - s * x;
  }
}

/** c and s, so that c y + s z = r and c z − s y = 0. */
function givens(y: number, z: number): { c: number; s: number; r: number } {
  const r = Math.hypot(y, z);
  return r === 0 ? { c: 1, s: 0, r: 0 } : { c: y / r, s: z / r, r };
}

/** The eigenvalue nearer to the last entry of the last 2 × 2 block of BᵀB: Wilkinson's shift. */
function shift(d: Float64Array, e: Float64Array, low: number, high: number): number {
  const before = high - 2 >= low ? e[high - 2]! : 0;
  const first = d[high - 1]! ** 2 + before ** 2;
  const last = d[high]! ** 2 + e[high - 1]! ** 2;
  const off = d[high - 1]! * e[high - 1]!;
  if (off === 0) return last;
  const half = (first - last) / 2;
  return last - off ** 2 / (half + (half >= 0 ? 1 : -1) * Math.hypot(half, off));
}

/**
 * The singular value decomposition of an upper bidiagonal B by Golub and Reinsch's implicit QR steps (1970; Golub and Van
 * Loan, Matrix Computations, 8.6), in place: the diagonal becomes the singular values up to sign, in no order, and the rows
 * of `right` and `vTransposed` turn with it. Entries of B up to 2⁻⁵² of its largest count as zero, so a singular value is
 * exact to a few times 2⁻⁵² of the largest.
 *
 * @throws If 30 steps a singular value do not do, which no matrix of finite numbers is known to need.
 */
export function diagonalizeBidiagonal(b: Bidiagonal): void {
  const { diagonal: d, superdiagonal: e, right, vTransposed } = b;
  const k = d.length;
  const r = right.length / k;
  let largest = 0;
  for (const value of [...d, ...e]) largest = Math.max(largest, Math.abs(value));
  const negligible = EPSILON * largest;
  const left = (i: number, j: number, c: number, s: number) => rotateRows(right, r, i, j, c, s);
  const fromRight = (i: number, j: number, c: number, s: number) => rotateRows(vTransposed, k, i, j, c, s);

  /** d[i] = 0 < i's end: its row's entry is chased out of the block along the rows below. */
  const emptyRow = (i: number, high: number) => {
    let f = e[i]!;
    e[i] = 0;
    for (let j = i + 1; j <= high; j++) {
      const { c, s, r: length } = givens(d[j]!, f);
      d[j] = length;
      left(j, i, c, s);
      if (j < high) {
        f = -s * e[j]!;
        e[j]! *= c;
      }
    }
  };
  /** d[high] = 0: its column's entry is chased out of the block along the columns before. */
  const emptyColumn = (low: number, high: number) => {
    let f = e[high - 1]!;
    e[high - 1] = 0;
    for (let j = high - 1; j >= low; j--) {
      const { c, s, r: length } = givens(d[j]!, f);
      d[j] = length;
      fromRight(j, high, c, s);
      if (j > low) {
        f = -s * e[j - 1]!;
        e[j - 1]! *= c;
      }
    }
  };
  const step = (low: number, high: number) => {
    let y = d[low]! - shift(d, e, low, high) / d[low]!;
    let z = e[low]!;
    for (let i = low; i < high; i++) {
      const one = givens(y, z);
      if (i > low) e[i - 1] = one.r;
      const above = one.c * d[i]! + one.s * e[i]!;
      const beside = one.c * e[i]! - one.s * d[i]!;
      const bulge = one.s * d[i + 1]!;
      const below = one.c * d[i + 1]!;
      fromRight(i, i + 1, one.c, one.s);
      const two = givens(above, bulge);
      d[i] = two.r;
      e[i] = two.c * beside + two.s * below;
      d[i + 1] = two.c * below - two.s * beside;
      left(i, i + 1, two.c, two.s);
      if (i + 1 < high) {
        y = e[i]!;
        z = two.s * e[i + 1]!;
        e[i + 1]! *= two.c;
      }
    }
  };

  for (let steps = 0, high = k - 1; high > 0; steps++) {
    if (steps > MAXIMUM_STEPS * k) {
      throw new Error(`diagonalizeBidiagonal: no convergence in ${MAXIMUM_STEPS * k} steps; report the matrix`);
    }
    if (Math.abs(e[high - 1]!) <= negligible) {
      high--;
      continue;
    }
    let low = high - 1;
    while (low > 0 && Math.abs(e[low - 1]!) > negligible) low--;
    let zero = high;
    while (zero >= low && Math.abs(d[zero]!) > negligible) zero--;
    if (zero < low) step(low, high);
    else if (zero === high) emptyColumn(low, high);
    else emptyRow(zero, high);
  }
}
