/** Rotations smaller than this change nothing in double precision. */
const EPSILON = 2 ** -52;
const MAXIMUM_SWEEPS = 60;

/**
 * One-sided Jacobi's method (Hestenes 1958): rotates pairs of rows of A [count, width], row after row and in place, until the
 * first `length` numbers of any two rows are orthogonal. The rest of a row, a right-hand side, turns with it. Where
 * A = [M C] and M = U S Vᵀ, row i becomes [s_i v_iᵀ, u_iᵀ C]: the singular value decomposition of M, each singular value to a
 * small relative error. The order of the s_i is not said, though they mostly fall.
 *
 * Rows with ‖m_i‖ ≤ negligible are left alone, and taken as zero by the caller.
 *
 * @throws If 60 sweeps do not do, which no matrix of finite numbers is known to need.
 */
export function orthogonalizeRows(
  values: Float64Array,
  count: number,
  width: number,
  length: number,
  negligible: number,
): void {
  const squares = new Float64Array(count);
  const square = (at: number) => {
    let sum = 0;
    for (let k = at; k < at + length; k++) sum += values[k]! * values[k]!;
    return sum;
  };
  const floor = negligible * negligible;
  const small = length * EPSILON;
  for (let sweep = 0; sweep < MAXIMUM_SWEEPS; sweep++) {
    let rotations = 0;
    for (let i = 0; i < count; i++) squares[i] = square(i * width);
    for (let i = 0; i < count - 1; i++) {
      for (let j = i + 1; j < count; j++) {
        const [a, b] = [squares[i]!, squares[j]!];
        if (a <= floor || b <= floor) continue;
        const p = i * width;
        const q = j * width;
        let dot = 0;
        for (let k = 0; k < length; k++) dot += values[p + k]! * values[q + k]!;
        if (Math.abs(dot) <= small * Math.sqrt(a * b)) continue;
        rotations++;
        const zeta = (b - a) / (2 * dot);
        const tangent = (zeta > 0 ? 1 : -1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        const cosine = 1 / Math.sqrt(1 + tangent * tangent);
        const sine = cosine * tangent;
        for (let k = 0; k < width; k++) {
          const x = values[p + k]!;
          const y = values[q + k]!;
          values[p + k] = cosine * x - sine * y;
          values[q + k] = sine * x + cosine * y;
        }
        squares[i] = Math.max(0, a - tangent * dot);
        squares[j] = Math.max(0, b + tangent * dot);
      }
    }
    if (rotations === 0) return;
  }
  throw new Error(`orthogonalizeRows: the rows are not orthogonal after ${MAXIMUM_SWEEPS} sweeps; report the matrix`);
}
