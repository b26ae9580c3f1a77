import { describe, expect, it } from 'vitest';
import { tf } from '../../lib/engine/tensorflow';
import { clipGradient } from '../../lib/training/clipGradient';
import type { Optimizer } from '../../lib/training/optimizer';
import { sgd } from '../../lib/training/sgd';
import { finishTraining, type TrainingEvent, train } from '../../lib/training/train';
import { expectNoLeak } from '../matchers';
import { smallRun } from './smallRun';

describe('clipGradient', () => {
  it('scales all gradients by max / (norm + 1e-6), as torch does', async () => {
    // Lengths 3 and 4, so 5 together; to 2: each times 2 / 5.000001.
    await expectNoLeak(() => {
      const clipped = clipGradient({ a: tf.tensor1d([3, 0]), b: tf.tensor2d([[0], [-4]]) }, 5, 2);
      expect(clipped.a!).toMatchNumbers([6 / 5.000001, 0]);
      expect(clipped.b!).toMatchNumbers([0, -8 / 5.000001]);
      tf.dispose(clipped);
    });
  });

  it('leaves shorter ones as they are', () => {
    const gradients = { a: tf.tensor1d([3, 4]) };
    expect(clipGradient(gradients, 5, 5.1)).toBe(gradients);
  });

  it('in a training: the update sees the clipped gradient, the event the length before', async () => {
    const lengths: number[] = [];
    const spy: Optimizer = {
      ...sgd(),
      update(weights, state, gradients, rate) {
        const squares = Object.values(gradients).map((g) => g.square().sum().dataSync()[0]!);
        lengths.push(Math.sqrt(squares.reduce((a, b) => a + b)));
        sgd().update(weights, state, gradients, rate);
      },
    };
    const events: TrainingEvent[] = [];
    const options = smallRun({ optimizer: spy, clipGradient: 0.5 });
    await finishTraining(train(options), (event) => void events.push(event));
    expect(lengths).toMatchNumbers(Array(6).fill(0.5), { rtol: 1e-4 });
    for (const { gradientNorm } of events) expect(gradientNorm).toBeGreaterThan(1);
    await expect(finishTraining(train(smallRun({ clipGradient: 0 })))).rejects.toThrow(/clipGradient.*> 0, got 0/);
  });
});
