import { tf } from '../../engine/tensorflow';

/** A matrix in double precision, which TensorFlow.js has not: `values` row after row. */
export interface Matrix {
  /** How many. */
  readonly rows: number;
  /** How many. */
  readonly columns: number;
  /** [rows · columns], row after row. */
  readonly values: Float64Array;
}

/** What stands for a matrix: a `Matrix`, a tensor of two axes, or an array of rows. */
export type MatrixLike = Matrix | tf.Tensor2D | readonly (readonly number[])[];

function shapeAndValues(name: string, what: string, given: MatrixLike): Matrix {
  if (given instanceof tf.Tensor) {
    if (given.rank !== 2) {
      throw new Error(`${name}: expected ${what} to be a matrix of two axes, got a tensor of shape [${given.shape}]`);
    }
    return { rows: given.shape[0], columns: given.shape[1], values: Float64Array.from(given.dataSync()) };
  }
  if ('values' in given && 'rows' in given) {
    const { rows, columns, values } = given;
    if (!(values instanceof Float64Array) || values.length !== rows * columns) {
      throw new Error(
        `${name}: expected ${what} to hold rows · columns = ${rows * columns} values in a Float64Array, got ${values?.length}`,
      );
    }
    return given;
  }
  if (!Array.isArray(given)) {
    throw new Error(`${name}: expected ${what} to be a Matrix, a tensor or an array of rows, got ${typeof given}`);
  }
  const rows: readonly (readonly number[])[] = given;
  const columns = rows[0]?.length ?? 0;
  const uneven = rows.findIndex((row) => row.length !== columns);
  if (uneven >= 0) {
    throw new Error(
      `${name}: expected every row of ${what} to hold ${columns} numbers, as row 0, got ${rows[uneven]!.length} in row ${uneven}`,
    );
  }
  const values = new Float64Array(rows.length * columns);
  for (const [i, row] of rows.entries()) values.set(row, i * columns);
  return { rows: rows.length, columns, values };
}

/**
 * `given` in double precision; a `Matrix` is returned as it is, not copied. `name` is the caller and `what` the
 * argument, for the messages.
 *
 * @param name, what The caller and the argument, for messages.
 * @param given [rows, columns].
 * @throws If it is no matrix, has no row or no column, or holds NaN or an infinite value.
 * @example
 * toMatrix('mine', 'z', [[1, 2], [3, 4]]); // { rows: 2, columns: 2, values: [1, 2, 3, 4] }
 * toMatrix('mine', 'z', [[1, NaN]]); // throws 'row 0, column 1'
 */
export function toMatrix(name: string, what: string, given: MatrixLike): Matrix {
  const matrix = shapeAndValues(name, what, given);
  if (!(matrix.rows > 0 && matrix.columns > 0)) {
    throw new Error(
      `${name}: expected ${what} to have at least one row and one column, got ${matrix.rows} × ${matrix.columns}`,
    );
  }
  const bad = matrix.values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const [row, column] = [Math.floor(bad / matrix.columns), bad % matrix.columns];
    throw new Error(
      `${name}: expected ${what} to be finite, got ${matrix.values[bad]} in row ${row}, column ${column}. Look for it where it is made.`,
    );
  }
  return matrix;
}

/** Aᵀ. */
export function transpose({ rows, columns, values }: Matrix): Matrix {
  const transposed = new Float64Array(values.length);
  // In tiles, so that both matrices are read and written by whole cache lines.
  const tile = 32;
  for (let i0 = 0; i0 < rows; i0 += tile) {
    for (let j0 = 0; j0 < columns; j0 += tile) {
      const [i1, j1] = [Math.min(rows, i0 + tile), Math.min(columns, j0 + tile)];
      for (let i = i0; i < i1; i++) for (let j = j0; j < j1; j++) transposed[j * rows + i] = values[i * columns + j]!;
    }
  }
  return { rows: columns, columns: rows, values: transposed };
}

/** A B. */
export function multiply(a: Matrix, b: Matrix): Matrix {
  if (a.columns !== b.rows) {
    throw new Error(
      `multiply: expected as many rows of b as columns of a, got ${a.rows} × ${a.columns} and ${b.rows} × ${b.columns}`,
    );
  }
  const values = new Float64Array(a.rows * b.columns);
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.columns; k++) {
      const factor = a.values[i * a.columns + k]!;
      if (factor === 0) continue;
      const [to, from] = [i * b.columns, k * b.columns];
      for (let j = 0; j < b.columns; j++) values[to + j]! += factor * b.values[from + j]!;
    }
  }
  return { rows: a.rows, columns: b.columns, values };
}

/** A − B. */
export function subtract(a: Matrix, b: Matrix): Matrix {
  if (a.rows !== b.rows || a.columns !== b.columns) {
    throw new Error(
      `subtract: expected two matrices of one shape, got ${a.rows} × ${a.columns} and ${b.rows} × ${b.columns}`,
    );
  }
  return { rows: a.rows, columns: a.columns, values: a.values.map((value, i) => value - b.values[i]!) };
}

/** √Σ x² of these values, scaled so that no square overflows or vanishes; 0 of none. */
export function euclideanNorm(values: Float64Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  if (largest === 0) return 0;
  let sum = 0;
  for (const value of values) sum += (value / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** The Euclidean norm of every row. */
export function rowNorms({ rows, columns, values }: Matrix): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => euclideanNorm(values.subarray(i * columns, (i + 1) * columns)));
}

/** ‖A‖_F = √Σ a². */
export function frobeniusNorm({ values }: Matrix): number {
  return euclideanNorm(values);
}

/** A power of two near 1 over the largest entry: times it, no square overflows or vanishes, and no digit is lost. */
export function powerOfTwoScale(values: Float64Array): number {
  const largest = values.reduce((m, value) => Math.max(m, Math.abs(value)), 0);
  return largest === 0 ? 1 : 2 ** -Math.max(-1000, Math.min(1000, Math.floor(Math.log2(largest))));
}
