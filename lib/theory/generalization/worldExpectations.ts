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

/** E‖W f(x) − y‖ over y ~ ρ, x ~ D_y: what Theorems 3 and 4 bound, exact. */
export function exactRisk(world: FiniteWorld, table: Matrix, weights: Matrix): number {
  return populationMean(world, pointLosses(world, table, weights));
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

/** E‖f(x) − f(x′)‖ over y ~ ρ and two independent draws of D_y: the population's invariance, exact. */
export function exactInvariance(world: FiniteWorld, table: Matrix): number {
  const distance = distanceToClass(world, table);
  return populationMean(
    world,
    Float64Array.from(world.classOf, (y, a) => distance(a, y)),
  );
}
