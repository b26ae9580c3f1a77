import { describe, expect, it } from 'vitest';
import { key, split } from '../../lib/engine/random';
import { type FiniteWorld, finiteWorld } from '../../lib/theory/generalization/finiteWorld';
import { type Matrix, toMatrix } from '../../lib/theory/generalization/float64Matrix';
import { selectEncoder, vicregOnPairs } from '../../lib/theory/generalization/selectEncoder';
import { worldConstants } from '../../lib/theory/generalization/worldConstants';
import {
  classMeans,
  distancesWithinClasses,
  distanceToClass,
  pointLosses,
  populationMean,
} from '../../lib/theory/generalization/worldExpectations';
import { rowsAt, sampleWorld } from '../../lib/theory/generalization/worldSample';
import { expectNoLeak } from '../matchers';

const matrix = (rows: number[][]): Matrix => toMatrix('test', 'rows', rows);

/** Two classes of two points, K = 1, worked by hand: f = 0, 2 in class 0, with probabilities 1/4, 3/4; 1, 5 in class 1, halves. */
const byHand: FiniteWorld = {
  classProbabilities: Float64Array.of(0.4, 0.6),
  classOf: Int32Array.of(0, 0, 1, 1),
  withinClass: Float64Array.of(0.25, 0.75, 0.5, 0.5),
  points: matrix([[0], [2], [1], [5]]),
  labels: matrix([
    [1, 0],
    [1, 0],
    [0, 1],
    [0, 1],
  ]),
  encoders: [matrix([[0], [2], [1], [5]]), matrix([[0], [0], [3], [3]])],
};

describe('finiteWorld', () => {
  it('has the sizes asked for, probabilities of sum 1 and one-hot labels', () => {
    for (const probabilities of ['equal', 'random'] as const) {
      const world = finiteWorld({ classes: 4, support: 5, dimension: 3, encoders: 2, probabilities, key: key(1) });
      expect(world.classProbabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      expect(classMeans(world, new Float64Array(20).fill(1))).toMatchNumbers([1, 1, 1, 1], { atol: 1e-12 });
      expect([...world.classOf]).toEqual(Array.from({ length: 20 }, (_, a) => Math.floor(a / 5)));
      for (let a = 0; a < 20; a++) {
        const row = [...world.labels.values.slice(4 * a, 4 * a + 4)];
        expect(row).toEqual([0, 1, 2, 3].map((y) => (y === world.classOf[a] ? 1 : 0)));
      }
      expect(world.encoders.map(({ rows, columns }) => [rows, columns])).toEqual([
        [20, 3],
        [20, 3],
      ]);
    }
  });

  it('puts points `spread` from centres that are 1 from the origin, and makes outputs of length about 0.7', () => {
    const options = { classes: 50, support: 20, inputDimension: 40, dimension: 20, hidden: 100, encoders: 4 };
    const { points, encoders } = finiteWorld({ ...options, spread: 0.5, key: key(2) });
    const meanSquare = ({ values, rows }: Matrix) => values.reduce((sum, v) => sum + v * v, 0) / rows;
    expect(meanSquare(points)).toBeGreaterThan(1.1);
    expect(meanSquare(points)).toBeLessThan(1.4);
    const lengths = encoders.map((table) => Math.sqrt(meanSquare(table)));
    expect(Math.min(...lengths)).toBeGreaterThan(0.5);
    expect(Math.max(...lengths)).toBeLessThan(1.1);
  });

  it('gives the same bits for the same key, others for another, and leaves no tensor', async () => {
    const first = await expectNoLeak(() => finiteWorld({ key: key(3) }));
    expect(finiteWorld({ key: key(3) })).toEqual(first);
    expect(finiteWorld({ key: key(4) }).encoders).not.toEqual(first.encoders);
  });

  it('refuses impossible sizes by name', () => {
    expect(() => finiteWorld({ classes: 1, key: key(0) })).toThrow('finiteWorld: expected classes');
    expect(() => finiteWorld({ support: 0, key: key(0) })).toThrow('finiteWorld: expected support');
    expect(() => finiteWorld({ dimension: 1.5, key: key(0) })).toThrow('finiteWorld: expected the dimension');
    expect(() => finiteWorld({ spread: -1, key: key(0) })).toThrow('finiteWorld: expected spread');
    expect(() => sampleWorld(byHand, { n: 0, m: 1, key: key(0) })).toThrow('sampleWorld: expected n');
  });
});

describe('exact expectations', () => {
  it('are those worked by hand', () => {
    const { invariance, diameter } = distancesWithinClasses(byHand, byHand.encoders[0]!);
    // 0.4 · 2 · (1/4)(3/4) · 2 + 0.6 · 2 · (1/2)(1/2) · 4
    expect(invariance).toBeCloseTo(0.4 * 0.75 + 0.6 * 2, 12);
    expect(diameter).toBe(4);
    // W = [1, 0]: ‖(f, 0) − y‖ is |f − 1| in class 0, √(f² + 1) in class 1.
    const risk = 0.4 * (0.25 + 0.75) + 0.3 * Math.SQRT2 + 0.3 * Math.sqrt(26);
    const losses = pointLosses(byHand, byHand.encoders[0]!, matrix([[1, 0]]));
    expect(populationMean(byHand, losses)).toBeCloseTo(risk, 12);
    const distance = distanceToClass(byHand, byHand.encoders[0]!);
    expect([distance(0, 0), distance(1, 0), distance(0, 1), distance(3, 1)]).toMatchNumbers([1.5, 0.5, 3, 2]);
  });

  it('agree with means over a large sample', () => {
    const world = finiteWorld({ probabilities: 'random', key: key(5) });
    const table = world.encoders[1]!;
    const m = 40_000;
    const { labelled, first, second } = sampleWorld(world, { n: m, m, key: key(6) });
    const [a, b] = [rowsAt(table, first), rowsAt(table, second)];
    let pairs = 0;
    for (let j = 0; j < m; j++) {
      pairs += Math.hypot(...Array.from({ length: 6 }, (_, k) => a.values[6 * j + k]! - b.values[6 * j + k]!)) / m;
    }
    expect([distancesWithinClasses(world, table).invariance]).toMatchNumbers([pairs], { rtol: 0.02 });
    expect(first.every((point, j) => world.classOf[point] === world.classOf[second[j]!])).toBe(true);
    const frequency = new Float64Array(world.classOf.length);
    for (const point of labelled) frequency[point]! += 1 / m;
    const expected = world.withinClass.map((q, point) => q * world.classProbabilities[world.classOf[point]!]!);
    // Five standard errors of the most frequent.
    expect(frequency).toMatchNumbers(expected, { rtol: 0, atol: 5 * Math.sqrt(Math.max(...expected) / m) });
  });
});

describe('selectEncoder', () => {
  it('takes the least VICReg objective, as worked by hand', () => {
    const pairs = { first: Int32Array.of(0, 2), second: Int32Array.of(1, 3) };
    // Encoder 0: views (0, 1) and (2, 5); squares (4 + 16) / 2; variances 0.5 and 4.5, deviation 1; no other coordinate.
    const hinge = 1 - Math.sqrt(0.5 + 1e-4);
    expect(vicregOnPairs(byHand.encoders[0]!, pairs)).toBeCloseTo(25 * 10 + (25 * hinge) / 2, 10);
    // Encoder 1 is constant in each class: views (0, 3), variance 4.5.
    expect(vicregOnPairs(byHand.encoders[1]!, pairs)).toBe(0);
    expect(selectEncoder(byHand, pairs)).toBe(1);
  });

  it('counts covariances of two coordinates once each way, over K', () => {
    const table = matrix([
      [0, 0],
      [1, 1],
    ]);
    const pairs = { first: Int32Array.of(0, 1), second: Int32Array.of(0, 1) };
    // Each view's covariance is 1/2 everywhere: 2 · (1/4) / 2 a view.
    expect(vicregOnPairs(table, pairs, { variance: 0 })).toBeCloseTo(0.5, 12);
    expect(() => vicregOnPairs(table, { first: Int32Array.of(0), second: Int32Array.of(0) })).toThrow(
      'at least two pairs',
    );
  });
});

describe('worldConstants', () => {
  it('gives κ and τ by their definitions, and complexities near their exact values', () => {
    const constants = worldConstants(byHand, { m: 2, weightBound: 3, trials: 1000, key: key(7) });
    expect(constants.lossBoundClass).toBe(3 * 5 + 1);
    expect(constants.largestClassDiameter).toBe(4);
    // R_2(F) by enumeration: encoder 1's distances are all 0, so E max(0, σ₁d₁ + σ₂d₂) / 2 over pairs and signs.
    const outcomes = [
      [0, 0.4 * 0.625 + 0.3],
      [2, 0.4 * 0.375],
      [4, 0.3],
    ] as const;
    let exact = 0;
    for (const [d1, p1] of outcomes) {
      for (const [d2, p2] of outcomes) {
        for (const s1 of [-1, 1]) for (const s2 of [-1, 1]) exact += (p1 * p2 * Math.max(0, s1 * d1 + s2 * d2)) / 8;
      }
    }
    const { value, standardError } = constants.invarianceComplexity;
    expect(Math.abs(value - exact)).toBeLessThan(5 * standardError);
    expect(standardError).toBeLessThan(0.1 * exact);
  });

  it('is the same for the same key, and leaves no tensor', async () => {
    const [first, second] = split(key(8)) as [ReturnType<typeof key>, ReturnType<typeof key>];
    const constants = await expectNoLeak(() => worldConstants(byHand, { m: 20, trials: 5, key: first }));
    expect(worldConstants(byHand, { m: 20, trials: 5, key: first })).toEqual(constants);
    expect(worldConstants(byHand, { m: 20, trials: 5, key: second })).not.toEqual(constants);
  });
});
