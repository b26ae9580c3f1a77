import { describe, expect, test } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { byol, regressionTerm } from '../../lib/objectives/byol';
import { totalLoss } from '../../lib/objectives/objective';
import { expectGradient } from '../engine/finiteDifferences';
import { expectNoLeak } from '../matchers';
import { numericGradient } from './numericGradient';
import { goldenEmbeddings, predictiveGolden } from './predictiveGolden';

/** The squared distances of the normalised rows by plain loops, transcribed from equation 2 of the paper. */
function transcription(p: ArrayLike<number>, t: ArrayLike<number>, n: number, k: number): number {
  let total = 0;
  for (let i = 0; i < n; i++) {
    let [ofP, ofT] = [0, 0];
    for (let j = i * k; j < (i + 1) * k; j++) {
      ofP += p[j]! ** 2;
      ofT += t[j]! ** 2;
    }
    for (let j = i * k; j < (i + 1) * k; j++) total += (p[j]! / Math.sqrt(ofP) - t[j]! / Math.sqrt(ofT)) ** 2;
  }
  return total / n;
}

describe('the value', () => {
  test('worked by hand', () => {
    // Cosines: 3/5 (lengths 5 and 1), −1, 0.
    const p = tf.tensor2d([3, 4, 1, 0, 0, 2], [3, 2]);
    const t = tf.tensor2d([1, 0, -7, 0, 3, 0], [3, 2]);
    expect(regressionTerm(p, t)).toMatchNumbers([(2 - 2 * 0.6 + (2 + 2) + 2) / 3]);
    // The other way about, a view that its target answers exactly adds nothing.
    const { regression } = byol().terms({ za: p, zb: t, pa: p, tb: t, pb: t, ta: tf.mul(t, 9) });
    expect(regression!).toMatchNumbers([(0.8 + 4 + 2) / 3]);
  });

  test.each(predictiveGolden.cases)('NumPy, $name', (golden) => {
    expect(totalLoss(byol().terms(goldenEmbeddings(golden)))).toMatchNumbers([golden.byol]);
  });

  test('the transcription, random instances; lengths do not matter', () => {
    tf.tidy(() => {
      for (let seed = 0; seed < 10; seed++) {
        const [n, k] = [2 + (seed % 4), 1 + seed];
        const [p, t] = [normal(key(seed), [n, k]), normal(key(50 + seed), [n, k], 1)];
        const expected = [transcription(p.dataSync(), t.dataSync(), n, k)];
        expect(regressionTerm(p, t)).toMatchNumbers(expected);
        expect(regressionTerm(p.mul(30), t.mul(0.02))).toMatchNumbers(expected);
      }
    });
  });

  test('rows of length 0 count as orthogonal', () => {
    const zeros = tf.zeros([3, 2]);
    expect(regressionTerm(zeros, tf.ones([3, 2]))).toMatchNumbers([2]);
    expect(regressionTerm(tf.ones([3, 2]), zeros)).toMatchNumbers([2]);
  });
});

describe('the gradient', () => {
  const [p, t] = [normal(key(1), [6, 4]), normal(key(2), [6, 4])];

  test('matches finite differences of the transcription', () => {
    const expected = numericGradient((x) => transcription(x, t.dataSync(), 6, 4), p.dataSync());
    expect(
      tf
        .grad((x) => regressionTerm(x, t))(p)
        .flatten(),
    ).toMatchNumbers(expected, { atol: 1e-6, rtol: 1e-4 });
  });

  test('can itself be differentiated', async () => {
    await expectGradient((x) => tf.grad((y) => regressionTerm(y, t))(x), [p], key(3));
  });

  test('flows into the predictions only', () => {
    const rows = [1, 2, 3, 4, 5, 6].map((seed) => normal(key(seed), [5, 3]));
    const gradients = tf.grads((...[za, zb, pa, pb, ta, tb]: tf.Tensor[]) => {
      const given = { za, zb, pa, pb, ta, tb } as Record<string, tf.Tensor2D>;
      const loss = totalLoss(byol().terms(given as { za: tf.Tensor2D; zb: tf.Tensor2D }));
      return loss.add(tf.addN([za!, zb!, pa!, pb!, ta!, tb!]).sum().mul(0));
    })(rows);
    const lengths = gradients.map((g) => g.norm().dataSync()[0]!);
    expect(lengths.map((length) => length > 0)).toEqual([false, false, true, true, false, false]);
  });

  test('vanishes into a row held at its least length only along it', () => {
    const tiny = tf.tensor2d([1e-8, 0], [1, 2]);
    const gradient = tf.grad((x) => regressionTerm(x, tf.tensor2d([3, 4], [1, 2])))(tiny);
    expect(gradient).toMatchNumbers(tf.tensor2d([-2 * 0.6e6, -2 * 0.8e6], [1, 2]));
  });

  test('leaves nothing behind', async () => {
    await expectNoLeak(() => tf.dispose(tf.valueAndGrad((x) => regressionTerm(x, t))(p)));
  });
});

test('asks for a predictor and a momentum encoder, by default as solo-learn', () => {
  expect(byol()).toMatchObject({ name: 'BYOL', predictor: { hidden: 4096 }, momentum: { start: 0.99, end: 1 } });
  expect(byol({ hidden: 1024, momentum: 0.9, finalMomentum: 0.9 })).toMatchObject({
    predictor: { hidden: 1024 },
    momentum: { start: 0.9, end: 0.9 },
  });
});

test('errors on unfit options', () => {
  expect(() => byol({ hidden: 0 })).toThrow('byol: expected hidden to be a whole number from 1, got 0');
  expect(() => byol({ hidden: 2.5 })).toThrow(/hidden.*2\.5/);
  expect(() => byol({ momentum: 1.01 })).toThrow('byol: expected momentum to be from 0 to 1, got 1.01');
  expect(() => byol({ finalMomentum: Number.NaN })).toThrow(/finalMomentum.*NaN/);
});
