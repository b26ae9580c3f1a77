import { type Key, uniform } from '../../engine/random';
import { requireCount } from '../network';
import type { FiniteWorld } from './finiteWorld';
import type { Matrix } from './float64Matrix';

/** A sample of a `FiniteWorld`: numbers of its points. */
export interface WorldSample {
  /** S: the points x_i, [n]. */
  readonly labelled: Int32Array;
  /** The classes that S's labels y_i name, [n]: those of the points, unless labels are noisy. */
  readonly labelClasses: Int32Array;
  /** S̄: the points x⁺, [m]. */
  readonly first: Int32Array;
  /** S̄: the points x⁺⁺, [m]. */
  readonly second: Int32Array;
}

/** How many examples and pairs. */
export interface WorldSampleOptions {
  /** Labelled examples. */
  readonly n: number;
  /** Unlabelled pairs. */
  readonly m: number;
  /** Of all that is random: the same key, the same numbers. */
  readonly key: Key;
}

/** Uniforms on [0, 1). Not by way of `tf.tidy`, which looks for tensors in every number that it is to return. */
export function uniforms(key: Key, count: number): Float32Array {
  const drawn = uniform(key, [count]);
  const values = drawn.dataSync() as Float32Array;
  drawn.dispose();
  return values;
}

/** Where a uniform falls among cumulative masses from `from` on: the first whose cumulative mass exceeds it. */
function locate(cumulative: Float64Array, from: number, to: number, u: number): number {
  let [low, high] = [from, to - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle]! > u) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * n labelled points (y ~ ρ, x ~ D_y) and m pairs, both of one class (y ~ ρ, then x⁺ and x⁺⁺ ~ D_y, independent).
 * Uniforms have 23 bits, so a probability is met to 1.2e-7. Deterministic in `key`.
 * Source: theory.md, section 7.
 *
 * @param world Of `finiteWorld`.
 * @throws If n or m is no positive whole number.
 * @example
 * const world = finiteWorld({ key: key(0) });
 * const { labelled, labelClasses, first, second } = sampleWorld(world, { n: 4, m: 3, key: key(1) });
 * // Numbers of points; both of a pair are of one class.
 * labelled; // [2, 14, 14, 11]
 * labelClasses; // [0, 1, 1, 0]
 * [...first].map((a, j) => world.classOf[a] === world.classOf[second[j]]); // [true, true, true]
 */
export function sampleWorld(world: FiniteWorld, { n, m, key }: WorldSampleOptions): WorldSample {
  requireCount(n, 1, 'n', 'sampleWorld');
  requireCount(m, 1, 'm', 'sampleWorld');
  const { classProbabilities, classOf, withinClass } = world;
  const size = classOf.length;
  const start = new Int32Array(classProbabilities.length + 1).fill(size);
  const cumulative = new Float64Array(size);
  let sum = 0;
  const before = new Float64Array(classProbabilities.length);
  for (let a = size - 1; a >= 0; a--) start[classOf[a]!] = a;
  for (let a = 0; a < size; a++) {
    if (start[classOf[a]!] === a) before[classOf[a]!] = sum;
    sum += classProbabilities[classOf[a]!]! * withinClass[a]!;
    cumulative[a] = sum;
  }
  const u = uniforms(key, n + 2 * m);
  const drawn = new Int32Array(n + m).map((_, i) => locate(cumulative, 0, size, u[i]! * sum));
  const first = drawn.slice(n);
  const second = first.map((a, j) => {
    const y = classOf[a]!;
    const end = start[y + 1]!;
    const mass = cumulative[end - 1]! - before[y]!;
    return locate(cumulative, start[y]!, end, before[y]! + u[n + m + j]! * mass);
  });
  const labelled = drawn.slice(0, n);
  return { labelled, labelClasses: labelled.map((a) => classOf[a]!), first, second };
}

/** The rows of `table` at these points. */
export function rowsAt({ columns, values }: Matrix, points: Int32Array): Matrix {
  const gathered = new Float64Array(points.length * columns);
  for (let i = 0; i < points.length; i++) {
    const [to, from] = [i * columns, points[i]! * columns];
    for (let k = 0; k < columns; k++) gathered[to + k] = values[from + k]!;
  }
  return { rows: points.length, columns, values: gathered };
}

/** The one-hot rows of these classes. */
export function oneHotRows(classes: Int32Array, count: number): Matrix {
  const values = new Float64Array(classes.length * count);
  classes.forEach((y, i) => {
    values[i * count + y] = 1;
  });
  return { rows: classes.length, columns: count, values };
}
