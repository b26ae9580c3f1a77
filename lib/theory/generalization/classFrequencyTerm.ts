import { requireDelta } from './delta';

/** The sample's class counts, and δ. */
export interface ClassFrequencyOptions {
  /** Labelled examples of each class of Y: whole numbers, with 0 for a class that the sample missed. */
  readonly counts: ArrayLike<number>;
  /**
   * p, the class probabilities, where they are known; by default √p is replaced by √p̂ + √(t/n), its bound on the same
   * event.
   */
  readonly probabilities?: ArrayLike<number>;
  /** δ of the whole bound, in (0, 1); this event gets δ/5. */
  readonly delta: number;
}

/** How far the sample's class frequencies may be off. */
export interface ClassFrequencyTerm {
  /** Their sum over the classes, which the bound multiplies by κ_S. */
  readonly total: number;
  /** What bounds |p̂_y − p_y| for each class y. */
  readonly perClass: Float64Array;
}

/**
 * Step 1 of the proof (theory.md, section 7): with probability at least 1 − δ/5, for every class of Y at once,
 * |p̂ − p| ≤ (√p̂ + √p) √(t/n), t = ln(10 |Y| / δ): Chernoff's bound in the form |√p̂ − √p| ≤ √(t/n), on both sides.
 *
 * @throws If counts are not whole numbers with a positive sum, probabilities do not sum to 1, or δ is not in (0, 1).
 * @example
 * // 2 √½ √(ln 200 / 100) a class.
 * classFrequencyTerm({ counts: [50, 50], probabilities: [0.5, 0.5], delta: 0.1 }).total; // 0.6510
 */
export function classFrequencyTerm({ counts, probabilities, delta }: ClassFrequencyOptions): ClassFrequencyTerm {
  const name = 'classFrequencyTerm';
  requireDelta(name, delta);
  const observed = Float64Array.from(counts);
  const n = observed.reduce((sum, count) => sum + count, 0);
  if (!observed.every((count) => Number.isInteger(count) && count >= 0) || n < 1) {
    throw new Error(`${name}: expected whole counts, one a class, with a positive sum, got [${observed}]`);
  }
  const t = Math.log((10 * observed.length) / delta);
  const width = Math.sqrt(t / n);
  const roots = observed.map((count) => Math.sqrt(count / n));
  if (probabilities !== undefined) {
    const p = Float64Array.from(probabilities);
    const sum = p.reduce((total, value) => total + value, 0);
    if (p.length !== observed.length || !p.every((value) => value >= 0) || !(Math.abs(sum - 1) < 1e-6)) {
      throw new Error(
        `${name}: expected a probability for each of the ${observed.length} classes, of sum 1, got [${p}], of sum ${sum}`,
      );
    }
    const perClass = roots.map((root, y) => (root + Math.sqrt(p[y]!)) * width);
    return { total: perClass.reduce((total, value) => total + value, 0), perClass };
  }
  const perClass = roots.map((root) => (2 * root + width) * width);
  return { total: perClass.reduce((total, value) => total + value, 0), perClass };
}
