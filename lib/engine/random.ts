import { runKernel } from './kernel';
import { tf } from './tensorflow';
import { threefry2x32 } from './threefry';

/**
 * The state of randomness: two words of 32 bits (0 … 2³² − 1), plain data. A function given the same key returns the same
 * numbers, in any run; so use each key once, and make more of them with `split` or `foldIn` (the discipline of jax.random).
 */
export type Key = readonly [number, number];

const WORD = 2 ** 32;

function requireInteger(name: string, what: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new Error(`${name}: expected ${what} to be a whole number from ${min} to ${max}, got ${value}`);
  }
}

/**
 * The key of a seed, a whole number from 0 to 2⁵³ − 1.
 *
 * @throws If the seed is not a whole number in that range.
 * @example
 * normal(key(0), [2]); // [-1.6970, -0.4814]
 */
export function key(seed: number): Key {
  requireInteger('key', 'the seed', seed, 0, Number.MAX_SAFE_INTEGER);
  return [Math.floor(seed / WORD), seed % WORD];
}

/**
 * `n` independent keys from one (default 2). `split(k, 3)` starts with the keys of `split(k, 2)`.
 *
 * @throws If n is not a whole number of at least 0.
 * @example
 * const [first, second] = split(key(0));
 * normal(first!, [4, 8]).shape; // [4, 8]
 * uniform(second!, []); // 0.7050
 */
export function split(k: Key, n = 2): Key[] {
  requireInteger('split', 'the number of keys', n, 0, WORD - 1);
  return Array.from({ length: n }, (_, i) => threefry2x32(k, [0, i]));
}

/**
 * The key of step, epoch or item `data` (a whole number from 0 to 2⁵³ − 1): as `split`, without making all the others.
 *
 * @throws If the data is not a whole number in that range.
 * @example
 * const ofEpoch3 = foldIn(key(0), 3);
 * permutation(ofEpoch3, 5); // [4, 1, 3, 0, 2]
 */
export function foldIn(k: Key, data: number): Key {
  requireInteger('foldIn', 'the data', data, 0, Number.MAX_SAFE_INTEGER);
  // The top bit keeps these counters apart from those of `split` and `permutation`.
  return threefry2x32(k, [0x80000000 + Math.floor(data / WORD), data % WORD]);
}

/** Runs one of TensorFlow's stateless kernels; on the CPU and on a GPU they count with Philox-4x32-10, scrambled by the key. */
function stateless(
  kernel: string,
  dtype: 'float32' | 'int32',
  k: Key,
  shape: readonly number[],
  bounds: readonly tf.Tensor[] = [],
): tf.Tensor {
  const size = tf.tensor1d([...shape], 'int32');
  const seed = tf.tensor1d([k[0] | 0, k[1] | 0], 'int32');
  const attributes = { dtype: { type: dtype }, T: { type: 'int32' }, Tseed: { type: 'int32' } } as const;
  return runKernel(kernel, attributes, [size, seed, ...bounds]);
}

/**
 * Normal variables, float32, of this mean (default 0) and standard deviation (default 1). TensorFlow makes them by Box and
 * Muller from 32-bit uniforms, so none lies beyond 5.8 standard deviations.
 *
 * @param shape Of the result, such as [N, K]; [] for a scalar.
 * @example
 * normal(key(0), [3]); // [-1.6970, -0.4814, -0.6622]
 * normal(key(0), [10000], 5, 2).mean(); // 4.9940
 */
export function normal(k: Key, shape: readonly number[], mean = 0, std = 1): tf.Tensor {
  return tf.tidy(() => {
    const z = stateless('StatelessRandomNormal', 'float32', k, shape);
    const scaled = std === 1 ? z : z.mul(std);
    return mean === 0 ? scaled : scaled.add(mean);
  });
}

/**
 * Uniform variables, float32, in [min, max), default [0, 1), in steps of 2⁻²³ (max − min); rounding may reach max where |min| is large.
 *
 * @param shape Of the result, such as [N, K]; [] for a scalar.
 * @example
 * uniform(key(0), [3]); // [0.2110, 0.7060, 0.8001]
 * uniform(key(0), [10000], -1, 1).mean(); // -0.00179
 */
export function uniform(k: Key, shape: readonly number[], min = 0, max = 1): tf.Tensor {
  return tf.tidy(() => {
    const u = stateless('StatelessRandomUniform', 'float32', k, shape);
    const scaled = max - min === 1 ? u : u.mul(max - min);
    return min === 0 ? scaled : scaled.add(min);
  });
}

/**
 * Whole numbers, int32, uniform on min … max − 1. TensorFlow reduces 32 random bits modulo the range, so two values'
 * probabilities differ by at most 2⁻³².
 *
 * @param shape Of the result, such as [N, K]; [] for a scalar.
 * @throws If min or max is not a whole number of 32 bits, or max is not above min.
 * @example
 * integers(key(0), [6], 0, 10); // [0, 9, 8, 8, 6, 8]
 */
export function integers(k: Key, shape: readonly number[], min: number, max: number): tf.Tensor {
  requireInteger('integers', 'min', min, -(2 ** 31), 2 ** 31 - 2);
  requireInteger('integers', 'max', max, min + 1, 2 ** 31 - 1);
  return tf.tidy(() => {
    const bounds = [tf.scalar(min, 'int32'), tf.scalar(max, 'int32')];
    return stateless('StatelessRandomUniformInt', 'int32', k, shape, bounds);
  });
}

/**
 * A uniformly random order of 0 … n − 1 (Fisher and Yates' shuffle, without bias: words that would favour some values are
 * thrown away). Pure JavaScript, so the same on every device; 60,000 take a few milliseconds.
 *
 * @throws If n is not a whole number from 0 to 2³¹ − 1.
 * @example
 * permutation(key(0), 6); // [1, 5, 0, 3, 2, 4]
 */
export function permutation(k: Key, n: number): Int32Array {
  requireInteger('permutation', 'n', n, 0, 2 ** 31 - 1);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  let counter = 0;
  let spare: number | undefined;
  const word = () => {
    if (spare !== undefined) {
      const last = spare;
      spare = undefined;
      return last;
    }
    const [first, second] = threefry2x32(k, [0x40000000, counter++]);
    spare = second;
    return first;
  };
  for (let i = n - 1; i > 0; i--) {
    const fair = WORD - (WORD % (i + 1));
    let bits = word();
    while (bits >= fair) bits = word();
    const j = bits % (i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
