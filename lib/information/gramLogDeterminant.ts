import { cholesky } from '../engine/cholesky';
import { isRecording, withGradient } from '../engine/gradient';
import { allFinite, identityLike } from '../engine/matrix';
import { offTape } from '../engine/rematerialize';
import { tf } from '../engine/tensorflow';
import { triangularSolve } from '../engine/triangularSolve';
import {
  addToDiagonal,
  type LowerRows,
  TILE,
  tiledCholesky,
  tiledDiagonal,
  tiledInverse,
  tileStarts,
} from './tiledCholesky';

export interface GramLogDeterminantOptions {
  /** What the Gram matrix is multiplied with, positive. */
  readonly scale: number;
  /** What is added to its diagonal: 1 or 0. */
  readonly shift: 0 | 1;
  /** Whether the mean row is taken out first. */
  readonly centred: boolean;
}

/** Numbers of z that are held centred at a time, where it has more rows than columns. */
const NUMBERS = 2 ** 23;

/** Rows of a Gram matrix that are made at a time, whole tiles; the part above the diagonal is made of these only. */
const STRIP = 2 * TILE;

/** The rows of z as they come into the Gram matrix, [N, K], in blocks. */
function* rowsOf(z: tf.Tensor, centred: boolean): Generator<tf.Tensor2D> {
  const [n, k] = z.shape as [number, number];
  const mean = centred ? z.mean(0) : tf.zeros([k]);
  const size = n > k ? Math.max(1, Math.floor(NUMBERS / k)) : n;
  for (let start = 0; start < n; start += size) {
    const block = z.slice(start, Math.min(size, n - start));
    const rows = (centred ? block.sub(mean) : block) as tf.Tensor2D;
    yield rows;
    rows.dispose();
  }
}

/** The lower block rows of shift I + scale · X Xᵀ or Xᵀ X, whichever is smaller: with shift 1 both have one determinant. */
function shiftedGram(z: tf.Tensor, { scale, shift, centred }: GramLogDeterminantOptions): LowerRows {
  const [n, k] = z.shape as [number, number];
  const [tall, size] = [n > k, Math.min(n, k)];
  const strips = Array.from({ length: Math.ceil(size / STRIP) }, (_, i) => i * STRIP);
  let sums: tf.Tensor2D[] = [];
  for (const x of rowsOf(z, centred)) {
    const next = strips.map((start, i) =>
      tf.tidy(() => {
        const end = Math.min(start + STRIP, size);
        const part = (from: number) =>
          x.slice(tall ? [0, from] : [from, 0], tall ? [-1, end - from] : [end - from, -1]);
        const product: tf.Tensor2D = tf.matMul(part(start), part(0), tall, !tall);
        return sums[i] ? sums[i].add<tf.Tensor2D>(product) : product;
      }),
    );
    tf.dispose(sums);
    sums = next;
  }
  const rows = tileStarts(size).map((start) => {
    const end = Math.min(start + TILE, size);
    return sums[Math.floor(start / STRIP)]!.slice([start % STRIP, 0], [end - start, end]).mul<tf.Tensor2D>(scale);
  });
  return shift === 0 ? rows : addToDiagonal(rows, tf.ones([size]));
}

/** Far above what rounding does to a Gram matrix, relative to its diagonal; used only where rounding made it indefinite. */
const JITTER = 1e-4;

/** The Cholesky factor of a Gram matrix; of I + one, with its diagonal raised by a relative JITTER where float32 has none without. */
function factorOf(a: LowerRows, shift: 0 | 1): LowerRows {
  const plain = tiledCholesky(a);
  if (shift === 0) return plain;
  const raised = () => tiledCholesky(addToDiagonal(a, tiledDiagonal(a).mul(JITTER)));
  const sum = tiledDiagonal(plain).sum();
  // A small one is chosen without reading a number back, which a GPU would have to wait for. NaN is not below infinity.
  if (plain.length === 1) return [tf.where(sum.less(Number.POSITIVE_INFINITY), plain[0]!, raised()[0]!)];
  return sum.dataSync()[0]! < Number.POSITIVE_INFINITY ? plain : raised();
}

/** A⁻¹ X or X A⁻¹, X the rows of z. */
function timesInverse(z: tf.Tensor, inverse: tf.Tensor2D, centred: boolean): tf.Tensor {
  const wide = z.shape[0]! <= z.shape[1]!;
  const blocks: tf.Tensor[] = [];
  for (const x of rowsOf(z, centred)) blocks.push(wide ? tf.matMul(inverse, x) : tf.matMul(x, inverse));
  return blocks.length === 1 ? blocks[0]! : tf.concat(blocks);
}

/** The gradient by recorded operations, all rows at once. */
function recordedGradient(z: tf.Tensor, options: GramLogDeterminantOptions): tf.Tensor {
  const { scale, shift, centred } = options;
  const x = (centred ? z.sub(z.mean(0)) : z) as tf.Tensor2D;
  const tall = x.shape[0] > x.shape[1];
  const gram = tf.matMul(x, x, tall, !tall).mul(scale);
  const plain = shift === 0 ? gram : gram.add(identityLike(gram));
  const definite =
    offTape(
      () =>
        tiledDiagonal(tiledCholesky(shiftedGram(z, options)))
          .sum()
          .dataSync()[0]!,
    ) < Number.POSITIVE_INFINITY;
  if (!definite && (shift === 0 || !allFinite(z))) return z.mul(Number.NaN);
  // Raised where the factor of the value was.
  const l = cholesky(definite ? plain : plain.add(plain.mul(identityLike(plain).mul(JITTER))));
  const half = triangularSolve(l, identityLike(l)) as tf.Tensor2D;
  const inverse = tf.matMul(half, half, true, false);
  return tall ? tf.matMul(x, inverse) : tf.matMul(inverse, x);
}

/**
 * ½ ln det(shift I + scale XᵀX), X the rows of z, less their mean where `centred`. By the smaller Gram matrix and its Cholesky
 * factor. With shift 1 finite for every finite z. With shift 0, for N > K only: −Infinity, with a gradient of NaN, where float32
 * has no such factor. Rows are taken a block at a time, in value and first gradient. Differentiable any number of times.
 */
export function gramLogDeterminant(z: tf.Tensor, options: GramLogDeterminantOptions): tf.Scalar {
  const { scale, shift, centred } = options;
  return withGradient([z], () => {
    const a = shiftedGram(z, options);
    const l = factorOf(a, shift);
    const sum = tiledDiagonal(l).log().sum();
    // No factor though A has no NaN: A is singular.
    const singular = sum.isNaN().logicalAnd(tiledDiagonal(a).sum().isFinite());
    return {
      value: shift === 1 ? sum : tf.where(singular, tf.scalar(Number.NEGATIVE_INFINITY), sum),
      saved: [z, ...l],
      // A centred x gives a gradient with columns of mean 0 already: 1 is an eigenvector of A.
      gradient: (dy, [zSaved, ...factor]) => [
        isRecording()
          ? recordedGradient(zSaved!, options).mul(dy.mul(scale))
          : tf.tidy(() => timesInverse(zSaved!, tiledInverse(factor as tf.Tensor2D[]).mul(dy.mul(scale)), centred)),
      ],
    };
  }) as tf.Scalar;
}
