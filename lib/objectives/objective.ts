import type { Key } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { describe, explainFailure, requireTerms, useError } from './termErrors';

/** Where a training stands; all counts from 0, so at the first step `step` and `epoch` are 0. */
export interface Moment {
  /** Steps taken before. */
  readonly step: number;
  /** Steps in all. */
  readonly steps: number;
  /** Passes over the images made before. */
  readonly epoch: number;
  /** Passes in all. */
  readonly epochs: number;
}

/** What an objective is given: the embeddings of the two views, row i of all from image i. */
export interface Embeddings {
  /** The projector's outputs for the first view, float32 [N, K]. */
  readonly za: tf.Tensor2D;
  /** The projector's outputs for the second view, [N, K]. */
  readonly zb: tf.Tensor2D;
  /** The predictor's outputs for za, [N, K]; only for an objective with a `predictor`. */
  readonly pa?: tf.Tensor2D;
  /** The predictor's outputs for zb, [N, K]; only with a `predictor`. */
  readonly pb?: tf.Tensor2D;
  /** The momentum encoder's projections of the first view, [N, K], no gradient; only for one with `momentum`. */
  readonly ta?: tf.Tensor2D;
  /** The momentum encoder's projections of the second view, [N, K], no gradient; only with `momentum`. */
  readonly tb?: tf.Tensor2D;
  /** Embeddings [M, K] → their scores [M, P] with the P prototypes; only for one with `prototypes`. */
  readonly scores?: (z: tf.Tensor2D) => tf.Tensor2D;
  /** What it remembers (its queue), without gradient; only for one with `memory`. */
  readonly memory?: Readonly<Record<string, tf.Tensor>>;
  /** Default: the first step of one. */
  readonly moment?: Moment;
}

/** The embeddings that a gradient is taken by. */
export const trainedFields = ['za', 'zb', 'pa', 'pb'] as const;

/** All fields that hold a row for each image: what is trained, then the targets. */
export const embeddingFields = [...trainedFields, 'ta', 'tb'] as const;

/** An objective's own variables, kept from step to step and in checkpoints; never trained by gradient. */
export interface Memory {
  /** New variables for embeddings of `dimension` K: float32, not trainable; the same key gives the same. */
  init(k: Key, dimension: number): Record<string, tf.Variable>;
  /** After each step's gradient: moves them in place, given what the terms were given. */
  update(memory: Readonly<Record<string, tf.Variable>>, embeddings: Required<Embeddings>): void;
}

/** Plain data, as JSON keeps it. */
export type Setting = null | boolean | number | string | readonly Setting[] | { readonly [name: string]: Setting };

/**
 * What an objective asks of the training besides encoder and projector. All plain data, but the memory.
 *
 * @param hidden Width of the predictor's hidden layer.
 * @param start τ at the first step, 0 … 1.
 * @param end τ at the last step, 0 … 1; default `start`.
 * @param count P, how many prototypes.
 * @param frozenEpochs Epochs at the start in which they are not trained; default none.
 */
export interface Requirements {
  /**
   * A predictor after the projector, an MLP K → hidden → K (`predictor` of lib/models), unless the run gives its own.
   */
  readonly predictor?: { readonly hidden: number };
  /**
   * A momentum copy of encoder and projector: after each step target ← τ · target + (1 − τ) · online, τ from `start` at
   * the first step to `end` at the last on half a cosine (BYOL), `end` by default equal to `start`.
   */
  readonly momentum?: { readonly start: number; readonly end?: number };
  /**
   * A linear layer K → count with rows of length 1 and no bias (`prototypes` of lib/models), untrained for
   * `frozenEpochs`; default: none.
   */
  readonly prototypes?: { readonly count: number; readonly frozenEpochs?: number };
  /** Variables of its own, such as a queue. Default: none; so the three above. */
  readonly memory?: Memory;
  /**
   * Whether no term changes when all embeddings are moved by one vector, as none of VICReg's does: then embeddings far from 0 in
   * one direction have not collapsed while they keep their spread. Default false.
   */
  readonly shiftInvariant?: boolean;
  /**
   * Every option that its terms and memory depend on: name and settings then tell it from all others, and what it does
   * is not tried out. An objective made from another by other terms extends them. Default none: it is told apart by
   * trial, roughly.
   */
  readonly settings?: { readonly [name: string]: Setting };
}

/** What a network is trained to make small. */
export interface Objective extends Requirements {
  /** For figures, errors and the names of runs. */
  readonly name: string;
  /** The text of the function that gives its terms, which tells an objective without `settings` from another. */
  readonly source?: string;
  /**
   * The weighted contributions by name; the loss is their sum. Differentiable in za, zb, pa, pb and by the prototypes.
   * It waits for no number, so it does not see a NaN: `checkTerms` does, on the numbers once they are read.
   * @throws If the embeddings are not float32 [N, K] of one shape with N ≥ 2 and K ≥ 1, or something it requires is
   *   missing.
   */
  terms(embeddings: Embeddings): Record<string, tf.Scalar>;
}

/** Which requirement brings which of the embeddings' fields. */
const broughtBy = {
  pa: 'predictor',
  pb: 'predictor',
  ta: 'momentum',
  tb: 'momentum',
  scores: 'prototypes',
  memory: 'memory',
} as const;

/** @throws If the embeddings are not float32 [N, K] of one shape with N ≥ 2 and K ≥ 1. */
function checkEmbeddings(name: string, embeddings: Embeddings): void {
  const own = given(embeddings);
  const { za } = own;
  const rows = embeddingFields
    .map((field) => [field, own[field]] as const)
    .filter(([field, z]) => z !== undefined || field[0] === 'z');
  const shapes = rows.map(([field, z]) => `${field} ${describe(z)}`).join(', ');
  const right = rows.every(
    ([, z]) => z instanceof tf.Tensor && z.dtype === 'float32' && z.rank === 2 && z.shape.join() === za.shape.join(),
  );
  if (!right) {
    throw useError(
      `${name}: expected float32 embeddings [N, K] of the same shape, got ${shapes}; give it the projector's outputs for the two views of one batch.`,
    );
  }
  if (za.shape[0] < 2 || za.shape[1] < 1) {
    throw useError(
      `${name}: expected at least 2 embeddings of at least 1 dimension, got ${shapes}; variances and negatives need a batch of 2 or more.`,
    );
  }
}

/** Those fields that are given; those that throw when read are not enumerable. */
function given(embeddings: Embeddings): Embeddings {
  return Object.fromEntries(
    Object.entries(embeddings).filter(([, value]) => value !== undefined),
  ) as unknown as Embeddings;
}

/**
 * The embeddings with every field there: one that is missing throws when it is read, and says which requirement brings
 * it. Without a moment it is the first step of one. Completed already, for an objective made of others, they keep the
 * first name.
 */
export function completeEmbeddings(name: string, embeddings: Embeddings): Required<Embeddings> {
  const all = { moment: { step: 0, steps: 1, epoch: 0, epochs: 1 }, ...given(embeddings) };
  for (const [field, requirement] of Object.entries(broughtBy)) {
    if (field in all) continue;
    const already = Object.getOwnPropertyDescriptor(embeddings, field);
    if (already?.get) {
      Object.defineProperty(all, field, already);
      continue;
    }
    Object.defineProperty(all, field, {
      get() {
        throw useError(
          `${name}: expected '${field}', which training gives to an objective with '${requirement}', and there is none; state it, objective(name, terms, { ${requirement}: … }), or give ${field} with za and zb.`,
        );
      },
    });
  }
  return all as Required<Embeddings>;
}

/**
 * A new objective from its named, weighted terms, a function of tfjs operations. Training, checkpoints and comparison
 * need nothing else. With `requirements` its terms are given a predictor's outputs, a momentum encoder's, prototypes'
 * scores or a memory.
 *
 * @param terms Embeddings [N, K] to scalars by name, each with its weight in it.
 * @param requirements Default: none, encoder and projector are enough.
 * @param name For figures, errors and the names of runs; not empty.
 * @throws When its terms are computed: on unfit embeddings, something read that was not required, no terms, a promise,
 *   or a term that is not a float32 scalar. What the terms' own code throws then names the objective and what it was
 *   given; where a tensor that it uses is disposed, which.
 * @example
 * const mine = objective('Invariance', ({ za, zb }) => ({ invariance: za.sub(zb).square().mean().mul(25) }));
 * mine.terms({ za: tf.zeros([2, 3]), zb: tf.ones([2, 3]) }); // { invariance: 25 }
 * const wrong = objective('Sum forgotten', ({ za, zb }) => ({ invariance: za.sub(zb).square() }));
 * wrong.terms({ za: tf.zeros([2, 3]), zb: tf.ones([2, 3]) }); // throws 'take its mean or sum'
 */
export function objective(
  name: string,
  terms: (embeddings: Required<Embeddings>) => Record<string, tf.Tensor>,
  requirements: Requirements = {},
): Objective {
  if (name === '') throw new Error('objective: expected a name, got an empty string');
  return {
    ...requirements,
    name,
    source: String(terms),
    terms(embeddings) {
      checkEmbeddings(name, embeddings);
      const all = completeEmbeddings(name, embeddings);
      const compute = () => requireTerms(name, terms(all));
      try {
        return tf.tidy(compute);
      } catch (error) {
        throw explainFailure(name, error, { ...all }, compute);
      }
    },
  };
}

/** The loss: the sum of an objective's terms. */
export function totalLoss(terms: Readonly<Record<string, tf.Scalar>>): tf.Scalar {
  return tf.addN(Object.values(terms));
}

/**
 * Stops a run that has left the numbers: call it with the terms as read for the record, so that it costs no further
 * wait for the device.
 *
 * @param when Such as `step 120`, for the message.
 * @param origin Says of a term that is not finite where that begins (`nonFiniteOrigin`).
 * @throws If a term is NaN or infinite, with all of them, and what helps.
 */
export function checkTerms(
  name: string,
  terms: Readonly<Record<string, number>>,
  when?: string,
  origin?: (term: string) => string | undefined,
): void {
  const entries = Object.entries(terms);
  const broken = entries.flatMap(([term, value]) => (Number.isFinite(value) ? [] : [term]));
  if (broken.length === 0) return;
  const list = entries.map(([term, value]) => `${term} ${value}`).join(', ');
  const begins = origin?.(broken[0]!);
  throw new Error(
    `${name}: expected finite terms${when ? ` at ${when}` : ''}, got ${broken.map((term) => `'${term}'`).join(' and ')} not finite (${list}); ` +
      `${begins ? `in '${broken[0]}' it begins in ${begins}; ` : ''}lower the learning rate, lengthen the warm-up, and see that the images are finite.`,
  );
}
