import { describe, expect, it } from 'vitest';
import { foldIn, type Key, key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { isotropicConditional } from '../../lib/information/conditional';
import { variationalEstimate } from '../../lib/information/mutualInformation';
import { affineMaps } from '../../lib/theory/affineMap';
import type { Network } from '../../lib/theory/network';
import { gaussianMixtureOfOutputs, type OutputMixture, partOfMixture } from '../../lib/theory/outputMixture';
import { projectOutputs } from '../../lib/theory/projectOutputs';
import { noisyCopies } from '../../lib/theory/regionStability';
import { viewInformation } from '../../lib/theory/viewInformation';
import { expectNoLeak } from '../matchers';
import { affine, dense, randomLayers } from './networks';

function mixtureOf(network: Network, x: tf.Tensor, sigma: number): OutputMixture {
  const maps = affineMaps(network, x);
  const mixture = gaussianMixtureOfOutputs(maps, x, { sigma });
  tf.dispose([maps.jacobian, maps.offset]);
  return mixture;
}

function randomViews(k: Key, pairs: number, outputs: number, apart: number): [OutputMixture, OutputMixture] {
  return tf.tidy(() => {
    const network = dense(randomLayers(foldIn(k, 0), [6, 24, outputs]), 'leakyRelu');
    const images = normal(foldIn(k, 1), [pairs, 6]).mul(apart);
    const view = (n: number) => images.add(normal(foldIn(k, n), [pairs, 6], 0, 0.3));
    return [mixtureOf(network, view(2), 0.2), mixtureOf(network, view(3), 0.2)];
  });
}

describe('viewInformation', () => {
  it('is worked by hand for an affine map of two images, far apart', () => {
    // z = 2x in the plane, sigma ½: components N(μ, I). The views of an image are (0, 2) apart in z.
    const network = affine(
      [
        [2, 0],
        [0, 2],
      ],
      [5, 5],
    );
    const first = mixtureOf(
      network,
      tf.tensor2d([
        [0, 0],
        [1000, 0],
      ]),
      0.5,
    );
    const second = mixtureOf(
      network,
      tf.tensor2d([
        [0, 1],
        [1000, 1],
      ]),
      0.5,
    );
    const known = viewInformation(first, second);
    const h = Math.log(2 * Math.PI * Math.E);
    expect([known.entropy.lower, known.entropy.upper]).toMatchNumbers([h + Math.LN2, h + Math.LN2]);
    // E ‖z − z'‖² = 4 + 2 + 2, so s² = 4.
    expect([known.scale, known.logConditional]).toMatchNumbers([2, -h - Math.log(4)]);
    expect(known.bound).toBeCloseTo(Math.LN2 - Math.log(4), 5);
    expect([known.ofImage.low, known.ofImage.high]).toMatchNumbers([Math.LN2, Math.LN2], { atol: 1e-5 });
    // Variances 1 + 1000² and 1.
    expect(known.entropy.moments).toBeCloseTo(h + 0.5 * Math.log(1 + 1e6), 4);
    expect(known.momentEstimate).toBeCloseTo(known.entropy.moments + known.logConditional, 6);
  });

  it('has the exact expectation of log q over noisy outputs of both views', () => {
    const network = affine(
      [
        [1, 2, 0],
        [0, 1, -1],
      ],
      [0, 0],
    );
    const views = [1, 2].map((n) => normal(key(n), [3, 3]));
    const [first, second] = views.map((x) => mixtureOf(network, x, 0.4));
    const { logConditional, scale } = viewInformation(first!, second!);
    const draws = views.map((x, v) =>
      tf.concat([0, 1, 2].map((n) => network.apply(noisyCopies(x.slice([n], [1]), 0.4, 8000, key(10 + 3 * v + n))))),
    ) as tf.Tensor2D[];
    const values = isotropicConditional(draws[0]!, draws[1]!, { sigma: scale });
    const sampled = variationalEstimate({ entropy: 0, logConditional: values });
    expect(Math.abs(sampled.value - logConditional)).toBeLessThan(4 * sampled.standardError);
    expect(sampled.standardError).toBeLessThan(0.02);
  });

  it('keeps its order in every one of 100 random instances, and has no scale', () => {
    for (let trial = 0; trial < 100; trial++) {
      const pairs = 2 + (trial % 9);
      const [first, second] = randomViews(foldIn(key(20), trial), pairs, 1 + (trial % 4), 10 ** ((trial % 5) / 2 - 1));
      const { entropy, bound, momentEstimate, ofImage, ...rest } = viewInformation(first, second);
      const slack = 1e-4;
      expect(entropy.lower).toBeLessThan(entropy.upper + slack);
      expect(entropy.lower).toBeLessThan(entropy.moments + slack);
      expect(ofImage.low).toBeGreaterThan(-slack);
      expect(ofImage.low).toBeLessThan(ofImage.high + slack);
      expect(ofImage.high).toBeLessThan(Math.log(pairs) + slack);
      expect(bound).toBeLessThan(ofImage.low + slack);
      expect(bound).toBeLessThan(momentEstimate + slack);
      const scaled = ({ means, factors }: OutputMixture) =>
        ({ means: means.mul(50), factors: factors.mul(50) }) as OutputMixture;
      const other = viewInformation(scaled(first), scaled(second));
      const informations = [other.bound, other.momentEstimate, other.ofImage.low, other.ofImage.high];
      expect(informations).toMatchNumbers([bound, momentEstimate, ofImage.low, ofImage.high], {
        rtol: 1e-4,
        atol: 3e-4,
      });
      expect(other.scale / rest.scale).toBeCloseTo(50, 2);
    }
  });

  it('samples H(Z), which lies between its bounds and is exact where they meet, and by integration in one dimension', () => {
    // Two components N(0, 1) and N(3, 1), H by the trapezoidal rule.
    const sheet = affine([[1]], [0]);
    const [near, far] = [3, 1000].map((apart) => mixtureOf(sheet, tf.tensor2d([[0], [apart]]), 1));
    const density = (z: number) =>
      (Math.exp((-z * z) / 2) + Math.exp(-((z - 3) ** 2) / 2)) / 2 / Math.sqrt(2 * Math.PI);
    let exact = 0;
    for (let i = -1200; i <= 1500; i++) exact -= 0.01 * density(i / 100) * Math.log(density(i / 100));
    const known = viewInformation(near!, near!, { samples: 20000, key: key(31) });
    const { entropy, bound, ofImage } = known.sampled;
    expect(entropy.standardError).toBeLessThan(0.005);
    expect(Math.abs(entropy.value - exact)).toBeLessThan(4 * entropy.standardError);
    // The slack of both bounds is many times that.
    expect(entropy.value - known.entropy.lower).toBeGreaterThan(10 * entropy.standardError);
    expect(known.entropy.upper - entropy.value).toBeGreaterThan(10 * entropy.standardError);
    expect(bound).toEqual({ ...entropy, value: entropy.value + known.logConditional });
    // A component's own entropy is ½ ln 2πe.
    expect(ofImage.value).toBeCloseTo(entropy.value - 0.5 * Math.log(2 * Math.PI * Math.E), 5);
    const apart = viewInformation(far!, far!, { samples: 100, key: key(32) });
    expect(apart.sampled.ofImage.value).toBeCloseTo(Math.LN2, 4);
    expect(apart.sampled.bound.value).toBeCloseTo(apart.bound, 4);
    expect(viewInformation(near!, near!)).not.toHaveProperty('sampled');
  });

  it('says what is wrong, and leaves no tensor', async () => {
    const [first, second] = randomViews(key(30), 3, 2, 1);
    await expectNoLeak(() => viewInformation(first, second));
    await expectNoLeak(() => viewInformation(first, second, { samples: 10, key: key(33) }));
    await expectNoLeak(() =>
      expect(() => viewInformation(first, second, { samples: 1, key: key(33) })).toThrow(/at least 2, got 1/),
    );
    const fewer = await expectNoLeak(() => partOfMixture(second, { components: [0, 1] }), 2);
    expect(() => viewInformation(first, fewer)).toThrow(/two mixtures of one size.*\[3,2\] and \[2,2\]/);
    const thin = { means: first.means, factors: first.factors.slice([0, 0, 0], [3, 2, 1]) };
    expect(() => viewInformation(thin, second)).toThrow(/lower rank has no density/);
    const flat = {
      means: first.means,
      factors: first.factors.mul(
        tf.tensor2d([
          [1, 0],
          [0, 0],
        ]),
      ) as tf.Tensor3D,
    };
    expect(() => viewInformation(flat, second)).toThrow(/singular/);
  });
});

describe('partOfMixture and projectOutputs', () => {
  it('give what the chosen points, outputs and noise give by themselves', () => {
    const network = dense(randomLayers(key(40), [5, 16, 4]));
    const x = normal(key(41), [3, 5]);
    const whole = mixtureOf(network, x, 0.1);
    const part = partOfMixture(whole, { components: [2, 0], outputs: 3, noise: 2 });
    const directions = tf.eye(4).slice([0, 0], [4, 3]) as tf.Tensor2D;
    const alone = mixtureOf(projectOutputs(network, directions), tf.gather(x, [2, 0]), 0.2);
    expect(part.means).toMatchNumbers(alone.means, { rtol: 1e-4, atol: 1e-5 });
    expect(part.factors).toMatchNumbers(alone.factors, { rtol: 1e-3, atol: 1e-5 });
    expect(partOfMixture(whole, {}).factors).toMatchNumbers(whole.factors);
  });

  it('project by any map, and say what is wrong', async () => {
    const network = affine(
      [
        [1, 2, 0],
        [0, 1, -1],
      ],
      [1, 0],
    );
    const mixed = projectOutputs(network, tf.tensor2d([[1], [-1]]));
    const x = tf.ones([1, 3]);
    const z = await expectNoLeak(() => mixed.apply(x), 1);
    expect(z).toMatchNumbers([4]); // (1 + 3) − 0
    expect(() => projectOutputs(network, tf.zeros([3, 1])).apply(tf.zeros([1, 3]))).toThrow(/directions of 2 rows/);
    const whole = mixtureOf(network, tf.zeros([2, 3]), 1);
    expect(() => partOfMixture(whole, { components: [2] })).toThrow(/components in 0 … 1.*got \[2\]/);
    expect(() => partOfMixture(whole, { outputs: 3 })).toThrow(/1 to 2 outputs/);
    expect(() => partOfMixture(whole, { noise: 0 })).toThrow(/noise above 0/);
  });
});
