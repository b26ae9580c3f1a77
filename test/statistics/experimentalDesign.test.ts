import { expect, test } from 'vitest';
import { key } from '../../lib/engine/random';
import { experimentalDesign } from '../../lib/statistics/experimentalDesign';

const factors = { width: [4, 8, 16], pairs: ['class', 'augmentation'], n: [100, 200, 400, 800] };
const centre = { width: 8, pairs: 'class', n: 200 };

test('the centre, one factor at a time, then combinations in which every level occurs equally often', () => {
  const design = experimentalDesign(factors, { centre, random: 14, key: key(1) });
  expect(design.slice(0, 7)).toEqual([
    centre,
    { ...centre, width: 4 },
    { ...centre, width: 16 },
    { ...centre, pairs: 'augmentation' },
    { ...centre, n: 100 },
    { ...centre, n: 400 },
    { ...centre, n: 800 },
  ]);
  const together = design.slice(7);
  expect(together.length).toBe(14);
  for (const name of ['width', 'pairs', 'n'] as const) {
    const levels: readonly (string | number)[] = factors[name];
    const counts = levels.map((level) => together.filter((point) => point[name] === level).length);
    expect(counts.reduce((a, b) => a + b)).toBe(14);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  }
  // The factors are combined, not in step: both kinds of pairs occur with every width.
  expect(new Set(together.map(({ width, pairs }) => `${width} ${pairs}`)).size).toBe(6);
  expect(experimentalDesign(factors, { centre, random: 14, key: key(1) })).toEqual(design);
  expect(experimentalDesign(factors, { centre, random: 14, key: key(2) })).not.toEqual(design);
  expect(experimentalDesign(factors, { centre, key: key(1) })).toEqual(design.slice(0, 7));
});

test('bad factors and a centre outside them are named', () => {
  const design = (own: object, at: object) => experimentalDesign(own as typeof factors, { centre: at as typeof centre, key: key(0) }); // biome-ignore format: one line
  expect(() => design({ ...factors, n: [100] }, centre)).toThrow(/^experimentalDesign: expected at least two different levels of n, got 100/); // biome-ignore format: one line
  expect(() => design({ ...factors, n: [1, 1] }, centre)).toThrow(/different levels of n, got 1, 1/);
  expect(() => design(factors, { ...centre, width: 5 })).toThrow(
    /the centre's width to be one of its levels 4, 8, 16, got 5/,
  );
});
