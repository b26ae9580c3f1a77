/**
 * Sizes of the groups of rows that are linked by steps of at most `distance` (single linkage), largest first: [N] where
 * all are one group, N ones where none is near another.
 * The connected components of the graph of near pairs.
 *
 * @param rows [N, K], row-major.
 * @param dimension K.
 * @param distance The longest step that links, in the rows' units.
 * @throws If the values are no such rows, or not finite, or the distance is not positive.
 * @example
 * // 0, 1 and 2 are linked by steps of 1; 10 is by itself.
 * linkedGroups([0, 1, 2, 10], 1, 1.5); // [3, 1]
 */
export function linkedGroups(rows: ArrayLike<number>, dimension: number, distance: number): number[] {
  const n = rows.length / dimension;
  if (!(Number.isInteger(dimension) && dimension >= 1 && Number.isInteger(n) && n >= 1)) {
    throw new Error(
      `linkedGroups: expected rows of a whole number of values, at least 1, got ${rows.length} values and dimension ${dimension}`,
    );
  }
  if (!(distance > 0)) throw new Error(`linkedGroups: expected a positive distance, got ${distance}`);
  const squared = (i: number, j: number) => {
    let sum = 0;
    for (let k = 0; k < dimension; k++) sum += (rows[i * dimension + k]! - rows[j * dimension + k]!) ** 2;
    if (Number.isNaN(sum)) throw new Error(`linkedGroups: expected finite rows, got NaN in row ${i} or ${j}.`);
    return sum;
  };
  const free = new Set(Array.from({ length: n }, (_, i) => i));
  const sizes: number[] = [];
  for (const first of free) {
    free.delete(first);
    const group = [first];
    for (const member of group) {
      for (const other of free) {
        if (squared(member, other) > distance ** 2) continue;
        free.delete(other);
        group.push(other);
      }
    }
    sizes.push(group.length);
  }
  return sizes.sort((a, b) => b - a);
}
