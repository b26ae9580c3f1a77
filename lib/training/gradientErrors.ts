import { holdingConstants } from '../engine/heldConstants';
import { hasKink, type NumericSlope, numericSlopes } from '../engine/numericSlope';
import { foldIn, type Key, key, normal } from '../engine/random';
import { tf } from '../engine/tensorflow';
import { disposeWeights } from '../models/weights';
import { type Embeddings, type Objective, trainedFields } from '../objectives/objective';
import { type TermGradients, termGradients } from '../objectives/termSlopes';
import { trialEmbeddings } from '../objectives/trialEmbeddings';

export interface GradientOptions {
  /**
   * What to differentiate at; default `rows` random embeddings (`trialEmbeddings`), with what else the objective asks
   * for.
   */
  readonly embeddings?: Embeddings;
  /** Default 8. */
  readonly rows?: number;
  /** Default 4. */
  readonly dimension?: number;
  /** Random directions, beside each term's own gradient; default 3, and one at least where no term has a gradient. */
  readonly directions?: number;
  /** How far a slope may be off, as a share of the gradient's length; default 0.01. */
  readonly tolerance?: number;
  /** Of the embeddings and the directions; default `key(0)`. */
  readonly key?: Key;
}

/** One term's gradient by one input, against differences. */
export interface GradientError {
  /** The term's name. */
  readonly term: string;
  /** What it is differentiated by, such as `za`. */
  readonly input: string;
  /** Euclidean norm of the gradient, NaN or infinite with it; null where the term does not depend on the input. */
  readonly norm: number | null;
  /** In the worst direction: the gradient's slope. */
  readonly slope: number;
  /** In the worst direction: the slope of the differences. */
  readonly numeric: number;
  /** |slope − numeric| over the norm (over 1 where that is 0); infinite where the term or its gradient is not finite. */
  readonly relativeError: number;
  /** The worst direction. */
  readonly direction: string;
  /** Directions in which the term has a kink there: any slope between those to its sides is right. */
  readonly kinks: number;
  /** False also where the term or its gradient is not finite; null where rounding leaves more open than the tolerance. */
  readonly agrees: boolean | null;
}

interface Direction {
  readonly name: string;
  readonly v: tf.Tensor2D;
}

type Field = (typeof trainedFields)[number];

/** Of length 1. */
function unit(v: tf.Tensor): tf.Tensor2D {
  return v.div(v.norm()) as tf.Tensor2D;
}

/**
 * An objective's gradients, term by term and by each of the embeddings, against differences of the terms themselves:
 * along each term's gradient, where its length shows, and along random directions. All in float32, so to some 1e-3. What is
 * constant to the gradient (`stopGradient`, a choice of neighbors, assignments) is held at what it is at the point.
 *
 * @throws As `objective.terms`, if a term uses an operation without gradient, and if there are more or fewer constants to the
 *   gradient (`stopGradient`) beside the point than at it, as where terms branch on values.
 */
export function gradientErrors(objective: Objective, options: GradientOptions = {}): GradientError[] {
  const { rows = 8, dimension = 4, key: k = key(0) } = options;
  if (options.embeddings) return errorsAt(objective, options.embeddings, options);
  const memory = objective.memory?.init(foldIn(k, 1), dimension);
  let errors: GradientError[] = [];
  try {
    tf.tidy(() => {
      errors = errorsAt(objective, trialEmbeddings(objective, foldIn(k, 2), [rows, dimension], memory), options);
    });
    return errors;
  } finally {
    if (memory) disposeWeights(memory);
  }
}

function errorsAt(objective: Objective, embeddings: Embeddings, options: GradientOptions): GradientError[] {
  const errors: GradientError[] = [];
  tf.tidy(() => {
    const slopes = termGradients(objective, embeddings);
    const fields = trainedFields.filter((field) => embeddings[field]);
    for (const [i, field] of fields.entries()) {
      const own = { ...options, key: foldIn(options.key ?? key(0), i) };
      tf.tidy(() => void errors.push(...errorsBy(objective, embeddings, field, slopes, own)));
    }
  });
  return errors;
}

function errorsBy(
  objective: Objective,
  embeddings: Embeddings,
  field: Field,
  slopes: readonly TermGradients[],
  { directions = 3, tolerance = 0.01, key: k = key(0) }: GradientOptions,
): GradientError[] {
  const z = embeddings[field]!;
  const gradients = slopes.map((own) => own.gradients[field]!);
  const along = slopes.flatMap(({ term, slopes: own }, i) =>
    own[field] && Number.isFinite(own[field]) ? [{ name: `gradient of '${term}'`, v: unit(gradients[i]!) }] : [],
  );
  const random = Array.from({ length: along.length > 0 ? directions : Math.max(1, directions) }, (_, d) => ({
    name: `random direction ${d + 1}`,
    v: unit(normal(foldIn(k, d), z.shape)),
  }));
  // Some hundredths of the embeddings' own size.
  const h = 0.02 * Math.sqrt(z.square().sum().dataSync()[0]!) || 0.02;
  const measured = holdingConstants(`checkGradient of ${objective.name}`, (hold) => {
    const values = (v: tf.Tensor, t: number) =>
      tf.tidy(() => {
        const terms = hold(() => objective.terms({ ...embeddings, [field]: z.add(v.mul(t)) }));
        return tf.stack(slopes.map(({ term }) => terms[term]!)).dataSync();
      });
    values(z, 0);
    return [...along, ...random].map(({ name, v }: Direction) => ({
      name,
      exact: gradients.map((gradient) => gradient?.mul(v).sum().dataSync()[0] ?? 0),
      numeric: numericSlopes((t) => values(v, t), h),
    }));
  });
  return slopes.map(({ term, value, slopes: own }, i) => {
    const norm = own[field]!;
    const judged = measured.map(({ name, exact, numeric }) =>
      judge(name, exact[i]!, numeric[i]!, norm || 1, tolerance, norm !== 0),
    );
    const { direction, slope, numeric, ...worst } = judged.reduce((a, b) =>
      b.relativeError > a.relativeError ? b : a,
    );
    const finite = Number.isFinite(value) && Number.isFinite(norm ?? 0);
    const relativeError = finite ? worst.relativeError : Number.POSITIVE_INFINITY;
    const wrong = !finite || judged.some((one) => one.clear && one.relativeError > tolerance);
    return {
      ...{ term, input: field, norm, slope, numeric, relativeError, direction },
      kinks: judged.filter(({ kink }) => kink).length,
      agrees: wrong ? false : judged.every(({ clear }) => clear) ? true : null,
    };
  });
}

/**
 * The step at which differences agree best, among those whose rounding leaves less open than half the tolerance: a kink
 * beside the point spoils long steps only, and a wrong gradient is wrong at all. At a kink any slope between those to
 * its sides is right, if `kinksExcuse`: not for a gradient that is 0, which a jump, as of rounding, would excuse in every direction.
 */
function judge(
  direction: string,
  slope: number,
  found: readonly NumericSlope[],
  norm: number,
  tolerance: number,
  kinksExcuse: boolean,
) {
  const clear = found.filter(({ rounding }) => rounding <= (tolerance * norm) / 2);
  const steps = clear.length > 0 ? clear : found.slice(0, 1);
  const kink = hasKink(steps);
  const off = ({ slope: numeric, left, right }: NumericSlope) => {
    const between = kinksExcuse && kink && slope >= Math.min(left, right) && slope <= Math.max(left, right);
    return between ? 0 : Math.abs(slope - numeric);
  };
  const best = steps.reduce((a, b) => (off(b) < off(a) ? b : a));
  return { direction, slope, numeric: best.slope, kink, relativeError: off(best) / norm, clear: clear.length > 0 };
}
