import { describe, expect, test } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { depthwiseConv2d } from '../../lib/models/depthwiseConv2d';
import { depthwiseConvolve } from '../../lib/models/depthwiseConvolution';
import { expectGradient } from '../engine/finiteDifferences';
import { expectNoLeak } from '../matchers';

interface Setting {
  images: number;
  rows: number;
  columns: number;
  channels: number;
  window: number;
}

/** Visits every product: output index, input index, filter index. */
function products(s: Setting, visit: (y: number, x: number, f: number) => void): void {
  const half = (s.window - 1) / 2;
  const at = (n: number, r: number, col: number, c: number) => ((n * s.rows + r) * s.columns + col) * s.channels + c;
  for (let n = 0; n < s.images; n++)
    for (let r = 0; r < s.rows; r++)
      for (let col = 0; col < s.columns; col++)
        for (let a = 0; a < s.window; a++)
          for (let b = 0; b < s.window; b++) {
            const [row, column] = [r + a - half, col + b - half];
            if (row < 0 || column < 0 || row >= s.rows || column >= s.columns) continue;
            for (let c = 0; c < s.channels; c++) {
              visit(at(n, r, col, c), at(n, row, column, c), (a * s.window + b) * s.channels + c);
            }
          }
}

// Images smaller than the filter, odd sides, and channel numbers off the vector widths of TensorFlow's kernels.
describe.each<Setting>([
  { images: 2, rows: 8, columns: 8, channels: 40, window: 7 },
  { images: 3, rows: 2, columns: 5, channels: 3, window: 7 },
  { images: 1, rows: 1, columns: 1, channels: 9, window: 7 },
  { images: 2, rows: 9, columns: 4, channels: 17, window: 3 },
  { images: 5, rows: 4, columns: 4, channels: 64, window: 1 },
])('$images images $rows×$columns of $channels channels, filter $window', (setting) => {
  const { images, rows, columns, channels, window } = setting;
  const x = normal(key(1), [images, rows, columns, channels]);
  const filter = normal(key(2), [window, window, channels, 1]);
  const dy = normal(key(3), x.shape);
  const [xs, fs, dys] = [x.dataSync(), filter.dataSync(), dy.dataSync()];

  test('value and gradients are the sums of products', () => {
    const [y, dx, df] = [new Float64Array(x.size), new Float64Array(x.size), new Float64Array(filter.size)];
    products(setting, (o, i, f) => {
      y[o]! += xs[i]! * fs[f]!;
      dx[i]! += dys[o]! * fs[f]!;
      df[f]! += dys[o]! * xs[i]!;
    });
    const [gx, gf] = tf.grads(depthwiseConvolve)([x, filter], dy);
    expect(depthwiseConvolve(x, filter)).toMatchNumbers(y, { rtol: 1e-4, atol: 2e-5 });
    expect(gx!).toMatchNumbers(dx, { rtol: 1e-4, atol: 2e-5 });
    expect(gf!).toMatchNumbers(df, { rtol: 1e-4, atol: 1e-4 });
  });
});

test('second derivatives', async () => {
  const [x, filter] = [normal(key(1), [1, 3, 3, 2]), normal(key(2), [3, 3, 2, 1])];
  const gradients = (a: tf.Tensor, f: tf.Tensor) => {
    const [dx, df] = tf.grads((b, g) => depthwiseConvolve(b, g).square().sum())([a, f]);
    return tf.concat([dx!.reshape([-1]), df!.reshape([-1])]);
  };
  await expectGradient(gradients, [x, filter], key(3));
});

test("the layer: a bias, ConvNeXt's start, errors, no leak", async () => {
  const module = depthwiseConv2d({ kernelSize: 7 })([4, 6, 50]);
  const w = await expectNoLeak(() => module.init(key(0)), 2);
  expect(module.outputShape).toEqual([4, 6, 50]);
  expect(w.bias!).toMatchNumbers(new Array(50).fill(0));
  expect([Math.sqrt(w.weight!.square().mean().dataSync()[0]!)]).toMatchNumbers([0.02], { rtol: 0.1 });
  w.bias!.assign(tf.fill([50], 3));
  expect(module.apply(w, tf.zeros([1, 4, 6, 50]))).toMatchNumbers(new Array(1200).fill(3));
  const x = tf.ones([1, 4, 6, 50]);
  await expectNoLeak(() => tf.dispose(tf.grad((a) => module.apply(w, a))(x)));
  expect(() => depthwiseConv2d({ kernelSize: 4 })).toThrow('depthwiseConv2d: expected an odd kernelSize, got 4');
  expect(() => depthwiseConv2d({ kernelSize: 3 })([4])).toThrow(/\[height, width, channels\]/);
});
