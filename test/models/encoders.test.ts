import { describe, expect, test } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { convNext } from '../../lib/models/convNext';
import { mlp } from '../../lib/models/mlp';
import type { Module } from '../../lib/models/module';
import { predictor } from '../../lib/models/predictor';
import { projector } from '../../lib/models/projector';
import { prototypes } from '../../lib/models/prototypes';
import { resnet18, resnet50 } from '../../lib/models/resnet';
import { vit } from '../../lib/models/vit';
import { disposeWeights, trainableWeights } from '../../lib/models/weights';
import { expectNoLeak } from '../matchers';

const inputShape = [8, 8, 3];
const narrowConvNext = { depths: [1, 1, 2], dimensions: [4, 6, 8], inputShape };
const narrowVit = { dimension: 12, depth: 2, heads: 3, inputShape };
const networks: [string, Module][] = [
  ['resnet18', resnet18({ width: 2, inputShape, classes: 3 })],
  ['resnet50', resnet50({ width: 2, inputShape, classes: 3 })],
  ['convNext', convNext({ ...narrowConvNext, classes: 3 })],
  ['convNext, patches of 1', convNext({ ...narrowConvNext, patchSize: 1 })],
  ['vit', vit({ ...narrowVit, classes: 3 })],
  ['vit, mean pooling', vit({ ...narrowVit, pooling: 'mean' })],
  ['vit, fixed positions', vit({ ...narrowVit, positions: 'sinCos', patchSize: 2 })],
  ['mlp', mlp({ sizes: [5, 8, 4], activation: 'gelu' })],
  ['projector', projector({ inputSize: 5, sizes: [8, 4] })],
  ['predictor', predictor({ inputSize: 5, hidden: 8 })],
  ['prototypes', prototypes({ inputSize: 5, count: 4 })],
];

describe.each(networks)('%s', (_, module) => {
  const x = normal(key(11), [4, ...module.inputShape]);
  const upstream = normal(key(12), [4, ...module.outputShape]);

  test('a gradient flows to every trainable weight and to the input', () => {
    const w = module.init(key(1));
    const trainable = trainableWeights(w);
    const loss = (input: tf.Tensor) => module.apply(w, input, { training: true }).mul(upstream).sum() as tf.Scalar;
    const { grads } = tf.variableGrads(() => loss(x), Object.values(trainable));
    const size = (gradient: tf.Tensor) => gradient.abs().max().dataSync()[0]!;
    for (const [name, variable] of Object.entries(trainable)) {
      expect(size(grads[variable.name]!), `gradient by ${name}`).toBeGreaterThan(0);
      expect(size(grads[variable.name]!), `gradient by ${name}`).toBeLessThan(Number.POSITIVE_INFINITY);
    }
    expect(size(tf.grad(loss)(x))).toBeGreaterThan(0);
    disposeWeights(w);
  });

  test('the same key gives the same weights, another key others; the same input the same output', () => {
    const [a, b, c] = [1, 1, 2].map((seed) => module.init(key(seed)));
    for (const name of Object.keys(a!)) expect(b![name]!.dataSync()).toEqual(a![name]!.dataSync());
    expect(module.apply(b!, x).dataSync()).toEqual(module.apply(a!, x).dataSync());
    expect(module.apply(c!, x).dataSync()).not.toEqual(module.apply(a!, x).dataSync());
    // No two weights of a network are drawn alike.
    const drawn = Object.values(a!).filter(({ rank, size }) => rank > 1 && size > 1);
    expect(new Set(drawn.map((weight) => weight.dataSync()[0])).size).toBeGreaterThan(drawn.length - 2);
  });

  test('nothing leaks', async () => {
    const before = tf.memory().numTensors;
    const w = module.init(key(1));
    expect(tf.memory().numTensors - before).toBe(Object.keys(w).length);
    const y = await expectNoLeak(() => module.apply(w, x), 1);
    expect(y.shape).toEqual([4, ...module.outputShape]);
    await expectNoLeak(() => {
      const loss = () => module.apply(w, x, { training: true }).sum() as tf.Scalar;
      const { value, grads } = tf.variableGrads(loss, Object.values(trainableWeights(w)));
      tf.dispose([value, grads]);
    });
    await expectNoLeak(() => disposeWeights(w), -Object.keys(w).length);
  });

  test('an output does not depend on the rest of the batch at inference', () => {
    const w = module.init(key(1));
    const alone = module.apply(w, x.slice(0, 1));
    const first = module.apply(w, x).slice(0, 1);
    expect(first).toMatchNumbers(alone, { rtol: 1e-4, atol: 1e-5 });
  });
});

describe('ConvNeXt and ViT', () => {
  test('say that they are not piecewise affine, and report their GELUs by name', () => {
    for (const [module, expected] of [
      [convNext(narrowConvNext), ['stages.0.blocks.0', 'stages.1.blocks.0', 'stages.2.blocks.0', 'stages.2.blocks.1']],
      [vit(narrowVit), ['blocks.0', 'blocks.1']],
    ] as const) {
      expect(module.piecewiseAffine).toBe(false);
      const sites: string[] = [];
      module.apply(module.init(key(1)), normal(key(2), [1, ...inputShape]), {
        observe: ({ name, kind }) => sites.push(`${name} ${kind}`),
      });
      expect(sites).toEqual(expected.map((block) => `${block}.mlp.act gelu`));
    }
  });

  test('start as published: normal with 0.02, biases 0, layer scale 1e-6', () => {
    const std = (weight: tf.Tensor) => Math.sqrt(weight.square().mean().dataSync()[0]!);
    const a = convNext({ classes: 50 }).init(key(1));
    for (const name of ['stem.0', 'stages.1.downsample.1', 'stages.2.blocks.5.mlp.fc1', 'head.fc']) {
      expect([std(a[`${name}.weight`]!)], name).toMatchNumbers([0.02], { rtol: 0.1 });
      expect(std(a[`${name}.bias`]!)).toBe(0);
    }
    expect(a['stages.0.blocks.1.gamma']!).toMatchNumbers(new Array(40).fill(1e-6), { atol: 0 });
    const b = vit({ depth: 1, classes: 50 }).init(key(1));
    for (const name of ['blocks.0.attn.qkv', 'blocks.0.attn.proj', 'blocks.0.mlp.fc2', 'head']) {
      expect([std(b[`${name}.weight`]!)], name).toMatchNumbers([0.02], { rtol: 0.1 });
      expect(std(b[`${name}.bias`]!)).toBe(0);
    }
    expect([std(b.pos_embed!)]).toMatchNumbers([0.02], { rtol: 0.1 });
    expect(b.pos_embed!.shape).toEqual([1, 65, 192]);
    // torch.nn.Conv2d's own start, uniform on ±1/√48
    expect([std(b['patch_embed.proj.weight']!)]).toMatchNumbers([1 / Math.sqrt(48 * 3)], { rtol: 0.1 });
  });

  test('a ViT without its positions does not see the order of its patches, with them it does', () => {
    const module = vit({ ...narrowVit, inputShape: [4, 8, 3] });
    const w = module.init(key(1));
    const [left, right] = [normal(key(2), [1, 4, 4, 3]), normal(key(3), [1, 4, 4, 3])];
    const [straight, swapped] = [tf.concat([left, right], 2), tf.concat([right, left], 2)];
    for (const variable of Object.values(w)) variable.assign(variable.add(normal(key(9), variable.shape, 0, 0.1)));
    expect(module.apply(w, straight)).not.toMatchNumbers(module.apply(w, swapped), { rtol: 1e-2 });
    w.pos_embed!.assign(tf.zeros(w.pos_embed!.shape));
    expect(module.apply(w, straight)).toMatchNumbers(module.apply(w, swapped), { rtol: 1e-4, atol: 1e-5 });
  });

  test('fixed positions are not trained', () => {
    const w = vit({ ...narrowVit, positions: 'sinCos' }).init(key(1));
    expect(Object.keys(trainableWeights(w))).toContain('cls_token');
    expect(Object.keys(trainableWeights(w))).not.toContain('pos_embed');
    expect(w.pos_embed!.slice([0, 0, 0], [1, 1, 12])).toMatchNumbers(new Array(12).fill(0));
  });

  test('refuse unfit sizes', () => {
    expect(() => convNext({ size: 'huge' as 'atto' })).toThrow(
      "convNext: expected the size 'atto', 'femto', 'pico', 'nano', 'tiny', got 'huge'",
    );
    expect(() => convNext({ patchSize: 4, inputShape: [48, 32, 3] })).toThrow(/multiples of 32 .*got \[48, 32, 3\]/);
    expect(() => convNext({ depths: [1, 1] })).toThrow(/as many depths as dimensions/);
    expect(() => convNext({ depths: [0], dimensions: [4] })).toThrow(/each depth .*got 0/);
    expect(() => vit({ size: 'huge' as 'tiny' })).toThrow("vit: expected the size 'tiny', 'small', 'base', got 'huge'");
    expect(() => vit({ patchSize: 5 })).toThrow(
      'patchConv2d: expected images whose height and width are multiples of the patch size 5, got [32, 32, 3]',
    );
    expect(() => vit({ heads: 5 })).toThrow(
      'multiHeadAttention: expected heads to divide the 192 features, got 5 heads',
    );
    expect(() => vit({ pooling: 'max' as 'mean' })).toThrow("vit: expected pooling 'class' or 'mean', got 'max'");
    expect(() => vit({ positions: 'none' as 'learned' })).toThrow("positions 'learned' or 'sinCos', got 'none'");
    expect(() => vit({ dimension: 6, heads: 2, positions: 'sinCos' })).toThrow(/multiple of 4, got 6/);
    const { pos_embed: removed, ...rest } = vit(narrowVit).init(key(1));
    expect(removed).toBeDefined();
    expect(() => vit(narrowVit).apply(rest, tf.zeros([1, ...inputShape]))).toThrow("weight 'pos_embed' is missing");
  });
});
