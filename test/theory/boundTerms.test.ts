import { describe, expect, test } from 'vitest';
import { key } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { boundTerms, invariance } from '../../lib/theory/generalization/boundTerms';
import { classDiameter } from '../../lib/theory/generalization/classDiameter';
import { classFrequencyTerm } from '../../lib/theory/generalization/classFrequencyTerm';
import { frobeniusNorm } from '../../lib/theory/generalization/float64Matrix';
import { type FullBoundOptions, fullBound, theorem3Bound } from '../../lib/theory/generalization/fullBound';
import { classLossBound, lossBound } from '../../lib/theory/generalization/lossBound';
import { invarianceComplexity, linearClassComplexity } from '../../lib/theory/generalization/rademacherComplexity';
import { expectNoLeak } from '../matchers';
import { labels, uniform } from './minimumNormCases';

/** W_S = 1, W_S̄ = 3, residuals 0 and √2 by hand. */
const BY_HAND = {
  labelled: { z: [[1], [2]], y: [[1], [2]] },
  unlabelled: { z: [[1], [1]], y: [[2], [4]], paired: [[2], [-1]] },
};

describe('boundTerms', () => {
  test('gives what is worked by hand', () => {
    const terms = boundTerms(BY_HAND);
    expect(terms).toMatchObject({ n: 2, m: 2, rankS: 1, rankSbar: 1 });
    expect([terms.invariance]).toMatchNumbers([1.5]);
    expect([terms.c]).toMatchNumbers([2]);
    expect([terms.residualLabelled, terms.residualUnlabelled]).toMatchNumbers([0, 1]);
    expect([terms.core, terms.theorem3Core]).toMatchNumbers([2 * 1.5 + 2, 1.5 + 2]);
    // W_S = 1 leaves 0 on S here; 1/2 away from its labels on either side, it leaves that to the core alone.
    expect([terms.gapCore]).toMatchNumbers([2 * 1.5 + 2]);
    const apart = { z: [[1], [1]], y: [[0.5], [1.5]] };
    const { core, gapCore } = boundTerms({ ...BY_HAND, labelled: apart });
    expect([core, gapCore]).toMatchNumbers([2 * 1.5 + 0.5 + 2, 2 * 1.5 + 2]);
    expect([...terms.weightsLabelled.values, ...terms.weightsUnlabelled.values]).toMatchNumbers([1, 3]);
  });

  test('c is the largest stretch of the difference', () => {
    const identity = [
      [1, 0],
      [0, 1],
    ];
    const rotated = [
      [3, 1],
      [0, 1],
    ];
    const { c } = boundTerms({
      labelled: { z: identity, y: rotated },
      unlabelled: { z: identity, y: identity, paired: identity },
    });
    // [[2, 1], [0, 0]] has the norm √5.
    expect([c]).toMatchNumbers([Math.sqrt(5)]);
  });

  test('does not change when f is turned, and the core scales with the labels', () => {
    const [zS, zU, paired] = [uniform(1, 30, 2), uniform(2, 50, 2), uniform(3, 50, 2)];
    const [yS, yU] = [labels(4, 30, 3), labels(5, 50, 3)];
    const given = { labelled: { z: zS, y: yS }, unlabelled: { z: zU, y: yU, paired } };
    const turn = ({ rows, values }: typeof zS) => ({
      rows,
      columns: 2,
      values: values.map((_, i) =>
        i % 2 === 0 ? 0.6 * values[i]! - 0.8 * values[i + 1]! : 0.8 * values[i - 1]! + 0.6 * values[i]!,
      ),
    });
    const numbers = (terms: ReturnType<typeof boundTerms>) => [
      terms.invariance,
      terms.c,
      terms.residualLabelled,
      terms.residualUnlabelled,
      terms.core,
      terms.gapCore,
    ];
    const turned = { labelled: { z: turn(zS), y: yS }, unlabelled: { z: turn(zU), y: yU, paired: turn(paired) } };
    expect(numbers(boundTerms(turned))).toMatchNumbers(numbers(boundTerms(given)), { rtol: 1e-12 });
    const twice = ({ values, ...shape }: typeof zS) => ({ ...shape, values: values.map((value) => 2 * value) });
    const doubled = { labelled: { z: zS, y: twice(yS) }, unlabelled: { z: zU, y: twice(yU), paired } };
    expect([boundTerms(doubled).core]).toMatchNumbers([2 * boundTerms(given).core], { rtol: 1e-12 });
  });

  test('takes tensors and leaves none behind', async () => {
    await expectNoLeak(() => {
      const z = tf.tensor2d([[1], [2]]);
      expect([boundTerms({ ...BY_HAND, labelled: { z, y: [[1], [2]] } }).c]).toMatchNumbers([2]);
      z.dispose();
    });
  });

  test('says what is wrong', () => {
    const { labelled, unlabelled } = BY_HAND;
    expect(() => boundTerms({ labelled: { z: [[1, 2]], y: [[1]] }, unlabelled })).toThrow(
      'boundTerms: expected labelled and unlabelled z [·, K] and y [·, r] of the same K and r, got K 2 and 1',
    );
    expect(() => boundTerms({ labelled, unlabelled: { ...unlabelled, paired: [[1]] } })).toThrow(
      'invariance: expected the two representations of each pair, of one shape, got [2, 1] and [1, 1]',
    );
    expect(() => boundTerms({ labelled: { z: [[1], [Number.NaN]], y: [[1], [2]] }, unlabelled })).toThrow(
      'boundTerms: expected labelled.z to be finite, got NaN',
    );
    expect(() => boundTerms({ labelled: { z: [], y: [] }, unlabelled })).toThrow('at least one row');
  });
});

test('invariance is the mean distance, not its square', () => {
  expect([
    invariance(
      [
        [0, 0],
        [1, 1],
      ],
      [
        [3, 4],
        [1, 1],
      ],
    ),
  ]).toMatchNumbers([2.5]);
});

describe('classFrequencyTerm', () => {
  test('gives what is worked by hand', () => {
    // δ = 20 e⁻⁴ for two classes: t = 4, and n = 16: √(t/n) = 1/2.
    const delta = 20 * Math.exp(-4);
    const known = classFrequencyTerm({ counts: [4, 12], probabilities: [0.25, 0.75], delta });
    expect(known.perClass).toMatchNumbers([0.5, Math.sqrt(0.75)]);
    expect([known.total]).toMatchNumbers([0.5 + Math.sqrt(0.75)]);
    // Unknown: √p ≤ √p̂ + 1/2.
    const unknown = classFrequencyTerm({ counts: [4, 12], delta });
    expect(unknown.perClass).toMatchNumbers([0.75, Math.sqrt(0.75) + 0.25]);
  });

  test('is larger where p must be bounded, by any p on the event', () => {
    const [counts, delta] = [[0, 7, 33], 0.1];
    const { perClass } = classFrequencyTerm({ counts, delta });
    const width = Math.sqrt(Math.log(300 / delta / 10) / 40);
    for (const [y, count] of counts.entries()) {
      const root = Math.sqrt(count / 40);
      for (const p of [Math.max(0, root - width) ** 2, (root + width) ** 2]) {
        expect(perClass[y]!).toBeGreaterThanOrEqual(Math.abs(p - count / 40) - 1e-12);
      }
    }
  });

  test('says what is wrong', () => {
    const term = (counts: number[], delta: number, probabilities?: number[]) => () =>
      classFrequencyTerm({ counts, delta, probabilities });
    for (const delta of [0, 1, -1, Number.NaN]) expect(term([1, 2], delta)).toThrow('between 0 and 1, got');
    expect(term([], 0.1)).toThrow('whole counts');
    expect(term([0, 0], 0.1)).toThrow('with a positive sum');
    expect(term([1.5], 0.1)).toThrow('got [1.5]');
    expect(term([1, 2], 0.1, [0.5, 0.6])).toThrow('of sum 1, got [0.5,0.6], of sum 1.1');
    expect(term([1, 2], 0.1, [1])).toThrow('a probability for each of the 2 classes');
  });
});

describe('κ and τ', () => {
  test('are the largest loss and the largest distance within a class', () => {
    const z = [
      [0, 0],
      [3, 4],
      [100, 0],
      [100, 1],
    ];
    expect([classDiameter(z, [0, 0, 1, 1])]).toMatchNumbers([5]);
    expect(classDiameter(z, [0, 1, 2, 3])).toBe(0);
    const y = [[1], [0], [0], [0]];
    expect([lossBound(z, y, [[1], [1]])]).toMatchNumbers([101]);
    expect(classLossBound({ weightBound: 12, largestRepresentation: 2 })).toBe(25);
  });

  test('the bound for the class holds for each of its members', () => {
    const [z, y] = [uniform(7, 40, 3), labels(8, 40, 2)];
    for (let seed = 10; seed < 60; seed++) {
      const weights = uniform(seed, 3, 2, 4);
      const largestRepresentation = Math.sqrt(3) / 2;
      const bound = classLossBound({ weightBound: frobeniusNorm(weights), largestRepresentation });
      expect(lossBound(z, y, weights)).toBeLessThanOrEqual(bound);
    }
  });

  test('say what is wrong', () => {
    expect(() => classDiameter([[1]], [0, 1])).toThrow('classDiameter: expected a class for each of the 1 rows, got 2');
    expect(() => lossBound([[1]], [[1, 2]], [[1]])).toThrow(
      'lossBound: expected z [n, K], y [n, r] and weights [K, r]',
    );
    expect(() => classLossBound({ weightBound: -1, largestRepresentation: 1 })).toThrow('expected weightBound');
  });
});

describe('Rademacher complexities', () => {
  /** E max over all 2^m signs, by enumeration. */
  const enumerated = (count: number, value: (signs: number[]) => number) => {
    let sum = 0;
    for (let bits = 0; bits < 2 ** count; bits++) {
      sum += value(Array.from({ length: count }, (_, i) => ((bits >> i) & 1 ? 1 : -1)));
    }
    return sum / 2 ** count;
  };

  test('of the invariance, agrees with all signs of a fixed sample', () => {
    const distances = [
      [1, 2, 0.5, 3],
      [2, 0, 1, 1],
      [0, 4, 0, 2],
    ];
    const exact = enumerated(4, (s) =>
      Math.max(...distances.map((h) => h.reduce((a, x, i) => a + (x * s[i]!) / 4, 0))),
    );
    const got = invarianceComplexity({ draw: () => distances, trials: 1500, key: key(1) });
    expect(Math.abs(got.value - exact)).toBeLessThan(4 * got.standardError);
    expect(got.standardError).toBeLessThan(0.02 * exact);
    const single = invarianceComplexity({ draw: () => [[1, 2, 3]], trials: 5, key: key(2) });
    expect(single).toEqual({ value: 0, standardError: 0, trials: 5 });
  });

  test('of the losses, agrees with all signs of a fixed sample', () => {
    const tables = [uniform(1, 3, 2), uniform(2, 3, 2)];
    const exact = enumerated(6, (s) => {
      const norms = tables.map(({ values }) => {
        let squares = 0;
        for (const k of [0, 1])
          for (const j of [0, 1]) {
            squares += [0, 1, 2].reduce((sum, i) => sum + values[2 * i + k]! * s[2 * i + j]!, 0) ** 2;
          }
        return Math.sqrt(squares);
      });
      return (Math.SQRT2 * 5 * Math.max(...norms)) / 3;
    });
    const got = linearClassComplexity({ draw: () => tables, weightBound: 5, outputs: 2, trials: 1500, key: key(3) });
    expect(Math.abs(got.value - exact)).toBeLessThan(4 * got.standardError);
    expect(got.standardError).toBeLessThan(0.02 * exact);
  });

  test('draw afresh, repeat by key, and leave no tensor', async () => {
    await expectNoLeak(() => {
      const seen: string[] = [];
      const draw = (k: readonly number[]) => {
        seen.push(`${k}`);
        return [
          [1, 2],
          [2, 1],
        ];
      };
      const options = { draw, trials: 10 };
      const first = invarianceComplexity({ ...options, key: key(4) });
      expect(new Set(seen).size).toBe(10);
      expect(invarianceComplexity({ ...options, key: key(4) })).toEqual(first);
    });
  });

  test('say what is wrong, and stop when asked', () => {
    const draw = () => [[1, 2]];
    expect(() => invarianceComplexity({ draw, trials: 1, key: key(0) })).toThrow('invarianceComplexity');
    const options = { weightBound: 1, outputs: 1, key: key(0) };
    expect(() => linearClassComplexity({ ...options, draw: () => [] })).toThrow('at least one encoder');
    expect(() => linearClassComplexity({ ...options, draw: () => [[[1]], [[1], [2]]] })).toThrow('got m of [1,2]');
    expect(() => linearClassComplexity({ ...options, weightBound: 0, draw: () => [[[1]]] })).toThrow('weightBound');
    expect(() => invarianceComplexity({ draw, key: key(0), signal: AbortSignal.abort() })).toThrow('aborted');
  });
});

describe('fullBound', () => {
  const terms = boundTerms(BY_HAND);
  /** δ = 5 e⁻⁴, n = m = 2: √(L/2n) = 1. */
  const options: FullBoundOptions = {
    terms,
    delta: 5 * Math.exp(-4),
    classFrequency: 0.5,
    invarianceComplexity: { value: 0.25, standardError: 0.01, trials: 10 },
    lossComplexity: { value: 0.125, standardError: 0.02, trials: 10 },
    weightBound: 2.9,
    lossBoundLabelled: 6,
    lossBoundUnlabelled: 7,
    lossBoundClass: 11,
    classDiameter: 13,
    largestClassDiameter: 17,
  };

  test('gives what is worked by hand, summand by summand', () => {
    const { summands, total, core, monteCarloError, withinWeightBound } = fullBound(options);
    const expected = {
      invariance: 2 * 1.5,
      residualLabelled: 0,
      residualUnlabelled: 2,
      classFrequency: 3,
      invarianceDeviationLabelled: 26,
      lossDeviationLabelled: 14,
      invarianceComplexity: 1,
      invarianceDeviationUnlabelled: 34,
      lossComplexity: 0.5,
      lossDeviationUnlabelled: 22,
    };
    expect(Object.keys(summands)).toEqual(Object.keys(expected));
    expect(Object.values(summands)).toMatchNumbers(Object.values(expected));
    expect([total, core]).toMatchNumbers([105.5, 5]);
    expect([core]).toMatchNumbers([terms.core]);
    expect([monteCarloError]).toMatchNumbers([Math.hypot(4 * 0.01, 4 * 0.02)]);
    expect(withinWeightBound).toBe(false);
    expect(fullBound({ ...options, weightBound: 3.01 }).withinWeightBound).toBe(true);
  });

  test("Theorem 3's form has 1 for c, and says that it does not follow where c > 1", () => {
    const bound = theorem3Bound({ ...options, weightBound: 4 });
    expect(bound.follows).toBe(false);
    expect([bound.invariance, bound.residualUnlabelled, bound.residualLabelled, bound.complexity]).toMatchNumbers([
      1.5, 2, 0, 0.5,
    ]);
    expect([bound.remainder, bound.total]).toMatchNumbers([3 + 13 + 14 + 17 + 0.5 + 22, 73.5]);
    const small = theorem3Bound({ ...options, weightBound: 4, terms: { ...terms, c: 0.5 } });
    expect(small.follows).toBe(true);
    expect(small.total).toBeGreaterThan(fullBound({ ...options, terms: { ...terms, c: 0.5 } }).total);
    expect(theorem3Bound({ ...options, weightBound: 2, terms: { ...terms, c: 0.5 } }).follows).toBe(false);
  });

  test('says what is wrong', () => {
    for (const delta of [0, 1, 2, Number.NaN]) {
      expect(() => fullBound({ ...options, delta })).toThrow('fullBound: expected delta');
    }
    expect(() => theorem3Bound({ ...options, delta: 0 })).toThrow('theorem3Bound: expected delta');
    expect(() => fullBound({ ...options, lossBoundClass: -1 })).toThrow(
      'expected lossBoundClass to be zero or positive',
    );
    expect(() => fullBound({ ...options, classDiameter: Number.NaN })).toThrow('expected classDiameter');
  });
});
