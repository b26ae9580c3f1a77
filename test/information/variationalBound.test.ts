import { describe, expect, it } from 'vitest';
import { foldIn, key, normal, split } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { type AffineConditional, gaussianConditional } from '../../lib/information/conditional';
import { expectedLogConditional, gaussianEntropy, trueConditional } from '../../lib/information/jointGaussian';
import {
  gaussianMutualInformation,
  variationalBound,
  variationalEstimate,
} from '../../lib/information/mutualInformation';
import { number } from './number';
import { randomCovariance } from './randomCovariance';

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
});

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
