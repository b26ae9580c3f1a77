import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { foldIn, type Key, key, normal, split, uniform } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { type AffineConditional, gaussianConditional, isotropicConditional } from '../../lib/information/conditional';
import {
  expectedLogIsotropic,
  expectedSquaredDistances,
  type ViewMoments,
} from '../../lib/information/isotropicExpectation';
import { expectedLogConditional, gaussianEntropy, trueConditional } from '../../lib/information/jointGaussian';
import {
  correlatedMutualInformation,
  gaussianMutualInformation,
  variationalBound,
  variationalEstimate,
} from '../../lib/information/mutualInformation';
import { expectGradient } from '../engine/finiteDifferences';
import { expectNoLeak } from '../matchers';

const number = (make: () => tf.Scalar) => tf.tidy(() => make().dataSync()[0]!);

/** A random covariance [n, n] of condition number some 10 to 100. */
function randomCovariance(k: Key, n: number): tf.Tensor2D {
  return tf.tidy(() => {
    const [noise, scales] = split(k);
    const a = normal(noise!, [n, 2 * n]) as tf.Tensor2D;
    const scale = uniform(scales!, [n], -1, 1).exp();
    const plain = tf.matMul(a, a, false, true).div(2 * n);
    return plain.mul(scale).mul(scale.expandDims(1)) as tf.Tensor2D;
  });
}

/** Coordinates correlated in pairs: [[I, diag ρ], [diag ρ, I]]. */
function paired(rho: tf.Tensor1D): tf.Tensor2D {
  const [eye, off] = [tf.eye(rho.size), tf.diag(rho) as tf.Tensor2D];
  return tf.concat([tf.concat([eye, off], 1), tf.concat([off, eye], 1)], 0) as tf.Tensor2D;
}

describe('gaussianMutualInformation', () => {
  it('is −½ ln(1 − ρ²) a dimension, over random correlations and dimensions', () => {
    for (let trial = 0; trial < 200; trial++) {
      tf.tidy(() => {
        const k = foldIn(key(1), trial);
        const dimension = 1 + (trial % 16);
        const rho = uniform(k, [dimension], -0.99, 0.99) as tf.Tensor1D;
        const expected = rho.dataSync<'float32'>().reduce((sum, r) => sum - 0.5 * Math.log(1 - r * r), 0);
        expect(gaussianMutualInformation(paired(rho), dimension)).toMatchNumbers([expected], { atol: 1e-4 });
        expect(correlatedMutualInformation(rho)).toMatchNumbers([expected], { atol: 1e-5 });
      });
    }
    expect(correlatedMutualInformation(0.6)).toMatchNumbers([-0.5 * Math.log(0.64)]);
    expect(correlatedMutualInformation([0, 0.6])).toMatchNumbers([-0.5 * Math.log(0.64)]);
  });

  it('is symmetric, at least 0, and not changed by invertible maps of either side', () => {
    for (let trial = 0; trial < 100; trial++) {
      tf.tidy(() => {
        const k = foldIn(key(2), trial);
        const [a, b] = [1 + (trial % 4), 1 + (trial % 3)];
        const s = randomCovariance(foldIn(k, 0), a + b);
        const value = number(() => gaussianMutualInformation(s, a));
        expect(value).toBeGreaterThan(-1e-6);
        const order = Array.from({ length: a + b }, (_, i) => (i + a) % (a + b));
        const swapped = s.gather(order, 0).gather(order, 1);
        expect(gaussianMutualInformation(swapped, b)).toMatchNumbers([value], { atol: 1e-4 });
        const map = tf.concat([
          tf.concat([normal(foldIn(k, 1), [a, a]).add(tf.eye(a).mul(3)), tf.zeros([a, b])], 1),
          tf.concat([tf.zeros([b, a]), normal(foldIn(k, 2), [b, b]).add(tf.eye(b).mul(3))], 1),
        ]) as tf.Tensor2D;
        const mapped = tf.matMul(tf.matMul(map, s), map, false, true) as tf.Tensor2D;
        expect(gaussianMutualInformation(mapped, a)).toMatchNumbers([value], { atol: 3e-4, rtol: 1e-3 });
      });
    }
  });

  it('does not care for units, over 12 orders of magnitude', () => {
    tf.tidy(() => {
      const scale = tf.tensor1d([1e-6, 1e6, 1, 1e3]);
      const s = randomCovariance(key(3), 4);
      const other = s.mul(scale).mul(scale.expandDims(1)) as tf.Tensor2D;
      expect(gaussianMutualInformation(other, 2)).toMatchNumbers(gaussianMutualInformation(s, 2), { rtol: 1e-4 });
    });
  });

  it('refuses what is no covariance, or no split of it', () => {
    const s = (rows: number[][]) => tf.tensor2d(rows);
    expect(() =>
      gaussianMutualInformation(
        s([
          [1, 0.5],
          [0.2, 1],
        ]),
        1,
      ),
    ).toThrow(/gaussianMutualInformation.*symmetric.*differ by 0.3/);
    expect(() =>
      gaussianMutualInformation(
        s([
          [1, 2],
          [2, 1],
        ]),
        1,
      ),
    ).toThrow(/gaussianMutualInformation.*positive definite/);
    expect(() =>
      gaussianMutualInformation(
        s([
          [1, 1],
          [1, 1],
        ]),
        1,
      ),
    ).toThrow(/positive definite/);
    expect(() =>
      gaussianMutualInformation(
        s([
          [1, Number.NaN],
          [0, 1],
        ]),
        1,
      ),
    ).toThrow(/finite/);
    expect(() => gaussianMutualInformation(s([[1, 0]]), 1)).toThrow(/square/);
    expect(() =>
      gaussianMutualInformation(
        s([
          [1, 0],
          [0, 1],
        ]),
        2,
      ),
    ).toThrow(/from 1 to 1, got \[2,2\] and 2/);
    expect(() =>
      gaussianMutualInformation(
        s([
          [1, 0],
          [0, 1],
        ]),
        0.5,
      ),
    ).toThrow(/split/);
    expect(() => correlatedMutualInformation([0.1, 1])).toThrow(/strictly between -1 and 1/);
    expect(() => correlatedMutualInformation(Number.NaN)).toThrow(/strictly between/);
  });
});

describe('the variational bound, in closed form', () => {
  const instance = (trial: number, seed: number) => {
    const k = foldIn(key(seed), trial);
    const [a, b] = [1 + (trial % 5), 1 + (trial % 3)];
    const joint = {
      covariance: randomCovariance(foldIn(k, 0), a + b),
      split: a,
      mean: normal(foldIn(k, 1), [a + b]) as tf.Tensor1D,
    };
    const entropy = gaussianEntropy(joint.covariance.slice([0, 0], [a, a]));
    return { k, a, b, joint, entropy, information: number(() => gaussianMutualInformation(joint.covariance, a)) };
  };

  it('is the mutual information at the true conditional', () => {
    for (let trial = 0; trial < 100; trial++) {
      tf.tidy(() => {
        const { joint, entropy, information } = instance(trial, 10);
        const logConditional = expectedLogConditional(joint, trueConditional(joint));
        expect(variationalBound({ entropy, logConditional })).toMatchNumbers([information], { rtol: 0, atol: 1e-4 });
      });
    }
  });

  it('is below it with any other q, by E KL(p ‖ q)', () => {
    let slackest = 0;
    for (let trial = 0; trial < 200; trial++) {
      tf.tidy(() => {
        const { k, a, b, joint, entropy, information } = instance(trial, 11);
        const p = trueConditional(joint);
        // From near the truth to far from it.
        const step = 10 ** -(trial % 4);
        const q: AffineConditional = {
          map: p.map!.add(normal(foldIn(k, 2), [a, b], 0, step)) as tf.Tensor2D,
          offset: p.offset.add(normal(foldIn(k, 3), [a], 0, step)) as tf.Tensor1D,
          covariance: p.covariance.add(randomCovariance(foldIn(k, 4), a).mul(step)) as tf.Tensor2D,
        };
        const bound = number(() => variationalBound({ entropy, logConditional: expectedLogConditional(joint, q) }));
        expect(bound).toBeLessThan(information + 1e-4);
        // KL of two Gaussians with means apart by u ~ N(m, V), averaged: ½ (tr C_q⁻¹ (C_p + V + m mᵀ) − K + ln |C_q| / |C_p|).
        const gap = p.map!.sub(q.map!) as tf.Tensor2D;
        const [mx, sxx] = [joint.mean.slice([a], [b]), joint.covariance.slice([a, a], [b, b])];
        const m = gap.mul(mx).sum(1).add(p.offset).sub(q.offset!).expandDims(1) as tf.Tensor2D;
        const spread = tf.matMul(tf.matMul(gap, sxx), gap, false, true).add(tf.matMul(m, m, false, true));
        const slack = klOfGaussians(p.covariance, q.covariance, spread as tf.Tensor2D);
        slackest = Math.max(slackest, slack);
        expect(Math.abs(information - bound - slack)).toBeLessThan(1e-4 * (1 + slack));
      });
    }
    expect(slackest).toBeGreaterThan(10);
  });

  it('has the isotropic q among the affine ones', () => {
    for (let trial = 0; trial < 50; trial++) {
      tf.tidy(() => {
        const k = foldIn(key(12), trial);
        const dimension = 1 + (trial % 6);
        const s = 0.3 + trial / 20;
        const joint = { covariance: randomCovariance(k, 2 * dimension), split: dimension };
        const exact = expectedLogConditional(joint, { covariance: tf.eye(dimension).mul(s * s) as tf.Tensor2D });
        const z = normal(foldIn(k, 1), [4, dimension]) as tf.Tensor2D;
        const given = normal(foldIn(k, 2), [4, dimension]) as tf.Tensor2D;
        const covariance = tf.eye(dimension).mul(s * s) as tf.Tensor2D;
        expect(isotropicConditional(z, given, { sigma: s })).toMatchNumbers(
          gaussianConditional(z, given, { covariance }),
          {
            rtol: 1e-5,
            atol: 1e-5,
          },
        );
        // E ‖z − z'‖² = tr (S_zz − 2 S_zx + S_xx).
        const d = tf.concat([tf.eye(dimension), tf.eye(dimension).neg()], 1) as tf.Tensor2D;
        const square = tf
          .matMul(tf.matMul(d, joint.covariance), d, false, true)
          .mul(tf.eye(dimension))
          .sum()
          .dataSync()[0]!;
        const byHand = -(dimension / 2) * Math.log(2 * Math.PI * s * s) - square / (2 * s * s);
        expect(exact).toMatchNumbers([byHand], { rtol: 1e-4, atol: 1e-4 });
      });
    }
  });
});

/** E over u of KL(N(u, P) ‖ N(0, Q)), M = E u uᵀ, in float64 by Gauss and Jordan. */
function klOfGaussians(p: tf.Tensor2D, q: tf.Tensor2D, m: tf.Tensor2D): number {
  const [ps, qs, ms] = [p.arraySync(), q.arraySync(), m.arraySync()];
  const n = ps.length;
  const { inverse, logDeterminant } = inverted(qs);
  let trace = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) trace += inverse[i]![j]! * (ps[j]![i]! + ms[j]![i]!);
  return 0.5 * (trace - n + logDeterminant - inverted(ps).logDeterminant);
}

function inverted(matrix: number[][]): { inverse: number[][]; logDeterminant: number } {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  let logDeterminant = 0;
  for (let i = 0; i < n; i++) {
    const pivot = rows[i]![i]!; // positive definite: no exchange of rows needed
    logDeterminant += Math.log(pivot);
    rows[i] = rows[i]!.map((value) => value / pivot);
    for (let r = 0; r < n; r++) {
      if (r === i) continue;
      const factor = rows[r]![i]!;
      rows[r] = rows[r]!.map((value, c) => value - factor * rows[i]![c]!);
    }
  }
  return { inverse: rows.map((row) => row.slice(n)), logDeterminant };
}

describe('the variational bound, by samples', () => {
  it('meets the exact bound to its standard error, for a Gaussian q and for one of heavier tails', () => {
    let beyond = 0;
    for (let trial = 0; trial < 40; trial++) {
      const rho = 0.1 + 0.02 * trial;
      const [x, noise] = split(foldIn(key(20), trial)).map((k) => normal(k, [2000, 1]) as tf.Tensor2D);
      const z = x!.mul(rho).add(noise!.mul(Math.sqrt(1 - rho ** 2))) as tf.Tensor2D;
      const covariance = tf.tensor2d([[0.7]]);
      const q: AffineConditional = { map: tf.tensor2d([[rho / 2]]), covariance };
      const entropy = 0.5 * Math.log(2 * Math.PI * Math.E);
      const estimate = variationalEstimate({ entropy, logConditional: gaussianConditional(z, x!, q) });
      const joint = {
        covariance: tf.tensor2d([
          [1, rho],
          [rho, 1],
        ]),
        split: 1,
      };
      const exact = entropy + number(() => expectedLogConditional(joint, q));
      if (Math.abs(estimate.value - exact) > 2 * estimate.standardError) beyond++;
      expect(Math.abs(estimate.value - exact)).toBeLessThan(5 * estimate.standardError);
      // A Laplace q, as a function: below the information, to its own error.
      const laplace = (a: tf.Tensor2D, given: tf.Tensor2D) =>
        a.sub(given.mul(rho)).abs().neg().sub(Math.log(2)).squeeze([1]) as tf.Tensor1D;
      const other = variationalEstimate({ entropy, logConditional: laplace, z, given: x! });
      const information = -0.5 * Math.log(1 - rho ** 2);
      expect(other.value).toBeLessThan(information + 3 * other.standardError);
      expect(variationalBound({ entropy, logConditional: laplace, z, given: x! })).toMatchNumbers([other.value]);
      tf.dispose([x!, noise!, z, covariance, q.map!, joint.covariance]);
    }
    expect(beyond).toBeLessThan(7); // 2 expected of 40
  });

  it('adds the standard error of an entropy that is estimated', () => {
    const logConditional = tf.tensor1d([1, 2, 3, 4]);
    const own = Math.sqrt(5 / 3 / 4);
    expect(variationalEstimate({ entropy: 1, logConditional })).toEqual({ value: 3.5, standardError: own });
    const both = variationalEstimate({ entropy: { value: 1, standardError: 0.5 }, logConditional });
    expect([both.value, both.standardError]).toMatchNumbers([3.5, Math.hypot(own, 0.5)]);
    expect(() => variationalEstimate({ entropy: 1, logConditional: tf.tensor1d([1]) })).toThrow(/at least 2 samples/);
    const matrix = tf.zeros([2, 2]);
    expect(() => variationalBound({ entropy: 1, logConditional: matrix as unknown as tf.Tensor1D })).toThrow(
      /\[S\].*got \[2,2\]/,
    );
    const z = tf.zeros([3, 1]) as tf.Tensor2D;
    const short = () => tf.zeros([2]) as tf.Tensor1D;
    expect(() => variationalBound({ entropy: 1, logConditional: short, z, given: z })).toThrow(/S = 3.*got \[2\]/);
  });
});

describe('expectedLogIsotropic', () => {
  const views = (k: Key, n: number, dimension: number): [ViewMoments, ViewMoments] => {
    const make = (own: Key): ViewMoments => ({
      means: normal(foldIn(own, 0), [n, dimension]) as tf.Tensor2D,
      traces: uniform(foldIn(own, 1), [n], 0.1, 2) as tf.Tensor1D,
    });
    const [a, b] = split(k);
    return [make(a!), make(b!)];
  };

  it('is the formula of theory.md, worked by hand at s = 1', () => {
    const first = {
      means: tf.tensor2d([
        [1, 2],
        [0, 0],
      ]),
      traces: tf.tensor1d([0.5, 1]),
    };
    const second = {
      means: tf.tensor2d([
        [1, 0],
        [3, 4],
      ]),
      traces: tf.tensor1d([0.25, 0]),
    };
    expect(expectedSquaredDistances(first, second)).toMatchNumbers([4.75, 26]);
    const constant = Math.log(2 * Math.PI);
    expect(expectedLogIsotropic(first, second, { sigma: 1 })).toMatchNumbers([-constant - 2.375, -constant - 13]);
    // Best: s² = 30.75 / 2 / 2.
    const mean = expectedLogIsotropic(first, second, { sigma: 'best' }).mean();
    expect(mean).toMatchNumbers([-Math.log(2 * Math.PI * Math.E * 7.6875)]);
  });

  it('is the mean of log q over draws of both views', () => {
    const [s, dimension, draws] = [0.8, 3, 40_000];
    const factors = split(key(30)).map((k) => normal(k, [dimension, dimension]) as tf.Tensor2D);
    const centres = split(key(31)).map((k) => normal(k, [1, dimension]) as tf.Tensor2D);
    const [z, other] = split(key(32)).map(
      (k, i) => tf.matMul(normal(k, [draws, dimension]) as tf.Tensor2D, factors[i]!).add(centres[i]!) as tf.Tensor2D,
    );
    const moments = centres.map((means, i) => ({
      means,
      traces: factors[i]!.square().sum().reshape([1]) as tf.Tensor1D,
    }));
    const exact = number(() => expectedLogIsotropic(moments[0]!, moments[1]!, { sigma: s }).sum());
    const sampled = variationalEstimate({ entropy: 0, logConditional: isotropicConditional(z!, other!, { sigma: s }) });
    expect(Math.abs(sampled.value - exact)).toBeLessThan(4 * sampled.standardError);
    expect(sampled.standardError).toBeLessThan(0.1);
  });

  it('is largest at the best s, in every one of 100 random instances', () => {
    for (let trial = 0; trial < 100; trial++) {
      tf.tidy(() => {
        const [first, second] = views(foldIn(key(33), trial), 1 + (trial % 7), 1 + (trial % 5));
        const best = number(() => expectedLogIsotropic(first, second, { sigma: 'best' }).mean());
        const s = Math.sqrt(number(() => expectedSquaredDistances(first, second).mean().div(first.means.shape[1])));
        expect(expectedLogIsotropic(first, second, { sigma: s }).mean()).toMatchNumbers([best], {
          rtol: 1e-5,
          atol: 1e-5,
        });
        for (const factor of [0.5, 0.9, 1.1, 3]) {
          expect(number(() => expectedLogIsotropic(first, second, { sigma: s * factor }).mean())).toBeLessThan(best);
        }
        const scaled = ({ means, traces }: ViewMoments) =>
          ({ means: means.mul(100), traces: traces.mul(1e4) }) as ViewMoments;
        const moved = best - first.means.shape[1] * Math.log(100);
        expect(expectedLogIsotropic(scaled(first), scaled(second), { sigma: 'best' }).mean()).toMatchNumbers([moved], {
          rtol: 1e-5,
          atol: 1e-5,
        });
      });
    }
  });

  it('says what is wrong', () => {
    const [first, second] = views(key(34), 3, 2);
    const [fewer] = views(key(35), 2, 2);
    expect(() => expectedLogIsotropic(first, second, { sigma: 0 })).toThrow(
      /standard deviation above 0 and finite, got 0/,
    );
    expect(() => expectedLogIsotropic(first, fewer, { sigma: 1 })).toThrow(/one shape.*\[3,2\] and \[2,2\]/);
    expect(() => expectedSquaredDistances({ ...first, traces: fewer.traces }, second)).toThrow(
      /expectedSquaredDistances/,
    );
    const same = { means: first.means, traces: tf.zeros([3]) as tf.Tensor1D };
    expect(() => expectedLogIsotropic(same, same, { sigma: 'best' })).toThrow(/views that differ.*State sigma/);
    expect(() => expectedSquaredDistances({ ...first, traces: tf.tensor1d([1, -1, 1]) }, second)).toThrow(
      /at least 0, got -1/,
    );
    const z = first.means;
    expect(() => isotropicConditional(z, fewer.means, { sigma: 1 })).toThrow(
      /a row of given for each row of z.*same width/,
    );
    expect(() => isotropicConditional(z, z, { sigma: Number.NaN })).toThrow(/standard deviation/);
    const covariance = tf.eye(3) as tf.Tensor2D;
    expect(() => gaussianConditional(z, z, { covariance })).toThrow(/\[2, 2\], its offset \[2\].*and \[3,3\]/);
    const indefinite = tf.tensor2d([
      [1, 2],
      [2, 1],
    ]);
    expect(() => gaussianConditional(z, z, { covariance: indefinite })).toThrow(
      /gaussianConditional.*positive definite/,
    );
    const joint = { covariance: tf.eye(3) as tf.Tensor2D, split: 1, mean: tf.zeros([2]) as tf.Tensor1D };
    expect(() => trueConditional(joint)).toThrow(/trueConditional: expected a mean of shape \[3\]/);
    expect(() => expectedLogConditional({ ...joint, mean: undefined }, { covariance: tf.eye(1) })).toThrow(
      /the identity, by default/,
    );
  });
});

describe('gradients', () => {
  const spd = (n: number) => (a: tf.Tensor) =>
    tf.matMul(a as tf.Tensor2D, a as tf.Tensor2D, false, true).add(tf.eye(n)) as tf.Tensor2D;

  it('are those of finite differences', async () => {
    const a = normal(key(40), [4, 4]);
    const s = spd(4);
    const rows = normal(key(41), [5, 2]);
    const other = normal(key(42), [5, 2]);
    const small = normal(key(43), [2, 2]);
    const traces = uniform(key(44), [5], 0.5, 1);
    const joint = { covariance: s(normal(key(54), [4, 4])), split: 2 };
    await expectGradient((x) => gaussianMutualInformation(s(x!), 2), [a], key(45));
    await expectGradient((x) => correlatedMutualInformation(x!), [uniform(key(46), [4], -0.7, 0.7)], key(47));
    await expectGradient(
      (x, y) => expectedLogConditional({ covariance: s(x!), split: 2 }, { covariance: spd(2)(y!) }),
      [a, small],
      key(48),
    );
    await expectGradient(
      (x) => {
        const other = { covariance: s(x!), split: 2 };
        const entropy = gaussianEntropy(other.covariance.slice([0, 0], [2, 2]));
        return variationalBound({ entropy, logConditional: expectedLogConditional(joint, trueConditional(other)) });
      },
      [a],
      key(49),
    );
    await expectGradient(
      (z, y, c) => gaussianConditional(z as tf.Tensor2D, y as tf.Tensor2D, { covariance: spd(2)(c!) }),
      [rows, other, small],
      key(50),
    );
    await expectGradient(
      (z, y, t) => isotropicConditional(z as tf.Tensor2D, y as tf.Tensor2D, { sigma: t!.exp().sum() as tf.Scalar }),
      [rows, other, normal(key(51), [1])],
      key(52),
    );
    for (const sigma of ['best', 0.7] as const) {
      await expectGradient(
        (z, y, t) =>
          expectedLogIsotropic(
            { means: z as tf.Tensor2D, traces: t as tf.Tensor1D },
            { means: y as tf.Tensor2D, traces: t as tf.Tensor1D },
            { sigma },
          ),
        [rows, other, traces],
        key(53),
      );
    }
  });

  it('leave no tensor behind', async () => {
    const s = spd(4)(normal(key(60), [4, 4]));
    const z = normal(key(61), [3, 2]) as tf.Tensor2D;
    const joint = { covariance: s, split: 2 };
    await expectNoLeak(() => gaussianMutualInformation(s, 2), 1);
    const q = await expectNoLeak(() => trueConditional(joint), 3);
    await expectNoLeak(() => expectedLogConditional(joint, q), 1);
    await expectNoLeak(() => gaussianConditional(z, z, q), 1);
    await expectNoLeak(() => isotropicConditional(z, z, { sigma: 1 }), 1);
    const view = { means: z, traces: tf.ones([3]) as tf.Tensor1D };
    await expectNoLeak(() => expectedLogIsotropic(view, view, { sigma: 'best' }), 1);
    const logConditional = tf.ones([3]) as tf.Tensor1D;
    await expectNoLeak(() => variationalBound({ entropy: 1, logConditional }), 1);
    await expectNoLeak(() => variationalEstimate({ entropy: 1, logConditional }));
  });
});

interface Golden {
  name: string;
  split: number;
  size: number;
  mean: number[];
  covariance: number[];
  q: { map: number[]; offset: number[]; covariance: number[] };
  samples: { count: number; z: number[]; x: number[] };
  values: { information: number; entropy: number; expected: number; atTruth: number };
  logs: number[];
}
const golden = JSON.parse(readFileSync(join(__dirname, '../golden/mutualInformation.json'), 'utf8')) as {
  cases: Golden[];
};

test.each(golden.cases)('NumPy and SciPy, $name', ({ split: k, size, mean, covariance, q, samples, values, logs }) => {
  const joint = { covariance: tf.tensor2d(covariance, [size, size]), split: k, mean: tf.tensor1d(mean) };
  const wrong = {
    map: tf.tensor2d(q.map, [k, size - k]),
    offset: tf.tensor1d(q.offset),
    covariance: tf.tensor2d(q.covariance, [k, k]),
  };
  const close = { rtol: 1e-5, atol: 3e-5 };
  expect(gaussianMutualInformation(joint.covariance, k)).toMatchNumbers([values.information], close);
  expect(gaussianEntropy(joint.covariance.slice([0, 0], [k, k]))).toMatchNumbers([values.entropy], close);
  expect(expectedLogConditional(joint, wrong)).toMatchNumbers([values.expected], close);
  expect(expectedLogConditional(joint, trueConditional(joint))).toMatchNumbers([values.atTruth], close);
  const [z, x] = [tf.tensor2d(samples.z, [samples.count, k]), tf.tensor2d(samples.x, [samples.count, size - k])];
  expect(gaussianConditional(z, x, wrong)).toMatchNumbers(logs, { rtol: 1e-5, atol: 1e-4 });
});
