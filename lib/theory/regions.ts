import { tf } from '../engine/tensorflow';
import { activationPatterns } from './activationPattern';
import { inputSize, type Network, requireCount, requirePiecewiseAffine } from './network';

/** A rectangle of inputs, each side from, to. */
export interface Box {
  /** From, to. */
  readonly x: readonly [number, number];
  /** From, to. */
  readonly y: readonly [number, number];
}

/** The regions of a network of two inputs on a grid of resolution × resolution points, rows by y, then by x. */
export interface Regions2d {
  /** Of the columns, [resolution]. */
  readonly x: Float64Array;
  /** Of the rows, [resolution]. */
  readonly y: Float64Array;
  /** The region's number, 0, 1, 2, … in order of first appearance: [resolution * resolution], row-major. */
  readonly labels: Int32Array;
  /** 1 where a point's region differs from its right or upper neighbour's. */
  readonly boundary: Uint8Array;
  /** Regions met on the grid. */
  readonly count: number;
}

/**
 * Labels each point of a grid over `box` with its activation pattern's number, for drawing the regions of a network
 * from R² . Regions smaller than a grid cell can be missed; a region in two separate pieces would be one label (cells
 * of an activation pattern of ReLU are convex, so it is one piece).
 * Source: theory.md, section 1.
 *
 * @param resolution Points a side, at least 2; default 200.
 * @param box Where to look.
 * @throws If the network is not piecewise affine or not of two inputs, the box is empty, or the resolution below 2.
 * @example
 * const network = frozenNetwork(sequential('relu', [2], { relu: relu() }), {});
 * // The four quadrants, by row from the lowest.
 * const { count, labels } = regions2d(network, { x: [-1, 1], y: [-1, 1] }, 4);
 * count; // 4
 * labels; // [0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3]
 */
export function regions2d(network: Network, box: Box, resolution = 200): Regions2d {
  requirePiecewiseAffine(network, 'regions2d');
  requireCount(resolution, 2, 'resolution', 'regions2d');
  if (inputSize(network) !== 2) {
    throw new Error(`regions2d: expected a network of two inputs, got input shape [${network.inputShape.join(', ')}]`);
  }
  const axis = ([from, to]: readonly [number, number]) => {
    if (!(from < to)) throw new Error(`regions2d: expected a box with from < to, got ${from} and ${to}`);
    return Float64Array.from({ length: resolution }, (_, i) => from + ((to - from) * i) / (resolution - 1));
  };
  const [x, y] = [axis(box.x), axis(box.y)];
  const grid = new Float32Array(2 * resolution * resolution);
  for (let i = 0; i < resolution * resolution; i++) {
    grid[2 * i] = x[i % resolution]!;
    grid[2 * i + 1] = y[Math.floor(i / resolution)]!;
  }
  const points = tf.tensor(grid, [resolution * resolution, ...network.inputShape]);
  const { rows } = activationPatterns(network, points, { batchSize: 4096 });
  points.dispose();
  const numbers = new Map<string, number>();
  const labels = Int32Array.from(rows, (row) => {
    const key = Buffer.from(row).toString('latin1');
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  });
  const boundary = Uint8Array.from(labels, (label, i) => {
    const right = i % resolution < resolution - 1 ? labels[i + 1] : label;
    const upper = i + resolution < labels.length ? labels[i + resolution] : label;
    return label !== right || label !== upper ? 1 : 0;
  });
  return { x, y, labels, boundary, count: numbers.size };
}
