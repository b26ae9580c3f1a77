import { describe, expect, test } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { convolve } from '../../lib/models/convolution';
import type { Weights } from '../../lib/models/module';
import { multiHeadAttention } from '../../lib/models/multiHeadAttention';
import { patchConv2d } from '../../lib/models/patchConv2d';
import { pointwise } from '../../lib/models/pointwise';
import { positionEmbedding, sinCosPositions } from '../../lib/models/positionEmbedding';
import { expectGradient } from '../engine/finiteDifferences';

describe('pointwise', () => {
  test('maps each token and each pixel alike, and refuses vectors', () => {
    const module = pointwise({ units: 2 })([2, 3]);
    const w: Weights = {
      weight: tf.variable(tf.tensor2d([1, 0, 0, 1, 1, 1], [3, 2])),
      bias: tf.variable(tf.tensor1d([10, 20])),
    };
    const tokens = tf.tensor3d([1, 2, 3, 4, 5, 6], [1, 2, 3]);
    expect(module.apply(w, tokens)).toMatchNumbers(tf.tensor3d([14, 25, 20, 31], [1, 2, 2]));
    expect(pointwise({ units: 2 })([1, 2, 3]).apply(w, tokens.reshape([1, 1, 2, 3])).shape).toEqual([1, 1, 2, 2]);
    expect(module.piecewiseAffine).toBe(true);
    expect(() => pointwise({ units: 2 })([3])).toThrow(/\[..., features\] with places .*dense maps single vectors/);
  });
});

describe('patchConv2d', () => {
  test.each([1, 2, 4])('is the convolution whose stride is the size of its filter, %i', (patchSize) => {
    const module = patchConv2d({ filters: 5, patchSize })([4, 8, 3]);
    const w = module.init(key(1));
    w.bias!.assign(normal(key(2), [5]));
    const x = normal(key(3), [2, 4, 8, 3]);
    const expected = convolve(x, w.weight!, patchSize, 0).add(w.bias!);
    expect(module.apply(w, x)).toMatchNumbers(expected, { rtol: 1e-4, atol: 1e-5 });
    expect(module.outputShape).toEqual(expected.shape.slice(1));
  });
});

describe('multiHeadAttention', () => {
  const [tokens, features, heads] = [4, 6, 2];
  const module = multiHeadAttention({ heads })([tokens, features]);

  /** Vaswani et al. 2017 in plain loops. */
  function transcription(w: Weights, x: number[][]): number[][] {
    const linear = (v: number[], name: string) => {
      const [m, b] = [w[`${name}.weight`]!.arraySync() as number[][], w[`${name}.bias`]!.arraySync() as number[]];
      return b.map((shift, out) => v.reduce((sum, value, i) => sum + value * m[i]![out]!, shift));
    };
    const size = features / heads;
    const all = x.map((token) => linear(token, 'qkv'));
    const part = (token: number, which: number, head: number) =>
      all[token]!.slice(which * features + head * size, which * features + (head + 1) * size);
    return x.map((_, t) => {
      const heard = Array.from({ length: heads }, (__, head) => {
        const query = part(t, 0, head);
        const scores = x.map((___, s) =>
          Math.exp(part(s, 1, head).reduce((sum, k, i) => sum + k * query[i]!, 0) / Math.sqrt(size)),
        );
        const total = scores.reduce((sum, score) => sum + score, 0);
        return query.map((___, i) => scores.reduce((sum, score, s) => sum + (score / total) * part(s, 2, head)[i]!, 0));
      });
      return linear(heard.flat(), 'proj');
    });
  }

  test('is the transcription, image by image, and has its gradient', async () => {
    const w = module.init(key(1));
    Object.values(w).forEach((variable, i) => {
      variable.assign(normal(key(20 + i), variable.shape));
    });
    const x = normal(key(2), [2, tokens, features]);
    const expected = (x.arraySync() as number[][][]).map((image) => transcription(w, image));
    expect(module.apply(w, x)).toMatchNumbers(tf.tensor3d(expected), { rtol: 1e-4, atol: 1e-4 });
    const names = Object.keys(w);
    const run = (...given: tf.Tensor[]) =>
      module.apply(Object.fromEntries(names.map((name, i) => [name, given[i + 1] as tf.Variable])), given[0]!);
    await expectGradient(run, [x, ...Object.values(w)], key(3), { step: 0.005 });
  });
});

describe('positions', () => {
  test('sines and cosines of the row, then of the column', () => {
    const positions = sinCosPositions(2, 3, 8).arraySync();
    expect(positions.length).toBe(6);
    expect(positions[0]!).toMatchNumbers([0, 0, 1, 1, 0, 0, 1, 1]);
    const { sin, cos } = Math;
    // row 1, column 2; frequencies 1 and 10000^(-1/2) = 0.01
    const expected = [sin(1), sin(0.01), cos(1), cos(0.01), sin(2), sin(0.02), cos(2), cos(0.02)];
    expect(positions[5]!).toMatchNumbers(expected);
  });

  test('a class token before the patches, in row-major order', () => {
    const module = positionEmbedding()([2, 2, 1]);
    const w = module.init(key(1));
    w.cls_token!.assign(tf.tensor3d([7], [1, 1, 1]));
    w.pos_embed!.assign(tf.tensor3d([0, 10, 20, 30, 40], [1, 5, 1]));
    const y = module.apply(w, tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2, 1]));
    expect(y).toMatchNumbers(tf.tensor3d([7, 11, 22, 33, 44, 7, 15, 26, 37, 48], [2, 5, 1]));
    expect(positionEmbedding({ classToken: false })([2, 2, 1]).outputShape).toEqual([4, 1]);
  });
});
