import { valueAndGradients } from '../engine/gradient';
import { tf } from '../engine/tensorflow';
import { rankMe } from '../information/rankMe';
import { disposeWeights } from '../models/weights';
import { checkTerms, type Objective, totalLoss } from '../objectives/objective';
import { adamW } from './adamW';
import type { Optimizer } from './optimizer';

export interface DescentOptions {
  /** Default 200. */
  readonly steps?: number;
  /** Default 0.02, of the optimizer's. */
  readonly learningRate?: number;
  /** Default Adam, which is indifferent to an objective's scale. */
  readonly optimizer?: Optimizer;
  /** Steps from one row to the next; default a twentieth of them. */
  readonly every?: number;
}

/** Free embeddings after some steps. */
export interface DescentRow {
  /** Steps that were taken before. */
  readonly step: number;
  /** Each term's value. */
  readonly terms: Readonly<Record<string, number>>;
  /** The sum of the terms. */
  readonly total: number;
  /** The standard deviation over the rows, averaged over dimensions and views. */
  readonly std: number;
  /** `rankMe` of za less its mean: directions that are filled, from 1 to min(N, K). */
  readonly rank: number;
  /** The first view's rows. */
  readonly za: readonly (readonly number[])[];
}

/**
 * Descends an objective in the embeddings themselves, with no network: what it wants, and whether it leads out of a
 * collapse that it is started at.
 *
 * @param start The two views' embeddings [N, K], which stay as they are.
 * @throws If the objective asks for more than za and zb, or a term is not finite, at the first step where it is not.
 * @param za The first view's.
 * @param zb The second view's.
 * @example
 * // Invariance alone brings the views together.
 * const start = { za: normal(key(0), [8, 2]), zb: normal(key(1), [8, 2]) } as { za: tf.Tensor2D; zb: tf.Tensor2D };
 * const alike = objective('Invariance', ({ za, zb }) => ({ invariance: invarianceTerm(za, zb) }));
 * const rows = descendEmbeddings(alike, start, { steps: 100, learningRate: 0.1 });
 * rows.at(-1)!.total < 0.01 * rows[0]!.total; // true
 */
export function descendEmbeddings(
  objective: Objective,
  start: { readonly za: tf.Tensor2D; readonly zb: tf.Tensor2D },
  {
    steps = 200,
    learningRate = 0.02,
    optimizer = adamW({ weightDecay: 0 }),
    every = Math.ceil(steps / 20),
  }: DescentOptions = {},
): DescentRow[] {
  const more = (['predictor', 'momentum', 'prototypes', 'memory'] as const).find((need) => objective[need]);
  if (more) {
    throw new Error(
      `descendEmbeddings: expected an objective of za and zb alone, got ${objective.name}, which asks for a ${more}; train it with networks.`,
    );
  }
  const free = { za: tf.variable(start.za), zb: tf.variable(start.zb) };
  const state = optimizer.init(free);
  const rows: DescentRow[] = [];
  try {
    for (let step = 0; step <= steps; step++) {
      tf.tidy(() => {
        const views = free as unknown as Views;
        const last = step === steps;
        if (step % every === 0 || last) rows.push(rowOf(objective, views, step));
        if (last) return;
        const { value, gradients } = valueAndGradients(() => totalLoss(objective.terms(views)), [free.za, free.zb]);
        if (!Number.isFinite(value.dataSync()[0]!)) finiteTerms(objective, views, step);
        const [za, zb] = gradients;
        optimizer.update(free, state, { ...(za && { za }), ...(zb && { zb }) }, () => learningRate);
      });
    }
    return rows;
  } finally {
    disposeWeights(free);
    disposeWeights(state);
  }
}

interface Views {
  readonly za: tf.Tensor2D;
  readonly zb: tf.Tensor2D;
}

function finiteTerms(objective: Objective, views: Views, step: number): Record<string, number> {
  const named = Object.entries(objective.terms(views)).map(([term, value]) => [term, value.dataSync()[0]!] as const);
  const terms = Object.fromEntries(named);
  checkTerms(objective.name, terms, `step ${step}`);
  return terms;
}

function rowOf(objective: Objective, views: Views, step: number): DescentRow {
  const terms = finiteTerms(objective, views, step);
  const stds = [views.za, views.zb].map((z) => tf.moments(z, 0).variance.sqrt().mean());
  return {
    ...{ step, terms, total: Object.values(terms).reduce((sum, value) => sum + value, 0) },
    std: tf.stack(stds).mean().dataSync()[0]!,
    rank: rankMe(views.za.sub(views.za.mean(0))).dataSync()[0]!,
    za: views.za.arraySync(),
  };
}
