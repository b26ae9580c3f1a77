/** Fails unless δ, the probability that a bound may fail, lies strictly between 0 and 1. */
export function requireDelta(name: string, delta: number): void {
  if (!(delta > 0 && delta < 1)) {
    throw new Error(`${name}: expected delta, the probability that the bound may fail, between 0 and 1, got ${delta}`);
  }
}
