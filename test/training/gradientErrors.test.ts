import { describe, expect, test } from 'vitest';
import { withGradient } from '../../lib/engine/gradient';
import { holdingConstants } from '../../lib/engine/heldConstants';
import { hasKink, numericSlopes } from '../../lib/engine/numericSlope';
import { key, normal } from '../../lib/engine/random';
import { stopGradient } from '../../lib/engine/stopGradient';
import { tf } from '../../lib/engine/tensorflow';
import { kozachenkoLeonenko } from '../../lib/information/kozachenkoLeonenko';
import { objective } from '../../lib/objectives/objective';
import { invarianceTerm } from '../../lib/objectives/vicreg';
import { gradientErrors } from '../../lib/training/gradientErrors';
import { expectNoLeak } from '../matchers';
import { everyObjective } from '../objectives/everyObjective';

const float32 = Math.fround;

describe('numericSlopes', () => {
  test('finds slopes of smooth functions to float32', () => {
    const [sine, cube] = numericSlopes((t) => [float32(Math.sin(1 + t)), float32((2 + t) ** 3)], 0.1);
    const best = (slopes: typeof sine, wanted: number) =>
      Math.min(...slopes!.map(({ slope, rounding }) => Math.abs(slope - wanted) - rounding));
    expect(best(sine, Math.cos(1))).toBeLessThan(1e-6);
    expect(best(cube, 12)).toBeLessThan(1e-5);
    expect(hasKink(sine!) || hasKink(cube!)).toBe(false);
  });

  test('sees a kink at 0 and its two slopes', () => {
    const [hinge] = numericSlopes((t) => [float32(1 + Math.max(0, 3 * t) - t)], 0.1);
    expect(hasKink(hinge!)).toBe(true);
    expect(hinge![4]!.left).toBeCloseTo(-1, 3);
    expect(hinge![4]!.right).toBeCloseTo(2, 3);
  });
});

describe('gradientErrors', () => {
  test.each(everyObjective.map(({ title, objective: own }) => [title, own] as const))(
    'finds the gradient of %s right, what it stops held',
    async (_, own) => {
      const errors = await expectNoLeak(() => gradientErrors(own, { directions: 1 }));
      expect(errors.filter(({ agrees }) => agrees !== true)).toEqual([]);
      expect(Math.max(...errors.map(({ relativeError }) => relativeError))).toBeLessThan(2e-3);
    },
  );

  const scaled = (x: tf.Tensor, factor: number) =>
    withGradient([x], () => ({
      value: x.square(),
      saved: [x],
      gradient: (dy, [saved]) => [dy.mul(saved!).mul(2 * factor)],
    }));

  test('finds a gradient that is 3 % too short, in its term and input', async () => {
    const mine = objective('mine', ({ za, zb }) => ({
      right: scaled(zb, 1).mean(),
      wrong: scaled(za, 0.97).mean().add(scaled(zb, 1).mean()),
    }));
    const errors = await expectNoLeak(() => gradientErrors(mine));
    expect(errors.map(({ term, input, agrees }) => [term, input, agrees])).toEqual([
      ['right', 'za', true],
      ['wrong', 'za', false],
      ['right', 'zb', true],
      ['wrong', 'zb', true],
    ]);
    expect(errors[1]!.relativeError).toBeCloseTo(0.03 / 0.97, 3);
    expect(errors[1]!.direction).toBe("gradient of 'wrong'");
  });

  test('finds a term whose gradient is lost on the way', () => {
    const mine = objective('mine', ({ za, zb }) => ({
      invariance: invarianceTerm(za, zb),
      size: tf.tensor1d(za.dataSync()).square().mean(),
    }));
    const size = gradientErrors(mine).find(({ term, input }) => term === 'size' && input === 'za')!;
    expect(size).toMatchObject({ norm: null, slope: 0, agrees: false });
    expect(Math.abs(size.numeric)).toBeGreaterThan(0.01);
  });

  test('takes either side of a kink, and none beyond', () => {
    const flat = normal(key(1), [8, 4]) as tf.Tensor2D;
    const [za, zb] = [flat, flat.clone() as tf.Tensor2D];
    const kinked = (slope: number) =>
      objective('mine', ({ za: a, zb: b }) => ({
        hinge: withGradient([a], () => ({
          value: a.sub(b).abs().sum(),
          saved: [a],
          gradient: (dy, [saved]) => [tf.fill(saved!.shape, slope).mul(dy)],
        })),
      }));
    const at = (slope: number) =>
      gradientErrors(kinked(slope), { embeddings: { za, zb } }).find(({ input }) => input === 'za')!;
    expect(at(0.5)).toMatchObject({ agrees: true, relativeError: 0 });
    expect(at(0.5).kinks).toBeGreaterThan(0);
    expect(at(1.5).agrees).toBe(false);
    tf.dispose([za, zb]);
  });

  test('finds a gradient right beside kinks that its longest steps cross', () => {
    // Half of the entries are 1e-3 from 0.
    const far = tf.tensor2d([1, 0, 1, 0, 1, 0, 1, 0], [8, 1]);
    const z = normal(key(2), [8, 4]);
    const za = z.mul(far).add(z.sign().mul(tf.sub(1, far)).mul(1e-3)) as tf.Tensor2D;
    const bent = (x: tf.Tensor) => x.relu().sum().mul(2).add(x.square().sum());
    const mine = objective('mine', ({ za: x }) => ({ hinge: bent(x) }));
    const direction = normal(key(3), [8, 4]);
    const v = direction.div(direction.norm());
    const exact = tf.grad(bent)(za).mul(v).sum().dataSync()[0]!;
    const [slopes] = numericSlopes((t) => [bent(za.add(v.mul(t))).dataSync()[0]!], 0.02 * za.norm().dataSync()[0]!);
    const off = slopes!.map(({ slope }) => Math.abs(slope - exact) / za.norm().dataSync()[0]!);
    expect(off[0]).toBeGreaterThan(0.05);
    const found = gradientErrors(mine, { embeddings: { za, zb: za } }).find(({ input }) => input === 'za');
    expect(found).toMatchObject({ agrees: true, kinks: 0 });
    expect(found!.relativeError).toBeLessThan(2e-3);
  });

  test.each([1, 3])('finds that of the entropy by nearest neighbour %i right, its neighbours held', (k) => {
    const mine = objective('mine', ({ za }) => ({ entropy: kozachenkoLeonenko(za, { k }) }));
    for (let seed = 0; seed < 4; seed++) {
      expect(gradientErrors(mine, { key: key(seed), rows: 6, directions: 2 })[0]).toMatchObject({ agrees: true });
    }
  });

  test.each([
    ['NaN', ({ za }: { za: tf.Tensor }) => za.sub(za).square().sum().sqrt()],
    ['infinite', ({ za }: { za: tf.Tensor }) => za.mul(1e30).square().sum().mul(1e-30).add(za.mean())],
  ])('a gradient that is %s does not agree, and leaves another term its own', (_, broken) => {
    const mine = objective('mine', (given) => ({
      invariance: invarianceTerm(given.za, given.zb),
      broken: broken(given),
    }));
    const byZa = gradientErrors(mine, { directions: 1 }).filter(({ input }) => input === 'za');
    expect(byZa.map(({ agrees }) => agrees)).toEqual([true, false]);
    expect(byZa[1]).toMatchObject({ relativeError: Number.POSITIVE_INFINITY });
    expect(Number.isFinite(byZa[1]!.norm)).toBe(false);
  });

  test('without random directions, where no term has a gradient, takes one', () => {
    const mine = objective('mine', ({ za }) => ({ size: za.square().mean() }));
    const [byZa, byZb] = gradientErrors(mine, { directions: 0 });
    expect(byZa).toMatchObject({ agrees: true, direction: "gradient of 'size'" });
    expect(byZb).toMatchObject({ agrees: true, norm: null, direction: 'random direction 1' });
  });

  test('says that constants cannot be held where their number varies', async () => {
    const branching = (more: (mean: number) => boolean) =>
      objective('mine', ({ za }) => ({
        size: za
          .square()
          .mean()
          .add(more(za.mean().dataSync()[0]!) ? stopGradient(za).mean() : 0),
      }));
    const embeddings = { za: tf.ones([8, 4]) as tf.Tensor2D, zb: tf.ones([8, 4]) as tf.Tensor2D };
    await expectNoLeak(() => {
      expect(() =>
        gradientErrors(
          branching((mean) => mean > 1),
          { embeddings },
        ),
      ).toThrow(/^checkGradient of mine: expected as many constants .* at it, 0, got 1, .*branch on values/);
      expect(() =>
        gradientErrors(
          branching((mean) => mean === 1),
          { embeddings },
        ),
      ).toThrow(/at it, 1, got 0/);
    });
    tf.dispose(embeddings);
  });

  test('a large constant beside a small slope leaves it open', () => {
    const mine = objective('mine', ({ za }) => ({ size: za.square().mean().mul(1e-6).add(1e3) }));
    expect(gradientErrors(mine)[0]).toMatchObject({ agrees: null });
  });
});

test('holdingConstants holds what is stopped at its first value, and frees it', async () => {
  await expectNoLeak(() => {
    const seen = holdingConstants('test', (hold) =>
      [1, 2, 3].map((x) => tf.tidy(() => hold(() => stopGradient(tf.scalar(x)).add(tf.scalar(x)).dataSync()[0]))),
    );
    expect(seen).toEqual([2, 3, 4]);
  });
  expect(tf.tidy(() => stopGradient(tf.scalar(5)).dataSync()[0])).toBe(5);
});
