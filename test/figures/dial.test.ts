import { describe, expect, test } from 'vitest';
import { dial } from '../../lib/figures/dial';
import type { Figure, Layout } from '../../lib/figures/figure';
import { histogramChart } from '../../lib/figures/histogramChart';
import { type LineRow, lineChart } from '../../lib/figures/lineChart';
import { provenance } from './examples';

const line = (rows: readonly LineRow[], more: { range?: [number, number]; log?: boolean; title?: string } = {}) =>
  lineChart({
    ...provenance,
    ...(more.title ? { title: more.title } : {}),
    ...{
      rows,
      x: { label: 'x' },
      y: { label: 'y', log: more.log ?? false, ...(more.range ? { range: more.range } : {}) },
    },
  });
const row = (x: number, y: number, series = 'a'): LineRow => ({ series, x, y });
const rangeOf = (figure: Figure, axis: string) => (figure.layout[axis] as Layout).range as number[];
const turned = (figures: readonly Figure[], start?: string) =>
  dial({ label: 'σ', start, settings: figures.map((figure, i) => ({ value: `s${i}`, figure })) });

describe('a dial', () => {
  test('shows the setting it starts at, and has every setting as a frame', () => {
    const figures = [line([row(0, 1)]), line([row(0, 2)]), line([row(0, 4)])];
    const figure = turned(figures, 's1');
    expect(figure.data[0]!.y).toEqual([2]);
    expect(figure.frames!.map(({ name, data }) => [name, data[0]!.y])).toEqual([
      ['s0', [1]],
      ['s1', [2]],
      ['s2', [4]],
    ]);
    const [slider] = figure.layout.sliders as unknown as {
      active: number;
      steps: { label: string; args: unknown[] }[];
    }[];
    expect(slider!.active).toBe(1);
    expect(slider!.steps.map(({ label, args }) => [label, (args[0] as string[])[0]])).toEqual([
      ['s0', 's0'],
      ['s1', 's1'],
      ['s2', 's2'],
    ]);
    expect(turned(figures).data[0]!.y).toEqual([1]);
  });

  test('holds its axes still: over all that is drawn, with error bars, or the union of the given ranges', () => {
    const with1 = (own: LineRow): LineRow => ({ ...own, low: 1, high: 2 });
    const free = turned([line([with1(row(0, 1)), with1(row(10, 2))]), line([{ ...row(5, 50), low: 40, high: 101 }])]);
    expect(rangeOf(free, 'xaxis')).toEqual([-0.4, 10.4]);
    expect(rangeOf(free, 'yaxis')).toEqual([-3, 105]);
    const given = turned([line([row(0, 1)], { range: [0, 2] }), line([row(0, 1)], { range: [-1, 1] })]);
    expect(rangeOf(given, 'yaxis')).toEqual([-1, 2]);
    const log = turned([line([row(0, 1)], { log: true }), line([row(0, 100)], { log: true })]);
    expect(rangeOf(log, 'yaxis')).toEqual([-0.08, 2.08]);
  });

  test('keeps 0 under a histogram', () => {
    const histogram = (values: number[]) =>
      histogramChart({ ...provenance, series: [{ name: 'a', values }], x: { label: 'x', range: [0, 4] }, binCount: 4 });
    const figure = turned([histogram([0.5, 1.5, 2.5, 3.5]), histogram([0.5, 0.5, 0.5, 1.5])]);
    const [low, high] = rangeOf(figure, 'yaxis');
    expect(low).toBeLessThanOrEqual(0);
    expect(high).toBeGreaterThan(0.75);
  });

  test('changes marks and lines with the setting, and leaves room below without moving the title', () => {
    const marked = (y: number) =>
      lineChart({
        ...provenance,
        rows: [row(0, 1)],
        x: { label: 'x' },
        y: { label: 'y' },
        references: [{ y, label: `y = ${y}` }],
      });
    const before = marked(1);
    const figure = turned([before, marked(2)]);
    const texts = figure.frames!.map(({ layout }) => JSON.stringify([layout!.annotations, layout!.shapes]));
    expect(texts[0]).toContain('y = 1');
    expect(texts[1]).toContain('y = 2');
    const pixels = ({ layout }: Figure) => (1 - ((layout.title as Layout).y as number)) * (layout.height as number);
    expect(pixels(figure)).toBeCloseTo(pixels(before), 9);
    const plot = ({ height, margin }: Layout) =>
      (height as number) - ((margin as Layout).t as number) - ((margin as Layout).b as number);
    expect(plot(figure.layout)).toBe(plot(before.layout));
  });

  test('says what is wrong', () => {
    const one = line([row(0, 1)]);
    expect(() => turned([one])).toThrow('dial: expected at least two settings of "σ", got 1');
    expect(() => turned([one, one], 's2')).toThrow('dial: expected start to be one of s0, s1, got s2');
    expect(() => turned([one, line([row(0, 1, 'b')])])).toThrow(
      'dial: expected the same traces at every setting, got b (scatter) at σ = s1 and a (scatter) at s0',
    );
    expect(() => turned([one, turned([one, one])])).toThrow(
      'dial: expected figures without frames, got some at σ = s1',
    );
    expect(() => turned([one, line([row(0, 1)], { title: 'Another' })])).toThrow('dial: expected one title');
    const twice = [1, 1].map((value) => ({ value, figure: one }));
    expect(() => dial({ label: 'σ', settings: twice })).toThrow('dial: expected each setting of "σ" once, got 1 twice');
  });
});
