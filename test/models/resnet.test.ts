import { describe, expect, test } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import type { Site, Weights } from '../../lib/models/module';
import { resnet18, resnet50 } from '../../lib/models/resnet';
import { countParameters, disposeWeights, nonTrainableWeights, trainableWeights } from '../../lib/models/weights';
import { expectNoLeak } from '../matchers';

const small = resnet18({ width: 2, inputShape: [8, 8, 3], classes: 3 });
const images = () => normal(key(11), [4, 8, 8, 3]);

/**
 * torchvision's resnet.py in plain TensorFlow.js operations, with the padding made by tf.pad, and the pixels that a strided
 * 1×1 convolution sees by gathering them (TensorFlow's own filter gradient is wrong there, see convolution.ts).
 */
function transcription(w: Weights, x: tf.Tensor, training: boolean, imagenet = false): tf.Tensor {
  const convolution = (name: string, y: tf.Tensor, stride: number, padding: number) => {
    const side: [number, number] = [padding, padding];
    if (padding === 0) {
      const places = (axis: number) => tf.range(0, y.shape[axis]!, stride, 'int32');
      const seen = y.gather(places(1), 1).gather(places(2), 2) as tf.Tensor4D;
      return tf.conv2d(seen, w[`${name}.weight`] as tf.Tensor as tf.Tensor4D, 1, 'valid');
    }
    return tf.conv2d(
      tf.pad(y, [[0, 0], side, side, [0, 0]]) as tf.Tensor4D,
      w[`${name}.weight`] as tf.Tensor as tf.Tensor4D,
      stride,
      'valid',
    );
  };
  const normalize = (name: string, y: tf.Tensor) => {
    const batch = tf.moments(y, [0, 1, 2]);
    const mean = training ? batch.mean : w[`${name}.running_mean`]!;
    const variance = training ? batch.variance : w[`${name}.running_var`]!;
    return y.sub(mean).div(variance.add(1e-5).sqrt()).mul(w[`${name}.weight`]!).add(w[`${name}.bias`]!);
  };
  let y: tf.Tensor = normalize('bn1', convolution('conv1', x, imagenet ? 2 : 1, imagenet ? 3 : 1)).relu();
  if (imagenet) {
    const padded = tf.pad(y, [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ]) as tf.Tensor4D; // zeros: nothing is below after relu
    y = tf.maxPool(padded, 3, 2, 'valid');
  }
  for (const stage of [1, 2, 3, 4]) {
    for (const block of [0, 1]) {
      const at = `layer${stage}.${block}`;
      const stride = stage > 1 && block === 0 ? 2 : 1;
      const inner = normalize(`${at}.bn1`, convolution(`${at}.conv1`, y, stride, 1)).relu();
      const residual = normalize(`${at}.bn2`, convolution(`${at}.conv2`, inner, 1, 1));
      const reshapes = `${at}.downsample.0.weight` in w;
      expect(reshapes).toBe(stride === 2);
      const shortcut = reshapes ? normalize(`${at}.downsample.1`, convolution(`${at}.downsample.0`, y, stride, 0)) : y;
      y = residual.add(shortcut).relu();
    }
  }
  y = y.mean([1, 2]);
  return 'fc.weight' in w ? tf.matMul(y, w['fc.weight']!).add(w['fc.bias']!) : y;
}

/** Weights far from their initial values, so that no scale is 1 and no shift 0. */
function scrambled(module = small, seed = 5): Weights {
  const w = module.init(key(seed));
  Object.values(w).forEach((variable, i) => {
    variable.assign(variable.add(normal(key(1000 + i), variable.shape, 0, 0.1)));
  });
  for (const [name, variable] of Object.entries(w))
    if (name.endsWith('running_var')) variable.assign(variable.abs().add(0.5));
  return w;
}

describe('parameters', () => {
  test('as published: 11,173,962 with the CIFAR stem and 10 classes, 11,689,512 for ImageNet', () => {
    const bn = (channels: number) => 2 * channels;
    const conv = (k: number, from: number, to: number) => k * k * from * to;
    let byHand = conv(3, 3, 64) + bn(64) + 4 * (conv(3, 64, 64) + bn(64));
    for (const c of [128, 256, 512]) {
      byHand += conv(3, c / 2, c) + 3 * conv(3, c, c) + 4 * bn(c) + conv(1, c / 2, c) + bn(c);
    }
    expect(byHand + 512 * 10 + 10).toBe(11_173_962);
    const w = resnet18({ classes: 10 }).init(key(0));
    expect(countParameters(w)).toBe(11_173_962);
    disposeWeights(w);
    // torchvision's documentation of ResNet18_Weights: num_params 11689512
    const imagenet = resnet18({ stem: 'imagenet', inputShape: [64, 64, 3], classes: 1000 }).init(key(0));
    expect(countParameters(imagenet)).toBe(11_689_512);
    disposeWeights(imagenet);
  });

  test("have torchvision's names", () => {
    const names = Object.keys(small.init(key(0)));
    expect(names.slice(0, 8)).toEqual([
      'conv1.weight',
      'bn1.weight',
      'bn1.bias',
      'bn1.running_mean',
      'bn1.running_var',
      'layer1.0.conv1.weight',
      'layer1.0.bn1.weight',
      'layer1.0.bn1.bias',
    ]);
    expect(names).toContain('layer2.0.downsample.1.running_var');
    expect(names.slice(-2)).toEqual(['fc.weight', 'fc.bias']);
    expect(names.length).toBe(62 + 2 * 20); // 62 parameters of ResNet-18, two statistics for each of 20 batch norms
  });

  test('the same key gives the same weights, another key others', () => {
    const [a, b, c] = [small.init(key(3)), small.init(key(3)), small.init(key(4))];
    for (const name of Object.keys(a)) expect(a[name]!.dataSync()).toEqual(b[name]!.dataSync());
    expect(a['conv1.weight']!.dataSync()).not.toEqual(c['conv1.weight']!.dataSync());
    expect(a['layer1.0.conv1.weight']!.dataSync()).not.toEqual(a['layer1.0.conv2.weight']!.dataSync());
  });
});

describe('against torchvision transcribed', () => {
  test.each([false, true])('outputs, training %s', (training) => {
    const w = scrambled();
    const expected = transcription(w, images(), training);
    expect(small.apply(w, images(), { training })).toMatchNumbers(expected, { rtol: 1e-4, atol: 1e-4 });
  });

  test('outputs with the ImageNet stem', () => {
    const network = resnet18({ width: 2, stem: 'imagenet', inputShape: [37, 64, 3] });
    const w = scrambled(network);
    const x = normal(key(2), [2, 37, 64, 3]);
    expect(network.apply(w, x)).toMatchNumbers(transcription(w, x, false, true), { rtol: 1e-4, atol: 1e-4 });
    expect(network.outputShape).toEqual([16]);
  });

  test.each([false, true])('gradients of every weight and of the input, training %s', (training) => {
    const w = scrambled();
    const trainable = trainableWeights(w);
    const target = normal(key(8), [4, 3]);
    const gradients = (f: (x: tf.Tensor) => tf.Tensor) => {
      const loss = (x: tf.Tensor) => f(x).mul(target).sum() as tf.Scalar;
      const { grads } = tf.variableGrads(() => loss(images()), Object.values(trainable));
      return [...Object.values(trainable).map(({ name }) => grads[name]!), tf.grad(loss)(images())];
    };
    const expected = gradients((x) => transcription(w, x, training));
    const got = gradients((x) => small.apply(w, x, { training }));
    expect(got.length).toBe(63);
    got.forEach((gradient, i) => {
      const scale = expected[i]!.abs().max().dataSync()[0]!;
      expect(gradient).toMatchNumbers(expected[i]!, { rtol: 1e-3, atol: 1e-4 * scale + 1e-6 });
    });
  });
});

test('the gradient matches finite differences along random directions', () => {
  const w = scrambled();
  const variables = Object.values(trainableWeights(w));
  const x = normal(key(13), [16, 8, 8, 3]);
  const loss = () => small.apply(w, x, { training: true }).square().mean() as tf.Scalar;
  const { grads } = tf.variableGrads(loss, variables);
  const start = variables.map((variable) => variable.clone());
  const along = (directions: tf.Tensor[]) =>
    variables.reduce((sum, { name }, i) => sum + grads[name]!.mul(directions[i]!).sum().dataSync()[0]!, 0);
  const norm = Math.sqrt(along(variables.map(({ name }) => grads[name]!)));
  for (let seed = 0; seed < 3; seed++) {
    // half the steepest direction, half a random one, of about unit length
    const directions = variables.map(({ name, shape }, i) =>
      grads[name]!.div(norm).add(normal(key(seed * 100 + i), shape, 0, 1 / Math.sqrt(countParameters(w)))),
    );
    const at = (t: number) => {
      variables.forEach((variable, i) => {
        variable.assign(start[i]!.add(directions[i]!.mul(t)));
      });
      return loss().dataSync()[0]!;
    };
    const h = 1e-3;
    expect([(at(h) - at(-h)) / (2 * h)]).toMatchNumbers([along(directions)], { rtol: 0.01 });
  }
});

test('at inference an output does not depend on the rest of the batch; in training it does', () => {
  const w = scrambled();
  const [x, others] = [images(), normal(key(12), [3, 8, 8, 3], 2)];
  const alone = small.apply(w, x.slice(0, 1));
  expect(small.apply(w, tf.concat([x.slice(0, 1), others])).slice(0, 1)).toMatchNumbers(alone, {
    rtol: 1e-5,
    atol: 1e-6,
  });
  const trained = (rest: tf.Tensor) => small.apply(w, tf.concat([x.slice(0, 1), rest]), { training: true }).slice(0, 1);
  expect(trained(others)).not.toMatchNumbers(trained(x.slice(1)), { rtol: 1e-2 });
});

test('training moves the running statistics in place, inside variableGrads too, and gives them no gradient', async () => {
  const w = small.init(key(1));
  const statistics = nonTrainableWeights(w);
  expect(Object.keys(statistics).length).toBe(40);
  small.apply(w, images());
  expect(statistics['bn1.running_mean']!).toMatchNumbers([0, 0]);
  const step = () => tf.variableGrads(() => small.apply(w, images(), { training: true }).mean() as tf.Scalar);
  const { value, grads } = step();
  expect(Object.keys(grads).length).toBe(62);
  tf.dispose([value, grads]);
  const first = tf.tidy(() => {
    const filter = w['conv1.weight'] as tf.Tensor as tf.Tensor4D;
    return tf.moments(tf.conv2d(images() as tf.Tensor4D, filter, 1, 'same'), [0, 1, 2]);
  });
  const n = 4 * 8 * 8;
  expect(statistics['bn1.running_mean']!).toMatchNumbers(first.mean.mul(0.1), { rtol: 1e-4 });
  expect(statistics['bn1.running_var']!).toMatchNumbers(first.variance.mul((0.1 * n) / (n - 1)).add(0.9), {
    rtol: 1e-4,
  });
  await expectNoLeak(() => tf.dispose(step()));
});

test('nothing leaks, and the same input gives the same output', async () => {
  const w = await expectNoLeak(() => small.init(key(1)), 102);
  const x = images();
  const y = await expectNoLeak(() => small.apply(w, x), 1);
  const again = small.apply(w, x);
  expect(again.dataSync()).toEqual(y.dataSync());
  await expectNoLeak(() => tf.dispose(small.apply(w, x, { training: true })));
  await expectNoLeak(() => disposeWeights(w), -102);
});

test('the non-linearities are observed in order, with the values they pass', () => {
  const w = small.init(key(1));
  const sites: Pick<Site, 'name' | 'kind'>[] = [];
  small.apply(w, images(), {
    observe({ name, kind, input, output }) {
      sites.push({ name, kind });
      expect(output).toMatchNumbers(input.relu());
    },
  });
  expect(sites.length).toBe(17);
  expect(sites.slice(0, 3).map(({ name }) => name)).toEqual(['relu', 'layer1.0.relu1', 'layer1.0.relu2']);
  expect(sites.every(({ kind }) => kind === 'relu')).toBe(true);
});

test('a tensor kept while observed outlives the network', () => {
  const w = small.init(key(1));
  const kept: tf.Tensor[] = [];
  const y = small.apply(w, images(), { observe: ({ output }) => kept.push(tf.keep(output)) });
  expect(kept.every((tensor) => !tensor.isDisposed)).toBe(true);
  expect(tf.matMul(kept.at(-1)!.mean([1, 2]), w['fc.weight']!).add(w['fc.bias']!)).toMatchNumbers(y);
});

test('zeroInitResidual starts each block without a shortcut convolution as the identity', () => {
  const w = resnet18({ width: 2, inputShape: [8, 8, 3], zeroInitResidual: true }).init(key(1));
  expect(w['layer1.0.bn2.weight']!).toMatchNumbers([0, 0]);
  expect(w['layer1.0.bn1.weight']!).toMatchNumbers([1, 1]);
  const deep = resnet50({ width: 1, inputShape: [8, 8, 3], zeroInitResidual: true }).init(key(1));
  for (const [name, { size }] of Object.entries(deep)) {
    if (/bn\d\.weight$/.test(name))
      expect(deep[name]!).toMatchNumbers(new Array(size).fill(/\.bn3/.test(name) ? 0 : 1));
  }
});

test("stemPadding 2 is solo-learn's stem: 34 rows and columns from 32", () => {
  const sides: number[] = [];
  const network = resnet18({ width: 1, stemPadding: 2 });
  network.apply(network.init(key(1)), tf.zeros([1, 32, 32, 3]), {
    observe: ({ output }) => sides.push(output.shape[1]!),
  });
  expect(sides.slice(0, 5)).toEqual([34, 34, 34, 34, 34]);
  expect(sides.at(-1)).toBe(5);
});

describe('errors', () => {
  test('name the weight in full', () => {
    const w = small.init(key(1));
    const { 'layer3.1.bn2.running_var': removed, ...rest } = w;
    expect(removed).toBeDefined();
    expect(() => small.apply(rest, images())).toThrow(
      "batchNorm 'layer3.1.bn2': weight 'layer3.1.bn2.running_var' is missing",
    );
    const wide = resnet18({ width: 3, inputShape: [8, 8, 3], classes: 3 }).init(key(1));
    expect(() => small.apply(wide, images())).toThrow(
      "conv2d 'conv1': weight 'conv1.weight' should have shape [3, 3, 3, 2], got [3, 3, 3, 3]",
    );
  });

  test('on an unfit input or option', () => {
    const w = small.init(key(1));
    expect(() => small.apply(w, tf.zeros([1, 8, 8, 1]))).toThrow(
      'resnet18: expected a float32 batch [N, 8, 8, 3] with N >= 1, got float32 [1, 8, 8, 1]',
    );
    expect(() => small.apply(w, tf.zeros([8, 8, 3]))).toThrow(/keep the batch axis/);
    expect(() => resnet18({ width: 0 })).toThrow('resnet18: expected width to be a whole number of at least 1, got 0');
    expect(() => resnet18({ inputShape: [32, 32] })).toThrow(/\[height, width, channels\]/);
    expect(() => resnet18({ stem: 'mnist' as 'cifar' })).toThrow(/'cifar' or 'imagenet', got 'mnist'/);
    expect(() => resnet50({ stem: 'imagenet', stemPadding: 2 })).toThrow(
      /resnet50: expected stemPadding with the stem/,
    );
  });
});
