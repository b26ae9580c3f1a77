import { describe, expect, test } from 'vitest';
import { leastSquares } from '../../lib/engine/leastSquares';
import { tf } from '../../lib/engine/tensorflow';
import {
  frobeniusNorm,
  type Matrix,
  multiply,
  subtract,
  transpose,
} from '../../lib/theory/generalization/float64Matrix';
import { minimumNormLeastSquares, projectionResidual } from '../../lib/theory/generalization/minimumNormLeastSquares';
import { rangeBasis, residualProjection } from '../../lib/theory/generalization/residualProjection';
import { spectralNorm } from '../../lib/theory/generalization/spectralNorm';
import golden from '../golden/minimumNorm.json';
import { expectNoLeak } from '../matchers';
import { CASES, collinear, labels, product, relu, uniform } from './minimumNormCases';

const identity = (n: number): Matrix => ({
  rows: n,
  columns: n,
  values: Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
});
const trace = ({ rows, values }: Matrix) =>
  Array.from({ length: rows }, (_, i) => values[i * rows + i]!).reduce((a, b) => a + b, 0);

describe('minimumNormLeastSquares', () => {
  const names = Object.keys(golden.cases) as (keyof typeof golden.cases)[];

  test.each(names.map((name, i) => [name, i] as const))('agrees with SciPy: %s', (name, i) => {
    const expected = golden.cases[name];
    const z = CASES[name]!();
    const fit = minimumNormLeastSquares(z, labels(100 + i, expected.n, 3));
    expect(fit.rank).toBe(expected.rank);
    const rounding = 1e-13 + 2 ** -52 * (expected.condition ?? 1);
    if (expected.rank === expected.n) {
      expect(fit.residual).toBe(0);
      expect(expected.residual).toBeLessThan(1e-13);
    } else {
      const residual = expected.exactResidual ?? expected.residual;
      expect([fit.residual]).toMatchNumbers([residual], { rtol: rounding, atol: 0 });
    }
    const rtol = 10 * rounding;
    expect([frobeniusNorm(fit.weights)]).toMatchNumbers([expected.weightNorm], { rtol, atol: 0 });
    const last = fit.weights.values.subarray(-3);
    expect(last).toMatchNumbers(expected.lastWeights, { rtol, atol: rtol * expected.weightNorm });
    if (name !== '5000 x 512') {
      expect([spectralNorm(z)]).toMatchNumbers([expected.spectralNorm], { rtol: 1e-13, atol: 0 });
    }
  });

  test('gives what is worked by hand', () => {
    // The line through (0, 1), (1, 2), (2, 2): 7/6 + x/2, residuals −1/6, 1/3, −1/6.
    const line = [
      [1, 0],
      [1, 1],
      [1, 2],
    ];
    const fit = minimumNormLeastSquares(line, [[1], [2], [2]]);
    expect(fit.weights.values).toMatchNumbers([7 / 6, 1 / 2], { rtol: 1e-14 });
    expect([fit.residual]).toMatchNumbers([Math.sqrt(1 / 6)], { rtol: 1e-14, atol: 0 });
    expect(fit.rank).toBe(2);
    // One equation x₁ + 2 x₂ = 5: the nearest solution to 0 is (1, 2).
    const one = minimumNormLeastSquares([[1, 2]], [[5]]);
    expect(one.weights.values).toMatchNumbers([1, 2], { rtol: 1e-14 });
    // Equal columns share the weight; a dead column gets none.
    const shared = minimumNormLeastSquares(
      [
        [1, 1, 0],
        [2, 2, 0],
      ],
      [[2], [4]],
    );
    expect(shared.weights.values).toMatchNumbers([1, 1, 0], { rtol: 1e-14 });
    expect(shared.rank).toBe(1);
    expect(shared.residual).toBeLessThan(1e-14);
  });

  test.each([
    ['tall', uniform(31, 30, 8)],
    ['tall and deficient', product(32, 30, 5, 8)],
    ['wide and deficient', product(33, 14, 5, 40)],
    ['ill-conditioned', collinear(34, 30, 4, 26)],
    ['dead and equal columns', relu(35, 40, 32)],
    ['full', uniform(36, 9, 20)],
  ])('the projection is one, of trace n − rank: %s', (_, z) => {
    const n = z.rows;
    const p = residualProjection(z);
    const { rank, residual } = minimumNormLeastSquares(z, identity(n));
    expect(frobeniusNorm(subtract(p, transpose(p)))).toBe(0);
    expect(frobeniusNorm(subtract(multiply(p, p), p))).toBeLessThan(1e-13);
    expect(frobeniusNorm(multiply(p, z))).toBeLessThan(1e-13 * frobeniusNorm(z));
    expect([trace(p)]).toMatchNumbers([n - rank], { atol: 1e-12, rtol: 0 });
    expect(residual ** 2).toBeCloseTo(n - rank, 11);
    const y = labels(37, n, 4);
    expect([projectionResidual(z, y)]).toMatchNumbers([frobeniusNorm(multiply(p, y))], { atol: 1e-12 });
    const basis = rangeBasis(z);
    expect(basis.columns).toBe(rank);
    expect(frobeniusNorm(subtract(multiply(transpose(basis), basis), identity(rank)))).toBeLessThan(1e-13);
  });

  test('is zero where the rank is n', () => {
    expect(frobeniusNorm(residualProjection(uniform(38, 7, 7)))).toBe(0);
    expect(projectionResidual(uniform(38, 7, 7), labels(39, 7, 3))).toBe(0);
  });

  test('the residual is orthogonal to z and W lies in its row space', () => {
    for (let seed = 40; seed < 80; seed++) {
      const [n, k, rank] = [5 + (seed % 7), 3 + (seed % 11), 1 + (seed % 5)];
      const z = product(2 * seed, n, rank, k);
      const y = uniform(seed + 500, n, 2);
      const { weights, residual } = minimumNormLeastSquares(z, y);
      const left = subtract(multiply(z, weights), y);
      expect(Math.abs(frobeniusNorm(left) - residual)).toBeLessThan(1e-12);
      expect(frobeniusNorm(multiply(transpose(z), left))).toBeLessThan(1e-11 * frobeniusNorm(z));
      const outside = multiply(residualProjection(transpose(z)), weights);
      expect(frobeniusNorm(outside)).toBeLessThan(1e-13 * (1 + frobeniusNorm(weights)));
    }
  });

  test('the tolerance decides the rank', () => {
    const z = [
      [1, 0, 0],
      [0, 1e-3, 0],
      [0, 0, 1e-9],
      [0, 0, 0],
    ];
    const y = [[1], [1], [1], [1]];
    const at = (rankTolerance: number) => minimumNormLeastSquares(z, y, { rankTolerance });
    expect([0, 1e-6, 1e-2].map((tolerance) => at(tolerance).rank)).toEqual([3, 2, 1]);
    expect([0, 1e-6, 1e-2].map((tolerance) => at(tolerance).residual)).toMatchNumbers([1, Math.SQRT2, Math.sqrt(3)]);
    expect(at(1e-6).weights.values).toMatchNumbers([1, 1e3, 0]);
  });

  test('single precision drops directions that double keeps', async () => {
    await expectNoLeak(() => {
      const z = collinear(10, 80, 6, 20);
      const y = labels(107, 80, 3);
      const single = tf.tidy(() => {
        const a = tf.tensor2d(Float32Array.from(z.values), [80, 12]);
        const b = tf.tensor2d(Float32Array.from(y.values), [80, 3]);
        return tf.norm(a.matMul(leastSquares(a, b)).sub(b)).dataSync()[0]!;
      });
      expect(single / projectionResidual(z, y) - 1).toBeGreaterThan(0.05);
    });
  });

  test('takes tensors, rows and matrices alike, and leaves them as they are', async () => {
    await expectNoLeak(() => {
      const rows = [
        [1, 2],
        [3, 4],
        [5, 7],
      ];
      const matrix: Matrix = { rows: 3, columns: 2, values: Float64Array.from(rows.flat()) };
      const before = matrix.values.slice();
      const y = [[1], [0], [2]];
      const z = tf.tensor2d(rows);
      const residuals = [rows, matrix, z].map((given) => projectionResidual(given, y));
      z.dispose();
      expect(new Set(residuals).size).toBe(1);
      expect(matrix.values).toEqual(before);
    });
  });

  test('says what is wrong', () => {
    const solving = (z: number[][], y: number[][], rankTolerance?: number) => () =>
      minimumNormLeastSquares(z, y, { rankTolerance });
    expect(solving([[1], [2]], [[1]])).toThrow(
      'minimumNormLeastSquares: expected one row of y for each of the 2 rows of z',
    );
    expect(solving([], [])).toThrow('expected z to have at least one row and one column, got 0 × 0');
    expect(solving([[1, 2], [3]], [[1], [1]])).toThrow(
      'expected every row of z to hold 2 numbers, as row 0, got 1 in row 1',
    );
    expect(solving([[1], [Number.NaN]], [[1], [1]])).toThrow('expected z to be finite, got NaN in row 1, column 0');
    expect(solving([[1]], [[Number.POSITIVE_INFINITY]])).toThrow('expected y to be finite, got Infinity');
    expect(solving([[1]], [[1]], 1)).toThrow('expected rankTolerance to be at least 0 and below 1, got 1');
    expect(solving([[1]], [[1]], Number.NaN)).toThrow('got NaN');
    const short: Matrix = { rows: 2, columns: 2, values: new Float64Array(3) };
    expect(() => spectralNorm(short)).toThrow('spectralNorm: expected the matrix to hold rows · columns = 4 values');
    tf.tidy(() => {
      const tensor = tf.zeros([2, 2, 2]) as unknown as tf.Tensor2D;
      expect(() => spectralNorm(tensor)).toThrow('of two axes, got a tensor of shape [2,2,2]');
    });
  });
});

describe('spectralNorm', () => {
  test('gives what is worked by hand', () => {
    expect(spectralNorm([[3, 4]])).toBeCloseTo(5, 14);
    expect(
      spectralNorm([
        [1, 1],
        [0, 1],
      ]),
    ).toBeCloseTo((1 + Math.sqrt(5)) / 2, 14);
    expect(spectralNorm([[0, 0]])).toBe(0);
    expect(spectralNorm([[1e200], [1e200]]) / 1e200).toBeCloseTo(Math.SQRT2, 14);
  });
});
