import { runKernel } from '../engine/kernel';
import { diagonalMatrix, diagonalPart, identityLike } from '../engine/matrix';
import { tf } from '../engine/tensorflow';

const float32 = { T: { type: 'float32' } } as const;

/** Rows of a tile: TensorFlow's own factorisation, on one core, is fast up to here. */
export const TILE = 256;

/** A lower triangular (or the lower part of a symmetric) matrix: block row i is [rows, columns up to its diagonal tile's last]. */
export type LowerRows = readonly tf.Tensor2D[];

/** The tiles' first rows, of a matrix of n rows. */
export function tileStarts(n: number): readonly number[] {
  return Array.from({ length: Math.ceil(n / TILE) }, (_, i) => i * TILE);
}

function columns(x: tf.Tensor2D, start: number, count: number): tf.Tensor2D {
  return x.slice([0, start], [-1, count]);
}

/** [before, own] side by side. */
function beside(before: tf.Tensor2D | undefined, own: tf.Tensor): tf.Tensor2D {
  return (before ? tf.concat([before, own as tf.Tensor2D], 1) : own) as tf.Tensor2D;
}

/** With zeros to both sides, so that there are n columns and the first is the `start`-th. */
function widened(x: tf.Tensor, start: number, n: number): tf.Tensor2D {
  return x.pad([
    [0, 0],
    [start, n - start - x.shape[1]!],
  ]) as tf.Tensor2D;
}

/** L⁻¹ of one tile. */
function triangularInverse(l: tf.Tensor): tf.Tensor2D {
  const attributes = { ...float32, lower: true, adjoint: false };
  return runKernel('MatrixTriangularSolve', attributes, [l, identityLike(l)]) as tf.Tensor2D;
}

/**
 * The Cholesky factor, as block rows, of the symmetric matrix whose lower block rows are given: all but the diagonal tiles by products of matrices,
 * on every core. NaN where float32 has none. No gradient.
 */
export function tiledCholesky(a: LowerRows): LowerRows {
  return tf.tidy(() => {
    const rows: tf.Tensor2D[] = [];
    const inverses: tf.Tensor2D[] = [];
    for (const own of a) {
      rows.push(
        tf.tidy(() => {
          let done: tf.Tensor2D | undefined;
          for (let j = 0; j < rows.length; j++) {
            const tile = columns(own, j * TILE, TILE);
            const rest = done ? tile.sub(tf.matMul(done, columns(rows[j]!, 0, j * TILE), false, true)) : tile;
            const next = tf.matMul(rest as tf.Tensor2D, inverses[j]!, false, true);
            done = beside(done, next);
          }
          const tile = columns(own, rows.length * TILE, own.shape[0]);
          const rest = done ? tile.sub(tf.matMul(done, done, false, true)) : tile;
          return beside(done, runKernel('Cholesky', float32, [rest]));
        }),
      );
      inverses.push(tf.tidy(() => triangularInverse(columns(rows.at(-1)!, inverses.length * TILE, own.shape[0]))));
    }
    return rows;
  });
}

/** The diagonal of a matrix of block rows. */
export function tiledDiagonal(rows: LowerRows): tf.Tensor1D {
  return tf.tidy(() => {
    const parts = rows.map((row, i) => diagonalPart(columns(row, i * TILE, row.shape[0])));
    return tf.concat(parts) as tf.Tensor1D;
  });
}

/** With `diagonal` [n] added to the diagonal. */
export function addToDiagonal(rows: LowerRows, diagonal: tf.Tensor): LowerRows {
  return rows.map((row, i) =>
    tf.tidy(() => {
      const own = diagonalMatrix(diagonal.slice(i * TILE, row.shape[0]));
      return row.add(widened(own, i * TILE, row.shape[1]));
    }),
  );
}

/** (L Lᵀ)⁻¹ [n, n], from the block rows of L. */
export function tiledInverse(l: LowerRows): tf.Tensor2D {
  return tf.tidy(() => {
    const n = l.reduce((sum, row) => sum + row.shape[0], 0);
    // L⁻¹, its block rows filled up with zeros.
    let half: tf.Tensor2D | undefined;
    l.forEach((row, i) => {
      const [start, count] = [i * TILE, row.shape[0]];
      const next = tf.tidy(() => {
        const own = triangularInverse(columns(row, start, count));
        const before =
          half && (tf.matMul(own, tf.matMul(columns(row, 0, start), columns(half, 0, start))).neg() as tf.Tensor2D);
        return widened(beside(before, own), 0, n);
      });
      half = half ? (tf.concat([half, next], 0) as tf.Tensor2D) : next;
    });
    // The lower block rows of L⁻ᵀ L⁻¹, to which only rows of L⁻¹ from the diagonal on add.
    const lower = l.map((row, i) =>
      tf.tidy(() => {
        const [start, count] = [i * TILE, row.shape[0]];
        const below = half!.slice([start, 0], [-1, start + count]);
        const product: tf.Tensor2D = tf.matMul(columns(below, start, count), below, true, false);
        const above = columns(product, 0, start);
        // Half of the diagonal tile: the transpose adds the other.
        return widened(beside(above, columns(product, start, count).mul(0.5)), 0, n);
      }),
    );
    const whole = tf.concat(lower, 0);
    return whole.add(whole.transpose()) as tf.Tensor2D;
  });
}
