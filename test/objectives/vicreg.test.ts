import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { key, normal, permutation } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { checkTerms, objective, totalLoss } from '../../lib/objectives/objective';
import { covarianceTerm, invarianceTerm, type VicregOptions, varianceTerm, vicreg } from '../../lib/objectives/vicreg';
import { expectNoLeak } from '../matchers';

interface Case {
  name: string;
  n: number;
  k: number;
  za: number[];
  zb: number[];
  terms: Record<'invariance' | 'variance' | 'covariance' | 'summedVariance', number>;
}
const golden = JSON.parse(readFileSync(join(__dirname, '../golden/vicreg.json'), 'utf8')) as { cases: Case[] };

function terms(za: tf.Tensor, zb: tf.Tensor, options?: VicregOptions): Record<string, number> {
  const computed = vicreg(options).terms({ za: za as tf.Tensor2D, zb: zb as tf.Tensor2D });
  const numbers = Object.fromEntries(Object.entries(computed).map(([name, term]) => [name, term.dataSync()[0]!]));
  tf.dispose(computed);
  return numbers;
}

function loss(za: tf.Tensor, zb: tf.Tensor): tf.Scalar {
  return totalLoss(vicreg().terms({ za: za as tf.Tensor2D, zb: zb as tf.Tensor2D }));
}

/** VICReg's total by plain loops in float64, transcribed from the description in the paper and main_vicreg.py. */
function transcription(za: ArrayLike<number>, zb: ArrayLike<number>, n: number, k: number): number {
  let total = 0;
  for (let i = 0; i < n * k; i++) total += (25 * (za[i]! - zb[i]!) ** 2) / (n * k);
  for (const z of [za, zb]) {
    const mean = Array.from({ length: k }, (_, j) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += z[i * k + j]!;
      return sum / n;
    });
    for (let j = 0; j < k; j++) {
      for (let l = 0; l < k; l++) {
        let c = 0;
        for (let i = 0; i < n; i++) c += ((z[i * k + j]! - mean[j]!) * (z[i * k + l]! - mean[l]!)) / (n - 1);
        if (j !== l) total += (c * c) / k;
        else total += ((25 / 2) * Math.max(0, 1 - Math.sqrt(c + 1e-4))) / k;
      }
    }
  }
  return total;
}

describe('the value', () => {
  test('worked by hand', () => {
    // za: columns (0, 2) and (0, 4): means 1 and 2, variances 2 and 8, covariance 4. zb: (0, 0) and (1, 1): all 0.
    const za = tf.tensor2d([0, 0, 2, 4], [2, 2]);
    const zb = tf.tensor2d([0, 1, 0, 1], [2, 2]);
    expect(invarianceTerm(za, zb)).toMatchNumbers([(0 + 1 + 4 + 9) / 4]);
    expect(varianceTerm(za)).toMatchNumbers([0]);
    expect(varianceTerm(zb)).toMatchNumbers([1 - 0.01]);
    expect(covarianceTerm(za)).toMatchNumbers([(16 + 16) / 2]);
    expect(covarianceTerm(zb)).toMatchNumbers([0]);
    const computed = terms(za, zb);
    expect([computed.invariance, computed.variance, computed.covariance] as number[]).toMatchNumbers([
      25 * 3.5,
      (25 * 0.99) / 2,
      16,
    ]);
  });

  test.each(golden.cases)('NumPy, $name', ({ n, k, za, zb, terms: expected }) => {
    const [a, b] = [tf.tensor2d(za, [n, k]), tf.tensor2d(zb, [n, k])];
    const halved = terms(a, b);
    const summed = terms(a, b, { varianceConvention: 'summed' });
    expect(Object.keys(halved)).toEqual(['invariance', 'variance', 'covariance']);
    for (const name of ['invariance', 'variance', 'covariance'] as const) {
      expect([halved[name]!], name).toMatchNumbers([expected[name]], { rtol: 1e-5, atol: 1e-6 });
    }
    expect([summed.variance!]).toMatchNumbers([expected.summedVariance], { rtol: 1e-5, atol: 1e-6 });
    expect([loss(a, b).dataSync()[0]!]).toMatchNumbers([transcription(a.dataSync(), b.dataSync(), n, k)]);
  });

  test('weights multiply their terms, and 0 takes one away', () => {
    const [za, zb] = [normal(key(1), [6, 4]), normal(key(2), [6, 4])];
    const base = terms(za, zb, { invariance: 1, variance: 1, covariance: 1 });
    const other = terms(za, zb, { invariance: 2, variance: 0, covariance: 3 });
    expect([other.invariance!, other.variance!, other.covariance!]).toMatchNumbers([
      2 * base.invariance!,
      0,
      3 * base.covariance!,
    ]);
  });

  test('many random instances: order of embeddings, of dimensions and of views does not matter', () => {
    for (let seed = 0; seed < 20; seed++) {
      tf.tidy(() => {
        const [n, k] = [2 + (seed % 7), 1 + (seed % 5)];
        const [za, zb] = [normal(key(seed), [n, k], 0, 0.8), normal(key(100 + seed), [n, k], 1, 0.8)];
        const rows = tf.tensor1d(permutation(key(seed), n), 'int32');
        const columns = tf.tensor1d(permutation(key(seed), k), 'int32');
        const expected = loss(za, zb).dataSync();
        expect(loss(za.gather(rows), zb.gather(rows))).toMatchNumbers(expected);
        expect(loss(za.gather(columns, 1), zb.gather(columns, 1))).toMatchNumbers(expected);
        expect(loss(zb, za)).toMatchNumbers(expected);
        expect(loss(za.add(3), zb.add(3))).toMatchNumbers(expected, { rtol: 1e-4 });
      });
    }
  });
});

describe('the gradient', () => {
  test.each([
    [6, 4, 0.5],
    [5, 7, 1],
    [2, 3, 0.7],
    [4, 12, 0.8],
  ])('of %i × %i matches finite differences of the transcription', (n, k, scale) => {
    const [za, zb] = [normal(key(n), [n, k], 0, scale), normal(key(k), [n, k], 0, scale)];
    const gradients = tf.grads((a, b) => loss(a, b))([za, zb]);
    const inputs = [Float64Array.from(za.dataSync()), Float64Array.from(zb.dataSync())] as const;
    const h = 1e-6;
    inputs.forEach((input, view) => {
      const expected = Array.from(input, (value, i) => {
        input[i] = value + h;
        const above = transcription(...inputs, n, k);
        input[i] = value - h;
        const below = transcription(...inputs, n, k);
        input[i] = value;
        return (above - below) / (2 * h);
      });
      expect(gradients[view]!).toMatchNumbers(tf.tensor2d(expected, [n, k]), { rtol: 1e-4, atol: 1e-4 });
    });
  });

  test.each([
    [5, 3],
    [3, 8],
  ])('the covariance term of %i × %i can be differentiated twice', (n, k) => {
    const z = normal(key(9), [n, k]);
    const direction = normal(key(10), [n, k]);
    const plain = (x: tf.Tensor) => {
      const centred = x.sub(x.mean(0));
      const c = tf.matMul(centred, centred, true).div(n - 1);
      const variances = centred
        .square()
        .sum(0)
        .div(n - 1);
      return c.square().sum().sub(variances.square().sum()).div(k) as tf.Scalar;
    };
    const second = (f: (x: tf.Tensor) => tf.Scalar) => tf.grad((x) => tf.grad(f)(x).mul(direction).sum())(z);
    expect(second(covarianceTerm)).toMatchNumbers(second(plain), { rtol: 1e-4, atol: 1e-5 });
  });

  test('is finite at collapse, for a batch of two, equal views and huge embeddings', () => {
    const cases: [tf.Tensor, tf.Tensor][] = [
      [tf.zeros([8, 4]), tf.zeros([8, 4])],
      [tf.fill([8, 4], 0.7), tf.fill([8, 4], -0.7)],
      [normal(key(1), [2, 4]), normal(key(2), [2, 4])],
      [tf.ones([2, 1]), tf.ones([2, 1])],
      [normal(key(3), [8, 4]), normal(key(3), [8, 4])],
      [normal(key(3), [8, 4], 0, 1e4), normal(key(4), [8, 4], 0, 1e4)],
    ];
    for (const [za, zb] of cases) {
      const { value, grads } = tf.valueAndGrads((a, b) => loss(a, b))([za, zb]);
      for (const result of [value, ...grads]) expect(result.isFinite().all().dataSync()[0]).toBe(1);
    }
    const collapsed = terms(tf.zeros([8, 4]), tf.zeros([8, 4]));
    expect(collapsed.variance).toBeCloseTo(25 * 0.99, 4);
  });
});

test('nothing leaks', async () => {
  const [za, zb] = [normal(key(1), [6, 4]), normal(key(2), [6, 4])];
  const computed = await expectNoLeak(() => vicreg().terms({ za: za as tf.Tensor2D, zb: zb as tf.Tensor2D }), 3);
  tf.dispose(computed);
  await expectNoLeak(() => tf.dispose(tf.valueAndGrads((a, b) => loss(a, b))([za, zb])));
});

describe('errors', () => {
  const shaped = (a: number[], b: number[]) => () =>
    vicreg().terms({ za: tf.zeros<tf.Rank>(a) as tf.Tensor2D, zb: tf.zeros<tf.Rank>(b) as tf.Tensor2D });

  test('on unfit embeddings', () => {
    expect(shaped([4, 3], [4, 2])).toThrow(/VICReg: expected float32 embeddings .* same shape.*\[4, 3\].*\[4, 2\]/);
    expect(shaped([4, 3, 1], [4, 3, 1])).toThrow(/VICReg: expected float32 embeddings \[N, K\]/);
    expect(shaped([1, 3], [1, 3])).toThrow(/VICReg: expected at least 2 embeddings.*\[1, 3\]/);
    expect(shaped([3, 0], [3, 0])).toThrow(/VICReg: expected at least 2 embeddings/);
    const whole = tf.zeros([4, 3], 'int32') as tf.Tensor2D;
    expect(() => vicreg().terms({ za: whole, zb: whole })).toThrow(/float32.*int32/);
  });

  test('on unfit options', () => {
    expect(() => vicreg({ variance: -1 })).toThrow('vicreg: expected variance to be finite and at least 0, got -1');
    expect(() => vicreg({ epsilon: Number.NaN })).toThrow(/epsilon/);
    expect(() => vicreg({ epsilon: 0 })).toThrow('vicreg: expected epsilon to be finite and above 0, got 0');
    expect(() => vicreg({ varianceConvention: 'double' as 'summed' })).toThrow(/'halved' or 'summed', got 'double'/);
  });

  test('on terms that are not finite, once they are read', () => {
    const broken = terms(tf.fill([4, 3], Number.NaN), tf.zeros([4, 3]));
    expect(() => checkTerms('VICReg', broken, 'step 12')).toThrow(
      /VICReg: expected finite terms at step 12, got 'invariance'/,
    );
    expect(() => checkTerms('VICReg', { invariance: 1, variance: Number.POSITIVE_INFINITY })).toThrow(/'variance'/);
    expect(() => checkTerms('VICReg', { invariance: 1 })).not.toThrow();
  });
});

describe("one's own objective", () => {
  const embeddings = { za: tf.ones([3, 2]) as tf.Tensor2D, zb: tf.zeros([3, 2]) as tf.Tensor2D };

  test('is a name and its terms', () => {
    const mine = objective('mine', ({ za, zb }) => ({
      distance: za.sub(zb).abs().mean(),
      spread: varianceTerm(za).mul(2),
    }));
    const computed = mine.terms(embeddings);
    expect(mine.name).toBe('mine');
    expect(totalLoss(computed)).toMatchNumbers([1 + 2 * 0.99]);
  });

  test('errors say which term is wrong', () => {
    expect(() => objective('mine', () => ({})).terms(embeddings)).toThrow('mine: expected at least one term, got none');
    expect(() => objective('mine', ({ za }) => ({ rows: za.mean(1) })).terms(embeddings)).toThrow(
      /mine: expected the term 'rows' to be a float32 scalar, got float32 \[3\]/,
    );
    expect(() => objective('mine', () => ({ one: 1 as unknown as tf.Scalar })).terms(embeddings)).toThrow(
      /'one'.*got the number 1; keep it a tensor/,
    );
    expect(() => objective('', () => ({}))).toThrow(/expected a name/);
  });
});
