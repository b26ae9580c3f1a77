import { describe, expect, it } from 'vitest';
import { key, normal, split } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { countParameters, disposeWeights } from '../../lib/models/weights';
import { method, methodNames } from '../../lib/training/methods';
import type { Preset } from '../../lib/training/publishedMethods';
import { finishTraining, type TrainingEvent, train } from '../../lib/training/train';
import { disposeTraining } from '../../lib/training/trainingState';
import { expectNoLeak } from '../matchers';
import { smallRun } from './smallRun';

/** The weights of a head after 512 features, in their order. */
function headShapes(inputSize: number, head: ReturnType<typeof method>['projector']): string[] {
  const weights = head(inputSize).init(key(0));
  const shapes = Object.entries(weights)
    .filter(([name, { trainable }]) => trainable && !name.startsWith('bn'))
    .map(([name, { shape }]) => `${name} ${shape.join('×')}`);
  disposeWeights(weights);
  return shapes;
}

// The values of the two projects' files, as the table of their recipes has them.
const expected: [Preset, string, string, number, string, string, number][] = [
  ['solo-learn', 'VICReg', 'lars 0.0001', 0.3, '2048 2048 2048', 'vicreg', 0],
  ['solo-learn', 'SimCLR', 'lars 0.0001', 0.4, '2048 256', 'symmetric', 0],
  ['solo-learn', 'BYOL', 'lars 0.00001', 1, '4096 256', 'asymmetric', 4096],
  ['solo-learn', 'Barlow Twins', 'lars 0.0001', 0.3, '2048 2048 2048', 'asymmetric', 0],
  ['solo-learn', 'SwAV', 'lars 0.000001', 0.6, '2048 128', 'symmetric', 0],
  ['solo-learn', 'MoCo', 'sgd 0.0001', 0.3, '2048 256', 'symmetricWeak', 0],
  ['solo-learn', 'SimSiam', 'sgd 0.00001', 0.5, '2048 2048 2048', 'symmetricWeak', 512],
  ['solo-learn', 'VICReg + LogDet', 'lars 0.0001', 0.3, '2048 2048 2048', 'vicreg', 0],
  ['solo-learn', 'BYOL + PairDist', 'lars 0.00001', 1, '4096 256', 'asymmetric', 4096],
  ['lightly', 'SimCLR', 'sgd 0.0005', 0.06, '512 128', 'lightly', 0],
  ['lightly', 'BYOL', 'sgd 0.0005', 0.06, '1024 256', 'lightly', 1024],
  ['lightly', 'Barlow Twins', 'sgd 0.0005', 0.06, '2048 2048', 'lightly', 0],
  ['lightly', 'SwAV', 'adamW 0.000001', 0.001, '512 128', 'lightly, SwAV', 0],
  ['lightly', 'MoCo', 'sgd 0.0005', 0.06, '512 128', 'lightly', 0],
  ['lightly', 'SimSiam', 'sgd 0.0005', 0.06, '2048 2048', 'lightly', 512],
];

describe('method', () => {
  it.each(expected)('takes %s’s settings of %s', (preset, name, optimizer, rate, sizes, recipe, hidden) => {
    const own = method(name as (typeof methodNames)[number], { preset });
    const [kind, decay] = optimizer.split(' ');
    expect(own.optimizer!.name).toMatch(
      new RegExp(
        `^${kind}\\(.*weight decay ${Number(decay)}${kind === 'lars' ? '[^a-z]*, trust .* sum' : ' on everything'}\\)$`,
      ),
    );
    expect(own.learningRate).toBe(rate);
    expect(own.batchSize).toBe(preset === 'lightly' ? 128 : 256);
    expect(own.warmUpEpochs).toBe(preset === 'lightly' ? 0 : 10);
    expect(own.recipe!.name).toBe(recipe);
    expect(own.objective.predictor?.hidden ?? 0).toBe(hidden);
    const wanted = [512, ...sizes.split(' ').map(Number)];
    const shapes = headShapes(512, own.projector).filter((shape) => shape.includes('weight'));
    expect(shapes).toEqual(wanted.slice(1).map((size, i) => `fc${i + 1}.weight ${wanted[i]}×${size}`));
  });

  it('has what tells the methods apart besides', () => {
    expect(method('SimSiam').constantRate).toEqual(['predictor']);
    expect(method('SimSiam', { preset: 'lightly' }).constantRate).toBeUndefined();
    expect(method('BYOL').objective.momentum).toEqual({ start: 0.99, end: 1 });
    expect(method('BYOL', { preset: 'lightly' }).objective.momentum).toEqual({ start: 0.99, end: 0.99 });
    expect(method('MoCo').objective.momentum).toEqual({ start: 0.99, end: 0.999 });
    expect(method('SwAV').objective.prototypes).toEqual({ count: 3000, frozenEpochs: 2 });
    expect(method('SwAV', { preset: 'lightly' }).objective.prototypes).toEqual({ count: 512, frozenEpochs: 0 });
    expect(method('SwAV', { preset: 'lightly' }).objective.memory).toBeUndefined();
    expect(headShapes(8, method('SimCLR').projector)[1]).toBe('fc1.bias 2048');
    expect(method('VICReg + PairDist').source).toMatch(
      /no one publishes settings for VICReg \+ PairDist: those of VICReg/,
    );
  });

  it('sums VICReg’s variance terms as solo-learn does, and quarters BYOL’s loss as lightly does', () => {
    tf.tidy(() => {
      const [a, b] = split(key(0)).map((k) => normal(k!, [8, 4], 0, 0.2) as tf.Tensor2D) as [tf.Tensor2D, tf.Tensor2D];
      const value = (own: ReturnType<typeof method>, name: string) =>
        own.objective.terms({ za: a, zb: b, pa: a, pb: b, ta: a, tb: b })[name]!.dataSync()[0]!;
      const vicregOf = (preset: Preset) => value(method('VICReg', { preset }), 'variance');
      expect(vicregOf('solo-learn') / vicregOf('lightly')).toBeCloseTo(2, 5);
      const byolOf = (preset: Preset) => value(method('BYOL', { preset }), 'regression');
      expect(byolOf('solo-learn') / byolOf('lightly')).toBeCloseTo(4, 5);
    });
  });

  it('leaves no unscaled terms behind', async () => {
    const z = normal(key(0), [8, 4]) as tf.Tensor2D;
    const { objective } = method('BYOL', { preset: 'lightly' });
    await expectNoLeak(() => tf.dispose(objective.terms({ za: z, zb: z, pa: z, pb: z, ta: z, tb: z })));
    z.dispose();
  });

  it('scales rate with the batch as the projects do, heads by headScale, and takes the objective’s own options first', () => {
    expect(method('VICReg', { batchSize: 64 }).learningRate).toBeCloseTo(0.075, 12);
    expect(method('SimSiam', { preset: 'lightly', batchSize: 512 }).learningRate).toBe(0.06);
    const small = method('BYOL', { headScale: 1 / 8, objective: { momentum: 0.9 } });
    expect(headShapes(16, small.projector)).toEqual(['fc1.weight 16×512', 'fc2.weight 512×32', 'fc2.bias 32']);
    expect(small.objective.predictor!.hidden).toBe(512);
    expect(small.objective.momentum!.start).toBe(0.9);
    expect(method('SwAV', { headScale: 0.1, objective: { prototypes: 77 } }).objective.prototypes!.count).toBe(77);
    expect(small.source).toMatch(/heads times 0.125, chosen here; objective with {"momentum":0.9}, chosen here/);
    const standard = method('SimSiam', { headScale: 1 / 256 })
      .projector(3)
      .init(key(0));
    expect(countParameters(standard)).toBe(3 * 8 + 16 + 64 + 16 + 64);
    disposeWeights(standard);
  });

  it('names what it does not know', () => {
    expect(() => method('Byol' as 'BYOL')).toThrow(/method: expected one of VICReg, SimCLR, BYOL.* got 'Byol'/);
    expect(() => method('BYOL', { preset: 'timm' as 'lightly' })).toThrow(/'solo-learn' or 'lightly', got 'timm'/);
    expect(() => method('BYOL', { headScale: 0 })).toThrow(/headScale > 0/);
  });

  it.each((['solo-learn', 'lightly'] as const).flatMap((preset) => methodNames.map((name) => [preset, name] as const)))(
    'trains by %s’s settings: %s',
    async (preset, name) => {
      await expectNoLeak(async () => {
        const { projector, ...own } = method(name, { preset, headScale: 1 / 128, batchSize: 8, objective: { queueLength: 32 } as object }); // biome-ignore format: a call
        const small = smallRun({ epochs: 1 });
        const events: TrainingEvent[] = [];
        const networks = { encoder: small.networks.encoder, projector: projector(4) };
        const options = { ...small, ...own, networks, warmUpEpochs: 0 };
        const result = await finishTraining(train(options), (event) => void events.push(event));
        expect(events.length).toBe(3);
        expect(events.every(({ total, gradientNorm }) => Number.isFinite(total) && gradientNorm > 0)).toBe(true);
        disposeTraining(result);
      });
    },
  );
});
