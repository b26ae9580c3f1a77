/**
 * Fails unless `matrix` holds n rows of d numbers and n is at least `minimum`. `name` is the caller, for the message.
 */
export function requireMatrix(name: string, matrix: ArrayLike<number>, n: number, d: number, minimum: number): void {
  if (!Number.isInteger(n) || !Number.isInteger(d) || n < 0 || d < 1 || matrix.length !== n * d) {
    throw new Error(
      `${name}: expected a matrix of n = ${n} rows and d = ${d} columns, ${n * d} numbers, row after row, got ${matrix.length} numbers`,
    );
  }
  requireSamples(name, n, minimum);
}

/** Fails unless there are at least `minimum` samples. */
export function requireSamples(name: string, n: number, minimum: number): void {
  if (n < minimum) throw new Error(`${name}: expected at least ${minimum} samples, got ${n}; draw more`);
}
