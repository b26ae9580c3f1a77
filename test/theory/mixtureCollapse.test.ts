import { describe, expect, it } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { gaussianMixture } from '../../lib/information/gaussianMixture';
import { logDensity } from '../../lib/information/logDensity';
import { pairDist } from '../../lib/information/pairDist';
import { linkedGroups } from '../../lib/statistics/linkedGroups';
import { collapseObjective, inputLogDensity } from '../../lib/theory/mixtureFit/collapseObjective';
import { groupedMixture } from '../../lib/theory/mixtureFit/groupedMixture';
import { meanShift } from '../../lib/theory/mixtureFit/meanShift';
import { type MixtureCollapseOptions, mixtureCollapse } from '../../lib/theory/mixtureFit/mixtureCollapse';
import { expectGradient } from '../engine/finiteDifferences';
import { expectNoLeak } from '../matchers';

/** Four clusters of deviation ½ at the corners of a square of side 3. */
const corners = tf.tensor2d(Array.from({ length: 24 }, (_, i) => [3 * (i % 2), 3 * (Math.floor(i / 2) % 2)]));
const points = corners.add<tf.Tensor2D>(normal(key(1), [24, 2], 0, 0.5));
/** A lattice of N points in K dimensions, `spacing` apart along the first. */
const apart = (n: number, k: number, spacing: number) =>
  tf.tensor2d(Array.from({ length: n }, (_, i) => Array.from({ length: k }, (_, d) => (d === 0 ? i * spacing : 0))));
const base = { sigma: 1, steps: 60, every: 20, samples: 200, key: key(2) };
const methods = ['em', 'gradient'] as const;
const inputsOf = ['fixed', 'trainable'] as const;
const last = <T>(rows: readonly T[]) => rows[rows.length - 1]!;

describe('groupedMixture', () => {
  it('is what mixtures in distant groups have: likelihood, bounds and Monte Carlo', async () => {
    for (const [sizes, k, sigma] of [
      [[1, 1, 1, 1], 2, 0.1],
      [[6, 3, 1], 5, 0.7],
      [[8], 3, 2],
    ] as const) {
      const places = sizes.flatMap((size, g) => Array(size).fill(g) as number[]);
      const x = apart(sizes.length, k, 20 * sigma).gather<tf.Tensor2D>(tf.tensor1d(places, 'int32'));
      const options = { ...base, sigma, inputs: 'fixed', method: 'em', steps: 1, samples: 4000 } as const;
      const { rows } = await mixtureCollapse(x, options);
      const closed = groupedMixture(sizes, { dimension: k, sigma });
      for (const row of rows) {
        expect(row.logLikelihood).toBeCloseTo(closed.logLikelihood, 4);
        expect(row.entropyLower).toBeCloseTo(closed.entropy, 4);
        expect(row.entropyUpper).toBeCloseTo(closed.entropy, 4);
        expect(Math.abs(row.entropy - closed.entropy)).toBeLessThan(4 * row.entropyError + 1e-4);
        expect(row.groups).toBe(sizes.length);
      }
    }
  });

  it('gains and loses ln N at collapse, whatever N, K and σ', () => {
    for (const [n, dimension, sigma] of [
      [2, 1, 0.1],
      [50, 2, 3],
      [1000, 64, 0.01],
    ] as const) {
      const separated = groupedMixture(Array(n).fill(1), { dimension, sigma });
      const collapsed = groupedMixture([n], { dimension, sigma });
      expect(collapsed.logLikelihood - separated.logLikelihood).toBeCloseTo(Math.log(n), 9);
      expect(separated.entropy - collapsed.entropy).toBeCloseTo(Math.log(n), 9);
      expect(collapsed.logLikelihood + collapsed.entropy).toBeCloseTo(dimension / 2, 9);
    }
  });

  it('refuses what is no group', () => {
    expect(() => groupedMixture([], { dimension: 2, sigma: 1 })).toThrow(
      /groupedMixture: expected the number of groups/,
    );
    expect(() => groupedMixture([1.5], { dimension: 2, sigma: 1 })).toThrow(/each size/);
    expect(() => groupedMixture([1], { dimension: 2, sigma: 0 })).toThrow(/sigma to be positive/);
  });
});

describe('the objective', () => {
  const centres = points.add<tf.Tensor2D>(normal(key(3), [24, 2], 0, 0.3));

  it('is the density of the library’s mixture, also by products of matrices', () => {
    const own = inputLogDensity(points, centres, 0.8);
    expect(own).toMatchNumbers(logDensity(gaussianMixture({ means: centres, sigma: 0.8 }), points), { rtol: 1e-5 });
    const [many, theirs] = [normal(key(4), [300, 64]), normal(key(5), [300, 64])] as [tf.Tensor2D, tf.Tensor2D];
    const mixture = gaussianMixture({ means: theirs, sigma: 2 });
    expect(inputLogDensity(many, theirs, 2)).toMatchNumbers(logDensity(mixture, many), { rtol: 1e-5 });
  });

  it.each([1, 0.01, 0.003])(
    'keeps its digits for many inputs and a σ of %d, which their distances are many of',
    (sigma) => {
      const [n, k] = [800, 8];
      const many = normal(key(4), [n, k], 0, 10 * (sigma < 1 ? 1 : 100)) as tf.Tensor2D;
      const separated = groupedMixture(Array(n).fill(1), { dimension: k, sigma });
      expect(collapseObjective(many, many, sigma).dataSync()[0]).toBeCloseTo(separated.logLikelihood, 3);
      expect(meanShift(many, many, sigma)).toMatchNumbers(many, { rtol: 1e-6 });
    },
  );

  it('with each input on its own centre is K/2 minus PairDist’s upper bound', () => {
    for (const sigma of [0.3, 1, 4]) {
      const bound = pairDist(points, { sigma }).dataSync()[0]!;
      expect(collapseObjective(points, points, sigma).dataSync()[0]).toBeCloseTo(1 - bound, 5);
    }
  });

  it.each([
    undefined,
    { term: 'logDet', weight: 2 },
    { term: 'pairDist', weight: 2 },
    { term: 'pairDist', weight: 0.7, divergence: 'kl' },
  ] as const)('has the gradient of finite differences, with the term %j', async (entropy) => {
    const f = (x: tf.Tensor, m: tf.Tensor) => collapseObjective(x as tf.Tensor2D, m as tf.Tensor2D, 1, entropy);
    await expectGradient(f, [points, centres], key(6));
  });

  it('meanShift moves each input to the mean of the centres by responsibility', () => {
    const responsibilities = tf.softmax(
      points
        .expandDims(1)
        .sub(centres.expandDims(0))
        .square()
        .sum(2)
        .div(-2 * 0.8 ** 2) as tf.Tensor2D,
    );
    const expected = tf.matMul(responsibilities, centres);
    expect(meanShift(points, centres, 0.8)).toMatchNumbers(expected, { rtol: 1e-4, atol: 1e-5 });
  });
});

describe('mixtureCollapse', () => {
  it.each(methods)('by %s: trainable inputs collapse to one point, fixed ones keep their clusters', async (method) => {
    const steps = method === 'em' ? 60 : 150;
    const trained = await mixtureCollapse(points, { ...base, steps, method, inputs: 'trainable' });
    const fixed = await mixtureCollapse(points, { ...base, steps, method, inputs: 'fixed' });
    const closed = groupedMixture([24], { dimension: 2, sigma: 1 });
    expect(last(trained.rows).groups).toBe(1);
    expect(last(trained.rows).logLikelihood).toBeCloseTo(closed.logLikelihood, 3);
    expect(last(trained.rows).entropy).toBeCloseTo(closed.entropy, 3);
    expect(last(fixed.rows).groups).toBeGreaterThan(1);
    expect(last(fixed.rows).entropy).toBeGreaterThan(closed.entropy + 0.5);
    expect(last(fixed.frames).points).toMatchNumbers(points);
    // From each input on its centre, all of PairDist's upper bound above h is gained.
    const gain = last(trained.rows).logLikelihood - trained.rows[0]!.logLikelihood;
    expect(gain).toBeCloseTo(trained.rows[0]!.entropyUpper - closed.componentEntropy, 3);
    expect(trained.rows.map(({ step }) => step)).toEqual(trained.frames.map(({ step }) => step));
  });

  it('leaves inputs far apart on their centres where they are, and collapses clusters far apart one by one', async () => {
    const options = { ...base, inputs: 'trainable', method: 'em' } as const;
    const still = await mixtureCollapse(apart(10, 2, 12), options);
    expect(last(still.frames).points).toMatchNumbers(apart(10, 2, 12));
    const clusters = corners.mul(10).add<tf.Tensor2D>(normal(key(1), [24, 2], 0, 0.5));
    const grouped = await mixtureCollapse(clusters, options);
    expect(linkedGroups(last(grouped.frames).centres, 2, 1)).toEqual([6, 6, 6, 6]);
    const closed = groupedMixture([6, 6, 6, 6], { dimension: 2, sigma: 1 });
    expect(last(grouped.rows).logLikelihood).toBeCloseTo(closed.logLikelihood, 4);
  });

  const cures: Partial<MixtureCollapseOptions>[] = [
    {},
    { entropyTerm: 'pairDist', entropyWeight: 1 },
    { entropyTerm: 'logDet', entropyWeight: 1 },
  ];
  it.each(methods)('by %s: never lowers what it maximises, at any step', async (method) => {
    for (const inputs of inputsOf) {
      for (const cure of inputs === 'fixed' ? cures.slice(0, 1) : cures) {
        const rate = method === 'gradient' || cure.entropyTerm ? 1 : undefined;
        const options = { ...base, ...cure, method, inputs, sigma: 0.6, steps: 25, every: 1, rate };
        const { frames } = await mixtureCollapse(points, options);
        const entropy = cure.entropyTerm && { term: cure.entropyTerm, weight: 1 };
        const values = frames.map((frame) => {
          const [x, m] = [frame.points, frame.centres].map((values) => tf.tensor2d(values, [24, 2]));
          return collapseObjective(x!, m!, 0.6, entropy).dataSync()[0]!;
        });
        for (const [i, value] of values.slice(1).entries()) expect(value).toBeGreaterThan(values[i]! - 2e-6);
        expect(last(values)).toBeGreaterThan(values[0]! + 0.01);
      }
    }
  });

  it('an entropy term keeps trainable inputs apart, within their spread', async () => {
    const options = { ...base, steps: 100, inputs: 'trainable', method: 'gradient', entropyTerm: 'pairDist' } as const;
    const { rows } = await mixtureCollapse(points, { ...options, entropyWeight: 2 });
    expect(last(rows).groups).toBeGreaterThan(2);
    expect(last(rows).spread).toBeLessThan(rows[0]!.spread * 1.0001);
    const none = await mixtureCollapse(points, { ...options, entropyWeight: 0 });
    expect(last(none.rows).groups).toBe(1);
    const endless = { ...options, entropyTerm: 'logDet', spreadLimit: Number.POSITIVE_INFINITY, rate: 10 } as const;
    const free = await mixtureCollapse(points, endless);
    expect(last(free.rows).spread).toBeGreaterThan(1.2 * free.rows[0]!.spread);
  });

  it('holds between bounds in half-collapsed states, also of fewer inputs than dimensions', async () => {
    for (const [n, k, sigma] of [
      [24, 2, 0.6],
      [12, 40, 3.5],
    ] as const) {
      const x = k === 2 ? points : (normal(key(7), [n, k]) as tf.Tensor2D);
      const options = {
        ...base,
        sigma,
        steps: 30,
        every: 3,
        samples: 2000,
        method: 'em',
        inputs: 'trainable',
      } as const;
      const { rows } = await mixtureCollapse(x, options);
      const h = groupedMixture([n], { dimension: k, sigma }).entropy;
      const half = rows.filter(({ entropy }) => entropy > h + 0.1 && entropy < h + Math.log(n) - 0.1);
      expect(half.length).toBeGreaterThan(0);
      for (const row of rows) {
        expect(row.entropy).toBeGreaterThan(row.entropyLower - 4 * row.entropyError - 1e-4);
        expect(row.entropy).toBeLessThan(row.entropyUpper + 4 * row.entropyError + 1e-4);
      }
    }
  });

  it('goes on where inputs coincide: a spread limit of 0 refuses no step of theirs', async () => {
    const same = tf.fill([8, 2], 1) as tf.Tensor2D;
    const centres = same.add<tf.Tensor2D>(normal(key(3), [8, 2]));
    const { rows } = await mixtureCollapse(same, {
      ...base,
      steps: 200,
      method: 'gradient',
      inputs: 'trainable',
      centres,
    });
    const collapsed = groupedMixture([8], { dimension: 2, sigma: 1 });
    expect(last(rows).logLikelihood).toBeCloseTo(collapsed.logLikelihood, 3);
  });

  it('gives the same bits for the same key, other draws for another, and leaks nothing', async () => {
    for (const method of methods) {
      const options = { ...base, steps: 3, every: 1, method, inputs: 'trainable', entropyTerm: 'pairDist' } as const;
      const run = () => expectNoLeak(() => mixtureCollapse(points, options));
      const [first, second] = [await run(), await run()];
      expect(second).toEqual(first);
      const other = await mixtureCollapse(points, { ...options, key: key(9) });
      expect(other.rows[1]!.entropy).not.toBe(first.rows[1]!.entropy);
      expect(last(other.frames)).toEqual(last(first.frames));
      await expectNoLeak(() => mixtureCollapse(points, { ...base, steps: 2, method, inputs: 'fixed' }));
    }
  });

  it('stops with the signal’s reason, and leaks nothing then', async () => {
    const controller = new AbortController();
    const stop = () =>
      mixtureCollapse(points, {
        ...{ ...base, inputs: 'trainable', method: 'em', every: 1, signal: controller.signal },
        onProgress: (step) => step === 2 && controller.abort(new Error('enough')),
      });
    await expectNoLeak(() => expect(stop()).rejects.toThrow('enough'));
  });

  const bad = (options: object) =>
    ({ ...base, inputs: 'trainable', method: 'em', ...options }) as MixtureCollapseOptions;
  it.each([
    ['σ = 0', points, { sigma: 0 }, /mixtureCollapse: expected sigma to be positive and finite, got 0/],
    ['negative σ', points, { sigma: -1 }, /sigma/],
    ['NaN σ', points, { sigma: Number.NaN }, /sigma/],
    ['an unknown method', points, { method: 'adam' }, /method to be em or gradient, got adam/],
    ['unknown inputs', points, { inputs: 'both' }, /inputs to be fixed or trainable/],
    ['one point', tf.zeros([1, 2]), {}, /points to be float32 \[N, K\] with N ≥ 2/],
    ['a vector', tf.zeros([4]), {}, /points to be float32/],
    ['NaN points', tf.fill([3, 2], Number.NaN), {}, /points to be finite/],
    ['centres of another number', points, { centres: tf.zeros([3, 2]) }, /centres to be float32 \[24,2\]/],
    ['an unknown term', points, { entropyTerm: 'renyi' }, /entropyTerm to be logDet or pairDist/],
    [
      'a term with fixed inputs',
      points,
      { inputs: 'fixed', entropyTerm: 'logDet' },
      /no entropyTerm with fixed inputs/,
    ],
    ['a weight of no term', points, { entropyWeight: 1 }, /an entropyTerm with entropyWeight/],
    ['a divergence of no term', points, { divergence: 'kl' }, /an entropyTerm with divergence/],
    ['a divergence of LogDet', points, { entropyTerm: 'logDet', divergence: 'kl' }, /divergence with pairDist alone/],
    ['a β of PairDist', points, { entropyTerm: 'pairDist', beta: 1 }, /beta with logDet alone/],
    ['a rate of EM', points, { rate: 1 }, /no rate with EM/],
    ['a limit under EM', points, { spreadLimit: 1 }, /spreadLimit with trainable inputs and a gradient/],
    ['a limit of fixed inputs', points, { inputs: 'fixed', method: 'gradient', spreadLimit: 1 }, /spreadLimit with/],
    ['a negative weight', points, { entropyTerm: 'logDet', entropyWeight: -1 }, /entropyWeight to be at least 0/],
    ['no steps', points, { steps: 0 }, /steps/],
    ['a rate of 0', points, { rate: 0 }, /rate/],
    ['a limit of 0', points, { spreadLimit: 0 }, /spreadLimit/],
  ])('refuses %s', async (_, x, options, message) => {
    await expectNoLeak(() => expect(mixtureCollapse(x as tf.Tensor2D, bad(options))).rejects.toThrow(message));
  });
});
