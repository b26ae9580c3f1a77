import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { channelStatistics } from '../../lib/datasets/channelStatistics';
import { batch } from '../../lib/datasets/dataset';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { rankMe } from '../../lib/information/rankMe';
import { uniformity } from '../../lib/information/uniformity';
import { disposeWeights } from '../../lib/models/weights';
import { accuracy, embed, type Features } from '../../lib/training/embed';
import { evaluate, evaluationProtocols } from '../../lib/training/evaluate';
import { Interrupted } from '../../lib/training/interrupt';
import { fitLinearProbe, predictLinear } from '../../lib/training/linearProbe';
import { predictNearest } from '../../lib/training/nearestNeighbors';
import { measureRepresentation } from '../../lib/training/representation';
import { normalize } from '../../lib/views/normalize';
import type { Recipe } from '../../lib/views/recipe';
import { expectNoLeak } from '../matchers';
import { coloredNoise, smallRun } from './smallRun';

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/linearProbe.json'), 'utf8'));

function features(values: ArrayLike<number>, dimension: number): Features {
  return { values: Float32Array.from(values), count: values.length / dimension, dimension };
}

describe('embed', () => {
  it('is the module at inference on the normalized images, whatever the batch', async () => {
    const { dataset, networks } = smallRun();
    const weights = networks.encoder.init(key(1));
    const statistics = channelStatistics(dataset);
    const all = Int32Array.from({ length: dataset.count }, (_, i) => i);
    const expected = networks.encoder.apply(weights, normalize(batch(dataset, all), statistics));
    for (const batchSize of [7, 26, 100]) {
      const out = await expectNoLeak(() => embed(networks.encoder, weights, dataset, { statistics, batchSize }));
      expect([out.count, out.dimension]).toEqual([26, 4]);
      expect(out.values).toMatchNumbers(expected.dataSync());
    }
    disposeWeights(weights);
  });
});

describe('linear probe', () => {
  it('is the optimum that scikit-learn finds', async () => {
    const x = features(golden.features, golden.dimension);
    const probe = await expectNoLeak(() => fitLinearProbe(x, golden.labels, golden.classes));
    expect(probe.converged).toBe(true);
    expect(probe.weight).toMatchNumbers(golden.weight, { atol: 5e-4 });
    const mean = probe.bias.reduce((a, b) => a + b) / golden.classes;
    expect(probe.bias.map((b) => b - mean)).toMatchNumbers(golden.bias, { atol: 5e-4 });
    expect(Array.from(await expectNoLeak(() => predictLinear(probe, x)))).toEqual(golden.predictions);
  });

  it('does not depend on the features’ scale, nor mind a constant or a doubled one', async () => {
    const own = golden.features as number[];
    const rows = golden.labels.map((_: number, n: number) => own.slice(4 * n, 4 * n + 4)) as number[][];
    const plain = await fitLinearProbe(features(own, 4), golden.labels, 3);
    const scaled = await fitLinearProbe(
      features(
        rows.flatMap((r) => r.map((v) => 100 * v - 7)),
        4,
      ),
      golden.labels,
      3,
    );
    expect(scaled.weight).toMatchNumbers(plain.weight, { atol: 1e-3 });
    const odd = await fitLinearProbe(
      features(
        rows.flatMap((r) => [...r, r[0]!, 5]),
        6,
      ),
      golden.labels,
      3,
    );
    expect(odd.converged).toBe(true);
    const at = (i: number) => odd.weight.slice(3 * i, 3 * i + 3);
    expect(at(4)).toMatchNumbers(at(0), { atol: 1e-3 });
    expect(at(5)).toMatchNumbers([0, 0, 0]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses the feature %s at once', async (wrong) => {
    const own = features([...golden.features.slice(1), wrong], golden.dimension);
    await expectNoLeak(() =>
      expect(fitLinearProbe(own, golden.labels, golden.classes)).rejects.toThrow(
        /expected a finite gradient, got .* at iteration 1;/,
      ),
    );
  });

  it('warns when it has not converged', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const own = features(golden.features, golden.dimension);
    const probe = await fitLinearProbe(own, golden.labels, golden.classes, { maxIterations: 2 });
    expect(probe.converged).toBe(false);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/not converged after 2 iterations.*gradient \d\.\de-/)]]);
    await fitLinearProbe(own, golden.labels, golden.classes);
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });

  it('converges with more dimensions than samples', async () => {
    const values = tf.tidy(() => normal(key(1), [30, 60]).dataSync());
    const labels = Array.from({ length: 30 }, (_, i) => i % 3);
    const x = features(values as Float32Array, 60);
    const probe = await fitLinearProbe(x, labels, 3);
    expect(probe.converged).toBe(true);
    expect(accuracy(predictLinear(probe, x), labels)).toBe(1);
  });

  it('names what does not fit', async () => {
    const x = features([1, 2, 3, 4], 2);
    await expect(fitLinearProbe(x, [0], 2)).rejects.toThrow(/one label for each of 2 features \(at least 1\), got 1/);
    await expect(fitLinearProbe(x, [0, 2], 2)).rejects.toThrow(/labels from 0 to 1, got 2 at 1/);
    const probe = await fitLinearProbe(x, [0, 1], 2);
    expect(() => predictLinear(probe, features([1, 2, 3], 3))).toThrow(/features of 2 dimensions, got 3/);
  });
});

describe('nearest neighbours', () => {
  it('votes as a plain loop does', async () => {
    const draw = (seed: number, n: number) => tf.tidy(() => normal(key(seed), [n, 3]).dataSync()) as Float32Array;
    const [bank, queries] = [features(draw(1, 40), 3), features(draw(2, 23), 3)];
    const labels = Array.from({ length: 40 }, (_, i) => (i * 7) % 4);
    const row = (f: Features, i: number) => Array.from(f.values.subarray(3 * i, 3 * i + 3));
    const cosine = (a: number[], b: number[]) =>
      a.reduce((s, v, i) => s + v * b[i]!, 0) / Math.hypot(...a) / Math.hypot(...b);
    const expected = Array.from({ length: 23 }, (_, q) => {
      const near = labels
        .map((label, i) => ({ label, similarity: cosine(row(queries, q), row(bank, i)) }))
        .sort((a, b) => b.similarity - a.similarity)
        .slice(0, 5);
      const votes = [0, 0, 0, 0];
      for (const { label, similarity } of near) votes[label]! += Math.exp(similarity / 0.1);
      return votes.indexOf(Math.max(...votes));
    });
    const out = await expectNoLeak(() => predictNearest(bank, labels, 4, queries, { k: 5, blockSize: 10 }));
    expect(Array.from(out)).toEqual(expected);
  });

  it('refuses options out of range', async () => {
    const bank = features([1, 0, 0, 1], 2);
    await expectNoLeak(() => {
      for (const k of [0, 1.5, Number.NaN]) {
        expect(() => predictNearest(bank, [0, 1], 2, bank, { k })).toThrow(/predictNearest: expected k to be a whole/);
      }
      for (const temperature of [0, -1]) {
        expect(() => predictNearest(bank, [0, 1], 2, bank, { temperature })).toThrow(
          /temperature to be finite and above/,
        );
      }
      expect(() => predictNearest(bank, [0, 1], 2, bank, { blockSize: 0 })).toThrow(/blockSize/);
    });
  });

  it('takes all there are when there are fewer than k, and stays finite at a small temperature', () => {
    const bank = features([1, 0, 0, 1], 2);
    expect(Array.from(predictNearest(bank, [0, 1], 2, features([2, 1, 1, 3], 2)))).toEqual([0, 1]);
    expect(Array.from(predictNearest(bank, [0, 1], 2, features([2, 1], 2), { temperature: 1e-3 }))).toEqual([0]);
  });
});

describe('evaluate', () => {
  const { networks } = smallRun();
  const [train, test] = [coloredNoise(120), { ...coloredNoise(60), split: 'test' as const }];
  const statistics = channelStatistics(train);
  const data = { train, test, statistics };

  it('judges an encoder on what colours tell, and measures its features', async () => {
    const weights = networks.encoder.init(key(5));
    const result = await expectNoLeak(() => evaluate(networks.encoder, weights, data));
    expect(result.linear).toBeGreaterThan(0.95);
    expect(result.nearest).toBeGreaterThan(0.3);
    expect(Object.keys(result)).toEqual(['linear', 'nearest', 'rankMe', 'alignment', 'uniformity']);
    const { values, count, dimension } = await embed(networks.encoder, weights, test, { statistics });
    const features = tf.tensor2d(values, [count, dimension]);
    expect([result.rankMe, result.uniformity]).toMatchNumbers(
      [rankMe(features), uniformity(features)].map((value) => value.dataSync()[0]!),
    );
    disposeWeights(weights);
  });

  it('measures the embeddings and counts the online probe where they are given', async () => {
    const weights = networks.encoder.init(key(5));
    const own = networks.projector.init(key(6));
    // The probe sees feature 0 alone: one threshold between two of the classes.
    const probe = {
      weight: tf.variable(tf.tensor2d([[9, -9, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]])), // biome-ignore format: a matrix
      bias: tf.variable(tf.tensor1d([-1, 1, -1e9])),
    };
    const result = await expectNoLeak(() =>
      evaluate(networks.encoder, weights, data, { probe, projector: { module: networks.projector, weights: own } }),
    );
    expect(Object.keys(result).sort()).toEqual(Object.keys(evaluationProtocols).sort());
    const features = await embed(networks.encoder, weights, test, { statistics });
    const guesses = Array.from(test.labels, (_, i) => (9 * features.values[4 * i]! - 1 > 0 ? 0 : 1));
    const right = guesses.filter((guess, i) => guess === test.labels[i]).length;
    expect(result.online).toBeCloseTo(right / 60, 9);
    const z = networks.projector.apply(own, tf.tensor2d(features.values, [60, 4]));
    expect([result.embeddingRankMe!, result.embeddingUniformity!]).toMatchNumbers(
      [rankMe(z), uniformity(z)].map((value) => value.dataSync()[0]!),
    );
    for (const made of [weights, own, probe]) disposeWeights(made);
  });

  it('aligns two views as the recipe makes them, the same each time', async () => {
    const weights = networks.encoder.init(key(5));
    const none = { brightness: 0, contrast: 0, saturation: 0, hue: 0, probability: 0 };
    const still = {
      crop: { scale: [1, 1], ratio: [1, 1] },
      colorJitter: none,
      grayscale: 0,
      blur: 0,
      solarize: 0,
      flip: 0,
    };
    const recipe = { name: 'still', source: 'test', views: [still, still] } as unknown as Recipe;
    const measure = (own?: Recipe) =>
      measureRepresentation({ encoder: networks.encoder }, { encoder: weights }, test, {
        statistics,
        recipe: own,
        images: 20,
      });
    expect((await measure(recipe)).features.alignment).toBeLessThan(1e-6);
    const [first, second] = [await measure(), await measure()];
    expect(first.features.alignment).toBeGreaterThan(1e-3);
    expect(second).toEqual(first);
    disposeWeights(weights);
  });

  it('stops at the next batch when it is asked to, and leaves nothing behind', async () => {
    const weights = networks.encoder.init(key(5));
    const controller = new AbortController();
    const work = expectNoLeak(() =>
      expect(evaluate(networks.encoder, weights, data, { signal: controller.signal })).rejects.toThrow(Interrupted),
    );
    setImmediate(() => controller.abort());
    await work;
    const aborted = AbortSignal.abort();
    await expect(embed(networks.encoder, weights, test, { statistics, signal: aborted })).rejects.toThrow(
      /embed: stopped after 0 of 60 images of coloredNoise/,
    );
    const x = features(golden.features, golden.dimension);
    const solve = () => fitLinearProbe(x, golden.labels, golden.classes, { tolerance: 0, signal: aborted });
    await expectNoLeak(() => expect(solve()).rejects.toThrow(/fitLinearProbe: stopped after 20 iterations/));
    disposeWeights(weights);
  });
});
