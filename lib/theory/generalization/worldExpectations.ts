import type { FiniteWorld } from './finiteWorld';
import { type Matrix, multiply, rowNorms, subtract } from './float64Matrix';

/** ℓ_W(x) = ‖W f(x) − g*(x)‖ at every point, [A]; `table` f(x) [A, K], `weights` [K, classes]. */
export function pointLosses(world: FiniteWorld, table: Matrix, weights: Matrix): Float64Array {
  return rowNorms(subtract(multiply(table, weights), world.labels));
}

/** E_{x ~ D_y} of a value at every point [A], for each class y; exact. */
export function classMeans(
  { classProbabilities, classOf, withinClass }: FiniteWorld,
  values: Float64Array,
): Float64Array {
  const means = new Float64Array(classProbabilities.length);
  for (let a = 0; a < values.length; a++) means[classOf[a]!]! += withinClass[a]! * values[a]!;
  return means;
}

/** E_{y ~ ρ, x ~ D_y} of a value at every point [A]; exact. */
export function populationMean(world: FiniteWorld, values: Float64Array): number {
  return classMeans(world, values).reduce((sum, value, y) => sum + world.classProbabilities[y]! * value, 0);
}

/** The Euclidean distance of two rows. */
export function rowDistance({ columns, values }: Matrix, a: number, b: number): number {
  let sum = 0;
  for (let k = 0; k < columns; k++) {
    const difference = values[a * columns + k]! - values[b * columns + k]!;
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}

/** E_{x̄ ~ D_y}‖f(x̄) − f(x)‖ of point number x and class y, exact; each is computed once, when it is first asked for. */
export function distanceToClass(
  { classProbabilities, classOf, withinClass }: FiniteWorld,
  table: Matrix,
): (point: number, y: number) => number {
  const size = classOf.length;
  const known = new Float64Array(size * classProbabilities.length).fill(Number.NaN);
  return (point, y) => {
    const id = y * size + point;
    if (!Number.isNaN(known[id]!)) return known[id]!;
    const start = classOf.indexOf(y);
    let sum = 0;
    for (let a = start; a < size && classOf[a] === y; a++) sum += withinClass[a]! * rowDistance(table, a, point);
    known[id] = sum;
    return sum;
  };
}

/** What `distancesWithinClasses` tells of one encoder. */
export interface DistancesWithinClasses {
  /** E‖f(x) − f(x′)‖ over y ~ ρ and two independent draws of D_y: the population's invariance. */
  readonly invariance: number;
  /** τ: the largest distance of two points of one class. */
  readonly diameter: number;
}

/** Mean and largest distance of two draws of a class under f [A, K]; exact, in one pass over the pairs. */
export function distancesWithinClasses(world: FiniteWorld, table: Matrix): DistancesWithinClasses {
  const { classProbabilities, classOf, withinClass } = world;
  let [invariance, diameter] = [0, 0];
  for (let a = 0; a < classOf.length; a++) {
    let sum = 0;
    for (let b = a + 1; b < classOf.length && classOf[b] === classOf[a]; b++) {
      const distance = rowDistance(table, a, b);
      sum += withinClass[b]! * distance;
      if (distance > diameter) diameter = distance;
    }
    invariance += 2 * classProbabilities[classOf[a]!]! * withinClass[a]! * sum;
  }
  return { invariance, diameter };
}
