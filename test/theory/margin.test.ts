import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tf } from '../../lib/engine/tensorflow';
import { inverseMargin, margin, outputMargins } from '../../lib/theory/supervised/margin';
import { expectNoLeak } from '../matchers';

describe('margins', () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  test('of three examples by hand: the label’s logit over the largest other', () => {
    const logits = tf.tensor2d([
      [3, 1, 2],
      [0, 5, -1],
      [1, 4, 2],
    ]);
    expect(outputMargins(logits, [0, 1, 2])).toMatchNumbers([1, 5, -2]);
  });

  test('γ is NumPy’s 10th percentile: of margins 0 … 20 it is 2, of 1 … 10 it is 1.9', () => {
    const of = (margins: number[]) => tf.tensor2d(margins.map((m) => [m, 0]));
    const zeros = (n: number) => new Array<number>(n).fill(0);
    expect(margin(of(Array.from({ length: 21 }, (_, i) => 20 - i)), zeros(21))).toBeCloseTo(2, 12);
    expect(margin(of(Array.from({ length: 10 }, (_, i) => i + 1)), zeros(10))).toBeCloseTo(1.9, 12);
    expect(inverseMargin(0.5)).toBe(4);
    expect(inverseMargin(-0.5)).toBe(4);
  });

  test('bad input is refused, and no tensor is left', async () => {
    const logits = tf.tensor2d([[1, Number.NaN]]);
    await expectNoLeak(() => outputMargins(tf.keep(tf.tensor2d([[1, 0]])), [0]), 1);
    expect(() => margin(logits, [0])).toThrow('expected finite logits, got NaN for example 0');
    expect(() => margin(tf.tensor2d([[1, 0]]), [2])).toThrow('expected labels from 0 to 1, got 2 at index 0');
    expect(() => margin(tf.tensor2d([[1, 0]]), [])).toThrow('a label for each, got 1 and 0');
    expect(() => margin(tf.tensor2d([[1]]), [0])).toThrow('at least 2 classes, got 1');
  });
});
