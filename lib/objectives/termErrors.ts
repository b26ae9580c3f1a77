import { disposedTensorIn, isOfDisposedTensor } from '../engine/disposedTensor';
import { tf } from '../engine/tensorflow';

/** Errors that say all themselves. */
const explained = new WeakSet<Error>();

/** An error of an objective's use, to which `explainFailure` adds nothing. */
export function useError(message: string): Error {
  const error = new Error(message);
  explained.add(error);
  return error;
}

/** A tensor's type and shape, or what else a value is. */
export function describe(value: unknown): string {
  if (value instanceof tf.Tensor) return `${value.dtype} [${value.shape.join(', ')}]`;
  if (isPromise(value)) return 'a promise';
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object'
    ? Array.isArray(value)
      ? 'an array'
      : 'an object'
    : `the ${typeof value} ${String(value)}`;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}

/** Of a promise that no one will wait for. */
function ignoreRejection(promise: PromiseLike<unknown>): void {
  promise.then(undefined, () => undefined);
}

const example = '({ za, zb }) => ({ invariance: za.sub(zb).square().mean() })';

function adviceOn(term: string, value: unknown): string {
  if (value instanceof tf.Tensor) {
    return value.rank > 0
      ? 'take its mean or sum'
      : 'turn it into float32 by .toFloat(), which for integers has no gradient';
  }
  if (isPromise(value)) return `leave out .data() and .array(): the term is the tensor itself, not what is read of it`;
  if (typeof value === 'number') {
    return `keep it a tensor: what .dataSync(), .arraySync() or JavaScript's own arithmetic gives has no gradient; a constant is tf.scalar(${Number(value.toPrecision(4))})`;
  }
  return `give '${term}' a scalar tensor or leave it out`;
}

/**
 * The terms, if they are what an objective gives: float32 scalars by name, at least one.
 *
 * @throws If they are not, naming the first that is not and what to do.
 */
export function requireTerms(name: string, computed: unknown): Record<string, tf.Scalar> {
  if (isPromise(computed)) {
    ignoreRejection(computed);
    throw useError(
      `${name}: expected its terms at once, got a promise; write the function without async and await, and read nothing from tensors (.data()) within it.`,
    );
  }
  if (typeof computed !== 'object' || computed === null || computed instanceof tf.Tensor || Array.isArray(computed)) {
    const remedy =
      computed === undefined ? 'return them (after => braces are a block, which needs a return)' : 'give them names';
    throw useError(`${name}: expected its terms by name, got ${describe(computed)}; ${remedy}: ${example}.`);
  }
  const terms = Object.entries(computed);
  if (terms.length === 0) throw useError(`${name}: expected at least one term, got none`);
  for (const [, value] of terms) if (isPromise(value)) ignoreRejection(value);
  for (const [term, value] of terms) {
    if (!(value instanceof tf.Tensor && value.rank === 0 && value.dtype === 'float32')) {
      throw useError(
        `${name}: expected the term '${term}' to be a float32 scalar, got ${describe(value)}; ${adviceOn(term, value)}.`,
      );
    }
    if (value.isDisposed) {
      throw useError(
        `${name}: expected the term '${term}' to be a live tensor, got one that is disposed; dispose nothing that is returned: what the terms make on the way is freed after them.`,
      );
    }
  }
  return computed as Record<string, tf.Scalar>;
}

function disposedMessage(name: string, given: Readonly<Record<string, unknown>>, again: () => unknown): string {
  const field = Object.entries(given).find(([, value]) => value instanceof tf.Tensor && value.isDisposed)?.[0];
  if (field)
    return `${name}: expected live embeddings, got ${field} disposed; free them after the terms, not before or within.`;
  const tensor = disposedTensorIn(again);
  const which = tensor ? `a ${tensor.dtype} [${tensor.shape.join(', ')}]` : 'one';
  return (
    `${name}: its terms use a tensor that is disposed, ${which} that is none of the embeddings. What is made inside tf.tidy is freed at its end, and ` +
    'the terms run in one: make it within the terms each time, or outside of them and of any tidy, and dispose it when training is over.'
  );
}

/**
 * What a failure of the terms' own code says to its author, in the error itself, whose stack still points to the line: which
 * objective, given what; for a tensor that is disposed, which. Explained once, by the innermost objective.
 *
 * @param given What the terms were given.
 * @param again Computes them again.
 */
export function explainFailure(
  name: string,
  error: unknown,
  given: Readonly<Record<string, unknown>>,
  again: () => unknown,
): unknown {
  if (!(error instanceof Error) || explained.has(error)) return error;
  explained.add(error);
  const shapes = Object.entries(given).flatMap(([field, value]) =>
    value instanceof tf.Tensor ? [`${field} ${describe(value)}`] : [],
  );
  const reason = error.message
    .replace(/^Invalid TF_Status: \d+\s*Message: /, '')
    .trim()
    .replace(/\.$/, '');
  const before = error.message;
  error.message = isOfDisposedTensor(error)
    ? disposedMessage(name, given, again)
    : `${name}: its terms failed on ${shapes.join(', ')}: ${reason}.`;
  error.stack = error.stack?.replace(before, error.message);
  return error;
}
