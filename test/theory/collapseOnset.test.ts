import { expect, it } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { symmetricEigen } from '../../lib/engine/symmetricEigen';
import { tf } from '../../lib/engine/tensorflow';
import { sampleCovariance } from '../../lib/statistics/sampleCovariance';
import {
  escapeWeight,
  fixedCollapseSigma,
  pairCollapseSteps,
  pairContraction,
} from '../../lib/theory/mixtureFit/collapseOnset';
import { mixtureCollapse } from '../../lib/theory/mixtureFit/mixtureCollapse';

const last = <T>(rows: readonly T[]) => rows[rows.length - 1]!;

it.each([2, 3, 4])('a pair at %d σ draws together as predicted, step by step', async (distance) => {
  const sigma = 0.5;
  const pair = tf.tensor2d([
    [1, 1, 1],
    [1, 1 + distance * sigma, 1],
  ]);
  const options = { inputs: 'trainable', method: 'em', sigma, steps: 12, every: 1, samples: 2, key: key(1) } as const;
  const { frames } = await mixtureCollapse(pair, options);
  const measured = frames.map((frame) => frame.points[4]! - frame.points[1]!);
  expect(measured).toMatchNumbers(pairContraction(distance * sigma, sigma, 12), { rtol: 1e-4, atol: 1e-5 });
});

it('takes about the predicted number of steps to collapse', () => {
  for (const [distance, within] of [
    [4, 0.3],
    [5, 0.15],
  ] as const) {
    const steps = pairContraction(distance, 1, 5000).findIndex((d) => d < 1);
    expect(Math.abs(steps / pairCollapseSteps(distance, 1) - 1)).toBeLessThan(within);
  }
  expect(pairCollapseSteps(8, 1)).toBeGreaterThan(1e11);
});

it.each([0.9, 1.1])('fixed inputs with σ at %d of √λ: centres near the mean spread, or return', async (factor) => {
  const points = normal(key(2), [40, 3]).mul<tf.Tensor2D>([2, 1, 0.5]);
  const eigenvalues = symmetricEigen(sampleCovariance(points).mul(39 / 40)).values.dataSync();
  const sigma = factor * fixedCollapseSigma(last([...eigenvalues]));
  const centres = points.mean(0).add<tf.Tensor2D>(normal(key(3), [40, 3], 0, 0.01));
  const options = {
    inputs: 'fixed',
    method: 'em',
    sigma,
    centres,
    steps: 30,
    every: 30,
    samples: 2,
    key: key(4),
  } as const;
  const { frames } = await mixtureCollapse(points, options);
  const spread = frames.map((frame) => {
    const places = tf.tensor2d(frame.centres, [40, 3]);
    return places.sub(places.mean(0)).square().sum().dataSync()[0]!;
  });
  if (factor < 1) expect(spread[1]!).toBeGreaterThan(10 * spread[0]!);
  else expect(spread[1]!).toBeLessThan(0.1 * spread[0]!);
});

it('above √λ the collapsed state is stable, but an outlier keeps its own centre where it starts on it', async () => {
  const points = tf.concat([normal(key(7), [99, 2]), tf.tensor2d([[30, 0]])]) as tf.Tensor2D;
  const eigenvalues = symmetricEigen(sampleCovariance(points).mul(99 / 100)).values.dataSync();
  const threshold = fixedCollapseSigma(last([...eigenvalues]));
  for (const factor of [1.05, 2]) {
    const sigma = factor * threshold;
    const options = { inputs: 'fixed', method: 'em', sigma, samples: 2, key: key(4), steps: 60, every: 60 } as const;
    const [kept, returned] = [
      await mixtureCollapse(points, options),
      await mixtureCollapse(points, {
        ...options,
        centres: points
          .mean(0, true)
          .tile([100, 1])
          .add(normal(key(8), [100, 2], 0, 0.01)),
      }),
    ];
    expect(last(kept.rows).groups).toBe(2);
    expect(last(returned.rows).groups).toBe(1);
  }
});

it.each([
  ['pairDist', 'kl', 0.5],
  ['pairDist', 'bhattacharyya', 2],
  ['pairDist', { chernoff: 0.2 }, 1 / 0.32],
  ['logDet', undefined, 1],
] as const)(
  'nearly collapsed inputs leave at a weight above that of %s, %j, and not below',
  async (term, divergence, weight) => {
    const predicted = escapeWeight({ term, divergence }, 1);
    expect(predicted).toBeCloseTo(weight, 12);
    const points = normal(key(5), [60, 2], 0, 0.05) as tf.Tensor2D;
    const centres = points.mean(0).tile([60]).reshape<tf.Tensor2D>([60, 2]);
    const spreads: number[] = [];
    for (const factor of [0.8, 1.25]) {
      const { rows } = await mixtureCollapse(points, {
        ...{
          inputs: 'trainable',
          method: 'gradient',
          sigma: 1,
          centres,
          steps: 25,
          every: 25,
          samples: 2,
          key: key(6),
        },
        ...{ entropyTerm: term, divergence, entropyWeight: factor * predicted, spreadLimit: 10 },
      });
      spreads.push(last(rows).spread / rows[0]!.spread);
    }
    expect(spreads[0]!).toBeLessThan(0.9);
    expect(spreads[1]!).toBeGreaterThan(1.1);
  },
);

it('refuses what is not positive', () => {
  expect(() => pairContraction(0, 1, 1)).toThrow(/pairContraction: expected the distance to be positive/);
  expect(() => pairCollapseSteps(1, Number.NaN)).toThrow(/pairCollapseSteps: expected sigma/);
  expect(() => fixedCollapseSigma(-1)).toThrow(/fixedCollapseSigma/);
  expect(() => escapeWeight({ term: 'logDet', beta: 0 }, 1)).toThrow(/escapeWeight: expected beta/);
});
