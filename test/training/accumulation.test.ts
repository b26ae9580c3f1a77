import { describe, expect, it } from 'vitest';
import { key, normal, split } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { batchNorm } from '../../lib/models/batchNorm';
import { mlp } from '../../lib/models/mlp';
import { sequential } from '../../lib/models/sequential';
import { disposeWeights } from '../../lib/models/weights';
import { type Objective, objective } from '../../lib/objectives/objective';
import { vicreg } from '../../lib/objectives/vicreg';
import { initMomentum } from '../../lib/training/momentumBranch';
import { initNetworks, type Networks } from '../../lib/training/networks';
import { finishTraining, train } from '../../lib/training/train';
import { disposeTraining } from '../../lib/training/trainingState';
import { disposePass, lossAndGradients } from '../../lib/training/trainingStep';
import { expectNoLeak } from '../matchers';
import { clustered, predictive, queued } from './objectiveKinds';
import { smallRun } from './smallRun';

/** Networks on vectors of 5, without batch normalisation. */
const plain: Networks = {
  encoder: mlp({ sizes: [5, 9, 6], name: 'encoder' }),
  projector: mlp({ sizes: [6, 8], name: 'projector' }),
  predictor: mlp({ sizes: [8, 4, 8], name: 'predictor' }),
  prototypes: mlp({ sizes: [8, 5], outputBias: false, name: 'prototypes' }),
};
const { predictor, prototypes, ...two } = plain;
/** Depends on the predictor's outputs and on the embeddings under them. */
const both: Objective = objective(
  'both',
  ({ za, zb, pa, pb }) => ({ predict: pa.sub(zb).square().mean(), spread: za.mul(pb).mean().square() }),
  { predictor: { hidden: 4 } },
);
const cases: [string, Objective, Networks][] = [
  ['two views', vicreg(), two],
  ['predictor', both, { ...two, predictor: predictor! }],
  ['predictor and momentum', predictive, { ...two, predictor: predictor! }],
  ['momentum and memory', queued, two],
  ['prototypes', clustered, { ...two, prototypes: prototypes! }],
];

function passes(own: Objective, networks: Networks, accumulate: number, epoch = 5) {
  const [weightKey, a, b, other, memoryKey] = split(key(3), 5);
  const weights = initNetworks(networks, weightKey!);
  const momentum = own.momentum && initMomentum(initNetworks(networks, other!));
  const memory = own.memory?.init(memoryKey!, 8);
  const views = [normal(a!, [12, 5]), normal(b!, [12, 5])] as const;
  const moment = { step: 5, steps: 10, epoch, epochs: 10 };
  const pass = lossAndGradients(networks, weights, own, views, { momentum, memory, moment, accumulate });
  return { pass, weights, views };
}

describe('accumulation', () => {
  it.each(cases)('%s: terms, outputs and gradients are those of the whole batch', (_, own, networks) => {
    const whole = passes(own, networks, 1).pass;
    for (const accumulate of [2, 3, 6]) {
      const parts = passes(own, networks, accumulate).pass;
      expect(Object.keys(parts.terms)).toEqual(Object.keys(whole.terms));
      for (const [term, value] of Object.entries(whole.terms)) expect(parts.terms[term]!).toMatchNumbers(value);
      expect(Object.keys(parts.gradients)).toEqual(Object.keys(whole.gradients));
      for (const [name, gradient] of Object.entries(whole.gradients)) {
        expect(gradient.abs().max().dataSync()[0], name).toBeGreaterThan(0);
        expect(parts.gradients[name]!).toMatchNumbers(gradient, { rtol: 1e-4, atol: 1e-5 });
      }
      for (const [field, output] of Object.entries(whole.outputs)) {
        expect(parts.outputs[field as 'za']).toMatchNumbers(output as tf.Tensor);
      }
      for (const field of ['ta', 'tb'] as const) {
        if (own.momentum) expect(parts.embeddings[field]!).toMatchNumbers(whole.embeddings[field]!);
      }
    }
  });

  it('gives frozen prototypes no gradient', () => {
    for (const accumulate of [1, 2]) {
      const frozen = passes(clustered, { ...two, prototypes: prototypes! }, accumulate, 0).pass;
      expect(Object.keys(frozen.gradients).some((name) => name.startsWith('prototypes'))).toBe(false);
    }
  });

  it('normalizes by each micro-batch, and moves the running statistics once for each view and micro-batch', () => {
    const encoder = sequential('encoder', [5], { bn: batchNorm() });
    const networks = { encoder, projector: mlp({ sizes: [5, 4], name: 'projector' }) };
    const { weights } = passes(vicreg(), networks, 3);
    const [, a, b] = split(key(3), 5);
    let expected = new Float64Array(5);
    const views = [a!, b!].map((k) => normal(k, [12, 5]));
    for (let part = 0; part < 3; part++) {
      for (const view of views) {
        const mean = view
          .slice([4 * part, 0], [4, -1])
          .mean(0)
          .dataSync();
        expected = expected.map((old, c) => 0.9 * old + 0.1 * mean[c]!);
      }
    }
    // Each view's micro-batches come in their own order; the passes alternate between the views, part by part.
    expect(weights.encoder['bn.running_mean']!).toMatchNumbers(expected);
  });

  it('frees everything but what it gives, and that when asked', async () => {
    for (const [, own, networks] of cases) {
      for (const accumulate of [1, 3]) {
        await expectNoLeak(() => {
          const variables = new Set(Object.keys(tf.engine().registeredVariables));
          const before = tf.memory().numTensors;
          const { pass, views } = passes(own, networks, accumulate);
          disposePass(pass);
          tf.dispose(views as unknown as tf.TensorContainer);
          const made = Object.entries(tf.engine().registeredVariables).filter(([name]) => !variables.has(name));
          expect(tf.memory().numTensors - before).toBe(made.length);
          for (const [, variable] of made) variable.dispose();
        });
      }
    }
  });

  it.each([1, 4])('frees everything when the terms throw, in %i micro-batches', async (accumulate) => {
    const failing = objective('failing', ({ za, zb }) => {
      za.sub(zb).square().mean().sqrt();
      throw new Error('no terms');
    });
    const { networks } = smallRun();
    const weights = initNetworks(networks, key(0));
    const views = [normal(key(2), [8, 8, 8, 3]), normal(key(3), [8, 8, 8, 3])] as const;
    await expectNoLeak(() => {
      expect(() => lossAndGradients(networks, weights, failing, views, { accumulate })).toThrow('no terms');
    });
    // The next gradient starts on a new tape.
    await expectNoLeak(() => disposePass(lossAndGradients(networks, weights, vicreg(), views, { accumulate })));
    tf.dispose([...views]);
    for (const own of Object.values(weights)) disposeWeights(own);
  });

  it('trains, with every option beside it', async () => {
    await expectNoLeak(async () => {
      const terms = [];
      const options = { accumulate: 4, clipGradient: 0.5, onlineProbe: {} };
      for (const own of [vicreg(), predictive, queued, clustered]) {
        const result = await finishTraining(train(smallRun({ objective: own, ...options })), (e) => void terms.push(e));
        disposeTraining(result);
      }
      expect(terms.length).toBe(24);
    });
  });

  it('refuses what does not divide the batch', async () => {
    const run = (accumulate: number) => finishTraining(train(smallRun({ accumulate })));
    await expect(run(3)).rejects.toThrow(
      /accumulate to divide the batchSize 8 into micro-batches of at least 2 images, got 3/,
    );
    await expect(run(8)).rejects.toThrow(/got 8/);
    await expect(run(0)).rejects.toThrow(/got 0/);
  });
});
