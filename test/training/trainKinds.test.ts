import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tf } from '../../lib/engine/tensorflow';
import { mlp } from '../../lib/models/mlp';
import { copyWeights, disposeWeights } from '../../lib/models/weights';
import { objective } from '../../lib/objectives/objective';
import { vicreg } from '../../lib/objectives/vicreg';
import { loadCheckpoint } from '../../lib/training/checkpoint';
import { momentumAt } from '../../lib/training/momentumBranch';
import type { Optimizer } from '../../lib/training/optimizer';
import { sgd } from '../../lib/training/sgd';
import { finishTraining, type TrainingEvent, train } from '../../lib/training/train';
import type { TrainOptions } from '../../lib/training/trainingPlan';
import { disposeTraining } from '../../lib/training/trainingState';
import { expectNoLeak } from '../matchers';
import { clustered, kinds, predictive, queued } from './objectiveKinds';
import { bits, smallRun } from './smallRun';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'infossl-kinds-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const whole = async (options: Partial<TrainOptions>, onEvent?: (event: TrainingEvent) => void) => {
  const events: TrainingEvent[] = [];
  const result = await finishTraining(train(smallRun(options)), (event) => {
    events.push(event);
    onEvent?.(event);
  });
  return { events, result };
};

const groups = ({ weights, momentum, memory, probe }: Awaited<ReturnType<typeof whole>>['result']) =>
  bits({
    ...weights,
    ...(momentum && { momentumEncoder: momentum.encoder, momentumProjector: momentum.projector }),
    ...(memory && { memory }),
    ...(probe && { probe }),
  });

/** Everything that has state at once, beside the objective's own. */
const more = { onlineProbe: {}, clipGradient: 1, constantRate: ['projector'] } as const;

describe.each(Object.entries(kinds))('train with a %s objective', (name, own) => {
  it.each([1, 2, 3, 4, 5])(
    'stopped after step %i and resumed, ends bit for bit where an unbroken run does',
    async (stop) => {
      await expectNoLeak(async () => {
        const [path, other] = [join(folder, 'a.ckpt'), join(folder, 'b.ckpt')];
        const unbroken = await whole({ objective: own, ...more, checkpoint: { path: other } });
        const controller = new AbortController();
        const options = { objective: own, ...more, checkpoint: { path } };
        const stopped = whole(
          { ...options, signal: controller.signal },
          ({ step }) => step === stop && controller.abort(),
        );
        await expect(stopped).rejects.toThrow(`stopped after step ${stop} of 6`);
        const after = await whole(options);
        expect(after.events[0]!.step).toBe(stop + 1);
        expect(groups(after.result)).toEqual(groups(unbroken.result));
        const facts = (events: TrainingEvent[]) => events.map(({ imagesPerSecond, remainingSeconds, ...rest }) => rest);
        expect(facts(after.events)).toEqual(facts(unbroken.events).slice(stop));
        const [a, b] = [await loadCheckpoint(path), await loadCheckpoint(other)];
        expect(bits(a.groups)).toEqual(bits(b.groups));
        for (const one of [a, b]) Object.values(one.groups).forEach(disposeWeights);
        disposeTraining(unbroken.result);
        disposeTraining(after.result);
      });
    },
  );

  it.each([1, 2])(
    'keeps the number of tensors over 20 steps, in %i micro-batches, and frees all',
    async (accumulate) => {
      await expectNoLeak(async () => {
        const counts: number[] = [];
        const count = () => counts.push(tf.memory().numTensors);
        const { result } = await whole({ objective: own, ...more, epochs: 7, accumulate }, count);
        expect(counts.length).toBe(21);
        // While prototypes are frozen nothing differs either: no gradient outlives its step.
        expect(new Set(counts).size).toBe(1);
        disposeTraining(result);
      });
    },
  );

  it('changes every weight that is trained', async () => {
    const start: Record<string, number[]> = {};
    const spy: Optimizer = {
      ...sgd(),
      init(weights) {
        for (const [weight, value] of Object.entries(weights)) start[weight] = Array.from(value.dataSync());
        return sgd().init(weights);
      },
    };
    const { result } = await whole({ objective: own, optimizer: spy, learningRate: 0.1 });
    const end = bits(result.weights);
    expect(Object.keys(end).some((weight) => weight.startsWith('encoder.'))).toBe(true);
    for (const weight of Object.keys(end)) expect(end[weight], `${name} ${weight}`).not.toEqual(start[weight]);
  });
});

describe('requirements', () => {
  it('builds the predictor and prototypes that are required, and takes given ones', async () => {
    const { result } = await whole({ objective: predictive });
    expect(result.weights.predictor!['fc1.weight']!.shape).toEqual([8, 6]);
    expect(result.networks.predictor!.outputShape).toEqual([8]);
    const { networks } = smallRun();
    const own = mlp({ sizes: [8, 3, 8], name: 'own' });
    const given = await whole({ objective: predictive, networks: { ...networks, predictor: own } });
    expect(given.result.weights.predictor!['fc1.weight']!.shape).toEqual([8, 3]);
    expect((await whole({ objective: clustered })).result.weights.prototypes!.weight!.shape).toEqual([8, 5]);
  });

  it('refuses networks that do not fit or are not used', async () => {
    const { networks } = smallRun();
    const wrong = (more: object, own = predictive) => whole({ objective: own, networks: { ...networks, ...more } });
    await expect(wrong({ projector: mlp({ sizes: [5, 8], name: 'p' }) })).rejects.toThrow(
      'expected the projector to map [4] → a vector, got p: [5] → [8]',
    );
    await expect(wrong({ predictor: mlp({ sizes: [8, 4], name: 'p' }) })).rejects.toThrow(
      'expected the predictor to map [8] → [8], got p: [8] → [4]',
    );
    await expect(wrong({ prototypes: mlp({ sizes: [8, 4], name: 'p' }) }, clustered)).rejects.toThrow(
      'expected the prototypes to map [8] → [5], got p: [8] → [4]',
    );
    await expect(wrong({ predictor: mlp({ sizes: [8, 8], name: 'p' }) }, vicreg())).rejects.toThrow(
      'expected no predictor, for VICReg does not use one, got p; leave it out',
    );
  });

  it('names a trained weight that gets no gradient, and leaks nothing', async () => {
    const blind = objective('blind', ({ za, zb }) => ({ term: za.sub(zb).square().mean() }), {
      predictor: { hidden: 3 },
    });
    const constant = objective('constant', () => ({ term: tf.scalar(1) }));
    await expectNoLeak(async () => {
      for (const accumulate of [1, 2]) {
        await expect(whole({ objective: blind, accumulate })).rejects.toThrow(
          /loss of blind to depend on every trained weight, got no gradient by 'predictor.fc1.weight' and 4 more/,
        );
        await expect(whole({ objective: constant, accumulate })).rejects.toThrow(
          /no gradient by 'encoder.conv1.weight'/,
        );
      }
    });
  });

  it('refuses a memory that could be trained, and a momentum out of range', async () => {
    const memory = { init: () => ({ a: tf.variable(tf.zeros([1])) }), update: () => undefined };
    const terms = vicreg().terms;
    await expect(whole({ objective: { name: 'm', terms, memory } })).rejects.toThrow(
      /memory of m to be float32 variables that are not trainable, got float32, trainable, for 'a'/,
    );
    await expect(whole({ objective: { name: 'm', terms, momentum: { start: 2 } } })).rejects.toThrow(
      /the momentum of m from 0 to 1, got 2 to 2/,
    );
  });
});

describe('momentum copies', () => {
  it('follow the networks by τ, on half a cosine', async () => {
    // τ 0.5 … 1 over 6 steps: (1 + cos π t) / 4 below 1, t = 0, 0.2, …, 1.
    const expected = [0, 1, 2, 3, 4, 5].map((t) => 1 - (1 + Math.cos((Math.PI * t) / 5)) / 4);
    const { events } = await whole({ objective: predictive });
    expect(events.map(({ momentum }) => momentum)).toMatchNumbers(expected);
    expect(momentumAt({ start: 0.9 }, { step: 3, steps: 6 })).toBeCloseTo(0.9, 12);
    expect(momentumAt({ start: 0.9, end: 1 }, { step: 0, steps: 1 })).toBe(0.9);
    expect((await whole({})).events[0]).not.toHaveProperty('momentum');
  });

  it('are the networks before the first step, then τ old + (1 − τ) new, with running statistics of their own', async () => {
    const initial: Record<string, number[]> = {};
    const spy: Optimizer = {
      ...sgd(),
      init(weights) {
        for (const [weight, value] of Object.entries(weights)) initial[weight] = Array.from(value.dataSync());
        return sgd().init(weights);
      },
    };
    const { dataset } = smallRun();
    // One step: the batch is all of the images.
    const { result } = await whole({
      ...{ objective: predictive, optimizer: spy, epochs: 1, batchSize: dataset.count, learningRate: 0.3 },
    });
    const [online, copy] = [bits({ encoder: result.weights.encoder }), bits({ encoder: result.momentum!.encoder })];
    for (const weight of ['encoder.conv1.weight', 'encoder.bn1.weight']) {
      expect(online[weight]).not.toEqual(initial[weight]);
      const half = initial[weight]!.map((old, i) => 0.5 * old + 0.5 * online[weight]![i]!);
      expect(copy[weight]!).toMatchNumbers(half);
    }
    // Before the step both were the same, so one pass of the same views gives the same statistics.
    expect(copy['encoder.bn1.running_mean']).toEqual(online['encoder.bn1.running_mean']);
    expect(copy['encoder.bn1.running_mean']).not.toEqual(initial['encoder.bn1.running_mean']);
  });

  it('share no number with the networks: a change of one in place leaves the other', () => {
    const weights = { a: tf.variable(tf.ones([40000])), b: tf.variable(tf.ones([3])) };
    const copies = copyWeights(weights);
    const optimizer = sgd();
    const gradients = { a: tf.ones([40000]), b: tf.ones([3]) };
    optimizer.update(weights, optimizer.init(weights), gradients, () => 1);
    expect(weights.a.dataSync()[7]).not.toBe(1);
    for (const copy of Object.values(copies)) expect(copy.min().dataSync()[0]).toBe(1);
  });
});

describe('memory', () => {
  it('is given to the terms before its update, and holds the newest last targets', async () => {
    const seen: number[][] = [];
    const spying = {
      ...queued,
      terms: (e: Parameters<typeof queued.terms>[0]) => {
        seen[e.moment!.step] ??= Array.from(e.memory!.queue!.dataSync());
        return queued.terms(e);
      },
    };
    const { result } = await whole({ objective: spying });
    const last = Array.from(result.memory!.queue!.dataSync());
    expect(seen.length).toBe(6);
    // 8 rows of 8 join at the front each step; the rest moves back.
    expect(last.slice(64)).toEqual(seen[5]!.slice(0, 96));
    expect(seen[1]!.slice(64)).toEqual(seen[0]!.slice(0, 96));
    for (let row = 0; row < 20; row++) {
      expect(Math.hypot(...last.slice(8 * row, 8 * row + 8))).toBeCloseTo(1, 4);
    }
  });
});

describe('prototypes', () => {
  it('stay while they are frozen', async () => {
    const weights: number[][] = [];
    const spying = {
      ...clustered,
      terms: (e: Parameters<typeof clustered.terms>[0]) => {
        weights[e.moment!.step] ??= Array.from(tf.tidy(() => e.scores!(tf.eye(8)).dataSync()));
        return clustered.terms(e);
      },
    };
    await whole({ objective: spying, epochs: 3 });
    for (const step of [1, 2, 3]) expect(weights[step]).toEqual(weights[0]);
    expect(weights[4]).not.toEqual(weights[3]);
  });
});

describe('constantRate', () => {
  it('keeps the named networks at the highest rate', async () => {
    const rates: Record<string, number[]> = { 'predictor.fc1.weight': [], 'encoder.conv1.weight': [] };
    const spy: Optimizer = {
      ...sgd(),
      update(weights, state, gradients, learningRate) {
        for (const weight of ['predictor.fc1.weight', 'encoder.conv1.weight'])
          rates[weight]!.push(learningRate(weight));
        sgd().update(weights, state, gradients, learningRate);
      },
    };
    const { events } = await whole({
      ...{ objective: predictive, optimizer: spy, constantRate: ['predictor'], learningRate: 0.2, warmUpEpochs: 1 },
    });
    expect(rates['predictor.fc1.weight']).toEqual(Array(6).fill(0.2));
    expect(rates['encoder.conv1.weight']).toEqual(events.map(({ learningRate }) => learningRate));
    expect(events[0]!.learningRate).toBe(3e-5);
    await expect(whole({ constantRate: ['predictor'] })).rejects.toThrow(
      /constantRate to name networks of this run \(encoder, projector\), got 'predictor'/,
    );
  });
});
