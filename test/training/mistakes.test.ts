import { describe, expect, test, vi } from 'vitest';
import { channelStatistics } from '../../lib/datasets/channelStatistics';
import { key, permutation } from '../../lib/engine/random';
import { stopGradient } from '../../lib/engine/stopGradient';
import { tf } from '../../lib/engine/tensorflow';
import { type Embeddings, type Objective, objective } from '../../lib/objectives/objective';
import { invarianceTerm, varianceTerm, vicreg } from '../../lib/objectives/vicreg';
import { watchCollapse } from '../../lib/training/collapse';
import { takeStep } from '../../lib/training/takeStep';
import { finishTraining, train } from '../../lib/training/train';
import { planTraining, type TrainOptions } from '../../lib/training/trainingPlan';
import { beginTraining, disposeState, disposeTraining, type TrainingState } from '../../lib/training/trainingState';
import { expectNoLeak } from '../matchers';
import { everyObjective } from '../objectives/everyObjective';
import { clustered, predictive, queued } from './objectiveKinds';
import { smallRun } from './smallRun';

type Terms = (embeddings: Required<Embeddings>) => unknown;

/** An objective as its author wrote it, types or not. */
const written = (terms: Terms): Objective => objective('mine', terms as () => Record<string, tf.Tensor>);

const lost = tf.eye(8);
lost.dispose();

/** The mistake, its terms, and the message. */
const atOnce: readonly [string, Terms, RegExp][] = [
  [
    'a term that is no scalar',
    ({ za, zb }) => ({ distance: za.sub(zb).square() }),
    /^mine: expected the term 'distance' to be a float32 scalar, got float32 \[8, 8\]; take its mean or sum\.$/,
  ],
  [
    'a term of whole numbers',
    ({ za }) => ({ count: za.greater(0).toInt().sum() }),
    /'count' to be a float32 scalar, got int32 \[\]; turn it into float32 by \.toFloat\(\)/,
  ],
  [
    'a term that is a number',
    ({ za, zb }) => ({ invariance: invarianceTerm(za, zb), size: za.square().mean().dataSync()[0] }),
    /^mine: expected the term 'size' to be a float32 scalar, got the number [\d.]+; keep it a tensor: what \.dataSync\(\)/,
  ],
  [
    'a term that is a promise',
    ({ za }) => ({ size: za.square().mean().data() }),
    /^mine: expected the term 'size' to be a float32 scalar, got a promise; leave out \.data\(\)/,
  ],
  [
    'a term that is missing',
    ({ za, zb }) => ({ invariance: invarianceTerm(za, zb), entropy: undefined }),
    /^mine: expected the term 'entropy' to be a float32 scalar, got undefined; give 'entropy' a scalar tensor or leave it/,
  ],
  ['no terms', () => ({}), /^mine: expected at least one term, got none/],
  [
    'a forgotten return',
    () => undefined,
    /^mine: expected its terms by name, got undefined; return them \(after => braces are a block/,
  ],
  [
    'a tensor without a name',
    ({ za }) => za.mean(),
    /^mine: expected its terms by name, got float32 \[\]; give them names/,
  ],
  ['a list', ({ za }) => [za.mean()], /^mine: expected its terms by name, got an array/],
  [
    'terms that are awaited',
    async ({ za }) => ({ size: za.square().mean() }),
    /^mine: expected its terms at once, got a promise; write the function without async and await/,
  ],
  [
    'a rejected promise',
    async () => {
      throw new Error('late');
    },
    /^mine: expected its terms at once, got a promise/,
  ],
  [
    'a disposed constant',
    ({ za }) => ({ projected: tf.matMul(za, lost as tf.Tensor2D).mean() }),
    /^mine: its terms use a tensor that is disposed, a float32 \[8, 8\] that is none of the embeddings/,
  ],
  [
    'a disposed constant as the receiver',
    ({ za }) => ({ projected: lost.mul(za).mean() }),
    /^mine: its terms use a tensor that is disposed, a float32 \[8, 8\] that is none/,
  ],
  [
    'a term that was disposed',
    ({ za }) => {
      const size = za.square().mean();
      size.dispose();
      return { size };
    },
    /^mine: expected the term 'size' to be a live tensor, got one that is disposed/,
  ],
  [
    'shapes that do not fit',
    ({ za }) => ({ product: za.matMul(tf.ones([5, 5])).mean() }),
    /^mine: its terms failed on za float32 \[8, 8\], zb float32 \[8, 8\]: .*Matrix size-incompatible: In\[0\]: \[8,8\], In\[1\]: \[5,5\]/,
  ],
  [
    'a tensor that is undefined',
    ({ za }) => ({ product: za.mul(undefined as unknown as tf.Tensor).mean() }),
    /^mine: its terms failed on za float32 \[8, 8\], zb float32 \[8, 8\]: Argument 'b' passed to 'mul'/,
  ],
  [
    'what it did not ask for',
    ({ pa }) => ({ size: pa.mean() }),
    /^mine: expected 'pa', which training gives to an objective with 'predictor', and there is none; state it/,
  ],
];

const seen: readonly [string, Terms, RegExp][] = [
  [
    'a term read from its tensors',
    ({ za, zb }) => ({ invariance: invarianceTerm(za, zb), entropy: tf.tensor1d(za.dataSync()).square().mean() }),
    /^mine: expected the term 'entropy' to depend on the embeddings by differentiable operations, got no gradient by any \(za, zb\)/,
  ],
  [
    'a term that counts',
    ({ za, zb }) => ({ invariance: invarianceTerm(za, zb), positive: za.greater(0).toFloat().mean() }),
    /^mine: expected the term 'positive' to be made of operations with a gradient, got Greater, .*a comparison is flat/,
  ],
  [
    'an operation without gradient',
    ({ za, zb }) => ({ invariance: invarianceTerm(za, zb), gram: tf.einsum('ij,ij->', za, zb).square() as tf.Tensor }),
    /^mine: expected the term 'gram' to be made of operations with a gradient, got Einsum, .*write tf\.einsum by matMul, mul and sum/,
  ],
  [
    'a logarithm of 0',
    ({ za, zb }) => ({ invariance: invarianceTerm(za, zb), entropy: za.sub(za).square().sum(1).log().mean() }),
    /^mine: expected finite terms at step 1, got 'entropy' not finite \(invariance .*, entropy -Infinity\); in 'entropy' it begins in the operation Log, given float32 \[8\] of 0; /,
  ],
  [
    'an infinite slope',
    ({ za, zb }) => ({ invariance: invarianceTerm(za, zb), distance: za.sub(za).square().sum().sqrt() }),
    /^mine: at step 1 the loss is finite but its gradient's norm is NaN; by the embeddings it begins in the operation \w+, given .* of 0; lower/,
  ],
];

const smallEmbeddings = () => ({ za: tf.ones([8, 8]) as tf.Tensor2D, zb: tf.zeros([8, 8]) as tf.Tensor2D });

async function trained(own: Objective, options: Partial<TrainOptions> = {}): Promise<void> {
  disposeTraining(await finishTraining(train(smallRun({ objective: own, epochs: 1, ...options }))));
}

describe.each(atOnce)('%s', (_, terms, message) => {
  test('is explained when the terms are called', async () => {
    const given = smallEmbeddings();
    await expectNoLeak(() => expect(() => written(terms).terms(given)).toThrow(message));
    tf.dispose(given);
  });

  test.each([1, 2])('is explained in training, in %i micro-batches', async (accumulate) => {
    await expectNoLeak(() => expect(trained(written(terms), { accumulate })).rejects.toThrow(message));
  });
});

describe.each(seen)('%s', (_, terms, message) => {
  test.each([1, 2])('is explained in training, in %i micro-batches', async (accumulate) => {
    await expectNoLeak(() => expect(trained(written(terms), { accumulate })).rejects.toThrow(message));
  });
});

test.each([1, 2])(
  'an operation without gradient between prototypes and loss is explained, in %i micro-batches',
  async (accumulate) => {
    const own = objective(
      'mine',
      ({ za, zb, scores }) => ({
        invariance: invarianceTerm(za, zb),
        agreement: tf.einsum('ij,ij->', scores(tf.eye(8)), scores(tf.eye(8))) as tf.Tensor,
      }),
      { prototypes: { count: 3 } },
    );
    await expect(trained(own, { accumulate })).rejects.toThrow(
      /^mine: expected the term 'agreement' to be made of operations with a gradient, got Einsum/,
    );
  },
);

/** What a first step says, once a variable of its state is NaN. */
function saidOfNaN(own: Objective, broken: (state: TrainingState) => tf.Variable): string {
  const options = smallRun({ objective: own });
  const plan = planTraining(options);
  const state = beginTraining(options, plan);
  const statistics = channelStatistics(options.dataset);
  const collapse = watchCollapse(own, 8, plan.collapse);
  try {
    const variable = broken(state);
    tf.tidy(() => variable.assign(tf.fill(variable.shape, Number.NaN)));
    takeStep(state, permutation(key(0), options.dataset.count), { options, plan, statistics, collapse });
    return 'nothing';
  } catch (error) {
    return (error as Error).message;
  } finally {
    disposeState(state);
  }
}

test.each<[string, Objective, (state: TrainingState) => tf.Variable]>([
  ['pa', predictive, ({ weights }) => weights.predictor!['fc2.bias']!],
  ['ta', predictive, ({ momentum }) => Object.values(momentum!.projector)[0]!],
  ['memory.queue', queued, ({ memory }) => memory!.queue!],
  ['prototypes.weight', clustered, ({ weights }) => weights.prototypes!.weight!],
])('%s that is not finite is named', async (name, own, broken) => {
  const said = await expectNoLeak(() => saidOfNaN(own, broken));
  expect(said).toContain(` it begins in ${name}, which is not finite itself; `);
});

test('embeddings that are disposed are named', () => {
  const given = smallEmbeddings();
  given.zb.dispose();
  const mine = written(({ za, zb }) => ({ invariance: invarianceTerm(za, zb) }));
  expect(() => mine.terms(given)).toThrow(/^mine: expected live embeddings, got zb disposed/);
  given.za.dispose();
});

test('the error still points to the line of the terms', () => {
  const given = smallEmbeddings();
  const limit = Error.stackTraceLimit;
  // One operation of TensorFlow.js takes more than the ten calls that Node shows by default.
  Error.stackTraceLimit = 50;
  const mine = written(function myTerms({ za }) {
    return { product: za.matMul(tf.ones([5, 5])).mean() };
  });
  try {
    mine.terms(given);
    expect.unreachable();
  } catch (error) {
    expect((error as Error).stack).toMatch(/its terms failed on[\s\S]*at myTerms \(.*mistakes\.test\.ts/);
  }
  Error.stackTraceLimit = limit;
  tf.dispose(given);
});

/** What is said of an objective while it trains for three steps. */
async function warnings(own: Objective): Promise<string[]> {
  const warn = vi.fn();
  await trained(own, { warn });
  return warn.mock.calls.map(([message]) => String(message));
}

describe('told in training, once', () => {
  test('a view that no term uses', async () => {
    const mine = written(({ za, zb }) => ({
      invariance: invarianceTerm(za, stopGradient(zb)),
      variance: varianceTerm(za),
    }));
    expect(await warnings(mine)).toEqual([expect.stringMatching(/^mine: no term has a gradient by zb, so that view/)]);
  });

  test('tensors and variables left behind', async () => {
    const made: tf.Tensor[] = [];
    const mine = written(({ za, zb }) => {
      made.push(tf.keep(tf.scalar(1)), tf.keep(tf.scalar(2)), tf.variable(tf.scalar(3)));
      return { invariance: invarianceTerm(za, zb), variance: varianceTerm(za) };
    });
    expect(await warnings(mine)).toEqual([
      "mine: its terms leave 3 tensors behind each time (1 variable and 2 kept tensors); leave out tf.keep and tf.variable within them, and keep state in the objective's memory.",
    ]);
    tf.dispose(made);
  });

  test('nothing of what is made once and kept, or of a term that is switched off', async () => {
    let weights: tf.Tensor | undefined;
    const mine = written(({ za, zb, moment }) => {
      weights ??= tf.keep(tf.ones([8]));
      const variance = moment.step < 2 ? tf.scalar(0) : varianceTerm(za);
      return { invariance: invarianceTerm(za.mul(weights), zb), variance };
    });
    expect(await warnings(mine)).toEqual([]);
    weights?.dispose();
  });

  test.each(everyObjective.map(({ title, objective: own }) => [title, own] as const))(
    'nothing of %s',
    async (_, own) => {
      expect(await warnings(own)).toEqual([]);
    },
  );
});

test('a constant made once inside the terms is disposed at the second step, and said to be', async () => {
  let weights: tf.Tensor | undefined;
  const mine = written(({ za, zb }) => {
    weights ??= tf.ones([8]);
    return { invariance: invarianceTerm(za.mul(weights), zb) };
  });
  await expect(trained(mine)).rejects.toThrow(
    /^mine: its terms use a tensor that is disposed, a float32 \[8\] that is/,
  );
});

test('the first step is looked at, and no other', async () => {
  let calls = 0;
  const base = vicreg();
  const mine = objective('mine', (embeddings) => {
    calls++;
    return base.terms(embeddings);
  });
  const counts: number[] = [];
  const result = await finishTraining(train(smallRun({ objective: mine })), () => void counts.push(calls));
  disposeTraining(result);
  const steps = counts.map((count, i) => count - (counts[i - 1] ?? 0));
  expect(steps[0]).toBeGreaterThan(1);
  expect(steps.slice(1)).toEqual([1, 1, 1, 1, 1]);
});
