/** B = Uᵀ M V, upper bidiagonal. */
export interface Bidiagonal {
  /** B's diagonal [k]. */
  readonly diagonal: Float64Array;
  /** B's entries right of it [k − 1]. */
  readonly superdiagonal: Float64Array;
  /** Uᵀ C [k, r], row after row. */
  readonly right: Float64Array;
  /** Vᵀ [k, k], row after row. */
  readonly vTransposed: Float64Array;
}

/** x[from …] of `size` numbers becomes v, with v₀ = 1, of the reflection I − τ v vᵀ that maps it to (β, 0, …). */
function reflect(x: Float64Array, from: number, size: number): { tau: number; beta: number } {
  const head = x[from]!;
  let tail = 0;
  for (let i = from + 1; i < from + size; i++) tail += x[i]! * x[i]!;
  if (tail === 0) {
    x[from] = 1;
    return { tau: 0, beta: head };
  }
  const norm = Math.sqrt(head * head + tail);
  const beta = head > 0 ? -norm : norm;
  const scale = 1 / (head - beta);
  for (let i = from + 1; i < from + size; i++) x[i]! *= scale;
  x[from] = 1;
  return { tau: (beta - head) / beta, beta };
}

/** Rows of `a` from `from`, each of `size` numbers at stride `width`, become row · (I − τ v vᵀ). */
function reflectRow(a: Float64Array, at: number, size: number, v: Float64Array, offset: number, tau: number): void {
  let dot = 0;
  for (let k = 0; k < size; k++) dot += a[at + k]! * v[offset + k]!;
  dot *= tau;
  for (let k = 0; k < size; k++) a[at + k]! -= dot * v[offset + k]!;
}

/**
 * Golub and Kahan's bidiagonalization (1965) of the square M by reflections from both sides, with a right-hand side C beside
 * it that the left ones act on too. Everything runs along rows, in the order of memory.
 *
 * @param rows [M C], k rows of `width` = k + r numbers; overwritten.
 */
export function bidiagonalize(rows: Float64Array, k: number, width: number): Bidiagonal {
  const diagonal = new Float64Array(k);
  const superdiagonal = new Float64Array(Math.max(0, k - 1));
  const taus = new Float64Array(k);
  const column = new Float64Array(k);
  const combined = new Float64Array(width);
  for (let j = 0; j < k; j++) {
    const size = width - j;
    for (let i = j; i < k; i++) column[i] = rows[i * width + j]!;
    const left = reflect(column, j, k - j);
    diagonal[j] = left.beta;
    combined.fill(0);
    let i = j;
    for (; i + 3 < k; i += 4) {
      const at = i * width + j;
      const f0 = left.tau * column[i]!;
      const f1 = left.tau * column[i + 1]!;
      const f2 = left.tau * column[i + 2]!;
      const f3 = left.tau * column[i + 3]!;
      for (let l = 0, a = at, b = a + width, c = b + width, d = c + width; l < size; l++, a++, b++, c++, d++) {
        combined[l]! += f0 * rows[a]! + f1 * rows[b]! + f2 * rows[c]! + f3 * rows[d]!;
      }
    }
    for (; i < k; i++) {
      const factor = left.tau * column[i]!;
      for (let l = 0, at = i * width + j; l < size; l++) combined[l]! += factor * rows[at + l]!;
    }
    for (let l = 1, at = j * width + j; l < size; l++) rows[at + l]! -= combined[l]!;
    // The row's own reflection is left in its place, for V.
    const tail = k - j - 1;
    const v = j * width + j + 1;
    let tau = 0;
    if (tail > 0) {
      const rightOne = reflect(rows, v, tail);
      superdiagonal[j] = rightOne.beta;
      tau = rightOne.tau;
      taus[j] = tau;
    }
    for (let i = j + 1; i < k; i++) {
      const factor = column[i]!;
      const at = i * width + j + 1;
      let dot = 0;
      for (let l = 0; l < tail; l++) {
        const x = rows[at + l]! - factor * combined[l + 1]!;
        rows[at + l] = x;
        dot += x * rows[v + l]!;
      }
      dot *= tau;
      for (let l = 0; l < tail; l++) rows[at + l]! -= dot * rows[v + l]!;
      for (let l = tail; l < size - 1; l++) rows[at + l]! -= factor * combined[l + 1]!;
    }
  }
  const right = new Float64Array(k * (width - k));
  for (let i = 0; i < k; i++) right.set(rows.subarray(i * width + k, (i + 1) * width), i * (width - k));
  const vTransposed = new Float64Array(k * k);
  for (let i = 0; i < k; i++) vTransposed[i * k + i] = 1;
  for (let j = k - 2; j >= 0; j--) {
    for (let i = j + 1; i < k; i++) {
      reflectRow(vTransposed, i * k + j + 1, k - j - 1, rows, j * width + j + 1, taus[j]!);
    }
  }
  return { diagonal, superdiagonal, right, vTransposed };
}
