import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tf } from '../../lib/engine/tensorflow';
import { disposeWeights } from '../../lib/models/weights';
import { objective } from '../../lib/objectives/objective';
import { simsiam } from '../../lib/objectives/simsiam';
import { loadCheckpoint } from '../../lib/training/checkpoint';
import { Collapsed, collapseDefaults, collapseOptions, watchCollapse } from '../../lib/training/collapse';
import { Interrupted } from '../../lib/training/interrupt';
import { readMeasures, type StepMeasures } from '../../lib/training/stepMeasures';
import { finishTraining, type TrainingEvent, train } from '../../lib/training/train';
import { disposeTraining } from '../../lib/training/trainingState';
import { expectNoLeak } from '../matchers';
import { smallRun } from './smallRun';

const measures = (
  normalizedStd: number,
  terms: Record<string, number> = { a: 1, b: 2 },
  embeddingStd = 1,
): StepMeasures => ({
  ...{ terms, total: 0, gradientNorm: 1, embeddingStd, embeddingRank: 1, embeddingEntropy: 1, normalizedStd },
});

describe('watchCollapse', () => {
  const options = { threshold: 0.1, patience: 3 };

  it('stops at the last of `patience` steps running below the threshold, and tells all about it', () => {
    const watch = watchCollapse({ name: 'mine' }, 8, options, () => 'last.ckpt is kept');
    watch.observe(1, measures(0.9, { spread: -1, agreement: 5 }));
    watch.observe(2, measures(0.05));
    expect(watch.collapsing).toBe(true);
    watch.observe(3, measures(0.1));
    expect(watch.collapsing).toBe(false);
    watch.observe(4, measures(0.09));
    watch.observe(5, measures(0.01));
    let caught: unknown;
    try {
      watch.observe(6, measures(0.0123, { spread: -1.5, agreement: 0.25 }));
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(Collapsed);
    expect(caught).toMatchObject({ name: 'Collapsed', step: 6, since: 4, measure: 0.0123, term: 'agreement' });
    const { message } = caught as Collapsed;
    expect(message).toContain('mine: the embeddings have collapsed: at step 6');
    expect(message).toContain(
      'since step 4. Their normalized standard deviation is 0.012, below 0.1; it was 0.90 at step 1',
    );
    expect(message).toContain("'agreement', from 5.000 to 0.2500 (now spread -1.500, agreement 0.2500)");
    expect(message).toContain('last.ckpt is kept. What helps:');
  });

  it('takes embeddings that moved away from 0 and kept their spread for healthy, where no term sees where they are', () => {
    const watch = watchCollapse({ name: 'mine', shiftInvariant: true }, 8, options);
    for (let step = 1; step < 10; step++) watch.observe(step, measures(0.02, undefined, 0.4));
    expect(watch.collapsing).toBe(false);
    const shrink = () => {
      for (let step = 10; step < 20; step++) watch.observe(step, measures(0.02, undefined, 0.03));
    };
    expect(shrink).toThrow(Collapsed);
  });

  it('judges neither one dimension nor when it is not to', () => {
    for (const watch of [watchCollapse({ name: 'a' }, 1, options), watchCollapse({ name: 'a' }, 8, false)]) {
      for (let step = 1; step < 10; step++) watch.observe(step, measures(0));
      expect(watch.collapsing).toBe(false);
    }
  });

  it('has defaults, and refuses what cannot be', () => {
    expect(collapseOptions()).toEqual(collapseDefaults);
    expect(collapseOptions({ patience: 7 })).toEqual({ ...collapseDefaults, patience: 7 });
    expect(collapseOptions(false)).toBe(false);
    for (const wrong of [{ threshold: 0 }, { threshold: 1 }, { patience: 0 }, { patience: 1.5 }]) {
      expect(() => collapseOptions(wrong)).toThrow(/expected collapse to be false or a threshold between 0 and 1/);
    }
  });
});

describe('normalizedStd', () => {
  const of = (values: number[][], scale = 1) => {
    const z = tf.tensor2d(values).mul(scale) as tf.Tensor2D;
    const { normalizedStd, embeddingRank } = readMeasures({
      ...{ terms: { t: tf.scalar(0) }, gradients: { g: tf.scalar(1) }, embeddings: { za: z, zb: z } },
    });
    return { normalizedStd, embeddingRank };
  };

  it('is 1 where directions are spread alike, 0 where they are one, whatever the scale', () => {
    const spread = [
      [1, 0],
      [-2, 0],
      [0, 3],
      [0, -4],
    ];
    // Of length 1: each coordinate is ±1, 0, 0 with mean 0 and variance 1/2; √(1/2) √2 = 1.
    for (const scale of [1e-6, 1, 1e6]) {
      expect(of(spread, scale).normalizedStd).toBeCloseTo(1, 5);
      expect(
        of(
          [
            [1, 2],
            [2, 4],
            [3, 6],
            [0.1, 0.2],
          ],
          scale,
        ).normalizedStd,
      ).toBeLessThan(1e-3);
    }
  });

  it('does not see dimensional collapse, and the rank does', () => {
    const line = of([
      [1, 1],
      [-2, -2],
      [3, 3],
      [-1, -1],
    ]);
    expect(line.normalizedStd).toBeCloseTo(1, 5);
    expect(line.embeddingRank).toBeLessThan(1.1);
    expect(
      of([
        [1, 1],
        [1, -1],
      ]).embeddingRank,
    ).toBeCloseTo(2, 3);
  });
});

/** As SimSiam but with the gradient through both sides: it collapses (Chen & He 2021, figure 2). */
function withoutStopGradient() {
  const unit = (z: tf.Tensor) => z.div(z.square().sum(1, true).add(1e-12).sqrt());
  const cosine = (p: tf.Tensor, z: tf.Tensor) => unit(p).mul(unit(z)).sum(1).mean().neg();
  return objective(
    'SimSiam without stopGradient',
    ({ za, zb, pa, pb }) => ({ similarity: cosine(pa, zb).add(cosine(pb, za)).div(2) }),
    {
      predictor: { hidden: 8 },
    },
  );
}

const watched = { threshold: 0.15, patience: 5 };
const settings = { epochs: 100, learningRate: 0.5, objective: withoutStopGradient(), collapse: watched };

describe('train', () => {
  it('catches SimSiam without stopGradient, and keeps a checkpoint from before', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'infossl-collapse-'));
    const path = join(folder, 'last.ckpt');
    try {
      await expectNoLeak(async () => {
        const events: TrainingEvent[] = [];
        const options = smallRun({ ...settings, checkpoint: { path, seconds: 0 } });
        const training = finishTraining(train(options), (event) => void events.push(event));
        const error = await training.catch((caught: unknown) => caught);
        expect(error).toBeInstanceOf(Collapsed);
        const { step, since, term, message } = error as Collapsed;
        expect([step - since, term]).toEqual([4, 'similarity']);
        expect(message).toContain(`The last good checkpoint, ${path}, is kept`);
        expect(events.length).toBe(step - 1);
        expect(events.slice(since - 1).every(({ normalizedStd }) => normalizedStd < 0.15)).toBe(true);
        const { groups, facts } = await loadCheckpoint(path);
        expect(facts.step).toBeLessThan(since);
        expect(events[(facts.step as number) - 1]!.normalizedStd).toBeGreaterThanOrEqual(0.15);
        Object.values(groups).forEach(disposeWeights);
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('catches it with the defaults', async () => {
    const run = smallRun({ ...settings, epochs: 60, collapse: undefined });
    await expect(finishTraining(train(run))).rejects.toThrow(/the embeddings have collapsed.*'similarity'/);
  });

  it('lets it run on when told to, and SimSiam itself too', async () => {
    for (const options of [{ collapse: false as const }, { objective: simsiam({ hidden: 8 }), learningRate: 0.05 }]) {
      const run = smallRun({ ...settings, epochs: 20, ...options });
      disposeTraining(await finishTraining(train(run)));
    }
  });

  it('writes no checkpoint while it is below, not even when it is stopped then, but at its end', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'infossl-collapse-'));
    const path = join(folder, 'last.ckpt');
    try {
      const controller = new AbortController();
      const below = { checkpoint: { path, seconds: 0 }, collapse: { threshold: 0.999, patience: 50 } };
      const training = finishTraining(
        train(smallRun({ ...below, objective: simsiam(), signal: controller.signal })),
        ({ step }) => void (step === 3 && controller.abort()),
      );
      await expect(training).rejects.toThrow(Interrupted);
      await expect(training).rejects.toThrow(
        /almost one direction, so it was not saved. No checkpoint had been written yet to .*last.ckpt/,
      );
      expect(existsSync(path)).toBe(false);
      disposeTraining(await finishTraining(train(smallRun({ ...below, objective: simsiam() }))));
      expect((await loadCheckpoint(path)).facts.step).toBe(6);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
