import { describe, expect, test } from 'vitest';
import { key, normal, uniform } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { gramLogDeterminant } from '../../lib/information/gramLogDeterminant';
import { kthNeighbor } from '../../lib/information/kthNeighbor';
import { logKernelSums } from '../../lib/information/logKernelSums';
import { overRowBlocks } from '../../lib/information/overRowBlocks';
import { squaredDistances, squaredDistancesFrom } from '../../lib/information/squaredDistances';
import { tiledCholesky, tiledInverse } from '../../lib/information/tiledCholesky';
import { expectGradient } from '../engine/finiteDifferences';
import { expectNoLeak } from '../matchers';

/** Of more rows than a tile has, each sum by its definition in float64. */
function sumsByDefinition(z: tf.Tensor, scale: number, c: ArrayLike<number>, leaveOneOut: boolean): number[] {
  const [n, k] = z.shape as [number, number];
  const values = z.dataSync();
  return Array.from({ length: n }, (_, i) => {
    const terms: number[] = [];
    for (let j = 0; j < n; j++) {
      let distance = 0;
      for (let own = 0; own < k; own++) distance += (values[i * k + own]! - values[j * k + own]!) ** 2;
      if (!leaveOneOut || i !== j) terms.push(Math.log(c[j]!) - scale * distance);
    }
    const largest = Math.max(...terms);
    return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0));
  });
}

describe('logKernelSums of more than one tile', () => {
  const n = 1100;
  const z = normal(key(1), [n, 3]).add(2);
  const weights = uniform(key(2), [n], 0.5, 2) as tf.Tensor1D;
  const ones = new Float32Array(n).fill(1);
  const direction = normal(key(4), [n]);

  test.each([
    ['with weights', { scale: 0.7, weights }, weights.dataSync(), false],
    ['with one weight', { scale: 0.7, weights: 1 / n }, ones.map(() => 1 / n), false],
    ['one left out', { scale: 0.7, leaveOneOut: true }, ones, true],
    ['one left out, far apart', { scale: 4e3, leaveOneOut: true }, ones, true],
  ] as const)('%s', async (_, options, c, leaveOneOut) => {
    const expected = sumsByDefinition(z, options.scale, c, leaveOneOut);
    const value = await expectNoLeak(() => logKernelSums(z, options), 1);
    expect(value).toMatchNumbers(expected, { rtol: options.scale > 1 ? 1e-3 : 1e-5, atol: 1e-5 });
    const total = (x: tf.Tensor) => logKernelSums(x, options).mul(direction).sum() as tf.Scalar;
    const gradient = await expectNoLeak(() => tf.tidy(() => tf.grad(total)(z)), 1);
    const move = normal(key(6), [n, 3]).mul(1e-3);
    const change = (h: number) => sumsByDefinition(z.add(move.mul(h)), options.scale, c, leaveOneOut);
    const [up, down, d] = [change(1), change(-1), direction.dataSync()];
    const numeric = up.reduce((sum, own, i) => sum + (d[i]! * (own - down[i]!)) / 2, 0);
    const analytic = gradient.mul(move).sum().dataSync()[0]!;
    const scale = Math.sqrt(gradient.square().sum().dataSync()[0]!) * 1e-3;
    expect(Math.abs(analytic - numeric) / scale).toBeLessThan(options.scale > 1 ? 5e-2 : 2e-3);
    // The second gradient, by whole matrices, against differences of the first, by tiles.
    const u = normal(key(7), [n, 3]);
    const slope = (x: tf.Tensor) => tf.grad(total)(x).mul(u).sum();
    // Far apart, each row has one neighbor, which a difference may change.
    if (options.scale > 1) expect(tf.grad(slope)(z).isFinite().all().dataSync()[0]).toBe(1);
    else await expectGradient(slope, [z], key(8), { step: 0.005, rtol: 5e-3, directions: 1 });
  });

  test('is exact for coinciding rows: 0, with gradient 0', () => {
    const same = tf.fill([n, 4], 3.7);
    expect(logKernelSums(same, { scale: 1e6, weights: 1 / n })).toMatchNumbers(tf.zeros([n]));
    const gradient = tf.grad((x) => logKernelSums(x, { scale: 1 }).sum() as tf.Scalar)(same);
    expect(gradient).toMatchNumbers(tf.zeros([n, 4]), { atol: 1e-2 });
  });

  test('of so many rows that the gradient makes the tiles again: ten times each row', async () => {
    const few = normal(key(9), [1200, 3]);
    const mean = (x: tf.Tensor) => logKernelSums(x, { scale: 0.7 }).mean() as tf.Scalar;
    const once = tf.valueAndGrad(mean)(few);
    const often = await expectNoLeak(() => tf.tidy(() => tf.valueAndGrad(mean)(few.tile([10, 1]))), 2);
    expect(often.value).toMatchNumbers(once.value.add(Math.log(10)), { rtol: 1e-5 });
    expect(often.grad.mul(10)).toMatchNumbers(once.grad.tile([10, 1]), { atol: 1e-7 });
  });

  test('NaN gives NaN', () => {
    const spoilt = tf.concat([z, tf.fill([1, 3], Number.NaN)]);
    expect(logKernelSums(spoilt, { scale: 1 }).sum().dataSync()[0]).toBeNaN();
  });
});

describe('overRowBlocks', () => {
  const z = normal(key(1), [7, 3]);
  const factors = uniform(key(2), [7], 0.5, 1);
  const inBlocks = (size: number) => (x: tf.Tensor, s: tf.Tensor) =>
    overRowBlocks([x, s], 7, size, (block, own, scale) =>
      squaredDistancesFrom(own!, block).mul(scale!).square().sum(1).mul(scale!.slice(block.start, block.count)),
    );

  test.each([1, 3, 7, 9])('in blocks of %i, value, gradient and its own are those of all at once', async (size) => {
    expect(inBlocks(size)(z, factors)).toMatchNumbers(squaredDistances(z).mul(factors).square().sum(1).mul(factors));
    const whole = tf.grads((x, s) => inBlocks(7)(x!, s!).sum())([z, factors]);
    const own = await expectNoLeak(() => tf.grads((x, s) => inBlocks(size)(x!, s!).sum())([z, factors]), 2);
    for (const [i, gradient] of own.entries()) expect(gradient).toMatchNumbers(whole[i]!, { atol: 1e-4 });
    const slope = (x: tf.Tensor) =>
      tf
        .grad((y) => inBlocks(size)(y, factors).sum())(x)
        .square()
        .sum()
        .sqrt();
    await expectGradient(slope, [z], key(3));
  });
});

describe('determinants of more than one tile', () => {
  test('a Cholesky factor of 700 rows, and its inverse', async () => {
    const [n, tile] = [700, 256];
    const x = normal(key(1), [900, n]);
    const a = tf.matMul(x, x, true, false).div(900).add(tf.eye(n)) as tf.Tensor2D;
    const rows = [0, 1, 2].map((i) => {
      const [start, count] = [i * tile, Math.min(tile, n - i * tile)];
      return a.slice([start, 0], [count, start + count]);
    });
    const l = await expectNoLeak(() => tiledCholesky(rows), 3);
    const inverse = await expectNoLeak(() => tiledInverse(l), 1);
    expect(tf.matMul(a, inverse)).toMatchNumbers(tf.eye(n), { atol: 2e-5 });
    const last = l[2]!;
    expect(tf.matMul(last, last, false, true)).toMatchNumbers(a.slice([512, 512]), { atol: 2e-5 });
    const bad = [rows[0]!, rows[1]!, rows[2]!.mul(-1) as tf.Tensor2D];
    expect(tiledCholesky(bad)[2]!.sum().dataSync()[0]).toBeNaN();
  });

  test.each([
    [400, 300],
    [300, 400],
    [20, 100_000],
    [1300, 1100],
  ])('%i × %i: value and gradient along a direction', (n, k) => {
    tf.tidy(() => {
      const options = { scale: 1 / (n - 1), shift: 1, centred: true } as const;
      const z = normal(key(1), [n, k]);
      const f = (x: tf.Tensor) => gramLogDeterminant(x, options);
      const { value, grad } = tf.valueAndGrad(f)(z);
      const at = (h: number) => f(z.mul(1 + h)).dataSync()[0]!;
      const numeric = (at(0.02) - at(-0.02)) / 0.04;
      expect(grad.mul(z).sum().dataSync()[0]! / numeric).toBeCloseTo(1, 2);
      expect(Number.isFinite(value.dataSync()[0]!)).toBe(true);
    });
  });

  test('rows in blocks: 2²³ numbers and more are as fewer, scaled', () => {
    tf.tidy(() => {
      const z = normal(key(1), [70_000, 3]);
      const many = z.tile([90, 1]);
      const options = { scale: 1, shift: 0, centred: true } as const;
      const expected = gramLogDeterminant(z, options).dataSync()[0]! + (3 / 2) * Math.log(90);
      const { value, grad } = tf.valueAndGrad((x) => gramLogDeterminant(x, options))(many);
      expect(value).toMatchNumbers([expected], { rtol: 1e-5 });
      // ½ ln det grows by K ln s with a scale s.
      expect(grad.mul(many).sum()).toMatchNumbers([3], { rtol: 1e-3 });
    });
  });

  test('huge equal directions stay finite by a raised diagonal', () => {
    const ray = tf.matMul(normal(key(1), [600, 1]) as tf.Tensor2D, normal(key(2), [1, 300]) as tf.Tensor2D).mul(1e6);
    const options = { scale: 1 / 599, shift: 1, centred: true } as const;
    const { value, grad } = tf.valueAndGrad((x) => gramLogDeterminant(x, options))(ray);
    for (const result of [value, grad]) expect(result.isFinite().all().dataSync()[0]).toBe(1);
  });
});

test('kthNeighbor in blocks of rows', () => {
  const n = 4000;
  const z = normal(key(1), [n, 2]);
  const [found, values] = [kthNeighbor(z, 2).dataSync(), z.dataSync()];
  for (const i of [0, 1, 1999, 2000, 2100, 3999]) {
    const distance = (j: number) =>
      (values[2 * i]! - values[2 * j]!) ** 2 + (values[2 * i + 1]! - values[2 * j + 1]!) ** 2;
    const others = Array.from({ length: n }, (_, j) => j).filter((j) => j !== i);
    expect(found[i]).toBe(others.sort((a, b) => distance(a) - distance(b))[1]);
  }
});
