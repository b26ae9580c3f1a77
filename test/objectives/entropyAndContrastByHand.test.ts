import { describe, expect, test } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { barlowTwins } from '../../lib/objectives/barlowTwins';
import { byolLogDet } from '../../lib/objectives/byolLogDet';
import { byolPairDist } from '../../lib/objectives/byolPairDist';
import { type Objective, totalLoss } from '../../lib/objectives/objective';
import { simclr } from '../../lib/objectives/simclr';
import { vicregLogDet } from '../../lib/objectives/vicregLogDet';
import { vicregPairDist } from '../../lib/objectives/vicregPairDist';

type Rows = number[][];
const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
const unit = (z: Rows) => z.map((row) => row.map((value) => value / Math.sqrt(dot(row, row))));
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const column = (z: Rows, k: number) => z.map((row) => row[k]!);

/** The terms of an objective whose views, predictions and targets are the same two matrices. */
function terms(objective: Objective, a: Rows, b: Rows): Record<string, number> {
  const [za, zb] = [tf.tensor2d(a), tf.tensor2d(b)];
  const computed = objective.terms({ za, zb, pa: za, pb: zb, ta: za, tb: zb });
  return Object.fromEntries(Object.entries(computed).map(([name, term]) => [name, term.dataSync()[0]!]));
}

function simclrLoops(a: Rows, b: Rows, temperature: number): number {
  const z = [...unit(a), ...unit(b)];
  return mean(
    z.map((row, i) => {
      const partner = (i + a.length) % z.length;
      const shares = z.map((other, j) => (j === i ? 0 : Math.exp(dot(row, other) / temperature)));
      return -Math.log(shares[partner]! / shares.reduce((x, y) => x + y));
    }),
  );
}

function barlowLoops(a: Rows, b: Rows, lambda: number, scale: number): [number, number] {
  const standard = (z: Rows, k: number) => {
    const values = column(z, k);
    const centre = mean(values);
    const variance = mean(values.map((value) => (value - centre) ** 2));
    return values.map((value) => (value - centre) / Math.sqrt(variance + 1e-5));
  };
  let [on, off] = [0, 0];
  for (let j = 0; j < a[0]!.length; j++) {
    for (let k = 0; k < a[0]!.length; k++) {
      const c = dot(standard(a, j), standard(b, k)) / a.length;
      if (j === k) on += (1 - c) ** 2;
      else off += c ** 2;
    }
  }
  return [scale * on, scale * lambda * off];
}

/** ½ ln det(I + β Σ̂) by Gaussian elimination of the K × K matrix. */
function logDetLoops(z: Rows, beta: number): number {
  const size = z[0]!.length;
  const centres = Array.from({ length: size }, (_, k) => mean(column(z, k)));
  const m = Array.from({ length: size }, (_, j) =>
    Array.from({ length: size }, (_, k) => {
      const products = z.map((row) => (row[j]! - centres[j]!) * (row[k]! - centres[k]!));
      return (j === k ? 1 : 0) + (beta * mean(products) * z.length) / (z.length - 1);
    }),
  );
  let total = 0;
  for (let i = 0; i < size; i++) {
    total += Math.log(m[i]![i]!) / 2;
    for (let j = i + 1; j < size; j++) {
      const factor = m[j]![i]! / m[i]![i]!;
      for (let k = i; k < size; k++) m[j]![k]! -= factor * m[i]![k]!;
    }
  }
  return total;
}

/** −mean ln mean exp(−d²/8σ²). */
function pairDistLoops(z: Rows, sigma: number): number {
  const squared = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + (value - y[i]!) ** 2, 0);
  return -mean(z.map((x) => Math.log(mean(z.map((y) => Math.exp(-squared(x, y) / (8 * sigma ** 2)))))));
}

describe('worked by hand', () => {
  test('SimCLR: equal views at right angles, and all equal', () => {
    // Each embedding: its positive at cosine 1, two negatives at 0.
    const right = [
      [2, 0],
      [0, 3],
    ];
    expect(terms(simclr({ temperature: 0.5 }), right, right).contrastive).toBeCloseTo(
      Math.log(1 + 2 * Math.exp(-2)),
      5,
    );
    const same = Array(4).fill([1, 1]) as Rows;
    expect(terms(simclr(), same, same).contrastive).toBeCloseTo(Math.log(7), 5);
    // Cosine −1 to the positive, where exp(−1 / τ) is 0 in float32.
    expect(terms(simclr({ temperature: 0.005 }), [[1], [1]], [[-1], [-1]]).contrastive).toBeCloseTo(400, 2);
  });

  test('Barlow Twins: columns (1, 1, −1, −1) and (1, −1, 1, −1)', () => {
    const a = [
      [1, 1],
      [1, -1],
      [-1, 1],
      [-1, -1],
    ];
    const exchanged = a.map(([x, y]) => [y!, x!]);
    expect(terms(barlowTwins(), a, a)).toMatchObject({ offDiagonal: 0 });
    expect(terms(barlowTwins(), a, a).onDiagonal).toBeCloseTo(0, 6);
    // C = [[0, 1], [1, 0]].
    const crossed = terms(barlowTwins({ lambda: 0.005, scale: 1 }), a, exchanged);
    expect(crossed.onDiagonal).toBeCloseTo(2, 4);
    expect(crossed.offDiagonal).toBeCloseTo(0.01, 6);
    // A collapse: C = 0.
    const same = Array(4).fill([5, 5]) as Rows;
    expect(terms(barlowTwins({ scale: 1 }), same, same).onDiagonal).toBeCloseTo(2, 5);
  });

  test('VICReg + LogDet and + PairDist', () => {
    const [a, b] = [
      [
        [0, 0],
        [2, 4],
      ],
      [
        [0, 1],
        [0, 1],
      ],
    ];
    // det(I + Σ) = 3 · 9 − 16 = 11 for a, 1 for b.
    const logDet = terms(vicregLogDet({ entropy: 8, beta: 1 }), a!, b!);
    expect(logDet.invariance).toBeCloseTo((25 * (0 + 1 + 4 + 9)) / 4, 4);
    expect(logDet.entropy).toBeCloseTo((-8 / 2 / 2) * (Math.log(11) / 2), 5);
    // d² = 20 for a, σ² K = 2 · 1.25: D = 1; H(b) = 0.
    const pairDist = terms(vicregPairDist({ sigma: Math.sqrt(1.25), entropy: 4 }), a!, b!);
    expect(pairDist.entropy).toBeCloseTo(2 * Math.log((1 + Math.exp(-1)) / 2), 5);
  });

  test('BYOL + LogDet and + PairDist: two opposite directions, and one', () => {
    const [opposite, one] = [
      [
        [3, 0],
        [-2, 0],
      ],
      [
        [1, 1],
        [4, 4],
      ],
    ];
    // Rows (±√2, 0): variance 4 over N − 1, so det(I + Σ) = 5.
    const logDet = terms(byolLogDet(), opposite!, one!);
    expect(logDet.entropy).toBeCloseTo(-Math.log(5) / 2 / 2 / 2, 5);
    // d² = 4: D = 1 for σ² = ½.
    const pairDist = terms(byolPairDist({ sigma: Math.SQRT1_2, entropy: 2 }), opposite!, one!);
    expect(pairDist.entropy).toBeCloseTo(Math.log((1 + Math.exp(-1)) / 2), 5);
    // Cosines 1/√2 and −1/√2, both ways.
    expect(pairDist.regression).toBeCloseTo(2 * 2, 5);
  });
});

test('plain loops, random instances', () => {
  for (let seed = 0; seed < 12; seed++) {
    const [n, k] = [2 + (seed % 6), 1 + ((3 * seed) % 8)];
    const rows = (s: number) => normal(key(s), [n, k], 0.2, 0.8).arraySync() as Rows;
    const [a, b] = [rows(seed), rows(100 + seed)];
    const close = { rtol: 2e-5, atol: 2e-6 };
    expect([terms(simclr(), a, b).contrastive!]).toMatchNumbers([simclrLoops(a, b, 0.2)], close);
    const barlow = terms(barlowTwins(), a, b);
    expect([barlow.onDiagonal!, barlow.offDiagonal!]).toMatchNumbers(barlowLoops(a, b, 0.0051, 0.1), close);
    const logDets = (x: Rows, y: Rows, beta: number) => (logDetLoops(x, beta) + logDetLoops(y, beta)) / 2;
    expect([terms(vicregLogDet(), a, b).entropy!]).toMatchNumbers([(-50 / k) * logDets(a, b, 10)], close);
    expect([terms(byolLogDet(), a, b).entropy!]).toMatchNumbers([(-1 / k) * logDets(unit(a), unit(b), k)], close);
    const pairDists = (x: Rows, y: Rows, sigma: number) => (pairDistLoops(x, sigma) + pairDistLoops(y, sigma)) / 2;
    const width = 0.25 * Math.sqrt(k);
    expect([terms(vicregPairDist(), a, b).entropy!]).toMatchNumbers([-25 * pairDists(a, b, width)], close);
    expect([terms(byolPairDist(), a, b).entropy!]).toMatchNumbers([-0.1 * pairDists(unit(a), unit(b), 0.2)], close);
  }
});

describe('the scale of embeddings under gradient descent', () => {
  /** Embeddings moved freely from this scale, with views that differ by a fixed share of their variance. */
  function descend(objective: Objective, start: number): { std: number; from: number; to: number } {
    return tf.tidy(() => {
      const [base, noise] = [normal(key(1), [32, 6]), normal(key(2), [32, 6], 0, 0.4)];
      // The views' disagreement m · var with m = 2 · 0.4²: what a network cannot take away.
      const at = (scale: tf.Tensor) =>
        totalLoss(
          objective.terms({
            za: base.add(noise).mul(scale) as tf.Tensor2D,
            zb: base.sub(noise).mul(scale) as tf.Tensor2D,
          }),
        );
      const slope = tf.grad((logScale) => at(logScale.exp()));
      let logScale: tf.Tensor = tf.scalar(Math.log(start));
      const from = at(logScale.exp()).dataSync()[0]!;
      for (let step = 0; step < 250; step++) logScale = logScale.sub(slope(logScale).clipByValue(-5, 5).mul(0.006));
      return { std: Math.exp(logScale.dataSync()[0]!), from, to: at(logScale.exp()).dataSync()[0]! };
    });
  }

  test.each([
    ['VICReg + LogDet', vicregLogDet()],
    ['VICReg + PairDist', vicregPairDist()],
  ])('%s settles at one scale, from near a collapse and from far out', (_, objective) => {
    const [small, large] = [descend(objective, 0.2), descend(objective, 20)];
    expect(small.std).toBeCloseTo(large.std, 2);
    expect(small.std).toBeGreaterThan(0.5);
    expect(small.std).toBeLessThan(3);
    expect(small.to).toBeLessThan(small.from);
    expect(large.to).toBeLessThan(large.from);
  });

  test('LogDet settles where its docstring says', () => {
    // m = E(za − zb)² / var(z) of these samples, direction by direction nearly alike.
    const [base, noise] = [normal(key(1), [32, 6]), normal(key(2), [32, 6], 0, 0.4)];
    const variance = (z: tf.Tensor) =>
      tf
        .moments(z, 0)
        .variance.mean()
        .mul(32 / 31)
        .dataSync()[0]!;
    const spread = (variance(base.add(noise)) + variance(base.sub(noise))) / 2;
    const m = noise.mul(2).square().mean().dataSync()[0]! / spread;
    const settled = descend(vicregLogDet(), 1).std ** 2 * spread;
    expect(settled / (1 / m - 0.1)).toBeGreaterThan(0.9);
    expect(settled / (1 / m - 0.1)).toBeLessThan(1.1);
  });

  test('BYOL + LogDet and + PairDist: the length of an embedding changes nothing', () => {
    const [a, b] = [normal(key(1), [8, 5]), normal(key(2), [8, 5])].map((z) => z.arraySync() as Rows);
    const longer = (z: Rows) => z.map((row, i) => row.map((value) => value * (i + 2)));
    for (const objective of [byolLogDet(), byolPairDist()]) {
      const [once, again] = [terms(objective, a!, b!), terms(objective, longer(a!), longer(b!))];
      expect([again.entropy!, again.regression!]).toMatchNumbers([once.entropy!, once.regression!], { atol: 1e-5 });
    }
  });
});
