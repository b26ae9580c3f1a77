import { isRecording, withGradient } from '../engine/gradient';
import { runKernel } from '../engine/kernel';
import { tf } from '../engine/tensorflow';
import { exponential } from './exponential';
import { squaredDistances } from './squaredDistances';

const float32 = { T: { type: 'float32' } } as const;

export interface LogKernelSumsOptions {
  /** What squared distances are multiplied with, positive. */
  readonly scale: number;
  /** c, positive: one for all or one of each j, [N]; the second not where one is left out. Default 1. */
  readonly weights?: number | tf.Tensor1D;
  /** Whether j = i is left out of the sum. Default false. */
  readonly leaveOneOut?: boolean;
}

/** Rows and columns of a tile: it stays in a core's cache. */
const TILE = 512;

/** Bytes of tiles that the forward pass keeps for the gradient; those of more rows are made again. */
const KEPT_BYTES = 2 ** 28;

/** So far below 0 that its exponential is none. */
const NONE = -1e30;

/** The same by plain operations on N × N matrices: differentiable any number of times. */
function denseSums(z: tf.Tensor, { scale, weights = 1, leaveOneOut }: LogKernelSumsOptions): tf.Tensor {
  const exponents = squaredDistances(z).mul(-scale);
  const weigh = (x: tf.Tensor) => (typeof weights === 'number' ? x.sum(1).mul(weights) : x.mul(weights).sum(1));
  // 0 on the diagonal and at most 0 elsewhere: no maximum to take out first.
  if (!leaveOneOut) return weigh(exponential(exponents)).log();
  const pairs = exponents.add(tf.eye(z.shape[0]!).mul(NONE));
  const largest = withGradient([], () => ({ value: pairs.max(1, true), saved: [], gradient: () => [] }));
  return weigh(exponential(pairs.sub(largest)))
    .log()
    .add(largest.flatten());
}

interface Tile {
  readonly row: number;
  readonly column: number;
}

/** Exponents −scale ‖z_i − z_j‖² of a tile, each by one entry of a product of matrices. */
interface Tiles {
  /** The upper ones, row ≤ column. */
  readonly all: readonly Tile[];
  readonly starts: readonly number[];
  /** √(2 scale) z, centred, then −scale ‖z‖² and 1: [N, K + 2]. */
  readonly left: tf.Tensor2D;
  rows<T extends tf.Tensor>(x: T, block: number): T;
  exponents(tile: Tile): tf.Tensor2D;
}

function tilesOf(z: tf.Tensor, { scale, leaveOneOut }: LogKernelSumsOptions): Tiles {
  const n = z.shape[0]!;
  const blocks = Math.ceil(n / TILE);
  const x = z.sub(z.mean(0)).mul(Math.sqrt(2 * scale));
  const halves = x.square().sum(1, true).mul(-0.5);
  const ones = tf.onesLike(halves);
  const left = tf.concat([x, halves, ones], 1) as tf.Tensor2D;
  const right = tf.concat([x, ones, halves], 1) as tf.Tensor2D;
  const starts = Array.from({ length: blocks }, (_, block) => block * TILE);
  const rows = <T extends tf.Tensor>(y: T, block: number) =>
    y.slice(starts[block]!, Math.min(TILE, n - starts[block]!)) as T;
  return {
    all: starts.flatMap((_, row) => starts.slice(row).map((__, i) => ({ row, column: row + i }))),
    starts,
    left,
    rows,
    exponents: ({ row, column }) => {
      const below = tf.matMul(rows(left, row), rows(right, column), false, true).minimum(0) as tf.Tensor2D;
      if (row !== column) return below;
      const diagonal = tf.fill([below.shape[0]], leaveOneOut ? NONE : 0);
      return runKernel('MatrixSetDiag', float32, [below, diagonal]) as tf.Tensor2D;
    },
  };
}

/** What the gradient takes of a tile: its exponentials, or its exponents where one is left out. */
function contentOf(tiles: Tiles, tile: Tile, leaveOneOut: boolean): tf.Tensor2D {
  const exponents = tiles.exponents(tile);
  return leaveOneOut ? exponents : exponents.exp();
}

/** ln Σ_j c_j exp(x_ij), and each tile's content where they are to be kept. */
function forward(tiles: Tiles, c: tf.Tensor2D, leaveOneOut: boolean, keep: boolean): tf.Tensor[] {
  const parts: tf.Tensor[][] = tiles.starts.map(() => []);
  const contents = tiles.all.map((tile) => {
    const { row, column } = tile;
    const [content, across, down] = tf.tidy(() => {
      const x = contentOf(tiles, tile, leaveOneOut);
      if (leaveOneOut) return [x, x.logSumExp(1), x.logSumExp(0)];
      const across = tf.matMul(x, tiles.rows(c, column)).flatten();
      return [x, across, tf.matMul(x, tiles.rows(c, row), true, false).flatten()];
    }) as [tf.Tensor, tf.Tensor, tf.Tensor];
    parts[row]!.push(across);
    if (row !== column) parts[column]!.push(down);
    if (!keep) content.dispose();
    return content;
  });
  const sums = parts.map((own) => (leaveOneOut ? tf.stack(own).logSumExp(0) : tf.addN(own).log()));
  return [tf.concat(sums), ...(keep ? contents : [])];
}

interface Slopes {
  readonly c: tf.Tensor2D;
  /** [N, 1], as c: the results, and the gradient by them. */
  readonly sums: tf.Tensor2D;
  readonly dy: tf.Tensor2D;
}

/** ∂/∂x_ij + ∂/∂x_ji of Σ_i dy_i sums_i on a tile, from its content. */
function tileWeights(content: tf.Tensor, tiles: Tiles, { row, column }: Tile, slopes: Slopes, leaveOneOut: boolean) {
  const { c, sums, dy } = slopes;
  const [ci, si, di] = [c, sums, dy].map((x) => tiles.rows(x, row)) as [tf.Tensor2D, tf.Tensor, tf.Tensor];
  const [cj, sj, dj] = [c, sums, dy].map((x) => tiles.rows(x, column)) as [tf.Tensor2D, tf.Tensor, tf.Tensor];
  if (leaveOneOut) {
    // Logarithms first: far from all others, a row's sum is none in float32.
    const across = content.sub(si).exp().mul(di);
    return across.add(content.sub(sj.transpose()).exp().mul(dj.transpose()));
  }
  const [ui, uj] = [di.div(si.exp()), dj.div(sj.exp())];
  return content.mul(tf.matMul(tf.concat([ui, ci], 1), tf.concat([cj, uj], 1), false, true));
}

/** The gradient of Σ_i dy_i sums_i by z: the Laplacian of the graph with the tiles' weights, on z. */
function backward(
  tiles: Tiles,
  slopes: Slopes,
  kept: readonly tf.Tensor[],
  { scale, leaveOneOut = false }: LogKernelSumsOptions,
): tf.Tensor {
  const products: (tf.Tensor | undefined)[] = tiles.starts.map(() => undefined);
  const add = (block: number, w: tf.Tensor, transposed: boolean, other: number) => {
    const before = products[block];
    products[block] = tf.tidy(() => {
      const product = tf.matMul(w as tf.Tensor2D, tiles.rows(tiles.left, other), transposed, false);
      return before ? before.add(product) : product;
    });
    before?.dispose();
  };
  tiles.all.forEach((tile, i) => {
    const w = tf.tidy(() => {
      const content = kept[i] ?? contentOf(tiles, tile, leaveOneOut);
      return tileWeights(content, tiles, tile, slopes, leaveOneOut);
    });
    add(tile.row, w, false, tile.column);
    if (tile.row !== tile.column) add(tile.column, w, true, tile.row);
    w.dispose();
  });
  const k = tiles.left.shape[1] - 2;
  const blocks = products.map((product, block) =>
    tf.tidy(() => {
      // The column of ones has summed the weights.
      const degrees = product!.slice([0, k + 1], [-1, 1]);
      const own = tiles.rows(tiles.left, block).slice([0, 0], [-1, k]);
      return product!
        .slice([0, 0], [-1, k])
        .sub(own.mul(degrees))
        .mul(Math.sqrt(2 * scale));
    }),
  );
  tf.dispose(products as tf.Tensor[]);
  return tf.concat(blocks);
}

/**
 * ln Σ_j c_j exp(−scale ‖z_i − z_j‖²) for each row of z [N, K], as [N]. By tiles of the symmetric N × N matrix, of which few are held at a
 * time. The gradient makes them again where N is large. Differentiable any number of times; from the second on, by whole
 * N × N matrices.
 */
export function logKernelSums(z: tf.Tensor, options: LogKernelSumsOptions): tf.Tensor1D {
  const { leaveOneOut = false, weights = 1 } = options;
  const n = z.shape[0]!;
  if (n <= TILE) return tf.tidy(() => denseSums(z, options)) as tf.Tensor1D;
  const column = () => (typeof weights === 'number' ? tf.fill([n, 1], weights) : weights.expandDims(1)) as tf.Tensor2D;
  return withGradient([z], () => {
    const keep = isRecording() && 2 * n * (n + 1) <= KEPT_BYTES;
    const [value, ...contents] = forward(tilesOf(z, options), column(), leaveOneOut, keep);
    return {
      value: value!,
      saved: [z, value!, ...contents],
      gradient: (dy, [zSaved, sums, ...kept]) => {
        if (isRecording()) return [tf.grad((x) => denseSums(x, options))(zSaved!, dy)];
        const slopes = { c: column(), sums: sums!.expandDims<tf.Tensor2D>(1), dy: dy.expandDims<tf.Tensor2D>(1) };
        return [tf.tidy(() => backward(tilesOf(zSaved!, options), slopes, kept, options))];
      },
    };
  }) as tf.Tensor1D;
}
