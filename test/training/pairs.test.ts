import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { classPartners } from '../../lib/datasets/classPartners';
import { batch } from '../../lib/datasets/dataset';
import { subset } from '../../lib/datasets/subset';
import { key } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { dense } from '../../lib/models/dense';
import { flatten } from '../../lib/models/pooling';
import { sequential } from '../../lib/models/sequential';
import { objective } from '../../lib/objectives/objective';
import { Interrupted } from '../../lib/training/interrupt';
import { runIdentity, trainedRun } from '../../lib/training/run';
import { finishTraining, train } from '../../lib/training/train';
import type { TrainOptions } from '../../lib/training/trainingPlan';
import { disposeTraining } from '../../lib/training/trainingState';
import { twoViews, unaugmented } from '../../lib/views/recipe';
import { expectNoLeak } from '../matchers';
import { bits, coloredNoise, smallRun } from './smallRun';

const dataset = coloredNoise(26);

test('a partner is another image of the class, each of the others equally often, by the key alone', () =>
  expectNoLeak(() => {
    const partners = classPartners(dataset);
    const anchors = new Int32Array(7000).fill(4); // class 1 has the nine images 1, 4, 7, …, 25
    const counts = new Map<number, number>();
    for (const other of partners(key(5), anchors)) counts.set(other, (counts.get(other) ?? 0) + 1);
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([1, 7, 10, 13, 16, 19, 22, 25]);
    // χ² with 7 degrees of freedom: 24.3 at 0.1 %.
    const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - 875) ** 2 / 875, 0);
    expect(chiSquare).toBeLessThan(24.3);
    const all = Int32Array.from({ length: 26 }, (_, i) => i);
    const found = partners(key(6), all);
    expect(found.every((other, i) => other !== i && dataset.labels[other] === dataset.labels[i])).toBe(true);
    expect(partners(key(6), all)).toEqual(found);
    expect(partners(key(7), all)).not.toEqual(found);
    expect(() => partners(key(6), [26])).toThrow(/^classPartners: expected indices from 0 to 25/);
  }));

test('a class of a single image has no pairs, and an unknown kind of pairs is named', () => {
  const lonely = subset(dataset, [0, 1, 3, 6, 9, 12, 15, 18]);
  expect(() => classPartners(lonely)).toThrow(
    /^classPartners: expected at least 2 images of each class.*1 of 'colour 1'/,
  );
  expect(() => runIdentity({ name: 'x', ...smallRun({ dataset: lonely, pairs: 'class' }) })).toThrow(/^classPartners/);
  const unknown = { pairs: 'neighbour' } as unknown as Partial<TrainOptions>;
  expect(() => runIdentity({ name: 'x', ...smallRun(unknown) })).toThrow(/^train: expected pairs to be .* 'neighbour'/);
});

test('unaugmented views are the images to the bit, the second of the others given', () =>
  expectNoLeak(() => {
    const [images, others] = [batch(dataset, [0, 1, 2]), batch(dataset, [3, 4, 5])];
    const [first, second] = twoViews(unaugmented, key(1), images, undefined, others);
    expect(first.dataSync()).toEqual(images.dataSync());
    expect(second.dataSync()).toEqual(others.dataSync());
    tf.dispose([images, others, first, second]);
  }));

test('a step sees two different images of one class, and other pairs in the next epoch', async () => {
  const seen = new Map<number, number[]>();
  const pixels = (z: tf.Tensor2D) => z.arraySync().map((row) => row.slice(0, 192));
  const networks = {
    encoder: sequential('pixels', [8, 8, 3], { flatten: flatten() }),
    projector: sequential('same', [192], { same: dense({ units: 192, bias: false }) }),
  };
  // At rate 0 the weights stay: an image's embedding names it.
  const watching = objective('watching', ({ za, zb, moment }) => {
    seen.set(moment.step, [...named(za), ...named(zb)]);
    return { distance: za.sub(zb).square().mean() };
  });
  let known: number[][] = [];
  const named = (z: tf.Tensor2D) =>
    pixels(z).map((row) => {
      const distances = known.map((other) => other.reduce((sum, v, i) => sum + (v - row[i]!) ** 2, 0));
      return distances.indexOf(Math.min(...distances));
    });
  const options = smallRun({ networks, objective: watching, pairs: 'class', recipe: unaugmented, learningRate: 0 });
  const begun = await finishTraining(train({ ...options, objective: objective('idle', ({ za, zb }) => ({ d: za.sub(zb).square().mean() })), epochs: 1 })); // biome-ignore format: one line
  tf.tidy(() => {
    const all = batch(
      dataset,
      Array.from({ length: 26 }, (_, i) => i),
    );
    const { mean, std } = begun.statistics;
    const x = all.sub(mean).div(std).reshape([26, 192]);
    known = (begun.networks.projector.apply(begun.weights.projector, x) as tf.Tensor2D).arraySync();
  });
  disposeTraining(begun);
  disposeTraining(await finishTraining(train(options)));
  expect([...seen.keys()]).toEqual([0, 1, 2, 3, 4, 5]);
  const steps = [...seen.values()];
  for (const step of steps) {
    for (let i = 0; i < 8; i++) {
      expect(step[8 + i]).not.toBe(step[i]);
      expect(dataset.labels[step[8 + i]!]).toBe(dataset.labels[step[i]!]);
    }
  }
  const partnerOf = (epoch: number[][]) =>
    new Map(epoch.flatMap((step) => step.slice(0, 8).map((a, i) => [a, step[8 + i]])));
  const [first, second] = [partnerOf(steps.slice(0, 3)), partnerOf(steps.slice(3))];
  expect([...first.keys()].some((image) => second.has(image) && second.get(image) !== first.get(image))).toBe(true);
});

test('pairs of a class are another run; without the option nothing is, and one stopped goes on to the same bits', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'infossl-pairs-'));
  try {
    await expectNoLeak(async () => {
      const plain = { name: 'pairs', ...smallRun() };
      const paired = { ...plain, pairs: 'class' as const };
      expect(runIdentity(plain)).not.toHaveProperty('pairs');
      expect(runIdentity({ ...plain, pairs: 'augmentation' })).toEqual(runIdentity(plain));
      expect(runIdentity(paired)).toMatchObject({ pairs: 'class' });
      const [one, two] = [await trainedRun(plain, { folder }), await trainedRun(paired, { folder })];
      expect(bits(two.weights)).not.toEqual(bits(one.weights));
      const elsewhere = join(folder, 'stopped');
      const controller = new AbortController();
      const stopped = trainedRun(paired, {
        ...{ folder: elsewhere, signal: controller.signal },
        onEvent: ({ step }) => void (step === 2 && controller.abort()),
      });
      await expect(stopped).rejects.toThrow(Interrupted);
      const resumed = await trainedRun(paired, { folder: elsewhere });
      expect(bits(resumed.weights)).toEqual(bits(two.weights));
      for (const run of [one, two, resumed]) disposeTraining(run);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
