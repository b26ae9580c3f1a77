import { valueAndGradients } from '../engine/gradient';
import { tf } from '../engine/tensorflow';
import { type Embeddings, type Objective, totalLoss, trainedFields } from './objective';
import { useError } from './termErrors';

/** One term on given embeddings, and how long its gradient by each input is. */
export interface TermSlopes {
  readonly term: string;
  readonly value: number;
  /** Euclidean norms by input; null where the term does not depend on it by differentiable operations. */
  readonly slopes: Readonly<Record<string, number | null>>;
}

/** Ops that have no gradient in TensorFlow.js, and what has. */
const instead: Readonly<Record<string, string>> = {
  Einsum: 'write tf.einsum by matMul, mul and sum',
  TopK: 'gather by its indices instead of taking its values',
  Greater: 'a comparison is flat: take a smooth one, such as sigmoid',
  Less: 'a comparison is flat: take a smooth one, such as sigmoid',
};

const unknownGradient = /gradient function not found for (\w+)/;

/** Whether an error says that an operation has no gradient. */
export function lacksGradient(error: unknown): boolean {
  return error instanceof Error && unknownGradient.test(error.message);
}

/** One term's gradients too. */
export interface TermGradients extends TermSlopes {
  /** By input; null where the norm is. */
  readonly gradients: Readonly<Record<string, tf.Tensor | null>>;
}

/**
 * Each term's value, and the norm of its gradient by each of the embeddings given (za, zb, pa, pb) and by the `weights` given, such as the
 * prototypes'. Terms are computed once for each.
 *
 * @throws As `objective.terms`; and if a term uses an operation without gradient, naming both.
 */
export function termSlopes(
  objective: Objective,
  embeddings: Embeddings,
  weights: Readonly<Record<string, tf.Tensor>> = {},
): TermSlopes[] {
  const found = termGradients(objective, embeddings, weights);
  for (const { gradients } of found) tf.dispose(gradients as tf.TensorContainer);
  return found.map(({ term, value, slopes }) => ({ term, value, slopes }));
}

/** As `termSlopes`, with the gradients, which the caller disposes. */
export function termGradients(
  objective: Objective,
  embeddings: Embeddings,
  weights: Readonly<Record<string, tf.Tensor>> = {},
): TermGradients[] {
  return tf.tidy(() => {
    // Copies, so that views that are one tensor are told apart.
    const copies = Object.fromEntries(
      trainedFields.flatMap((field) => {
        const z = embeddings[field];
        return z ? [[field, z.clone()] as const] : [];
      }),
    );
    const given = { ...embeddings, ...copies };
    const inputs = { ...copies, ...weights };
    const names = Object.keys(objective.terms(given));
    return names.map((term) => {
      try {
        const { value, gradients } = valueAndGradients(() => objective.terms(given)[term]!, Object.values(inputs));
        const norms = gradients.map((gradient) => gradient && Math.sqrt(gradient.square().sum().dataSync()[0]!));
        const byInput = <T>(values: readonly T[]) =>
          Object.fromEntries(Object.keys(inputs).map((name, i) => [name, values[i]!]));
        return { term, value: value.dataSync()[0]!, slopes: byInput(norms), gradients: byInput(gradients) };
      } catch (error) {
        throw lacksGradient(error) ? withoutGradient(objective.name, term, error as Error) : error;
      }
    });
  });
}

function withoutGradient(name: string, term: string, { message }: Error): Error {
  const [, op] = unknownGradient.exec(message)!;
  return useError(
    `${name}: expected the term '${term}' to be made of operations with a gradient, got ${op}, which has none in TensorFlow.js; ${instead[op!] ?? 'write it by others'}, or put stopGradient around what need not be trained.`,
  );
}

/**
 * Of which term an operation's missing gradient is, once a backward pass has failed by it; else the error as it was.
 *
 * @param weights As for `termSlopes`.
 */
export function explainGradient(
  error: unknown,
  objective: Objective,
  embeddings: Embeddings,
  weights: Readonly<Record<string, tf.Tensor>> = {},
): unknown {
  if (!lacksGradient(error)) return error;
  try {
    termSlopes(objective, embeddings, weights);
  } catch (explanation) {
    return explanation;
  }
  // Not of the terms, then.
  return error;
}

/** Terms that are not 0 and have no gradient by anything. */
export function constantTerms(slopes: readonly TermSlopes[]): string[] {
  return slopes
    .filter(({ value, slopes: own }) => value !== 0 && Object.values(own).every((norm) => norm === null))
    .map(({ term }) => term);
}

/** Terms that are not 0 and whose gradients are there and all 0, as of a sign or of rounding. */
export function flatTerms(slopes: readonly TermSlopes[]): string[] {
  return slopes
    .filter(({ value, slopes: own }) => {
      const norms = Object.values(own).filter((norm) => norm !== null);
      return value !== 0 && norms.length > 0 && norms.every((norm) => norm === 0);
    })
    .map(({ term }) => term);
}

/** The views, `za` or `zb`, that no term has a gradient by, though nothing else brings that view's. */
export function ignoredViews(objective: Objective, slopes: readonly TermSlopes[]): string[] {
  const { predictor, momentum, prototypes } = objective;
  if (predictor || momentum || prototypes) return [];
  return ['za', 'zb'].filter((view) => slopes.every(({ slopes: own }) => !own[view]));
}

/** The loss's tensors, for a diagnosis of where it leaves the numbers: the value, and its gradient by the embeddings. */
export function lossParts(objective: Objective, embeddings: Embeddings, term?: string): tf.Tensor[] {
  if (term !== undefined) return [objective.terms(embeddings)[term]!];
  const inputs = trainedFields.flatMap((field) => embeddings[field] ?? []);
  const { gradients } = valueAndGradients(() => totalLoss(objective.terms(embeddings)), inputs);
  return gradients.flatMap((gradient) => gradient ?? []);
}
