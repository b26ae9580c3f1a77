import { tf } from '../engine/tensorflow';
import {
  type ActivationSite,
  type Network,
  outputs,
  requireBatch,
  requireCount,
  requirePiecewiseAffine,
} from './network';

/** The states of all activations at each of N points. */
export interface ActivationPatterns {
  /** States a point has: one for every ReLU or leaky ReLU unit and for every max-pool window. */
  readonly activations: number;
  /** One row a point: the units' bits packed eight to a byte, then each window's arg max as one byte. */
  readonly rows: readonly Uint8Array[];
}

/** How many points at once. */
export interface PatternOptions {
  /** Points in one forward pass, which bounds the memory; default 256. */
  readonly batchSize?: number;
}

/**
 * Activation patterns of N points: on which side of zero each ReLU's input lies, and which element wins each max-pool.
 * Equal patterns mean one affine map. The converse fails (a dead unit's sign changes nothing), so these cells are as
 * fine as the regions or finer, and a probability of leaving the cell bounds that of leaving the region from above.
 * Source: theory.md, section 1.
 *
 * @param x N points: [N, ...inputShape].
 * @throws If the network is not piecewise affine, x is no such batch, or batchSize is not a whole number of at least 1.
 * @example
 * // max(x, 0) in the plane: a region a quadrant.
 * const network = frozenNetwork(sequential('relu', [2], { relu: relu() }), {});
 * const { activations, rows } = activationPatterns(network, tf.tensor2d([[1, 1], [2, 3], [-1, 1]]));
 * activations; // 2
 * // The first two points share theirs, bit by bit; the third has one unit off.
 * rows; // [[3], [3], [2]]
 */
export function activationPatterns(
  network: Network,
  x: tf.Tensor,
  { batchSize = 256 }: PatternOptions = {},
): ActivationPatterns {
  requirePiecewiseAffine(network, 'activationPatterns');
  requireBatch(network, x, 'activationPatterns');
  requireCount(batchSize, 1, 'batchSize', 'activationPatterns');
  const rows: Uint8Array[] = [];
  let activations = 0;
  for (let start = 0; start < x.shape[0]!; start += batchSize) {
    const count = Math.min(batchSize, x.shape[0]! - start);
    const states = tf.tidy(() => observedStates(network, x.slice([start], [count]), (state) => state.dataSync()));
    activations = states.reduce((sum, state) => sum + state.length / count, 0);
    for (let row = 0; row < count; row++) rows.push(packRow(states, row, count));
  }
  return { activations, rows };
}

/**
 * How many activations differ in state from the reference point's, for each of S other points: Int32Array of S, and the
 * number of activations. A zero means: in the reference's cell. The reference runs in the same batch as the points it
 * is compared with, so that both see the same rounding.
 *
 * @param reference One point: [1, ...inputShape].
 * @param others [S, ...inputShape].
 * @throws If the network is not piecewise affine, a batch does not fit it, or there is more than one reference.
 * @example
 * const network = frozenNetwork(sequential('relu', [2], { relu: relu() }), {});
 * const others = tf.tensor2d([[2, 3], [-1, 1], [-1, -1]]);
 * // The same quadrant as (1, 1), a neighbour, and the opposite one.
 * patternChanges(network, tf.tensor2d([[1, 1]]), others); // { changed: [0, 1, 2], activations: 2 }
 */
export function patternChanges(
  network: Network,
  reference: tf.Tensor,
  others: tf.Tensor,
  { batchSize = 256 }: PatternOptions = {},
): { readonly changed: Int32Array; readonly activations: number } {
  requirePiecewiseAffine(network, 'patternChanges');
  requireBatch(network, reference, 'patternChanges');
  requireBatch(network, others, 'patternChanges');
  requireCount(reference.shape[0] === 1 ? 1 : 0, 1, 'the number of reference points', 'patternChanges');
  const changed = new Int32Array(others.shape[0]!);
  let activations = 0;
  for (let start = 0; start < changed.length; start += batchSize) {
    const count = Math.min(batchSize, changed.length - start);
    tf.tidy(() => {
      const batch = tf.concat([reference, others.slice([start], [count])], 0);
      const perSite = observedStates(network, batch, (state) => {
        const flat = state.reshape([count + 1, state.size / (count + 1)]);
        const differs = tf.notEqual(flat.slice([1, 0], [count, -1]), flat.slice([0, 0], [1, -1]));
        return { changes: differs.sum(1).dataSync(), units: flat.shape[1]! };
      });
      activations = perSite.reduce((sum, site) => sum + site.units, 0);
      for (const { changes } of perSite) {
        for (let i = 0; i < count; i++) changed[start + i]! += changes[i]!;
      }
    });
  }
  return { changed, activations };
}

/**
 * Runs the network and reads each activation's state; `use` returns plain data, for the network's tensors die with its
 * run.
 */
function observedStates<T>(network: Network, x: tf.Tensor, use: (state: tf.Tensor) => T): T[] {
  const found: T[] = [];
  outputs(network, x, (site) => found.push(use(siteState(site))));
  return found;
}

/**
 * bool [N, ...]: true where a unit's input is above zero; int32 [N, ...] for a max-pool: each window's winning element.
 */
function siteState(site: ActivationSite): tf.Tensor {
  switch (site.kind) {
    case 'relu':
    case 'leakyRelu':
      return tf.greater(site.input, 0);
    case 'maxPool':
      return windowWinners(site);
    default:
      throw new Error(
        `activationPatterns: expected activations of kind 'relu', 'leakyRelu' or 'maxPool', got '${site.kind}' at '${site.name}'`,
      );
  }
}

/** Arg max over each window, row by row, the first of equals: the strided slices of the window's elements, stacked. */
function windowWinners({ name, input, output, window }: ActivationSite): tf.Tensor {
  if (!window) {
    throw new Error(
      `activationPatterns: expected the max-pool '${name}' to report its window { size, stride, padding }, got none`,
    );
  }
  const { size, stride, padding } = window;
  const [rows, columns] = [output.shape[1]!, output.shape[2]!];
  const sides: [number, number] = [padding, padding + size];
  const padded = tf.pad(input as tf.Tensor4D, [[0, 0], sides, sides, [0, 0]], Number.NEGATIVE_INFINITY);
  const elements = Array.from({ length: size * size }, (_, i) => {
    const [top, left] = [Math.floor(i / size), i % size];
    const end = [padded.shape[0]!, top + rows * stride, left + columns * stride, padded.shape[3]!];
    return tf.stridedSlice(padded, [0, top, left, 0], end, [1, stride, stride, 1]);
  });
  return tf.argMax(tf.stack(elements), 0);
}

function packRow(states: readonly ArrayLike<number>[], row: number, count: number): Uint8Array {
  const bits = states.filter((state) => !(state instanceof Int32Array));
  const winners = states.filter((state) => state instanceof Int32Array);
  const units = bits.reduce((sum, state) => sum + state.length / count, 0);
  const windows = winners.reduce((sum, state) => sum + state.length / count, 0);
  const bytes = Math.ceil(units / 8);
  const packed = new Uint8Array(bytes + windows);
  let bit = 0;
  for (const state of bits) {
    const width = state.length / count;
    for (let i = row * width; i < (row + 1) * width; i++, bit++) {
      if (state[i]) packed[bit >> 3]! |= 1 << (bit & 7);
    }
  }
  let window = bytes;
  for (const state of winners) {
    const width = state.length / count;
    for (let i = row * width; i < (row + 1) * width; i++, window++) packed[window] = state[i]!;
  }
  return packed;
}
