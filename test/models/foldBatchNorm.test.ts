import { describe, expect, test } from 'vitest';
import { key, normal, uniform } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { convNext } from '../../lib/models/convNext';
import { foldBatchNorm, type LinearHead } from '../../lib/models/folding/foldBatchNorm';
import type { Module, Weights } from '../../lib/models/module';
import { resnet18, resnet34, resnet50 } from '../../lib/models/resnet';
import { vit } from '../../lib/models/vit';
import { disposeWeights } from '../../lib/models/weights';
import type { LayeredNetwork } from '../../lib/theory/supervised/layeredNetwork';
import { expectNoLeak } from '../matchers';

/** As after training: no scale 1, no shift 0, no mean 0, no variance 1. */
function trainedWeights(module: Module): Weights {
  const w = module.init(key(5));
  Object.entries(w).forEach(([name, variable], i) => {
    const drawn = name.endsWith('running_var')
      ? uniform(key(100 + i), variable.shape, 0.5, 2)
      : variable.add(normal(key(100 + i), variable.shape, 0, 0.2));
    variable.assign(drawn);
    drawn.dispose();
  });
  return w;
}

function headOf(module: Module, classes: number, bias: boolean): LinearHead {
  const weight = normal(key(7), [module.outputShape[0]!, classes]) as tf.Tensor2D;
  return bias ? { weight, bias: normal(key(8), [classes]) as tf.Tensor1D } : { weight };
}

const shape = [16, 12, 3];
const modules: Readonly<Record<string, Module>> = {
  'resnet18, CIFAR stem': resnet18({ width: 4, inputShape: shape }),
  'resnet18, stemPadding 2': resnet18({ width: 3, inputShape: shape, stemPadding: 2 }),
  'resnet18, ImageNet stem': resnet18({ width: 2, inputShape: [33, 40, 3], stem: 'imagenet' }),
  'resnet18, zeroInitResidual': resnet18({ width: 2, inputShape: shape, zeroInitResidual: true }),
  resnet34: resnet34({ width: 2, inputShape: shape }),
  resnet50: resnet50({ width: 2, inputShape: [9, 8, 1] }),
};

describe('the folded network is the module in inference mode', () => {
  test.each(Object.entries(modules))('%s with a linear head', (_, module) => {
    const w = trainedWeights(module);
    const head = headOf(module, 5, true);
    const x = normal(key(9), [3, ...module.inputShape]);
    const folded: LayeredNetwork = foldBatchNorm(module, w, head);
    const want = tf.tidy(() => tf.matMul(module.apply(w, x) as tf.Tensor2D, head.weight).add(head.bias!));
    const scale = tf.tidy(() => want.abs().max().dataSync()[0]!);
    expect(folded.apply(folded.layers, x)).toMatchNumbers(want, { rtol: 1e-4, atol: 1e-4 * scale });
    disposeWeights(w);
  });

  test('with the classifier of the module itself, and with a head without bias', () => {
    const classified = resnet18({ width: 2, inputShape: shape, classes: 4 });
    const x = normal(key(9), [3, ...shape]);
    const w = trainedWeights(classified);
    const folded = foldBatchNorm(classified, w);
    expect(folded.apply(folded.layers, x)).toMatchNumbers(classified.apply(w, x), { rtol: 1e-4, atol: 1e-4 });
    const plain = resnet18({ width: 2, inputShape: shape });
    const head = headOf(plain, 3, false);
    const { layers, apply } = foldBatchNorm(plain, w0(plain), head);
    expect(layers.at(-1)!.bias).toBeUndefined();
    expect(apply(layers, x).shape).toEqual([3, 3]);
  });
});

const w0 = (module: Module) => module.init(key(2));

describe('layers', () => {
  test('of a ResNet-18 of width 4 on 32×32: 17 convolutions, 3 shortcuts and the head, each with what it reads', () => {
    const module = resnet18({ width: 4 });
    const { layers } = foldBatchNorm(module, w0(module), headOf(module, 10, true));
    // Stem; stage 1: 4 of 4 channels at 32; stages 2 to 4: one of stride 2, one of stride 1, the shortcut, two of stride 1.
    const described = layers.map((layer) =>
      layer.kind === 'dense'
        ? layer.kernel.shape.join('→')
        : `${layer.kernel.shape[0]}×${layer.kernel.shape[1]} ${layer.kernel.shape[2]}→${layer.kernel.shape[3]} s${layer.stride} p${layer.padding} @${layer.inputSize.join('×')}`,
    );
    const stage = (from: number, size: number) => [
      `3×3 ${from}→${2 * from} s2 p1 @${size}×${size}`,
      `3×3 ${2 * from}→${2 * from} s1 p1 @${size / 2}×${size / 2}`,
      `1×1 ${from}→${2 * from} s2 p0 @${size}×${size}`,
      ...Array(2).fill(`3×3 ${2 * from}→${2 * from} s1 p1 @${size / 2}×${size / 2}`),
    ];
    expect(described).toEqual([
      '3×3 3→4 s1 p1 @32×32',
      ...Array(4).fill('3×3 4→4 s1 p1 @32×32'),
      ...stage(4, 32),
      ...stage(8, 16),
      ...stage(16, 8),
      '32→10',
    ]);
  });

  test('of the ImageNet stem and of bottlenecks: geometry that gives the shapes the network has', () => {
    const stem = modules['resnet18, ImageNet stem']!;
    const { layers } = foldBatchNorm(stem, w0(stem), headOf(stem, 2, false));
    expect(layers[0]).toMatchObject({ stride: 2, padding: 3, inputSize: [33, 40] });
    expect(layers[1]).toMatchObject({ stride: 1, padding: 1, inputSize: [9, 10] }); // 33 → 17 → 9, 40 → 20 → 10
    const deep = foldBatchNorm(modules.resnet50!, w0(modules.resnet50!), headOf(modules.resnet50!, 2, false)).layers;
    // Stem, then layer1.0: 1×1, 3×3, 1×1, shortcut; 3 + 4 + 6 + 3 blocks in all.
    expect(deep.length).toBe(1 + 3 * 16 + 4 + 1);
    expect(deep[12]).toMatchObject({ stride: 2, padding: 1, inputSize: [9, 8] }); // layer2.0.conv2
    expect(deep[13]).toMatchObject({ stride: 1, padding: 0, inputSize: [5, 4] });
  });

  test('given in place of its own: twice the last kernel and bias give twice the logits; the module is as before', () => {
    const module = modules['resnet18, CIFAR stem']!;
    const w = trainedWeights(module);
    const folded = foldBatchNorm(module, w, headOf(module, 5, true));
    const x = normal(key(9), [2, ...shape]);
    const last = folded.layers.at(-1)! as Extract<(typeof folded.layers)[number], { kind: 'dense' }>;
    const doubled = { ...last, kernel: last.kernel.mul(2) as tf.Tensor2D, bias: last.bias!.mul(2) as tf.Tensor1D };
    const once = folded.apply(folded.layers, x);
    expect(folded.apply([...folded.layers.slice(0, -1), doubled], x)).toMatchNumbers(once.mul(2));
    // A factor moved over a ReLU, from the first block's first convolution to its second, changes nothing.
    const moved = folded.layers.map((layer, i) => {
      if (i === 1) return { ...layer, kernel: layer.kernel.mul(4), bias: layer.bias!.mul(4) };
      return i === 2 ? { ...layer, kernel: layer.kernel.div(4) } : layer;
    });
    expect(folded.apply(moved as typeof folded.layers, x)).toMatchNumbers(once, { rtol: 1e-4, atol: 1e-4 });
  });

  test('are copies: training on changes nothing; and none is left when disposed', async () => {
    const module = modules['resnet18, CIFAR stem']!;
    const w = trainedWeights(module);
    const head = headOf(module, 5, true);
    const x = normal(key(9), [2, ...shape]);
    await expectNoLeak(() => {
      const folded = foldBatchNorm(module, w, head);
      tf.tidy(() => {
        const before = folded.apply(folded.layers, x);
        for (const variable of Object.values(w)) variable.assign(variable.mul(1.5));
        expect(folded.apply(folded.layers, x)).toMatchNumbers(before, { rtol: 0, atol: 0 });
      });
      folded.dispose();
    });
  });
});

describe('errors', () => {
  const module = modules['resnet18, CIFAR stem']!;
  test('ConvNeXt and ViT are not supported, and it says why', () => {
    const next = convNext({ depths: [1, 1], dimensions: [4, 8] });
    expect(() => foldBatchNorm(next, next.init(key(1)), headOf(next, 2, false))).toThrow(
      /foldBatchNorm: expected a ResNet .* got 'convNext'; the layer normalisations/,
    );
    const transformer = vit();
    expect(() => foldBatchNorm(transformer, {}, headOf(transformer, 2, false))).toThrow(/expected a ResNet/);
  });

  test('no head, a head too many, a head of another size', () => {
    expect(() => foldBatchNorm(module, w0(module))).toThrow(/expected one linear head, got none/);
    const own = resnet18({ width: 4, inputShape: shape, classes: 3 });
    expect(() => foldBatchNorm(own, w0(own), headOf(module, 3, true))).toThrow(/got one beside the module's own fc/);
    const narrow = { weight: tf.zeros([31, 3]) as tf.Tensor2D };
    expect(() => foldBatchNorm(module, w0(module), narrow)).toThrow(/weight \[32, classes\].* got weight \[31, 3\]/);
  });

  test('layers of another shape or number', () => {
    const folded = foldBatchNorm(module, w0(module), headOf(module, 3, true));
    const x = tf.zeros([1, ...shape]);
    expect(() => folded.apply(folded.layers.slice(1), x)).toThrow(
      /layer 0 to be conv2d \[3, 3, 3, 4\], got conv2d \[3, 3, 4, 4\]/,
    );
    expect(() => folded.apply(folded.layers.slice(0, -1), x)).toThrow(/layer 20 to be dense \[32, 3\], got none/);
  });
});
