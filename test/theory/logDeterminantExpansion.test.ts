import { describe, expect, it } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { covarianceTerm } from '../../lib/objectives/vicreg';
import { correlationMatrix } from '../../lib/statistics/distanceToDiagonal';
import { sampleCovariance } from '../../lib/statistics/sampleCovariance';
import { logDeterminantExpansion } from '../../lib/theory/logDeterminantExpansion';
import { expectNoLeak } from '../matchers';

/** Symmetric, zero diagonal, ‖E‖_F = size. */
function random(seed: number, count: number, k: number, size: number): tf.Tensor {
  const w = normal(key(seed), [count, k, k]);
  const off = w.add(w.transpose([0, 2, 1])).mul(tf.sub(1, tf.eye(k)));
  return off.div(off.square().sum([1, 2], true).sqrt()).mul(size);
}

describe('logDeterminantExpansion', () => {
  it('by hand: two coordinates of correlation ρ have ln(1 − ρ²), −ρ², no cubic', () => {
    const [row] = logDeterminantExpansion(
      tf.tensor2d([
        [0, 0.5],
        [0.5, 0],
      ]),
    );
    expect([row!.size, row!.exact, row!.quadratic, row!.cubic]).toMatchNumbers([
      Math.SQRT1_2,
      Math.log(0.75),
      -0.25,
      0,
    ]);
    expect(row!.remainder).toBeCloseTo(Math.log(0.75) + 0.25, 7);
  });

  it('by hand: three coordinates, all correlations ρ: (1 + 2ρ)(1 − ρ)², cubic 2ρ³', () => {
    const ρ = 0.125;
    const [row] = logDeterminantExpansion(tf.fill([3, 3], ρ).sub(tf.eye(3).mul(ρ)));
    expect([row!.exact, row!.cubic]).toMatchNumbers([Math.log((1 + 2 * ρ) * (1 - ρ) ** 2), 2 * ρ ** 3], { rtol: 1e-5 });
  });

  it('the remainder is of third order, and what is left after the cubic of fourth, on 200 matrices', () => {
    const at = (size: number) => logDeterminantExpansion(random(1, 200, 6, size));
    const rms = (values: number[]) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
    for (const [large, small] of [
      [0.2, 0.1],
      [0.02, 0.01],
    ] as const) {
      const [a, b] = [at(large), at(small)];
      const slope = (of: (row: (typeof a)[number]) => number) => Math.log2(rms(a.map(of)) / rms(b.map(of)));
      expect(slope((row) => row.remainder)).toBeCloseTo(3, 0);
      expect(Math.abs(slope((row) => row.remainder) - 3)).toBeLessThan(0.15);
      expect(Math.abs(slope((row) => row.remainder - row.cubic) - 4)).toBeLessThan(0.25);
    }
    for (const row of at(0.3)) expect(row.exact).toBeLessThan(0);
  });

  it('has for its quadratic −K/2 times VICReg’s covariance penalty of standardised embeddings', () => {
    const z = tf.matMul(normal(key(2), [300, 5]) as tf.Tensor2D, normal(key(3), [5, 5]) as tf.Tensor2D);
    const centred = z.sub(z.mean(0));
    const standard = centred.div(centred.square().sum(0).div(299).sqrt());
    const [row] = logDeterminantExpansion(correlationMatrix(sampleCovariance(z)).sub(tf.eye(5)));
    expect(covarianceTerm(standard).mul(-5 / 2)).toMatchNumbers([row!.quadratic], { rtol: 1e-4 });
  });

  it.each([
    ['a diagonal', () => tf.eye(2), /zero diagonal/],
    [
      'no symmetry',
      () =>
        tf.tensor2d([
          [0, 0.1],
          [0.2, 0],
        ]),
      /symmetric/,
    ],
    [
      'I + E indefinite',
      () =>
        tf.tensor2d([
          [0, 2],
          [2, 0],
        ]),
      /positive definite, got an eigenvalue of E of -1.99/,
    ],
    [
      'NaN',
      () =>
        tf.tensor2d([
          [0, Number.NaN],
          [0, 0],
        ]),
      /finite/,
    ],
    ['no matrix', () => tf.zeros([3]), /square matrix/],
  ])('refuses %s', (_, e, message) => {
    expect(() => logDeterminantExpansion(e())).toThrow(message);
  });

  it('leaves no tensor behind', async () => {
    const e = random(4, 3, 4, 0.1);
    await expectNoLeak(() => logDeterminantExpansion(e));
  });
});
