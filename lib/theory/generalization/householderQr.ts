import { type Matrix, powerOfTwoScale, transpose } from './float64Matrix';

/** Reflectors applied together: their 40 kB columns (n = 5,000) then stay in the second-level cache. */
const BLOCK = 32;

/** Contiguous columns of `length` numbers each; changed in place. */
export interface Columns {
  readonly length: number;
  readonly count: number;
  readonly values: Float64Array;
}

/**
 * A = Q R by Householder reflections (Golub and Van Loan, Matrix Computations, 5.2), in blocks by the compact WY form
 * (Schreiber and Van Loan 1989), as LAPACK's dgeqrf. Q = I − V T Vᵀ block by block.
 */
export interface HouseholderQr {
  /** Replaces every column b by Qᵀ b. */
  readonly applyTransposed: (right: Columns) => void;
  /** Replaces every column b by Q b. */
  readonly apply: (right: Columns) => void;
}

interface Block {
  readonly start: number;
  /** Reflectors, a multiple of four: the last ones may be zero. */
  readonly width: number;
  /** Reflectors as contiguous columns from row `start` on, zeros above the leading 1. */
  readonly v: Float64Array;
  /** Upper triangular, [width, width]. */
  readonly t: Float64Array;
}

/** The reflector that maps x to (±‖x‖, 0, …): x becomes (that, v below a leading 1); returns τ of I − τ v vᵀ. */
function reflector(x: Float64Array, from: number, to: number): number {
  const head = x[from]!;
  let tail = 0;
  for (let i = from + 1; i < to; i++) tail += x[i]! * x[i]!;
  if (tail === 0) return 0;
  const norm = Math.sqrt(head * head + tail);
  const beta = head > 0 ? -norm : norm;
  const scale = 1 / (head - beta);
  for (let i = from + 1; i < to; i++) x[i]! *= scale;
  x[from] = beta;
  return (beta - head) / beta;
}

/** Factors the columns of the block at `start`, which earlier blocks have been applied to. */
function factorBlock({ length, values }: Columns, start: number, count: number): Block {
  const rows = length - start;
  const width = 4 * Math.ceil(count / 4);
  const v = new Float64Array(width * rows);
  const t = new Float64Array(width * width);
  for (let j = 0; j < count; j++) {
    const column = (start + j) * length;
    const tau = reflector(values, column + start + j, column + length);
    const own = v.subarray(j * rows, (j + 1) * rows);
    own.set(values.subarray(column + start + j, column + length), j);
    own[j] = 1;
    for (let k = j + 1; k < count; k++) {
      const other = values.subarray((start + k) * length + start, (start + k + 1) * length);
      let dot = 0;
      for (let i = j; i < rows; i++) dot += own[i]! * other[i]!;
      dot *= tau;
      for (let i = j; i < rows; i++) other[i]! -= dot * own[i]!;
    }
    // T's next column: −τ T (Vᵀ v), then τ.
    for (let k = 0; k < j; k++) {
      let dot = 0;
      for (let i = j; i < rows; i++) dot += v[k * rows + i]! * own[i]!;
      t[k * width + j] = -tau * dot;
    }
    for (let k = 0; k < j; k++) {
      let sum = 0;
      for (let l = k; l < j; l++) sum += t[k * width + l]! * t[l * width + j]!;
      t[k * width + j] = sum;
    }
    t[j * width + j] = tau;
  }
  return { start, width, v, t };
}

/** Vᵀ [x y] for all reflectors, four at a time: eight running sums that fit the registers. */
function project(v: Float64Array, width: number, x: Float64Array, y: Float64Array, w: Float64Array): void {
  const rows = x.length;
  for (let l = 0; l < width; l += 4) {
    let x0 = 0;
    let x1 = 0;
    let x2 = 0;
    let x3 = 0;
    let y0 = 0;
    let y1 = 0;
    let y2 = 0;
    let y3 = 0;
    const [o0, o1, o2, o3] = [l * rows, (l + 1) * rows, (l + 2) * rows, (l + 3) * rows];
    for (let i = 0; i < rows; i++) {
      const xi = x[i]!;
      const yi = y[i]!;
      const v0 = v[o0 + i]!;
      const v1 = v[o1 + i]!;
      const v2 = v[o2 + i]!;
      const v3 = v[o3 + i]!;
      x0 += v0 * xi;
      x1 += v1 * xi;
      x2 += v2 * xi;
      x3 += v3 * xi;
      y0 += v0 * yi;
      y1 += v1 * yi;
      y2 += v2 * yi;
      y3 += v3 * yi;
    }
    w[l] = x0;
    w[l + 1] = x1;
    w[l + 2] = x2;
    w[l + 3] = x3;
    w[width + l] = y0;
    w[width + l + 1] = y1;
    w[width + l + 2] = y2;
    w[width + l + 3] = y3;
  }
}

/** [x y] −= V w. */
function subtractCombination(v: Float64Array, width: number, x: Float64Array, y: Float64Array, w: Float64Array): void {
  const rows = x.length;
  for (let l = 0; l < width; l += 4) {
    const [o0, o1, o2, o3] = [l * rows, (l + 1) * rows, (l + 2) * rows, (l + 3) * rows];
    const [a0, a1, a2, a3] = [w[l]!, w[l + 1]!, w[l + 2]!, w[l + 3]!];
    const [b0, b1, b2, b3] = [w[width + l]!, w[width + l + 1]!, w[width + l + 2]!, w[width + l + 3]!];
    for (let i = 0; i < rows; i++) {
      const v0 = v[o0 + i]!;
      const v1 = v[o1 + i]!;
      const v2 = v[o2 + i]!;
      const v3 = v[o3 + i]!;
      x[i]! -= a0 * v0 + a1 * v1 + a2 * v2 + a3 * v3;
      y[i]! -= b0 * v0 + b1 * v1 + b2 * v2 + b3 * v3;
    }
  }
}

/** Columns `from` on become (I − V T Vᵀ) b, or with Tᵀ in T's place, the transpose. Two at a time. */
function applyBlock({ start, width, v, t }: Block, right: Columns, from: number, transposed: boolean): void {
  const { length, count, values } = right;
  const rows = length - start;
  const w = new Float64Array(2 * width);
  const scaled = new Float64Array(2 * width);
  const unused = new Float64Array(rows);
  for (let j = from; j < count; j += 2) {
    const x = values.subarray(j * length + start, (j + 1) * length);
    const y = j + 1 < count ? values.subarray((j + 1) * length + start, (j + 2) * length) : unused;
    project(v, width, x, y, w);
    for (let k = 0; k < width; k++) {
      let [sx, sy] = [0, 0];
      const [first, last] = transposed ? [0, k + 1] : [k, width];
      for (let l = first; l < last; l++) {
        const factor = transposed ? t[l * width + k]! : t[k * width + l]!;
        sx += factor * w[l]!;
        sy += factor * w[width + l]!;
      }
      scaled[k] = sx;
      scaled[width + k] = sy;
    }
    subtractCombination(v, width, x, y, scaled);
  }
}

/** Factors A [length ≥ count] in place: R is left in the upper triangle, what lies below it is of no use. */
export function householderQr(a: Columns): HouseholderQr {
  const blocks: Block[] = [];
  for (let start = 0; start < a.count; start += BLOCK) {
    const count = Math.min(BLOCK, a.count - start);
    const block = factorBlock(a, start, count);
    applyBlock(block, a, start + count, true);
    blocks.push(block);
  }
  return {
    applyTransposed: (right) => {
      for (const block of blocks) applyBlock(block, right, 0, true);
    },
    apply: (right) => {
      for (const block of [...blocks].reverse()) applyBlock(block, right, 0, false);
    },
  };
}

/** A scaled by a power of two, or its transpose where A is wide, as R and Q. */
export interface TallQr extends HouseholderQr {
  /** R in the upper triangle, min(rows, columns) columns. */
  readonly factored: Columns;
  /** What A was multiplied with. */
  readonly scale: number;
  /** Whether A was factored, and not Aᵀ. */
  readonly tall: boolean;
}

/** `householderQr` of A or Aᵀ, whichever has at least as many rows as columns; A is left as it is. */
export function tallQr(a: Matrix): TallQr {
  const tall = a.rows >= a.columns;
  const scale = powerOfTwoScale(a.values);
  const oriented = tall ? transpose(a) : a;
  const values = oriented.values.map((value) => value * scale);
  const factored: Columns = { length: oriented.columns, count: oriented.rows, values };
  return { ...householderQr(factored), factored, scale, tall };
}
