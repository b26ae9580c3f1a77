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

/**
 * Rows and columns of a tile: few tiles, each small beside N × N. No power of two, of which a product with the transposed matrix takes
 * half as long again.
 */
const TILE = 832;

/** Bytes that the forward pass keeps for the gradient; of more rows, all is made again. */
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

/** The upper triangle of the N × N matrix of exponents −scale ‖z_i − z_j‖². */
interface Tiles {
  /** √(2 scale) z, centred, then −scale ‖z‖² and 1: [rows of the block, K + 2] of each block. */
  readonly left: readonly tf.Tensor2D[];
  /** Row ≤ column. */
  readonly all: readonly Tile[];
  /** What the gradient takes of the i-th tile: its exponentials, or its exponents where one is left out. */
  content(i: number): tf.Tensor2D;
}

/** The rows of x, [N, …], a block at a time. */
function blocksOf(x: tf.Tensor2D): tf.Tensor2D[] {
  const n = x.shape[0];
  const sizes = Array.from({ length: Math.ceil(n / TILE) }, (_, block) => Math.min(TILE, n - block * TILE));
  return tf.split(x, sizes);
}

function upper(blocks: number): Tile[] {
  const indices = Array.from({ length: blocks }, (_, block) => block);
  return indices.flatMap((row) => indices.slice(row).map((column) => ({ row, column })));
}

function tilesOf(z: tf.Tensor2D, { scale, leaveOneOut }: LogKernelSumsOptions): Tiles {
  const mean = z.mean(0);
  const sides = blocksOf(z).map((own) =>
    tf.tidy(() => {
      const x = own.sub(mean).mul(Math.sqrt(2 * scale));
      const halves = x.square().sum(1, true).mul(-0.5);
      const ones = tf.onesLike(halves);
      // Each exponent is one entry of a product of both.
      return { left: tf.concat([x, halves, ones], 1), right: tf.concat([x, ones, halves], 1) };
    }),
  ) as { left: tf.Tensor2D; right: tf.Tensor2D }[];
  const all = upper(sides.length);
  return {
    left: sides.map(({ left }) => left),
    all,
    content: (i) => {
      const { row, column } = all[i]!;
      const below = tf.matMul(sides[row]!.left, sides[column]!.right, false, true).minimum(0);
      const own = () => tf.fill([below.shape[0]!], leaveOneOut ? NONE : 0);
      const exponents = row === column ? runKernel('MatrixSetDiag', float32, [below, own()]) : below;
      return (leaveOneOut ? exponents : exponents.exp()) as tf.Tensor2D;
    },
  };
}

/** The tiles of n rows that a forward pass has kept: their `left`, then all contents. */
function keptTiles(kept: readonly tf.Tensor[], n: number): Tiles {
  const blocks = Math.ceil(n / TILE);
  return {
    left: kept.slice(0, blocks) as tf.Tensor2D[],
    all: upper(blocks),
    content: (i) => kept[blocks + i] as tf.Tensor2D,
  };
}

/** ln Σ_j c_j exp(x_ij), then what `keptTiles` takes, where the tiles are to be kept. */
function forward(tiles: Tiles, c: readonly tf.Tensor2D[], leaveOneOut: boolean, keep: boolean): tf.Tensor[] {
  const parts: tf.Tensor[][] = tiles.left.map(() => []);
  const contents = tiles.all.map(({ row, column }, i) => {
    const [content, across, down] = tf.tidy(() => {
      const x = tiles.content(i);
      if (leaveOneOut) return [x, x.logSumExp(1), x.logSumExp(0)];
      const across = tf.matMul(x, c[column]!).flatten();
      return [x, across, tf.matMul(x, c[row]!, true, false).flatten()];
    }) as [tf.Tensor, tf.Tensor, tf.Tensor];
    parts[row]!.push(across);
    if (row !== column) parts[column]!.push(down);
    if (!keep) content.dispose();
    return content;
  });
  const sums = parts.map((own) => (leaveOneOut ? tf.stack(own).logSumExp(0) : tf.addN(own).log()));
  return [tf.concat(sums), ...(keep ? [...tiles.left, ...contents] : [])];
}

/** From a tile's content to ∂/∂x_ij + ∂/∂x_ji of Σ_i dy_i sums_i on it. */
type Weigh = (content: tf.Tensor, tile: Tile) => tf.Tensor;

/** @param sums The results, [N, 1], as are c and dy. */
function weighing(c: tf.Tensor2D, sums: tf.Tensor2D, dy: tf.Tensor2D, leaveOneOut: boolean): Weigh {
  if (leaveOneOut) {
    const [s, d] = [blocksOf(sums), blocksOf(dy)];
    const [sAcross, dAcross] = [s, d].map((blocks) => blocks.map((own) => own.transpose()));
    return (content, { row, column }) => {
      // Logarithms first: far from all others, a row's sum is none in float32.
      const across = content.sub(s[row]!).exp().mul(d[row]!);
      return across.add(content.sub(sAcross![column]!).exp().mul(dAcross![column]!));
    };
  }
  const u = dy.div(sums.exp());
  const [left, right] = [
    [u, c],
    [c, u],
  ].map((pair) => blocksOf(tf.concat(pair, 1) as tf.Tensor2D));
  return (content, { row, column }) => content.mul(tf.matMul(left![row]!, right![column]!, false, true));
}

/** The gradient of Σ_i dy_i sums_i by z: the Laplacian of the graph with the tiles' weights, on z. */
function backward(tiles: Tiles, weigh: Weigh, scale: number): tf.Tensor {
  const products: (tf.Tensor | undefined)[] = tiles.left.map(() => undefined);
  const add = (block: number, w: tf.Tensor, transposed: boolean, other: number) => {
    const before = products[block];
    products[block] = tf.tidy(() => {
      const product = tf.matMul(w as tf.Tensor2D, tiles.left[other]!, transposed, false);
      return before ? before.add(product) : product;
    });
    before?.dispose();
  };
  tiles.all.forEach((tile, i) => {
    const w = tf.tidy(() => weigh(tiles.content(i), tile));
    add(tile.row, w, false, tile.column);
    if (tile.row !== tile.column) add(tile.column, w, true, tile.row);
    w.dispose();
  });
  const k = tiles.left[0]!.shape[1] - 2;
  const blocks = products.map((product, block) =>
    tf.tidy(() => {
      // The column of ones has summed the weights.
      const degrees = product!.slice([0, k + 1], [-1, 1]);
      const own = tiles.left[block]!.slice([0, 0], [-1, k]);
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
  const [n, k] = z.shape as [number, number];
  if (n <= TILE) return tf.tidy(() => denseSums(z, options)) as tf.Tensor1D;
  const column = () => (typeof weights === 'number' ? tf.fill([n, 1], weights) : weights.expandDims(1)) as tf.Tensor2D;
  return withGradient([z], () => {
    const keep = isRecording() && 4 * n * ((n + 1) / 2 + k + 2) <= KEPT_BYTES;
    const [value, ...tiles] = forward(tilesOf(z as tf.Tensor2D, options), blocksOf(column()), leaveOneOut, keep);
    return {
      value: value!,
      saved: [z, value!, ...tiles],
      gradient: (dy, [zSaved, sums, ...kept]) => {
        if (isRecording()) return [tf.grad((x) => denseSums(x, options))(zSaved!, dy)];
        return [
          tf.tidy(() => {
            const weigh = weighing(column(), sums!.expandDims(1), dy.expandDims(1), leaveOneOut);
            const own = kept.length > 0 ? keptTiles(kept, n) : tilesOf(zSaved as tf.Tensor2D, options);
            return backward(own, weigh, options.scale);
          }),
        ];
      },
    };
  }) as tf.Tensor1D;
}
