import { describe, expect, it } from 'vitest';
import { key, normal, split } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { predictLinear } from '../../lib/training/linearProbe';
import {
  initOnlineProbe,
  type OnlineProbeOptions,
  onlineClassifier,
  probePass,
  updateOnlineProbe,
} from '../../lib/training/onlineProbe';
import { finishTraining, type TrainingEvent, train } from '../../lib/training/train';
import { disposeTraining } from '../../lib/training/trainingState';
import { expectNoLeak } from '../matchers';
import { kinds } from './objectiveKinds';
import { bits, coloredNoise, smallRun } from './smallRun';

const whole = async (options: Parameters<typeof smallRun>[0]) => {
  const events: TrainingEvent[] = [];
  const result = await finishTraining(train(smallRun(options)), (event) => void events.push(event));
  return { events, result };
};

function outputs(count: number, dimension: number) {
  const [a, b] = split(key(4));
  const [fa, fb] = [normal(a!, [count, dimension]), normal(b!, [count, dimension])];
  return { fa, fb, za: fa as tf.Tensor2D, zb: fb as tf.Tensor2D };
}

describe('probePass', () => {
  it('gives cross-entropy, accuracy and their gradient, as tfjs computes it', async () => {
    const given = outputs(6, 4);
    const labels = Int32Array.from([0, 1, 2, 0, 1, 2]);
    const probe = initOnlineProbe(4, 3);
    probe.weights.weight!.assign(normal(key(5), [4, 3]));
    probe.weights.bias!.assign(tf.tensor1d([0.1, -0.2, 0.3]));
    const pass = await expectNoLeak(() => probePass(probe, given, labels), 4);
    const x = tf.concat([given.fa, given.fb]);
    const oneHot = tf.oneHot(tf.tensor1d([...labels, ...labels], 'int32'), 3);
    const { value, grads } = tf.variableGrads(
      () =>
        tf.losses.softmaxCrossEntropy(oneHot, x.matMul(probe.weights.weight!).add(probe.weights.bias!)) as tf.Scalar,
      Object.values(probe.weights),
    );
    expect(pass.loss).toMatchNumbers(value);
    for (const name of ['weight', 'bias'] as const) {
      expect(pass.gradients[name]).toMatchNumbers(grads[probe.weights[name]!.name]!);
    }
    const found = Array.from(x.matMul(probe.weights.weight!).add(probe.weights.bias!).argMax(1).dataSync());
    const right = found.filter((label, i) => label === labels[i % 6]).length;
    expect(pass.accuracy).toMatchNumbers([right / 12]);
  });

  it('starts with every class alike', () => {
    const pass = probePass(initOnlineProbe(4, 3), outputs(6, 4), new Int32Array(6));
    expect(pass.loss).toMatchNumbers([Math.log(3)]);
  });

  it('learns what is linearly there, and its classifier agrees with it', () => {
    const given = outputs(60, 4);
    // The sign of the first feature, put into both views.
    const labels = Int32Array.from(given.fa.slice([0, 0], [-1, 1]).dataSync(), (value) => (value > 0 ? 1 : 0));
    const probe = initOnlineProbe(4, 2);
    for (let step = 0; step < 60; step++) {
      updateOnlineProbe(probe, probePass(probe, { ...given, fb: given.fa }, labels), 0.5);
    }
    const last = probePass(probe, { ...given, fb: given.fa }, labels);
    expect(last.accuracy.dataSync()[0]).toBeGreaterThan(0.95);
    const features = { values: given.fa.dataSync() as Float32Array, count: 60, dimension: 4 };
    const found = predictLinear(onlineClassifier(probe.weights), features);
    const right = found.filter((label, i) => label === labels[i]).length / 60;
    expect(right).toBeCloseTo(last.accuracy.dataSync()[0]!, 6);
  });
});

describe('train with an online probe', () => {
  it.each(Object.entries({ ...kinds, vicreg: smallRun().objective }))(
    'changes no bit of anything else (%s)',
    async (_, own) => {
      const options = { objective: own, clipGradient: 1 };
      const [without, probed] = [await whole(options), await whole({ ...options, onlineProbe: { learningRate: 5 } })];
      const all = ({ weights, momentum, memory }: typeof without.result) =>
        bits({ ...weights, e: momentum?.encoder ?? {}, p: momentum?.projector ?? {}, memory: memory ?? {} });
      expect(all(probed.result)).toEqual(all(without.result));
      expect(without.result.probe).toBeUndefined();
      probed.events.forEach(({ online, imagesPerSecond, remainingSeconds, ...rest }, i) => {
        expect(without.events[i]).toMatchObject(rest);
        expect(online!.loss).toBeGreaterThan(0);
      });
    },
  );

  it('tells loss and accuracy, learns, and gives its weights', async () => {
    await expectNoLeak(async () => {
      const { events, result } = await whole({ epochs: 15, onlineProbe: { learningRate: 1 } });
      expect(events[0]!.online!.loss).toBeCloseTo(Math.log(3), 5);
      const mean = (some: TrainingEvent[]) => some.reduce((sum, e) => sum + e.online!.accuracy, 0) / some.length;
      expect(mean(events.slice(-15))).toBeGreaterThan(0.6);
      expect(events.every(({ online }) => online!.accuracy >= 0 && online!.accuracy <= 1)).toBe(true);
      expect(result.probe!.weight!.shape).toEqual([4, 3]);
      disposeTraining(result);
    });
  });

  it('follows the schedule from 0.1 · batchSize / 256', async () => {
    const first = async (onlineProbe: OnlineProbeOptions) =>
      bits({ p: (await whole({ epochs: 1, onlineProbe })).result.probe! });
    expect(await first({})).toEqual(await first({ learningRate: (0.1 * 8) / 256 }));
    expect(await first({})).not.toEqual(await first({ learningRate: 0.1 }));
  });

  it('needs labels', async () => {
    const dataset = coloredNoise(26);
    await expect(whole({ dataset: { ...dataset, classNames: ['one'] }, onlineProbe: {} })).rejects.toThrow(
      /a label from 0 to 0 for each of 26 images of coloredNoise, at least two classes/,
    );
    const labels = dataset.labels.slice();
    labels[3] = -1;
    await expect(whole({ dataset: { ...dataset, labels }, onlineProbe: {} })).rejects.toThrow(
      /the label -1 of image 3/,
    );
  });
});
