import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tf } from '../../lib/engine/tensorflow';
import type { Weights } from '../../lib/models/module';
import { disposeWeights } from '../../lib/models/weights';
import { adamW } from '../../lib/training/adamW';
import { lars } from '../../lib/training/lars';
import type { Optimizer } from '../../lib/training/optimizer';
import { sgd } from '../../lib/training/sgd';
import { expectNoLeak } from '../matchers';

type Values = Record<string, number[]>;
const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/optimizers.json'), 'utf8')) as {
  shapes: Values;
  rates: number[];
  start: Values;
  gradients: Values[];
  runs: Record<string, Values[]>;
};

function makeWeights(values: Values, shapes: Values): Weights {
  return Object.fromEntries(
    Object.entries(values).map(([name, own]) => [name, tf.tidy(() => tf.variable(tf.tensor(own, shapes[name])))]),
  );
}

/** The weights' values after each step. */
function follow(optimizer: Optimizer): Values[] {
  const weights = makeWeights(golden.start, golden.shapes);
  const state = optimizer.init(weights);
  const after = golden.gradients.map((own, i) => {
    const gradients = makeWeights(own, golden.shapes);
    optimizer.update(weights, state, gradients, () => golden.rates[i]!);
    disposeWeights(gradients);
    return Object.fromEntries(Object.entries(weights).map(([name, w]) => [name, Array.from(w.dataSync())]));
  });
  disposeWeights(weights);
  disposeWeights(state);
  return after;
}

const optimizers: Record<string, Optimizer> = {
  sgd: sgd({ weightDecay: 0.05 }),
  sgdNesterov: sgd({ momentum: 0.8, weightDecay: 0.05, nesterov: true }),
  sgdPlain: sgd({ momentum: 0, weightDecay: 0 }),
  adamW: adamW({ weightDecay: 0.1 }),
  adamWEpsilon: adamW({ betas: [0.8, 0.95], epsilon: 0.1, weightDecay: 0 }),
  larsClipped: lars({ trust: 0.5, weightDecay: 0.05 }),
  larsNotClipped: lars({ weightDecay: 0.05, clip: false }),
  larsUpdate: lars({ trust: 0.1, weightDecay: 0.05, clip: false, denominator: 'update' }),
};

it.each(Object.keys(golden.runs))('%s goes where the reference goes, five steps, without a leak', async (name) => {
  const steps = await expectNoLeak(() => follow(optimizers[name]!));
  steps.forEach((values, step) => {
    for (const weight of Object.keys(golden.start)) {
      expect(values[weight]!, `${weight} after step ${step}`).toMatchNumbers(golden.runs[name]![step]![weight]!, {
        rtol: 1e-6,
        atol: 1e-6,
      });
    }
  });
});

describe.each([
  ['sgd', sgd()],
  ['lars', lars()],
  ['adamW', adamW()],
])('%s', (name, optimizer) => {
  const weights = () => makeWeights({ a: [1, 2], b: [3, 4], c: [1, 2, 3, 4] }, { a: [2], b: [2], c: [2, 2] });

  it('moves a weight the same, whoever is beside it', () => {
    const [all, one] = [weights(), { b: weights().b! }];
    const [allState, oneState] = [optimizer.init(all), optimizer.init(one)];
    for (const g of [1, -2, 0.5]) {
      const gradients = { a: tf.tensor1d([g, 0]), b: tf.tensor1d([0.1, g]), c: tf.ones([2, 2]) };
      optimizer.update(all, allState, gradients, () => 0.1);
      optimizer.update(one, oneState, { b: gradients.b }, () => 0.1);
    }
    expect(Array.from(all.b!.dataSync())).toEqual(Array.from(one.b.dataSync()));
  });

  it('asks for the learning rate by weight: at 0 one rests, and vectors of other rates are not joined', () => {
    const w = weights();
    const asked: string[] = [];
    optimizer.update(w, optimizer.init(w), { a: tf.ones([2]), b: tf.ones([2]) }, (weight) => {
      asked.push(weight);
      return weight === 'a' ? 0 : 0.5;
    });
    expect([...new Set(asked)]).toEqual(['a', 'b']);
    expect(w.a!).toMatchNumbers([1, 2]);
    expect(w.b!.dataSync()[0]).toBeLessThan(3);
  });

  it('goes on from a copy of its state as if it had never stopped', () => {
    const [w, copied] = [weights(), weights()];
    const g = (value: number) => ({ a: tf.fill([2], value), c: tf.fill([2, 2], -value) });
    const [state, fresh] = [optimizer.init(w), optimizer.init(copied)];
    optimizer.update(w, state, g(1), () => 0.1);
    for (const own of Object.keys(w)) copied[own]!.assign(w[own]!);
    for (const own of Object.keys(state)) fresh[own]!.assign(state[own]!);
    for (const [ws, s] of [[w, state] as const, [copied, fresh] as const]) optimizer.update(ws, s, g(0.3), () => 0.1);
    for (const own of Object.keys(w)) {
      expect(Array.from(copied[own]!.dataSync())).toEqual(Array.from(w[own]!.dataSync()));
    }
    expect(Object.values(state).every((s) => s.dtype === 'float32' && !s.trainable)).toBe(true);
  });

  it('names a gradient of an unknown weight', () => {
    const w = weights();
    expect(() => optimizer.update(w, optimizer.init(w), { other: tf.ones([2]) }, () => 1)).toThrow(
      new RegExp(`^${name}: a gradient came for 'other', which init did not know`),
    );
  });
});

describe('lars', () => {
  it('is invariant to the gradient’s scale where it adapts', () => {
    const ends = [1, 1000].map((scale) => {
      const w = makeWeights({ c: [1, 2, 3, 4] }, { c: [2, 2] });
      const optimizer = lars({ weightDecay: 0, clip: false });
      optimizer.update(w, optimizer.init(w), { c: tf.tensor2d([[1, 0], [2, -1]]).mul(scale) }, () => 0.1); // biome-ignore format: a matrix
      return w.c!.dataSync();
    });
    expect(ends[1]!).toMatchNumbers(ends[0]!, { rtol: 1e-6 });
  });

  it('adapts vectors one by one where they are not excluded', () => {
    const alone = makeWeights({ a: [3, 4] }, { a: [2] });
    const beside = makeWeights({ a: [3, 4], b: [300, 400] }, { a: [2], b: [2] });
    const optimizer = lars({ decays: () => true });
    optimizer.update(alone, optimizer.init(alone), { a: tf.ones([2]) }, () => 1);
    optimizer.update(beside, optimizer.init(beside), { a: tf.ones([2]), b: tf.ones([2]) }, () => 1);
    expect(beside.a!).toMatchNumbers(alone.a!);
  });
});

it('tells all settings by its name', () => {
  const names = [
    ...[sgd(), sgd({ nesterov: true }), sgd({ momentum: 0.8 }), sgd({ weightDecay: 0 }), sgd({ decays: () => true })],
    ...[lars(), lars({ clip: false }), lars({ trust: 0.1 }), lars({ denominator: 'update' }), lars({ momentum: 0 })],
    ...[lars({ weightDecay: 0 }), lars({ decays: () => true }), adamW(), adamW({ betas: [0.9, 0.95] })],
    ...[adamW({ epsilon: 1e-6 }), adamW({ weightDecay: 0 }), adamW({ decays: () => true })],
  ].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

it('refuses impossible settings', () => {
  expect(() => lars({ trust: 0 })).toThrow(/lars: expected .*trust > 0, got 0.9, 0.0001 and 0/);
  expect(() => lars({ momentum: 1 })).toThrow(/lars: expected momentum from 0 to below 1/);
  expect(() => lars({ denominator: 'x' as 'sum' })).toThrow(/'sum' or 'update', got 'x'/);
  expect(() => adamW({ betas: [0.9, 1] })).toThrow(/adamW: expected betas from 0 to below 1.*got \[0.9,1\]/);
});
