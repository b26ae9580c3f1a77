import { type MatrixLike, toMatrix } from './float64Matrix';

/**
 * τ: the largest ‖f(x) − f(x′)‖ of two rows of the same class. As with `lossBound`, exact where the rows are the whole
 * support, an estimate from below on a sample. Compares all pairs in a class: about 2 s for 5,000 rows of 512 in ten
 * classes.
 * Source: theory.md, section 7.
 *
 * @param z f(x) [n, K]
 * @param classes the class of each row, [n]
 * @throws If there is not one class a row, or a value is not finite.
 * @example
 * // The first two rows are of one class, 5 apart; the third is alone in its own.
 * classDiameter([[0, 0], [3, 4], [100, 0]], [0, 0, 1]); // 5
 */
export function classDiameter(z: MatrixLike, classes: ArrayLike<number>): number {
  const { rows, columns, values } = toMatrix('classDiameter', 'z', z);
  if (classes.length !== rows) {
    throw new Error(`classDiameter: expected a class for each of the ${rows} rows, got ${classes.length}`);
  }
  let largest = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < i; j++) {
      if (classes[i] !== classes[j]) continue;
      let sum = 0;
      for (let k = 0; k < columns; k++) {
        const difference = values[i * columns + k]! - values[j * columns + k]!;
        sum += difference * difference;
      }
      largest = Math.max(largest, sum);
    }
  }
  return Math.sqrt(largest);
}
