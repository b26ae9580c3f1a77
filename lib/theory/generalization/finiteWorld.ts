import { type Key, normal, split, uniform } from '../../engine/random';
import { tf } from '../../engine/tensorflow';
import { requireCount } from '../network';
import type { Matrix } from './float64Matrix';

/**
 * A world in which every expectation of theory.md's section 7 is a finite sum: y ~ ρ, x ~ D_y, where D_y puts mass on
 * the few points of class y, on each of them some. The A points of all classes are numbered through, class after class.
 */
export interface FiniteWorld {
  /** ρ, one probability a class. */
  readonly classProbabilities: Float64Array;
  /** The class of each point, [A], ascending. */
  readonly classOf: Int32Array;
  /** D_y: the probability of each point within its class, [A]; they sum to 1 in every class. */
  readonly withinClass: Float64Array;
  /** x, [A, D]. */
  readonly points: Matrix;
  /** g*(x), the classes one-hot, [A, classes]. */
  readonly labels: Matrix;
  /** F: what each encoder makes of each point, f(x) [A, K]. More is not needed of an encoder here. */
  readonly encoders: readonly Matrix[];
}

/** The sizes of a random world. */
export interface FiniteWorldOptions {
  /** Default 3. */
  readonly classes?: number;
  /** Points a class; default 12. */
  readonly support?: number;
  /** D; default 8. */
  readonly inputDimension?: number;
  /** |F|; default 16. */
  readonly encoders?: number;
  /** K; default 6. */
  readonly dimension?: number;
  /** Hidden units of an encoder; default 32. */
  readonly hidden?: number;
  /** Distance of a point to its class's centre, where centres are about 1 from the origin; default 0.35. */
  readonly spread?: number;
  /** Default 'equal'. 'random': classes, and points within a class, are weighted by uniforms on [0.2, 1]. */
  readonly probabilities?: 'equal' | 'random';
  /** Of all that is random: the same key, the same numbers. */
  readonly key: Key;
}

/** Random normals, or any tensor, as a matrix of doubles. */
function asMatrix(rows: number, columns: number, make: () => tf.Tensor): Matrix {
  return { rows, columns, values: Float64Array.from(tf.tidy(() => make().dataSync())) };
}

function weights(key: Key, count: number, kind: 'equal' | 'random'): Float64Array {
  const raw =
    kind === 'equal' ? new Float32Array(count).fill(1) : tf.tidy(() => uniform(key, [count], 0.2, 1).dataSync());
  const values = Float64Array.from(raw);
  const total = values.reduce((sum, value) => sum + value, 0);
  return values.map((value) => value / total);
}

/**
 * f(x) = V relu(U x + b), U and b standard normal, V of variance 1 / (hidden · K): outputs of length about 0.7 for
 * inputs of length 1.
 */
function reluEncoder(points: tf.Tensor2D, hidden: number, dimension: number, key: Key): Matrix {
  const [uKey, bKey, vKey] = split(key, 3) as [Key, Key, Key];
  const [rows, inputDimension] = points.shape;
  return asMatrix(rows, dimension, () => {
    const active = points
      .matMul(normal(uKey, [inputDimension, hidden]) as tf.Tensor2D)
      .add(normal(bKey, [1, hidden], 0, 0.3))
      .relu();
    return active.matMul(normal(vKey, [hidden, dimension], 0, Math.sqrt(1 / (hidden * dimension))) as tf.Tensor2D);
  });
}

/**
 * A random world and a finite F of random ReLU encoders with one hidden layer (its size, not theirs, is what the
 * Rademacher terms see). Class centres are N(0, I/D), points lie N(0, spread² I/D) around them. The defaults are
 * theory.md's example: 3 classes, 16 encoders, K = 6. Deterministic in `key`.
 *
 * @throws If a count is no positive whole number, `classes` is below 2 or `spread` is negative or not finite.
 * @example
 * const world = finiteWorld({ key: key(0) });
 * // 3 classes of 12 points in 8 dimensions, and 16 encoders to 6.
 * world.points; // { rows: 36, columns: 8 }
 * world.classProbabilities; // [0.3333, 0.3333, 0.3333]
 * world.encoders.length; // 16
 */
export function finiteWorld(options: FiniteWorldOptions): FiniteWorld {
  const {
    classes = 3,
    support = 12,
    inputDimension = 8,
    encoders = 16,
    dimension = 6,
    hidden = 32,
    spread = 0.35,
  } = options;
  const { probabilities = 'equal', key } = options;
  requireCount(classes, 2, 'classes', 'finiteWorld');
  requireCount(support, 1, 'support', 'finiteWorld');
  requireCount(inputDimension, 1, 'the inputDimension', 'finiteWorld');
  requireCount(encoders, 1, 'encoders', 'finiteWorld');
  requireCount(dimension, 1, 'the dimension', 'finiteWorld');
  requireCount(hidden, 1, 'hidden', 'finiteWorld');
  if (!(spread >= 0 && spread < Number.POSITIVE_INFINITY)) {
    throw new Error(`finiteWorld: expected spread to be zero or positive, and finite, got ${spread}`);
  }
  const [centreKey, pointKey, classKey, withinKey, encoderKey] = split(key, 5) as [Key, Key, Key, Key, Key];
  const size = classes * support;
  const classOf = Int32Array.from({ length: size }, (_, a) => Math.floor(a / support));
  const within = split(withinKey, classes).map((k) => weights(k, support, probabilities));
  const x = tf.tidy(() => {
    const unit = 1 / Math.sqrt(inputDimension);
    const centres = normal(centreKey, [classes, 1, inputDimension], 0, unit);
    return centres
      .add(normal(pointKey, [classes, support, inputDimension], 0, spread * unit))
      .reshape([size, inputDimension]) as tf.Tensor2D;
  });
  try {
    const labels = new Float64Array(size * classes);
    for (let a = 0; a < size; a++) labels[a * classes + classOf[a]!] = 1;
    return {
      classProbabilities: weights(classKey, classes, probabilities),
      classOf,
      withinClass: Float64Array.from(within.flatMap((values) => [...values])),
      points: asMatrix(size, inputDimension, () => x.clone()),
      labels: { rows: size, columns: classes, values: labels },
      encoders: split(encoderKey, encoders).map((k) => reluEncoder(x, hidden, dimension, k)),
    };
  } finally {
    x.dispose();
  }
}
