import { describe, expect, it } from 'vitest';
import { foldIn, type Key, key, normal, split, uniform } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { gaussianConditional, isotropicConditional } from '../../lib/information/conditional';
import {
  expectedLogIsotropic,
  expectedSquaredDistances,
  type ViewMoments,
} from '../../lib/information/isotropicExpectation';
import { expectedLogConditional, trueConditional } from '../../lib/information/jointGaussian';
import { variationalEstimate } from '../../lib/information/mutualInformation';
import { number } from './number';

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
