import { valueAndGradients } from '../engine/gradient';
import { foldIn, type Key, key, normal } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { disposeWeights } from '../models/weights';
import { type Embeddings, embeddingFields, type Objective } from '../objectives/objective';
import { trialEmbeddings } from '../objectives/trialEmbeddings';

export interface CollapseTestOptions {
  /** N; default 64. */
  readonly rows?: number;
  /** K, at least 2; default 8. */
  readonly dimension?: number;
  /** How much of the spread is left, from 1 (none lost) to 0 (all); default 1, 0.3, 0.1, … 0.001 and 0. */
  readonly spreads?: readonly number[];
  /** Of the embeddings; default `key(0)`. */
  readonly key?: Key;
}

/**
 * To a point: all rows equal. To a line: of all directions one is left. To duplicates: half of the dimensions repeat
 * the others.
 */
export type CollapseKind = 'point' | 'line' | 'duplicates';

/** One term on embeddings that are part of the way to a collapse. */
export interface CollapseTestRow {
  /** What the embeddings are on the way to. */
  readonly collapse: CollapseKind;
  /** The share of the lost directions' spread that is left. */
  readonly spread: number;
  /** The term's name. */
  readonly term: string;
  /** What it is there. */
  readonly value: number;
  /** Euclidean norm of its gradient by all the embeddings. */
  readonly gradient: number;
  /** Minus its slope by the spread: above 0, a step down the gradient leads out of the collapse; below 0, into it. */
  readonly restoring: number;
}

const kinds: readonly CollapseKind[] = ['point', 'line', 'duplicates'];

/** Rows [N, K] with a share `spread` of what the collapse takes from them; linear in the spread. */
function collapsed(kind: CollapseKind, z: tf.Tensor2D, spread: number, k: Key): tf.Tensor2D {
  const dimension = z.shape[1];
  const direction = normal(k, [dimension, 1]);
  const u = direction.div(direction.norm()) as tf.Tensor2D;
  if (kind === 'point') return z.mul(spread).add(u.reshape([1, dimension]).mul(Math.sqrt(dimension))) as tf.Tensor2D;
  if (kind === 'line') {
    const onLine = tf.matMul(tf.matMul(z, u), u, false, true);
    return onLine.add(z.sub(onLine).mul(spread)) as tf.Tensor2D;
  }
  const half = Math.floor(dimension / 2);
  const first = z.slice([0, 0], [-1, half]);
  const second = z.slice([0, dimension - half], [-1, half]);
  const middle = z.slice([0, half], [-1, dimension - 2 * half]);
  return tf.concat([first, middle, first.add(second.sub(first).mul(spread))], 1) as tf.Tensor2D;
}

/**
 * What an objective's terms and their gradients do on the way to three collapses: to a point, to a line, and to
 * duplicated dimensions, of random embeddings (`trialEmbeddings`, predictions and targets collapsing alike). A term
 * that prevents one is larger there and has a gradient that leads out; a `restoring` slope near 0 at a small spread is
 * one that lets it happen.
 *
 * @returns A row for each kind, spread and term. Not finite where the term or its gradient is not.
 * @throws On fewer than 4 rows or 2 dimensions, and as `objective.terms`.
 * @example
 * const rows = collapseTest(vicreg(), { spreads: [0.1] });
 * rows.length; // 9
 * const { restoring } = rows.find(({ collapse, term }) => collapse === 'point' && term === 'variance')!;
 * restoring > 0; // true
 */
export function collapseTest(objective: Objective, options: CollapseTestOptions = {}): CollapseTestRow[] {
  const { rows = 64, dimension = 8, spreads = [1, 0.3, 0.1, 0.03, 0.01, 0.001, 0], key: k = key(0) } = options;
  if (!(dimension >= 2) || !(rows >= 4)) {
    throw new Error(`collapseTest: expected at least 4 rows of at least 2 dimensions, got ${rows} of ${dimension}`);
  }
  const memory = objective.memory?.init(foldIn(k, 1), dimension);
  const found: CollapseTestRow[] = [];
  try {
    tf.tidy(() => {
      const apart = trialEmbeddings(objective, foldIn(k, 2), [rows, dimension], memory);
      for (const collapse of kinds) {
        for (const spread of spreads) tf.tidy(() => void found.push(...rowsAt(objective, apart, collapse, spread, k)));
      }
    });
    return found;
  } finally {
    if (memory) disposeWeights(memory);
  }
}

function rowsAt(
  objective: Objective,
  apart: Embeddings,
  collapse: CollapseKind,
  spread: number,
  k: Key,
): CollapseTestRow[] {
  const given = embeddingFields.filter((field) => apart[field]);
  const at = (s: number) => given.map((field) => collapsed(collapse, apart[field]!, s, foldIn(k, 3)));
  const inputs = at(spread);
  // Linear in the spread, so that the slope is a difference.
  const bySpread = tf.tidy(() => {
    const [all, none] = [at(1), at(0)];
    return all.map((z, i) => z.sub(none[i]!));
  });
  const embeddings = { ...apart, ...Object.fromEntries(given.map((field, i) => [field, inputs[i]!])) };
  const names = Object.keys(objective.terms(embeddings));
  return names.map((term) => {
    const { value, gradients } = valueAndGradients(() => objective.terms(embeddings)[term]!, inputs);
    let [squared, slope] = [0, 0];
    for (const [i, gradient] of gradients.entries()) {
      if (!gradient) continue;
      squared += gradient.square().sum().dataSync()[0]!;
      slope += gradient.mul(bySpread[i]!).sum().dataSync()[0]!;
    }
    return { collapse, spread, term, value: value.dataSync()[0]!, gradient: Math.sqrt(squared), restoring: 0 - slope };
  });
}
