import { describe, expect, it } from 'vitest';
import { key } from '../../lib/engine/random';
import {
  augmentedPairs,
  type BrokenSetting,
  encoderTrainedOnLabels,
  labelNoise,
  weightBoundFromData,
} from '../../lib/theory/generalization/brokenAssumptions';
import { augmentation, memorizingEncoder, withLabelNoise } from '../../lib/theory/generalization/brokenSamples';
import { finiteWorld } from '../../lib/theory/generalization/finiteWorld';
import { type Claim, violationsOf } from '../../lib/theory/generalization/violations';
import { rowDistance } from '../../lib/theory/generalization/worldExpectations';
import { sampleWorld } from '../../lib/theory/generalization/worldSample';
import { expectNoLeak } from '../matchers';

const world = finiteWorld({ key: key(2) });
const few = { delta: 0.1, trials: 6, rademacherTrials: 3, key: key(1) };
const counts = (settings: readonly BrokenSetting[], claim: Claim) =>
  settings.map(({ samples }) => violationsOf(samples, claim, { ignoreWeightBound: true }).violations.count);

describe('broken assumptions', () => {
  it('pairs by augmentation violate step 6a, but not where an augmentation is a fresh draw', async () => {
    const settings = await expectNoLeak(() => augmentedPairs(world, { ...few, n: 100, m: 500, reaches: [1, 3, 12] }));
    expect(settings.map(({ intact }) => intact)).toEqual([false, false, true]);
    expect(counts(settings, '6a')).toEqual([6, 6, 0]);
    for (const part of ['1b', '2', '4', '5a', '5b', '6b'] as const)
      expect(counts(settings, part), part).toEqual([0, 0, 0]);
    // A pair of reach 1 is one point twice.
    expect(settings[0]!.samples.every(({ terms }) => terms.invariance === 0)).toBe(true);
  });

  it('an encoder that knows S by heart violates step 5a; one chosen among sixteen does not', async () => {
    const wide = finiteWorld({ support: 60, key: key(2) });
    const ways = ['selected', { amplitude: 0 }, { amplitude: 3 }] as const;
    const settings = await encoderTrainedOnLabels(wide, { ...few, n: 40, m: 300, ways });
    expect(settings.map(({ intact }) => intact)).toEqual([false, true, false]);
    expect(counts(settings, '5a')).toEqual([0, 0, 6]);
    for (const part of ['1a', '2', '3', '4', '6a', '6c'] as const)
      expect(counts(settings, part), part).toEqual([0, 0, 0]);
  });

  it('at large n and m in tight classes that encoder’s risk is above the full bound', async () => {
    const hard = finiteWorld({ classes: 2, support: 2000, spread: 0.02, encoders: 1, key: key(0) });
    const options = { ...few, trials: 1, n: 500, m: 150_000, weightBound: 4, rademacherTrials: 2 };
    const [setting] = await encoderTrainedOnLabels(hard, { ...options, ways: [{ amplitude: 0.2 }] });
    const { risk, bound } = setting!.samples[0]!;
    expect(bound.withinWeightBound).toBe(true);
    expect(risk).toBeGreaterThan(bound.total);
  });

  it('B = ‖W_S̄‖ violates nothing, B far below it step 6b, a fixed one too', async () => {
    const wide = finiteWorld({
      dimension: 16,
      support: 100,
      spread: 1.5,
      inputDimension: 16,
      hidden: 64,
      encoders: 4,
      key: key(2),
    });
    const rules = [
      { fixed: 1e5 },
      { of: 'unlabelled', factor: 1 },
      { of: 'unlabelled', factor: 0.005 },
      { of: 'labelled', factor: 1 },
      { fixed: 0.01 },
    ] as const;
    const settings = await weightBoundFromData(wide, { ...few, trials: 20, n: 2, m: 16, rules });
    const [fixed, plugIn, small, labelled, smallFixed] = counts(settings, '6b');
    expect([fixed, plugIn, small]).toEqual([0, 0, 20]);
    expect(smallFixed).toBeGreaterThan(0);
    expect(settings.map(({ intact }) => intact)).toEqual([true, false, false, false, false]);
    expect(labelled).toBeGreaterThan(0);
    const names = ['B = 100000', 'B = ‖W_S̄‖', 'B = 0.005 ‖W_S̄‖', 'B = ‖W_S‖', 'B = 0.01'];
    expect(settings.map(({ setting }) => setting)).toEqual(names);
  });

  it('label noise violates step 5a, towards one class step 1b, among single points step 4', async () => {
    const noisy = await labelNoise(world, { ...few, n: 1000, m: 300, rates: [0, 0.2] });
    expect([counts(noisy, '5a'), counts(noisy, '1b'), counts(noisy, '4')]).toEqual([
      [0, 6],
      [0, 0],
      [0, 0],
    ]);
    const skewed = await labelNoise(world, { ...few, n: 1000, m: 300, rates: [0, 0.4], towards: 0 });
    expect(counts(skewed, '1b')).toEqual([0, 6]);
    const singles = finiteWorld({
      support: 1,
      spread: 0,
      inputDimension: 32,
      dimension: 32,
      hidden: 256,
      encoders: 2,
      key: key(0),
    });
    expect(counts(await labelNoise(singles, { ...few, n: 1000, m: 300, rates: [0, 0.1] }), '4')).toEqual([0, 6]);
  });
});

describe('broken samples', () => {
  const sample = sampleWorld(world, { n: 3000, m: 3000, key: key(4) });

  it('an augmentation reaches the nearest points of the class, with the class’s probabilities', () => {
    const second = augmentation(world, 3)(sample.first, key(5));
    const reached = new Map<number, Set<number>>();
    for (const [j, a] of sample.first.entries()) reached.set(a, (reached.get(a) ?? new Set()).add(second[j]!));
    for (const [a, points] of reached) {
      const own = [...world.classOf.keys()].filter((b) => world.classOf[b] === world.classOf[a]);
      const nearest = own.sort((b, c) => rowDistance(world.points, a, b) - rowDistance(world.points, a, c)).slice(0, 3);
      expect([...points].sort()).toEqual(nearest.sort());
      expect(points.has(a)).toBe(true);
    }
    expect(() => augmentation(world, 0)).toThrow('augmentation: expected the reach');
  });

  it('label noise has its rate, and never calls a wrong label right', () => {
    const wrong = (rate: number, towards?: number) => {
      const noisy = withLabelNoise(world, sample, { rate, key: key(6), ...(towards === undefined ? {} : { towards }) });
      return (
        noisy.labelClasses.reduce((sum, y, i) => sum + (y === world.classOf[sample.labelled[i]!] ? 0 : 1), 0) / 3000
      );
    };
    expect([wrong(0), wrong(1)]).toEqual([0, 1]);
    expect(wrong(0.3)).toBeGreaterThan(0.26);
    expect(wrong(0.3)).toBeLessThan(0.34);
    // A third of the points are of class 0 already.
    expect(wrong(1, 0)).toBeGreaterThan(0.63);
    expect(wrong(1, 0)).toBeLessThan(0.7);
    expect(() => wrong(1.5)).toThrow('withLabelNoise: expected a rate');
  });

  it('a memorizing encoder has the table’s coordinates, and the amplitude at S’s points in their class’s', () => {
    const table = world.encoders[0]!;
    const { columns, values } = memorizingEncoder(world, table, Int32Array.of(0, 13), 2.5);
    expect(columns).toBe(9);
    for (let a = 0; a < 36; a++) {
      expect([...values.slice(9 * a, 9 * a + 6)]).toEqual([...table.values.slice(6 * a, 6 * a + 6)]);
      expect([...values.slice(9 * a + 6, 9 * a + 9)]).toEqual(
        a === 0 ? [2.5, 0, 0] : a === 13 ? [0, 2.5, 0] : [0, 0, 0],
      );
    }
  });
});
