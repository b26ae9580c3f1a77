import { describe, expect, test, vi } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { kozachenkoLeonenko } from '../../lib/information/kozachenkoLeonenko';
import { byol } from '../../lib/objectives/byol';
import { moco } from '../../lib/objectives/moco';
import { type Embeddings, type Objective, objective } from '../../lib/objectives/objective';
import { invarianceTerm, varianceTerm, vicreg } from '../../lib/objectives/vicreg';
import { collapseTest } from '../../lib/training/collapseTest';
import { descendEmbeddings } from '../../lib/training/descendEmbeddings';
import { objectiveChecks } from '../../lib/training/objectiveChecks';
import { checkGradient, checkObjective } from '../../lib/workbook/checkObjective';
import { expectNoLeak } from '../matchers';

const mine = (terms: (embeddings: Required<Embeddings>) => Record<string, tf.Tensor>) => objective('mine', terms);

const wrong = (own: Objective) =>
  objectiveChecks(own, { rows: 16, dimension: 4 })
    .filter(({ verdict }) => verdict === 'wrong')
    .map(({ check }) => check);

const foundBy = (own: Objective, check: string) =>
  objectiveChecks(own, { rows: 16, dimension: 4 }).find((row) => row.check.startsWith(check))!;

describe('objectiveChecks', () => {
  test.each([vicreg(), byol(), moco({ queueLength: 64 })])(
    'finds nothing wrong with $name, and leaves nothing',
    async (own) => {
      expect(await expectNoLeak(() => wrong(own))).toEqual([]);
    },
  );

  test('finds a term without gradient, in that and against differences', () => {
    const own = mine(({ za, zb }) => ({
      invariance: invarianceTerm(za, zb),
      size: tf.tensor1d(za.dataSync()).square().mean(),
    }));
    expect(wrong(own)).toEqual(['each term has a gradient (its norm by each input)', 'gradients against differences']);
    expect(foundBy(own, 'each term').found).toMatch(/^size: by nothing\. .*invariance: za 0\.\d+/);
  });

  test('finds a term whose gradient is 0 everywhere, as of rounding, beside a right one', () => {
    const own = mine(({ za, zb }) => ({
      invariance: invarianceTerm(za, zb),
      steps: tf.add(za.mul(5).round().mean(), zb.mul(5).floor().mean()),
    }));
    expect(wrong(own)).toContain('each term has a gradient (its norm by each input)');
    expect(foundBy(own, 'each term').found).toMatch(/^steps: by nothing\. /);
    // A difference over a jump is no kink that excuses it.
    const steps = checkGradient(own).filter(({ term }) => term === 'steps');
    for (const { norm, numeric, agrees } of steps) expect([norm, agrees]).toEqual([0, Math.abs(numeric) < 0.01]);
  });

  test('finds a gradient that is not finite under a finite term', () => {
    const own = mine(({ za, zb }) => ({
      invariance: invarianceTerm(za, zb),
      distance: za.sub(za).square().sum().sqrt(),
    }));
    expect(wrong(own)).toEqual(
      expect.arrayContaining(['each term has a gradient (its norm by each input)', 'gradients against differences']),
    );
    expect(foundBy(own, 'each term').found).toMatch(/^distance by za: not finite\. /);
    expect(foundBy(own, 'gradients').found).toBe('distance by za is not finite');
  });

  test('finds a term that depends on the order of the batch', () => {
    const own = mine(({ za, zb }) => ({
      first: za
        .slice([0, 0], [1, -1])
        .sub(zb.slice([0, 0], [1, -1]))
        .square()
        .mean(),
    }));
    expect(wrong(own)).toEqual(['the order of the batch does not matter']);
  });

  test('finds what is left behind', () => {
    const kept: tf.Tensor[] = [];
    const own = mine(({ za, zb }) => {
      kept.push(tf.keep(za.mean(0)));
      return { invariance: invarianceTerm(za, zb) };
    });
    expect(wrong(own)).toEqual(['nothing is left behind']);
    expect(foundBy(own, 'nothing').found).toContain('leave 1 tensor behind each time (1 kept tensor)');
    tf.dispose(kept);
  });

  test('tries an objective that has constants of its own size at that size alone', () => {
    const mixing = normal(key(5), [4, 4]);
    const rows = tf.eye(16);
    const own = mine(({ za, zb }) => ({
      invariance: tf
        .matMul(rows, za.sub(zb) as tf.Tensor2D)
        .matMul(mixing)
        .square()
        .mean(),
    }));
    expect(wrong(own)).toEqual([]);
    expect(foundBy(own, 'a batch of two')).toMatchObject({ verdict: 'note' });
    expect(() => objectiveChecks(own, { rows: 2 })).toThrow(/^checkObjective: .* got 2 of 32/);
    tf.dispose([mixing, rows]);
  });

  test('finds infinite terms and gradients at a collapse and for a batch of two', () => {
    const own = mine(({ za, zb }) => {
      const gap = za.sub(za.max(0)).square().sum(1);
      return { invariance: invarianceTerm(za, zb), entropy: gap.log().mean().neg() };
    });
    expect(wrong(own)).toEqual(['collapse to a point']);
    const cubes = mine(({ za, zb }) => {
      const skew = za.sub(za.mean(0)).pow(3).sum(0).square().sqrt();
      return { invariance: invarianceTerm(za, zb), skew: skew.mean() };
    });
    expect(wrong(cubes)).toContain('a batch of two');
  });

  test('tells of a view that is ignored, of symmetry, of scale, and of a sign', () => {
    const own = mine(({ za, zb }) => ({ invariance: invarianceTerm(za, zb), variance: varianceTerm(za).neg() }));
    expect(foundBy(own, 'both views').found).toBe('yes');
    expect(foundBy(own, 'exchanging').found).toMatch(/becomes/);
    expect(foundBy(own, 'scaling').found).toMatch(/at 100 ×/);
    expect(foundBy(own, 'collapse to a point').found).toMatch(
      /does not lead out; collapse costs nothing: .*look at its sign/,
    );
    expect(
      foundBy(
        mine(({ za }) => ({ variance: varianceTerm(za) })),
        'both views',
      ),
    ).toMatchObject({
      verdict: 'note',
      found: 'no term has a gradient by zb',
    });
    expect(foundBy(byol(), 'scaling').found).toMatch(/^no change/);
  });
});

describe('collapseTest', () => {
  const entropy = mine(({ za, zb }) => ({
    invariance: invarianceTerm(za, zb),
    entropy: kozachenkoLeonenko(za, { k: 1 }).neg(),
  }));

  test('an entropy rises by K ln 1/s, and leads out by K / s, on the way to a point', async () => {
    const rows = await expectNoLeak(() => collapseTest(entropy, { rows: 16, dimension: 4, spreads: [1, 0.1] }));
    const at = (spread: number) =>
      rows.find((row) => row.collapse === 'point' && row.term === 'entropy' && row.spread === spread)!;
    expect(at(0.1).value - at(1).value).toBeCloseTo(4 * Math.log(10), 3);
    expect([at(1).restoring, at(0.1).restoring]).toMatchNumbers([4, 40], { rtol: 1e-3 });
    const pull = rows.find((row) => row.collapse === 'point' && row.term === 'invariance' && row.spread === 0.1)!;
    expect(pull.restoring).toBeCloseTo(-20 * pull.value, 4);
  });

  test('says what is not finite at a full collapse', () => {
    const rows = collapseTest(entropy, { rows: 16, dimension: 4, spreads: [0] });
    expect(rows.find((row) => row.collapse === 'point' && row.term === 'entropy')).toMatchObject({
      value: Number.POSITIVE_INFINITY,
      gradient: 0,
    });
    const variance = collapseTest(vicreg(), { spreads: [0] }).find((row) => row.term === 'variance')!;
    expect(variance.value).toBeCloseTo(25 * 0.99, 5);
  });

  test('refuses what cannot collapse', () => {
    expect(() => collapseTest(entropy, { dimension: 1 })).toThrow(
      /at least 4 rows of at least 2 dimensions, got 64 of 1/,
    );
  });
});

describe('descendEmbeddings', () => {
  const near = () => ({
    za: normal(key(1), [16, 2], 1, 0.01) as tf.Tensor2D,
    zb: normal(key(2), [16, 2], 1, 0.01) as tf.Tensor2D,
  });

  test('leads VICReg out of a collapse, and an invariance alone into it', async () => {
    const start = near();
    await expectNoLeak(() => {
      const out = descendEmbeddings(vicreg(), start, { steps: 100, every: 50 });
      expect(out.map(({ step }) => step)).toEqual([0, 50, 100]);
      expect(out[0]!.std).toBeLessThan(0.02);
      expect(out[2]!.std).toBeGreaterThan(0.8);
      expect(out[2]!.rank).toBeGreaterThan(1.9);
      expect(out[2]!.za).toHaveLength(16);
      const alone = descendEmbeddings(
        mine(({ za, zb }) => ({ invariance: invarianceTerm(za, zb) })),
        start,
      );
      expect(alone.at(-1)!.total).toBeLessThan(1e-6);
      expect(alone.at(-1)!.std).toBeLessThan(0.02);
    });
    tf.dispose(start);
  });

  test('stops at the step at which a term is not finite, recorded or not', async () => {
    const start = near();
    let calls = 0;
    // Once for the row at step 0, then once a step.
    const own = mine(({ za }) => ({
      size: za.square().mean(),
      late: za
        .sum()
        .mul(0)
        .add(calls++ < 5 ? 0 : Number.NaN),
    }));
    await expectNoLeak(() => {
      expect(() => descendEmbeddings(own, start, { steps: 20, every: 10 })).toThrow(
        /^mine: expected finite terms at step 4, got 'late'/,
      );
    });
    tf.dispose(start);
  });

  test('refuses an objective that needs networks', () => {
    const start = near();
    expect(() => descendEmbeddings(byol(), start)).toThrow(
      /got BYOL, which asks for a predictor; train it with networks/,
    );
    tf.dispose(start);
  });
});

test('checkObjective and checkGradient show their rows', () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  expect(checkObjective(vicreg(), { rows: 16, dimension: 4 }).length).toBeGreaterThan(10);
  expect(checkGradient(vicreg(), { directions: 1 })).toHaveLength(6);
  const shown = log.mock.calls.map(([text]) => String(text));
  log.mockRestore();
  expect(shown[0]).toMatch(/collapse to a point/);
  expect(shown[1]).toMatch(/worst along[\s\S]*invariance/);
});
