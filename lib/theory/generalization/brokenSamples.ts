import { type Key, split } from '../../engine/random';
import { requireCount } from '../network';
import type { FiniteWorld } from './finiteWorld';
import type { Matrix } from './float64Matrix';
import { rowDistance } from './worldExpectations';
import { uniforms, type WorldSample } from './worldSample';

/**
 * x⁺⁺ as an augmentation of x⁺ in place of a fresh draw: one of the `reach` points of x⁺'s class nearest to it in the input,
 * itself among them, with D_y's probabilities. With `reach` the whole support it *is* a fresh draw of the class.
 *
 * @returns for the points x⁺ [m] and a key the points x⁺⁺ [m].
 */
export function augmentation(world: FiniteWorld, reach: number): (first: Int32Array, key: Key) => Int32Array {
  requireCount(reach, 1, 'the reach', 'augmentation');
  const { classOf, withinClass, points } = world;
  const nearest = Array.from(classOf, (y, a) => {
    const own = [...classOf.keys()].filter((b) => classOf[b] === y);
    const distances = new Map(own.map((b) => [b, rowDistance(points, a, b)]));
    return own.sort((b, c) => distances.get(b)! - distances.get(c)!).slice(0, reach);
  });
  return (first, key) => {
    const u = uniforms(key, first.length);
    return first.map((a, j) => {
      const reached = nearest[a]!;
      let left = u[j]! * reached.reduce((sum, b) => sum + withinClass[b]!, 0);
      for (const b of reached) {
        left -= withinClass[b]!;
        if (left < 0) return b;
      }
      return reached.at(-1)!;
    });
  };
}

/**
 * The sample with label noise: each label of S is wrong with probability `rate`, then any other class with equal
 * probability, or class `towards` where that is given (and right where it was that class already).
 */
export function withLabelNoise(
  world: FiniteWorld,
  sample: WorldSample,
  { rate, towards, key }: { readonly rate: number; readonly towards?: number; readonly key: Key },
): WorldSample {
  if (!(rate >= 0 && rate <= 1)) throw new Error(`withLabelNoise: expected a rate from 0 to 1, got ${rate}`);
  const classes = world.classProbabilities.length;
  const [whether, which] = split(key) as [Key, Key];
  const n = sample.labelClasses.length;
  const wrong = uniforms(whether, n);
  const shift = uniforms(which, n);
  const labelClasses = sample.labelClasses.map((y, i) => {
    if (wrong[i]! >= rate) return y;
    return towards ?? (y + 1 + Math.floor(shift[i]! * (classes - 1))) % classes;
  });
  return { ...sample, labelClasses };
}

/**
 * An encoder that was trained on S until it knows S by heart: the coordinates of `table`, and beside them one a class, which
 * is `amplitude` at the points of S that have this class and 0 at all other points. On finitely many points every such map is
 * a ReLU network's, by a bump at each point of S.
 *
 * @param table f(x) [A, K] of an encoder that was not trained on S.
 * @returns [A, K + classes]
 */
export function memorizingEncoder(world: FiniteWorld, table: Matrix, labelled: Int32Array, amplitude: number): Matrix {
  const columns = table.columns + world.classProbabilities.length;
  const values = new Float64Array(table.rows * columns);
  const known = new Set(labelled);
  for (let a = 0; a < table.rows; a++) {
    values.set(table.values.subarray(a * table.columns, (a + 1) * table.columns), a * columns);
    if (known.has(a)) values[a * columns + table.columns + world.classOf[a]!] = amplitude;
  }
  return { rows: table.rows, columns, values };
}
