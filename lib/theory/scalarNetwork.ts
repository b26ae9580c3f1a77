import { tf } from '../engine/tensorflow';
import { normalCdf, normalSurvival } from '../statistics/distributions';
import { activationPatterns } from './activationPattern';
import { affineMaps } from './affineMap';
import { inputSize, type Network, outputs, requireCount, requirePiecewiseAffine, requireSigma } from './network';

/** z = slope x + offset on [from, to]. */
export interface AffinePiece {
  /** Where it begins. */
  readonly from: number;
  /** Where it ends. */
  readonly to: number;
  /** Of the piece. */
  readonly slope: number;
  /** Its value at x = 0, were it to reach there. */
  readonly offset: number;
}

/** Halvings of a grid cell: enough to reach float32's spacing from any sensible one. */
const bisections = 24;

/**
 * The pieces of a network from R to R on [from, to]: activation patterns on a grid of `resolution` cells, each change
 * of pattern between neighbours then bisected down to float precision. None is missed, however narrow: the inputs of
 * one pattern are an interval, so between two points of equal pattern there is no other piece. The functions below take
 * the first and last pieces to go on to minus and plus infinity.
 * Derived here.
 *
 * @param from, to Where to look.
 * @param resolution Cells of the grid; default 2,000.
 * @throws If the network is not piecewise affine, or not of one input and one output, or from is not below to.
 * @example
 * const network = frozenNetwork(sequential('relu', [1], { relu: relu() }), {});
 * const [flat, rising] = affinePieces(network, -1, 2);
 * flat; // { from: -1, slope: 0, offset: 0 }
 * rising; // { to: 2, slope: 1, offset: 0 }
 * rising.from.toFixed(4); // '0.0000'
 */
export function affinePieces(network: Network, from: number, to: number, resolution = 2000): AffinePiece[] {
  requirePiecewiseAffine(network, 'affinePieces');
  requireCount(resolution, 1, 'resolution', 'affinePieces');
  if (inputSize(network) !== 1) {
    throw new Error(
      `affinePieces: expected a network of one input, got input shape [${network.inputShape.join(', ')}]`,
    );
  }
  if (!(from < to)) throw new Error(`affinePieces: expected from < to, got ${from} and ${to}`);
  const grid = Array.from({ length: resolution + 1 }, (_, i) => from + ((to - from) * i) / resolution);
  const states = patternKeys(network, grid);
  const changes = grid.flatMap((_, i) => (i < resolution && states[i] !== states[i + 1] ? [i] : []));
  let open = changes.map((i) => ({ low: grid[i]!, high: grid[i + 1]!, below: states[i]!, above: states[i + 1]! }));
  const borders: number[] = [];
  while (open.length > 0) {
    const ends = open.map(({ high, above }) => ({ high, above }));
    for (let step = 0; step < bisections; step++) {
      const middles = open.map(({ low, high }) => (low + high) / 2);
      const found = patternKeys(network, middles);
      open = open.map((gap, i) =>
        found[i] === gap.below ? { ...gap, low: middles[i]! } : { ...gap, high: middles[i]!, above: found[i]! },
      );
    }
    borders.push(...open.map(({ high }) => high));
    // A piece narrower than a grid cell: go on from it to the cell's end.
    open = open
      .map(({ high, above }, i) => ({ low: high, below: above, ...ends[i]! }))
      .filter(({ below, above }) => below !== above);
  }
  borders.sort((a, b) => a - b);
  const edges = [from, ...borders, to];
  const centres = edges.slice(1).map((end, i) => (end + edges[i]!) / 2);
  const maps = tf.tidy(() => {
    const x = tf.tensor(centres, [centres.length, ...network.inputShape]);
    if (outputs(network, x).shape[1] !== 1) throw new Error('affinePieces: expected a network of one output');
    const { jacobian, offset } = affineMaps(network, x);
    return { slopes: jacobian.dataSync(), offsets: offset.dataSync() };
  });
  return centres.map((_, i) => ({
    from: edges[i]!,
    to: edges[i + 1]!,
    slope: maps.slopes[i]!,
    offset: maps.offsets[i]!,
  }));
}

/**
 * Total variation between the law of f(x + sigma xi), xi ~ N(0, 1), and that of the affine map of x's own piece at the
 * same noise, with f given by its pieces: 1/2 of the integral of the difference of the two densities plus 1/2 of the
 * masses of the atoms that flat pieces make. Trapezium rule with `steps` points between the pieces' images, error of
 * order steps⁻².
 * Derived here.
 *
 * @param pieces Of `affinePieces`.
 * @param x, sigma The point and the noise's deviation.
 * @param steps Points of the rule; default 4,000.
 * @throws If sigma is not above 0, or steps is below 2.
 * @example
 * // max(x, 0) at 1, noise of 1: the mass below 0 becomes an atom, Φ(−1).
 * const flat = { from: -1, to: 0, slope: 0, offset: 0 };
 * totalVariationToAffine([flat, { from: 0, to: 1, slope: 1, offset: 0 }], 1, 1); // 0.1587
 */
export function totalVariationToAffine(pieces: readonly AffinePiece[], x: number, sigma: number, steps = 4000): number {
  requireSigma(sigma, 'totalVariationToAffine');
  requireCount(steps, 2, 'steps', 'totalVariationToAffine');
  const home = pieceAt(pieces, x);
  const all = pieces.map((piece, i) => ({
    ...piece,
    from: i === 0 ? Number.NEGATIVE_INFINITY : piece.from,
    to: i === pieces.length - 1 ? Number.POSITIVE_INFINITY : piece.to,
  }));
  const mass = (from: number, to: number) => normalCdf((to - x) / sigma) - normalCdf((from - x) / sigma);
  const atoms = all.filter((piece) => piece.slope === 0);
  if (home.slope === 0) {
    const same = atoms.filter((piece) => piece.offset === home.offset);
    return 1 - same.reduce((sum, piece) => sum + mass(piece.from, piece.to), 0);
  }
  const sloped = all.filter((piece) => piece.slope !== 0);
  const affine = (z: number) => densityOn({ ...home, from: -Infinity, to: Infinity }, z, x, sigma);
  const difference = (z: number) =>
    Math.abs(sloped.reduce((sum, piece) => sum + densityOn(piece, z, x, sigma), 0) - affine(z));
  const knots = imageKnots([...sloped, { ...home, from: -Infinity, to: Infinity }], x, sigma);
  let continuous = 0;
  for (let i = 1; i < knots.length; i++) continuous += trapezium(difference, knots[i - 1]!, knots[i]!, steps);
  return 0.5 * (continuous + atoms.reduce((sum, piece) => sum + mass(piece.from, piece.to), 0));
}

/**
 * Exact probability that x + sigma xi leaves x's piece: the bound of `totalVariationBound` in one dimension.
 * Derived here, from the normal distribution function.
 *
 * @param pieces Of `affinePieces`.
 * @param x, sigma The point and the noise's deviation.
 * @throws If sigma is not above 0.
 * @example
 * // From 1, with noise of 1, to below 0: Φ(−1).
 * const flat = { from: -1, to: 0, slope: 0, offset: 0 };
 * leaveProbability([flat, { from: 0, to: 1, slope: 1, offset: 0 }], 1, 1); // 0.1587
 */
export function leaveProbability(pieces: readonly AffinePiece[], x: number, sigma: number): number {
  requireSigma(sigma, 'leaveProbability');
  const home = pieceAt(pieces, x);
  const first = home === pieces[0];
  const last = home === pieces[pieces.length - 1];
  return (first ? 0 : normalCdf((home.from - x) / sigma)) + (last ? 0 : normalSurvival((home.to - x) / sigma));
}

function pieceAt(pieces: readonly AffinePiece[], x: number): AffinePiece {
  const home = pieces.find((piece) => piece.from <= x && x <= piece.to);
  if (!home) throw new Error(`expected x within the pieces, from ${pieces[0]?.from} to ${pieces.at(-1)?.to}, got ${x}`);
  return home;
}

/** Density at z of the part of N(x, sigma²) that lies on the piece, carried through its map. */
function densityOn(piece: AffinePiece, z: number, x: number, sigma: number): number {
  const at = (z - piece.offset) / piece.slope;
  if (at < piece.from || at > piece.to) return 0;
  const u = (at - x) / sigma;
  return Math.exp(-0.5 * u * u) / (Math.sqrt(2 * Math.PI) * sigma * Math.abs(piece.slope));
}

/** Where the densities can jump: the ends of the pieces' images, cut at nine sigma of noise. */
function imageKnots(pieces: readonly AffinePiece[], x: number, sigma: number): number[] {
  const ends = pieces.flatMap((piece) => {
    const from = Math.max(piece.from, x - 9 * sigma);
    const to = Math.min(piece.to, x + 9 * sigma);
    return from < to ? [piece.slope * from + piece.offset, piece.slope * to + piece.offset] : [];
  });
  return [...new Set(ends)].sort((a, b) => a - b);
}

function trapezium(f: (z: number) => number, from: number, to: number, steps: number): number {
  // Just inside the ends, so that a jump there belongs to the neighbour.
  const width = to - from;
  const [a, b] = [from + 1e-9 * width, to - 1e-9 * width];
  let sum = 0.5 * (f(a) + f(b));
  for (let i = 1; i < steps; i++) sum += f(a + ((b - a) * i) / steps);
  return (sum * (b - a)) / steps;
}

/** The patterns of scalar inputs as strings, to compare. */
function patternKeys(network: Network, inputs: readonly number[]): string[] {
  const x = tf.tensor([...inputs], [inputs.length, ...network.inputShape]);
  const { rows } = activationPatterns(network, x, { batchSize: 4096 });
  x.dispose();
  return rows.map((row) => Buffer.from(row).toString('latin1'));
}
