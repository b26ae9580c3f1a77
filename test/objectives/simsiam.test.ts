import { describe, expect, test } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { totalLoss } from '../../lib/objectives/objective';
import { simsiam } from '../../lib/objectives/simsiam';
import { numericGradient } from './numericGradient';
import { goldenEmbeddings, predictiveGolden } from './predictiveGolden';

type Rows = ArrayLike<number>;

/** Equation 2 of the paper by plain loops. */
function transcription(za: Rows, zb: Rows, pa: Rows, pb: Rows, n: number, k: number): number {
  let total = 0;
  for (const [p, z] of [
    [pa, zb],
    [pb, za],
  ] as const) {
    for (let i = 0; i < n; i++) {
      let [dot, pp, zz] = [0, 0, 0];
      for (let j = i * k; j < (i + 1) * k; j++) {
        dot += p[j]! * z[j]!;
        pp += p[j]! ** 2;
        zz += z[j]! ** 2;
      }
      total -= dot / Math.sqrt(pp * zz) / n / 2;
    }
  }
  return total;
}

const loss = (za: tf.Tensor, zb: tf.Tensor, pa: tf.Tensor, pb: tf.Tensor) =>
  totalLoss(simsiam().terms({ za, zb, pa, pb } as Record<'za' | 'zb' | 'pa' | 'pb', tf.Tensor2D>));

describe('the value', () => {
  test('worked by hand', () => {
    // pa to zb: cosines 0.6 and 1; pb to za: 0 and −1.
    const value = loss(
      tf.tensor2d([0, 1, 2, 0], [2, 2]),
      tf.tensor2d([1, 0, 5, 5], [2, 2]),
      tf.tensor2d([3, 4, 1, 1], [2, 2]),
      tf.tensor2d([2, 0, -1, 0], [2, 2]),
    );
    expect(value).toMatchNumbers([-(0.6 + 1) / 2 / 2 - (0 - 1) / 2 / 2]);
  });

  test.each(predictiveGolden.cases)('NumPy, $name', (golden) => {
    expect(totalLoss(simsiam().terms(goldenEmbeddings(golden)))).toMatchNumbers([golden.simsiam]);
  });
});

test('the gradient matches finite differences of the transcription, and none flows into the targets', () => {
  const [n, k] = [5, 4];
  const rows = [1, 2, 3, 4].map((seed) => normal(key(seed), [n, k]));
  const [za, zb, pa, pb] = rows.map((z) => z.dataSync());
  expect(loss(rows[0]!, rows[1]!, rows[2]!, rows[3]!)).toMatchNumbers([transcription(za!, zb!, pa!, pb!, n, k)]);
  const gradients = tf.grads((...[a, b, c, d]: tf.Tensor[]) => loss(a!, b!, c!, d!).add(a!.add(b!).sum().mul(0)))(rows);
  expect(gradients[0]!.abs().max()).toMatchNumbers([0], { atol: 0 });
  expect(gradients[1]!.abs().max()).toMatchNumbers([0], { atol: 0 });
  const byPa = numericGradient((x) => transcription(za!, zb!, x, pb!, n, k), pa!);
  const byPb = numericGradient((x) => transcription(za!, zb!, pa!, x, n, k), pb!);
  expect(gradients[2]!.flatten()).toMatchNumbers(byPa, { rtol: 1e-4 });
  expect(gradients[3]!.flatten()).toMatchNumbers(byPb, { rtol: 1e-4 });
});

test('asks for a predictor, by default of 512, and for nothing else', () => {
  expect(simsiam().predictor).toEqual({ hidden: 512 });
  expect(simsiam({ hidden: 64 }).predictor).toEqual({ hidden: 64 });
  expect([simsiam().momentum, simsiam().prototypes, simsiam().memory]).toEqual([undefined, undefined, undefined]);
  expect(() => simsiam({ hidden: -3 })).toThrow('simsiam: expected hidden to be a whole number from 1, got -3');
});
