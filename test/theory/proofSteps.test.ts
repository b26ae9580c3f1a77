import { describe, expect, it } from 'vitest';
import { key } from '../../lib/engine/random';
import { type FiniteWorld, finiteWorld } from '../../lib/theory/generalization/finiteWorld';
import { toMatrix } from '../../lib/theory/generalization/float64Matrix';
import { type ProofOnSample, type ProofPart, proofSteps } from '../../lib/theory/generalization/proofSteps';
import { proofTrials } from '../../lib/theory/generalization/proofTrials';
import { violationsOf } from '../../lib/theory/generalization/violations';
import { type WorldConstants, worldConstants } from '../../lib/theory/generalization/worldConstants';
import { sampleWorld, type WorldSample } from '../../lib/theory/generalization/worldSample';
import { expectNoLeak } from '../matchers';

const f = [0.5, 2, -1, -3];
const p = [0.4, 0.6];
const q = [0.25, 0.75, 0.5, 0.5];
const classOf = [0, 0, 1, 1];

/** Two classes of two points and one encoder, K = 1. */
const world: FiniteWorld = {
  classProbabilities: Float64Array.from(p),
  classOf: Int32Array.from(classOf),
  withinClass: Float64Array.from(q),
  points: toMatrix(
    'test',
    'points',
    f.map((value) => [value]),
  ),
  labels: toMatrix(
    'test',
    'labels',
    classOf.map((y) => [y === 0 ? 1 : 0, y === 1 ? 1 : 0]),
  ),
  encoders: [
    toMatrix(
      'test',
      'f',
      f.map((value) => [value]),
    ),
  ],
};
const constantsFor = (m: number): WorldConstants => ({
  m,
  weightBound: 2,
  invarianceComplexity: { value: 0, standardError: 0, trials: 2 },
  lossComplexity: { value: 0.7, standardError: 0, trials: 2 },
  lossBoundClass: 7,
  largestClassDiameter: 2,
});
const sampleOf = (labelled: number[], first: number[], second: number[]): WorldSample => ({
  labelled: Int32Array.from(labelled),
  labelClasses: Int32Array.from(labelled, (a) => classOf[a]!),
  first: Int32Array.from(first),
  second: Int32Array.from(second),
});
const stepOf = (proof: ProofOnSample, part: ProofPart) => proof.steps.find((step) => step.part === part)!;
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
const oneHot = (y: number) => [y === 0 ? 1 : 0, y === 1 ? 1 : 0];

/** The same by loops over points, for K = 1, where least squares is W = Σ f y / Σ f². */
function transcribed(sample: WorldSample, delta: number, constants: WorldConstants) {
  const leastSquares = (points: Int32Array) => {
    const squares = sum([...points].map((a) => f[a]! ** 2));
    return [0, 1].map((k) => sum([...points].map((a) => f[a]! * oneHot(classOf[a]!)[k]!)) / squares);
  };
  const [wS, wSbar] = [leastSquares(sample.labelled), leastSquares(sample.first)];
  const loss = (w: number[], a: number) => Math.hypot(...oneHot(classOf[a]!).map((y, k) => w[k]! * f[a]! - y));
  const ofClass = (y: number) => [0, 1, 2, 3].filter((a) => classOf[a] === y);
  const expected = (y: number, value: (a: number) => number) => sum(ofClass(y).map((a) => q[a]! * value(a)));
  const population = (value: (a: number) => number) => sum([0, 1].map((y) => p[y]! * expected(y, value)));
  const over = (points: Int32Array, value: (a: number) => number) => sum([...points].map(value)) / points.length;
  const { labelled: S, first, second } = sample;
  const [n, m] = [S.length, first.length];
  const norm = (w: number[]) => Math.hypot(...w);
  const c = norm(wS.map((w, k) => w - wSbar[k]!));
  const distance = (a: number, b: number) => Math.abs(f[a]! - f[b]!);
  const kappa = (w: number[]) => Math.max(...[0, 1, 2, 3].map((a) => loss(w, a)));
  const frequency = [0, 1].map((y) => [...S].filter((a) => classOf[a] === y).length / n);
  const spread = over(S, (a) => expected(classOf[a]!, (b) => distance(a, b)));
  const losses = over(S, (a) => expected(classOf[a]!, (b) => loss(wSbar, b)) + loss(wSbar, a));
  const given = over(S, (a) => expected(classOf[a]!, (b) => loss(wS, b)));
  const invariance = population((a) => expected(classOf[a]!, (b) => distance(a, b)));
  const [tau, L] = [2, Math.log(5 / delta)];
  const pairs = sum([...first].map((a, j) => distance(a, second[j]!))) / m;
  return {
    risk: population((a) => loss(wS, a)),
    '1a': [population((a) => loss(wS, a)), given + kappa(wS) * sum(p.map((py, y) => Math.abs(py - frequency[y]!)))],
    '2': [given, over(S, (a) => loss(wS, a)) + spread * norm(wS)],
    '3': [over(S, (a) => loss(wS, a)), Math.sqrt(over(S, (a) => loss(wS, a) ** 2))],
    '4': [spread * norm(wS), c * spread + losses],
    '5a': [spread, invariance + tau * Math.sqrt(L / (2 * n))],
    '5b': [losses, 2 * population((a) => loss(wSbar, a)) + 2 * kappa(wSbar) * Math.sqrt(L / (2 * n))],
    '6a': [invariance, pairs + 2 * Math.sqrt(L / (2 * m))],
    '6b': [
      population((a) => loss(wSbar, a)),
      over(first, (a) => loss(wSbar, a)) + 2 * constants.lossComplexity.value + 7 * Math.sqrt(L / (2 * m)),
    ],
    '6c': [over(first, (a) => loss(wSbar, a)), Math.sqrt(over(first, (a) => loss(wSbar, a) ** 2))],
    frequencies: p.map((py, y) => [
      Math.abs(py - frequency[y]!),
      (Math.sqrt(py) + Math.sqrt(frequency[y]!)) * Math.sqrt(Math.log(20 / delta) / n),
    ]),
  };
}

describe('proofSteps', () => {
  it('gives both sides of every step as loops over the points do', () => {
    for (const [S, first, second] of [
      [
        [0, 1, 1, 2, 3],
        [0, 1, 2],
        [1, 1, 3],
      ],
      [[1], [2, 3], [2, 3]],
      [
        [2, 3, 2],
        [0, 1, 1, 3],
        [1, 0, 1, 2],
      ],
    ] as const) {
      const sample = sampleOf([...S], [...first], [...second]);
      const constants = constantsFor(first.length);
      const proof = proofSteps(world, sample, { encoder: 0, delta: 0.2, constants });
      const expected = transcribed(sample, 0.2, constants);
      expect(proof.risk).toBeCloseTo(expected.risk, 12);
      for (const part of ['1a', '2', '3', '4', '5a', '5b', '6a', '6b', '6c'] as const) {
        const { left, right, slack } = stepOf(proof, part);
        expect([left, right], part).toMatchNumbers(expected[part], { rtol: 1e-11, atol: 1e-12 });
        expect(slack).toBe(right - left);
      }
      const tightest = expected.frequencies.reduce((a, b) => (b[1]! - b[0]! < a[1]! - a[0]! ? b : a));
      const { left, right } = stepOf(proof, '1b');
      expect([left, right]).toMatchNumbers(tightest, { rtol: 1e-12 });
    }
  });

  it('measures noisy labels as they are: x̄ from the class that the label names', () => {
    const clean = sampleOf([0, 1, 2, 3], [0, 1, 2, 3], [1, 0, 3, 2]);
    const proof = proofSteps(
      world,
      { ...clean, labelClasses: Int32Array.of(1, 0, 1, 1) },
      { encoder: 0, constants: constantsFor(4) },
    );
    // x = 0.5 against draws of class 1, and the three others as they were.
    const spread = [0.5 * 1.5 + 0.5 * 3.5, 0.25 * 1.5, 0.5 * 2, 0.5 * 2];
    expect(stepOf(proof, '5a').left).toBeCloseTo(sum(spread) / 4, 12);
  });

  it('puts its steps together to the full bound', async () => {
    for (const { steps, bound, terms } of await proofTrials({ worlds: 20, rademacherTrials: 2, key: key(1) })) {
      const at = (part: ProofPart) => steps.find((step) => step.part === part)!;
      const distances = at('5a').right - at('6a').left + at('6a').right;
      const losses = at('5b').right - 2 * at('6b').left + 2 * (at('6b').right - at('6c').left + at('6c').right);
      const total = bound.summands.classFrequency + at('3').right + terms.c * distances + losses;
      expect([bound.total]).toMatchNumbers([total], { rtol: 1e-9 });
    }
  });

  it('without step 3 bounds the gap, with the gap’s core in the place of the core', async () => {
    const rows = await proofTrials({ worlds: 60, rademacherTrials: 2, key: key(7) });
    const gaps = rows.map(({ steps, bound, terms, risk }) => {
      const meanLoss = steps.find(({ part }) => part === '3')!.left;
      expect([bound.total - bound.core + terms.gapCore]).toMatchNumbers([bound.total - terms.residualLabelled]);
      return { gap: risk - meanLoss, limit: bound.total - terms.residualLabelled, terms };
    });
    expect(gaps.filter(({ gap, limit }) => gap > limit)).toEqual([]);
    expect(gaps.some(({ terms }) => terms.residualLabelled > 0.1)).toBe(true);
  });

  it('refuses an encoder, a δ or constants that do not fit', () => {
    const sample = sampleOf([0], [0, 1], [1, 0]);
    const constants = constantsFor(2);
    expect(() => proofSteps(world, sample, { encoder: 1, constants })).toThrow(
      'proofSteps: expected an encoder from 0 to 0',
    );
    expect(() => proofSteps(world, sample, { encoder: 0, delta: 1, constants })).toThrow('delta');
    expect(() => proofSteps(world, sample, { encoder: 0, constants: constantsFor(3) })).toThrow('m = 2');
  });
});

describe('the steps that hold with probability', () => {
  it('fail no more often than δ/5, by enumeration of all samples', () => {
    const delta = 0.95;
    // A rare point far from the others: a sample that meets it often is what Hoeffding's inequality allows for.
    const uneven: FiniteWorld = {
      ...world,
      classProbabilities: Float64Array.of(0.5, 0.5),
      withinClass: Float64Array.of(0.1, 0.9, 0.5, 0.5),
      encoders: [toMatrix('test', 'f', [[3], [0], [1], [1]])],
    };
    const mass = [0.05, 0.45, 0.25, 0.25];
    const failed = new Map<ProofPart, number>();
    const n = 4;
    for (let code = 0; code < 4 ** n; code++) {
      const S = Array.from({ length: n }, (_, i) => Math.floor(code / 4 ** i) % 4);
      const sample = sampleOf(S, [0, 1, 2, 3], [0, 1, 2, 3]);
      const { steps } = proofSteps(uneven, sample, { encoder: 0, delta, constants: constantsFor(4) });
      const probability = S.reduce((product, a) => product * mass[a]!, 1);
      for (const { part, holds } of steps) if (!holds) failed.set(part, (failed.get(part) ?? 0) + probability);
    }
    for (const part of ['1b', '5a', '5b'] as const) expect(failed.get(part) ?? 0, part).toBeLessThanOrEqual(delta / 5);
    // It can fail, so that the enumeration says something.
    expect(failed.get('5a') ?? 0).toBeGreaterThan(0);
    for (const part of ['1a', '2', '3', '4', '6c'] as const) expect(failed.has(part), part).toBe(false);
  });

  it('say the same of S̄: step 6a by enumeration of all pairs', () => {
    const delta = 0.95;
    const m = 4;
    // Two points as far apart as can be, and a class of one point: a sample whose pairs are all of equal points has I_S̄ = 0.
    const uneven: FiniteWorld = {
      ...world,
      classProbabilities: Float64Array.of(0.96, 0.04),
      withinClass: Float64Array.of(0.5, 0.5, 1, 0),
      encoders: [toMatrix('test', 'f', [[2], [0], [1], [1]])],
    };
    const pairs = [...[0, 1].flatMap((a) => [0, 1].map((b) => ({ a, b, mass: 0.96 / 4 }))), { a: 2, b: 2, mass: 0.04 }];
    // One encoder has no complexity.
    const constants = constantsFor(m);
    let failed = 0;
    let total = 0;
    for (let code = 0; code < pairs.length ** m; code++) {
      const drawn = Array.from({ length: m }, (_, i) => pairs[Math.floor(code / pairs.length ** i) % pairs.length]!);
      const sample = sampleOf(
        [0],
        drawn.map(({ a }) => a),
        drawn.map(({ b }) => b),
      );
      const { steps } = proofSteps(uneven, sample, { encoder: 0, delta, constants });
      const probability = drawn.reduce((product, { mass }) => product * mass, 1);
      total += probability;
      if (!steps.find(({ part }) => part === '6a')!.holds) failed += probability;
    }
    expect(total).toBeCloseTo(1, 12);
    // It fails where all four pairs are of equal points, of which each is with probability 0.48 + 0.04.
    expect(failed).toBeCloseTo(0.52 ** 4, 12);
    expect(failed).toBeLessThanOrEqual(delta / 5);
  });
});

describe('proofTrials', () => {
  it('finds no violation of a step without probability in 200 random worlds, and of the others no more than δ/5', async () => {
    const rows = await proofTrials({ worlds: 200, rademacherTrials: 2, key: key(2) });
    for (const part of ['1a', '2', '3', '4', '6c'] as const) {
      expect(violationsOf(rows, part).violations.count, part).toBe(0);
      expect(violationsOf(rows, part).allowed).toBe(0);
    }
    for (const part of ['1b', '5a', '5b', '6a', '6b'] as const) {
      const { violations, allowed } = violationsOf(rows, part);
      expect(allowed).toBeCloseTo(0.02, 12);
      expect(violations.low, part).toBeLessThanOrEqual(0.02);
    }
    expect(violationsOf(rows, 'bound').violations.count).toBe(0);
    // The worlds are of many kinds, and their triangle inequalities at times sharp.
    expect(new Set(rows.map(({ classes, dimension }) => `${classes} ${dimension}`)).size).toBeGreaterThan(15);
    expect(rows.some(({ n, dimension }) => n < dimension)).toBe(true);
    expect(rows.some(({ terms, dimension }) => terms.rankSbar < dimension)).toBe(true);
    const slack = (part: ProofPart) => rows.map(({ steps }) => steps.find((step) => step.part === part)!.slack);
    expect(Math.min(...slack('2'))).toBeLessThan(1e-9);
  });

  it('gives the same bits for the same key, stops when told and leaves no tensor', async () => {
    const rows = await expectNoLeak(() => proofTrials({ worlds: 4, rademacherTrials: 2, key: key(3) }));
    expect(await proofTrials({ worlds: 4, rademacherTrials: 2, key: key(3) })).toEqual(rows);
    const controller = new AbortController();
    const seen: number[] = [];
    const onProgress = (world: number) => {
      seen.push(world);
      if (world === 2) controller.abort(new Error('enough'));
    };
    const stopped = proofTrials({ worlds: 9, rademacherTrials: 2, key: key(3), onProgress, signal: controller.signal });
    await expect(stopped).rejects.toThrow('enough');
    expect(seen).toEqual([1, 2]);
  });
});

describe('violationsOf', () => {
  it('counts where ‖W_S̄‖ ≤ B, unless told to ignore that', () => {
    const finite = finiteWorld({ key: key(4) });
    const sample = sampleWorld(finite, { n: 20, m: 30, key: key(5) });
    const at = (weightBound: number) =>
      proofSteps(finite, sample, {
        encoder: 0,
        constants: worldConstants(finite, { m: 30, weightBound, trials: 2, key: key(6) }),
      });
    const [tight, wide] = [at(1e-6), at(1e6)];
    const { violations, unclaimed, allowed } = violationsOf([tight, wide], '6b');
    expect([violations.samples, unclaimed, allowed]).toEqual([1, 1, 0.02]);
    expect(violationsOf([tight, wide], '6b', { ignoreWeightBound: true }).violations.samples).toBe(2);
    expect(violationsOf([tight, wide], 'bound').allowed).toBeCloseTo(0.1, 12);
    expect(() => violationsOf([tight], '6b')).toThrow('take a larger B');
    expect(violationsOf([tight], '5a').violations.samples).toBe(1);
  });
});
