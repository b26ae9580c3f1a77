import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { key } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { convNext } from '../../lib/models/convNext';
import type { Module } from '../../lib/models/module';
import { resnet18, resnet34, resnet50, resnet101 } from '../../lib/models/resnet';
import { vit } from '../../lib/models/vit';
import { countParameters, disposeWeights, trainableWeights } from '../../lib/models/weights';

interface Values {
  readonly output: readonly (readonly number[])[];
  readonly gradients: Readonly<Record<string, readonly [length: number, product: number]>>;
}

const golden = JSON.parse(readFileSync(join(__dirname, '..', 'golden', 'models.json'), 'utf8')) as {
  readonly parameters: Readonly<Record<string, number>>;
} & Record<'resnet50' | 'convNext' | 'vit' | 'vitMean', Values>;

// The formulas of test/golden/models.py; shapes are PyTorch's.
function waves(shape: readonly number[], number: number): tf.Tensor {
  const size = shape.reduce((product, axis) => product * axis, 1);
  const wave = (_: unknown, i: number) => Math.sin(0.0123 * i * i + 12.9898 * i + 78.233 * number * number);
  return tf.tensor(Float32Array.from({ length: size }, wave), [...shape]);
}

function weight(name: string, shape: readonly number[], number: number): tf.Tensor {
  const wave = waves(shape, number);
  if (/(cls_token|pos_embed)$/.test(name)) return wave.mul(0.5);
  const inputs = shape.slice(1).reduce((product, axis) => product * axis, 1);
  if (shape.length > 1) return wave.mul(Math.sqrt(2 / inputs));
  return /(weight|running_var|gamma)$/.test(name) ? wave.mul(0.3).add(1) : wave.mul(0.3);
}

/** The axes of ours that PyTorch's are, in its order. */
function pytorchAxes(name: string, rank: number): number[] {
  if (name.includes('conv_dw') && rank === 4) return [2, 3, 0, 1];
  if (rank === 4) return [3, 2, 0, 1];
  return rank === 2 ? [1, 0] : [...Array(rank).keys()];
}

function inverse(axes: readonly number[]): number[] {
  return axes.map((_, axis) => axes.indexOf(axis));
}

const networks: [keyof typeof golden & ('resnet50' | 'convNext' | 'vit' | 'vitMean'), Module][] = [
  ['resnet50', resnet50({ width: 2, stem: 'imagenet', inputShape: [64, 48, 3], classes: 5 })],
  [
    'convNext',
    convNext({ depths: [1, 2, 1, 1], dimensions: [4, 8, 12, 16], patchSize: 4, inputShape: [64, 32, 3], classes: 5 }),
  ],
  ['vit', vit({ dimension: 12, depth: 2, heads: 3, inputShape: [8, 12, 3], classes: 5 })],
  ['vitMean', vit({ dimension: 12, depth: 2, heads: 3, inputShape: [8, 12, 3], classes: 5, pooling: 'mean' })],
];

test.each(networks)('%s gives the outputs and the gradients of torchvision or timm', (name, module) => {
  const { output, gradients } = golden[name];
  const w = module.init(key(0));
  Object.keys(w)
    .sort()
    .forEach((entry, number) => {
      const axes = pytorchAxes(entry, w[entry]!.rank);
      const shape = axes.map((axis) => w[entry]!.shape[axis]!);
      w[entry]!.assign(weight(entry, shape, number).transpose(inverse(axes)));
    });
  const trainable = trainableWeights(w);
  expect(Object.keys(trainable).sort()).toEqual(
    Object.keys(gradients)
      .filter((entry) => entry !== 'images')
      .sort(),
  );

  const images = waves([2, ...module.inputShape], 1000);
  const got = module.apply(w, images);
  expect(got).toMatchNumbers(tf.tensor2d(output.map((row) => [...row])), { rtol: 1e-4, atol: 1e-4 });

  const upstream = waves(got.shape, 2000);
  const loss = (x: tf.Tensor) => module.apply(w, x).mul(upstream).sum() as tf.Scalar;
  const { grads } = tf.variableGrads(() => loss(images), Object.values(trainable));
  const all = { images: tf.grad(loss)(images) } as Record<string, tf.Tensor>;
  for (const [entry, variable] of Object.entries(trainable)) {
    all[entry] = grads[variable.name]!.transpose(pytorchAxes(entry, variable.rank));
  }
  for (const [entry, [length, product]] of Object.entries(gradients)) {
    const gradient = all[entry]!;
    const atol = 1e-4 * length + 1e-5;
    expect([gradient.norm().dataSync()[0]!], `length of the gradient by ${entry}`).toMatchNumbers([length], { atol });
    const against = gradient.mul(waves(gradient.shape, 3000)).sum().dataSync();
    // the product of two vectors: its rounding is on the scale of their lengths
    const scale = Math.sqrt(gradient.size / 2);
    expect([against[0]!], `gradient by ${entry}`).toMatchNumbers([product], { atol: atol * Math.max(1, scale / 10) });
  }
});

describe('parameters with 1,000 classes, as torchvision and timm count them', () => {
  const inputShape = [224, 224, 3];
  const imagenet = { classes: 1000, inputShape };
  test.each<[string, () => Module]>([
    ['resnet18', () => resnet18({ stem: 'imagenet', ...imagenet })],
    ['resnet34', () => resnet34({ stem: 'imagenet', ...imagenet })],
    ['resnet50', () => resnet50({ stem: 'imagenet', ...imagenet })],
    ['resnet101', () => resnet101({ stem: 'imagenet', ...imagenet })],
    ...(['atto', 'femto', 'pico', 'nano', 'tiny'] as const).map((size): [string, () => Module] => [
      `convnext_${size}`,
      () => convNext({ size, patchSize: 4, ...imagenet }),
    ]),
    ...(['tiny', 'small', 'base'] as const).map((size): [string, () => Module] => [
      `vit_${size}_patch16_224`,
      () => vit({ size, patchSize: 16, ...imagenet }),
    ]),
  ])('%s', (name, build) => {
    const w = build().init(key(0));
    expect(countParameters(w)).toBe(golden.parameters[name]);
    disposeWeights(w);
  });
});
