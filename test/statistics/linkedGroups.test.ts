import { describe, expect, it } from 'vitest';
import { key, permutation } from '../../lib/engine/random';
import { linkedGroups } from '../../lib/statistics/linkedGroups';

describe('linkedGroups', () => {
  it('links chains, worked by hand, in any order of the rows', () => {
    const rows = [0, 1, 2, 10, 11, 30];
    expect(linkedGroups(rows, 1, 1)).toEqual([3, 2, 1]);
    expect(linkedGroups(rows, 1, 0.9)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(linkedGroups(rows, 2, 50)).toEqual([3]);
    const order = permutation(key(5), 6);
    expect(
      linkedGroups(
        Array.from(order, (i) => rows[i]!),
        1,
        1,
      ),
    ).toEqual([3, 2, 1]);
    expect(() => linkedGroups([0, Number.NaN], 1, 1)).toThrow(/finite rows/);
    expect(() => linkedGroups([0, 1], 1, 0)).toThrow(/positive distance/);
  });
});
