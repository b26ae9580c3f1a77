import { describe, expect, test } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { type EmbeddingScale, embeddingScales, normalizeScale } from '../../lib/information/normalizeScale';
import { expectGradient } from '../engine/finiteDifferences';
import { expectNoLeak } from '../matchers';
import { rotation } from './rotation';

const names = Object.keys(embeddingScales) as EmbeddingScale[];
const embeddings = (seed: number) =>
  normal(key(seed), [12, 4]).mul([3, 1, 0.5, 0.02]).add([1, -2, 0, 5]) as tf.Tensor2D;

describe('the value', () => {
  test('by hand', () => {
    // Columns (0, 6), (0, 8): centred ±3 and ±4, variances 18 and 32, mean 25.
    const z = tf.tensor2d([0, 0, 6, 8], [2, 2]);
    const [a, b] = [3 / 5, 4 / 5];
    const root2 = Math.SQRT1_2;
    expect(normalizeScale(z, 'totalVariance')).toMatchNumbers(tf.tensor2d([-a, -b, a, b], [2, 2]));
    expect(normalizeScale(z, 'raw')).toMatchNumbers(z);
    expect(normalizeScale(z, 'unitLength')).toMatchNumbers([0, 0, 0.6 * Math.SQRT2, 0.8 * Math.SQRT2]);
    expect(normalizeScale(z, 'standardized')).toMatchNumbers([-root2, -root2, root2, root2]);
  });

  test('has the moments it promises', () => {
    const variances = (z: tf.Tensor2D) => tf.moments(z, 0).variance.mul(12 / 11);
    const z = embeddings(1);
    expect(variances(normalizeScale(z, 'totalVariance')).sum()).toMatchNumbers([4]);
    expect(variances(normalizeScale(z, 'standardized'))).toMatchNumbers([1, 1, 1, 1], { rtol: 1e-4 });
    expect(normalizeScale(z, 'unitLength').square().sum(1)).toMatchNumbers(tf.fill([12], 4));
  });

  test('undoes a shift and factor, or a factor on each row or dimension, as it says', () => {
    const z = embeddings(2);
    const same = (scale: EmbeddingScale, other: tf.Tensor) =>
      expect(normalizeScale(other as tf.Tensor2D, scale)).toMatchNumbers(normalizeScale(z, scale), {
        rtol: 1e-3,
        atol: 1e-3,
      });
    same('totalVariance', z.mul(7).add([3, 1, -4, 1]));
    same('unitLength', z.mul(normal(key(3), [12, 1]).square().add(0.5)));
    same('standardized', z.mul([2, 0.1, 30, 4]).add([3, 1, -4, 1]));
  });

  test('turns with a rotation, where each dimension is not standardized by itself', () => {
    const [z, turn] = [embeddings(4), rotation(key(5), 4)];
    for (const scale of names) {
      const turned = normalizeScale(tf.matMul(z, turn), scale);
      const after = tf.matMul(normalizeScale(z, scale), turn);
      const gap = turned.sub(after).abs().max().dataSync()[0]!;
      if (scale === 'standardized') expect(gap).toBeGreaterThan(0.1);
      else expect(gap).toBeLessThan(1e-4);
    }
  });
});

describe('at the edges', () => {
  test('what has no spread becomes 0', () => {
    const collapsed = tf.fill([5, 3], 0.7) as tf.Tensor2D;
    expect(normalizeScale(collapsed, 'totalVariance')).toMatchNumbers(tf.zeros([5, 3]));
    expect(normalizeScale(collapsed, 'standardized')).toMatchNumbers(tf.zeros([5, 3]));
    const dead = tf.concat([embeddings(6), tf.fill([12, 1], 1e4)], 1) as tf.Tensor2D;
    expect(normalizeScale(dead, 'standardized').slice([0, 4])).toMatchNumbers(tf.zeros([12, 1]));
    expect(normalizeScale(tf.zeros([2, 2]), 'unitLength')).toMatchNumbers([0, 0, 0, 0]);
  });

  test('what is wrong is said', () => {
    expect(() => normalizeScale(tf.zeros([1, 3]), 'raw')).toThrow(
      'normalizeScale: expected z to be float32 [N, K] with N ≥ 2',
    );
    expect(() => normalizeScale(embeddings(1), 'unit' as EmbeddingScale)).toThrow(
      "normalizeScale: expected the scale totalVariance, raw, unitLength, standardized, got 'unit'",
    );
  });
});

test.each(names)('%s has the gradient of its value, and frees what it takes', async (scale) => {
  const z = normal(key(8), [12, 4]).add(0.5) as tf.Tensor2D;
  await expectGradient((x) => normalizeScale(x as tf.Tensor2D, scale), [z], key(9));
  (await expectNoLeak(() => normalizeScale(z, scale), 1)).dispose();
});
