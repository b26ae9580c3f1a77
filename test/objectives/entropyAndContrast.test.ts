import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { key, normal, permutation } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { barlowTwins } from '../../lib/objectives/barlowTwins';
import { byolLogDet } from '../../lib/objectives/byolLogDet';
import { byolPairDist } from '../../lib/objectives/byolPairDist';
import { checkTerms, type Embeddings, type Objective, totalLoss } from '../../lib/objectives/objective';
import { simclr } from '../../lib/objectives/simclr';
import { vicregLogDet } from '../../lib/objectives/vicregLogDet';
import { vicregPairDist } from '../../lib/objectives/vicregPairDist';
import { expectGradient } from '../engine/finiteDifferences';
import { rotation } from '../information/rotation';
import { expectNoLeak } from '../matchers';

interface Case {
  name: string;
  n: number;
  k: number;
  fields: Record<string, number[]>;
  terms: Record<string, Record<string, number>>;
}
const golden = JSON.parse(readFileSync(join(__dirname, '../golden/objectivesContrastive.json'), 'utf8')) as {
  cases: Case[];
};

const settings: Record<string, Objective> = {
  SimCLR: simclr(),
  'SimCLR 0.5': simclr({ temperature: 0.5 }),
  'Barlow Twins': barlowTwins(),
  "Barlow Twins, the paper's": barlowTwins({ lambda: 0.005, scale: 1 }),
  'VICReg + LogDet': vicregLogDet(),
  'VICReg + LogDet, other': vicregLogDet({ invariance: 10, entropy: 5, beta: 1 }),
  'VICReg + PairDist': vicregPairDist(),
  'VICReg + PairDist, KL': vicregPairDist({ invariance: 10, entropy: 5, sigma: 0.5, divergence: 'kl' }),
  'BYOL + LogDet': byolLogDet(),
  'BYOL + PairDist': byolPairDist(),
};
const fields = ['za', 'zb', 'pa', 'pb', 'ta', 'tb'] as const;

function embeddings(make: (field: string, index: number) => tf.Tensor): Required<Embeddings> {
  return Object.fromEntries(fields.map((field, i) => [field, make(field, i)])) as unknown as Required<Embeddings>;
}

function instance(seed: number, n: number, k: number): Required<Embeddings> {
  const base = normal(key(1000 + seed), [n, k]);
  return embeddings((_, i) => base.add(normal(key(10 * seed + i), [n, k], 0, 0.5)));
}

function changed(given: Embeddings, change: (z: tf.Tensor) => tf.Tensor): Required<Embeddings> {
  return embeddings((field) => change(given[field as 'za']));
}

const loss = (objective: Objective, given: Embeddings) => totalLoss(objective.terms(given));

/** The loss and its gradient by za, zb, pa and pb. */
function lossAndGradient(objective: Objective, given: Required<Embeddings>): tf.Tensor[] {
  const { za, zb, pa, pb } = given;
  const { value, grads } = tf.valueAndGrads((...z: tf.Tensor[]) => {
    const [a, b, c, d] = z as tf.Tensor2D[];
    const unused = tf.addN(z.map((x) => x.sum().mul(0)));
    return loss(objective, { ...given, za: a!, zb: b!, pa: c!, pb: d! }).add(unused) as tf.Scalar;
  })([za, zb, pa, pb]);
  return [value, ...grads];
}

test.each(golden.cases)('NumPy, $name', ({ n, k, fields: values, terms }) => {
  const given = embeddings((field) => tf.tensor2d(values[field]!, [n, k]));
  expect(Object.keys(terms).sort()).toEqual(Object.keys(settings).sort());
  for (const [label, expected] of Object.entries(terms)) {
    const computed = settings[label]!.terms(given);
    expect(Object.keys(computed), label).toEqual(Object.keys(expected));
    for (const [name, value] of Object.entries(expected)) {
      expect(computed[name]!, `${label}: ${name}`).toMatchNumbers([value], { rtol: 1e-5, atol: 2e-6 });
    }
  }
});

const rotationInvariant = (label: string) => !label.startsWith('Barlow');

describe.each(Object.entries(settings))('%s', (label, objective) => {
  const sizes = [
    [8, 5],
    [5, 12],
    [2, 3],
  ] as const;

  test('is named', () => {
    expect(label.startsWith(objective.name)).toBe(true);
  });

  test('order of the batch, exchange of the views, and rotation where it holds, change nothing', () => {
    tf.tidy(() => {
      for (const [n, k] of sizes) {
        const given = instance(n, n, k);
        const expected = loss(objective, given).dataSync();
        const order = tf.tensor1d(permutation(key(k), n), 'int32');
        const { za, zb, pa, pb, ta, tb } = given;
        const exchanged = { ...given, za: zb, zb: za, pa: pb, pb: pa, ta: tb, tb: ta };
        const close = { rtol: 2e-5, atol: 1e-5 };
        expect(
          loss(
            objective,
            changed(given, (z) => z.gather(order)),
          ),
        ).toMatchNumbers(expected, close);
        expect(loss(objective, exchanged)).toMatchNumbers(expected, close);
        const turn = rotation(key(n), k);
        const turned = loss(
          objective,
          changed(given, (z) => tf.matMul(z, turn)),
        );
        if (rotationInvariant(label)) expect(turned).toMatchNumbers(expected, { rtol: 1e-4, atol: 1e-5 });
        else if (n > 2) expect(turned).not.toMatchNumbers(expected, { rtol: 1e-3 });
      }
    });
  });

  // Two rows standardise to ±1 whatever they are: of Barlow Twins' gradient nothing but epsilon is left.
  const measurable = sizes.filter(([n]) => n > 2 || !label.startsWith('Barlow'));
  test.each(measurable)('the gradient of %i × %i matches finite differences', async (n, k) => {
    const { za, zb, pa, pb, ...targets } = instance(3, n, k);
    const inputs = objective.predictor ? [za, zb, pa, pb] : [za, zb];
    await expectGradient(
      (...z) => {
        const [a, b, c, d] = z as tf.Tensor2D[];
        return loss(objective, { ...targets, za: a!, zb: b!, pa: c!, pb: d! });
      },
      inputs,
      key(4),
      { step: 0.004, rtol: 5e-3 },
    );
  });

  test('and can be differentiated again', async () => {
    const { zb, za, ...rest } = instance(5, 6, 4);
    for (const x of [
      za,
      tf.pad(za, [
        [0, 0],
        [0, 4],
      ]) as tf.Tensor2D,
    ]) {
      const wide = (z: tf.Tensor) =>
        (x.shape[1] === 4
          ? z
          : tf.pad(z, [
              [0, 0],
              [0, 4],
            ])) as tf.Tensor2D;
      const others = changed({ za, zb, ...rest } as Required<Embeddings>, wide);
      const slope = (z: tf.Tensor) =>
        tf
          .grad((y) => loss(objective, { ...others, za: y as tf.Tensor2D }))(z)
          .mul(normal(key(7), x.shape))
          .sum();
      await expectGradient(slope, [x.add(normal(key(8), x.shape, 0, 0.3))], key(6), { step: 0.004, rtol: 1e-2 });
    }
  });

  const degenerate: [string, (given: Required<Embeddings>) => Required<Embeddings>][] = [
    ['all rows equal', (given) => changed(given, () => tf.fill([8, 5], 0.7))],
    ['all rows 0', (given) => changed(given, () => tf.zeros([8, 5]))],
    ['equal views', (given) => changed(given, () => given.za)],
    ['a batch of two', () => instance(7, 2, 5)],
    ['a batch of two in one dimension', () => instance(7, 2, 1)],
    ['huge embeddings', (given) => changed(given, (z) => z.mul(1e4))],
    ['tiny embeddings', (given) => changed(given, (z) => z.mul(1e-5))],
  ];
  test.each(degenerate)('loss and gradient are finite: %s', (_, degrade) => {
    tf.tidy(() => {
      for (const result of lossAndGradient(objective, degrade(instance(6, 8, 5)))) {
        expect(result.isFinite().all().dataSync()[0]).toBe(1);
      }
    });
  });

  test('nothing leaks', async () => {
    const given = instance(9, 8, 5);
    await expectNoLeak(() => tf.dispose(objective.terms(given)));
    await expectNoLeak(() => tf.dispose(lossAndGradient(objective, given)));
  });

  test('NaN is seen in the terms; a batch of one, another type and unequal shapes are refused', () => {
    const spoilt = objective.terms(changed(instance(1, 8, 5), () => tf.fill([8, 5], Number.NaN)));
    const numbers = Object.fromEntries(Object.entries(spoilt).map(([name, term]) => [name, term.dataSync()[0]!]));
    expect(() => checkTerms(objective.name, numbers)).toThrow(`${objective.name}: expected finite terms`);
    const of = (make: (field: string) => tf.Tensor) => () => objective.terms(embeddings(make));
    expect(of(() => tf.ones([1, 5]))).toThrow(`${objective.name}: expected at least 2 embeddings`);
    expect(of((field) => tf.ones(field === 'zb' ? [8, 4] : [8, 5]))).toThrow(/of the same shape.*zb float32 \[8, 4\]/);
    expect(of(() => tf.ones([8, 5], 'int32'))).toThrow(/expected float32 embeddings.*int32/);
  });
});

test('unfit options', () => {
  expect(() => simclr({ temperature: 0 })).toThrow(/simclr: expected temperature to be finite and above 0, got 0/);
  expect(() => barlowTwins({ lambda: -1 })).toThrow(/barlowTwins: expected lambda/);
  expect(() => barlowTwins({ epsilon: 0 })).toThrow(/barlowTwins: expected epsilon/);
  expect(() => vicregLogDet({ entropy: Number.NaN })).toThrow(/vicregLogDet: expected entropy/);
  expect(() => vicregLogDet({ beta: 0 })).toThrow(/vicregLogDet: expected beta/);
  expect(() => vicregPairDist({ sigma: 0 })).toThrow(/vicregPairDist: expected sigma/);
  expect(() => byolLogDet({ beta: -1 })).toThrow(/byolLogDet: expected beta/);
  expect(() => byolLogDet({ hidden: 0 })).toThrow(/expected hidden/);
  expect(() => byolPairDist({ sigma: Number.POSITIVE_INFINITY })).toThrow(/byolPairDist: expected sigma/);
  expect(byolPairDist({ hidden: 32 })).toMatchObject({ predictor: { hidden: 32 }, momentum: { start: 0.99, end: 1 } });
});
