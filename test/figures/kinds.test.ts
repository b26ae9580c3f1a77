import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { animatedScatter } from '../../lib/figures/animatedScatter';
import { densityContour } from '../../lib/figures/densityContour';
import { dotChart } from '../../lib/figures/dotChart';
import { checkFigureSize, type Figure, figureBytes, type Layout } from '../../lib/figures/figure';
import { heatmap } from '../../lib/figures/heatmap';
import { binEdges, countInBins, density } from '../../lib/figures/histogramBins';
import { histogramChart } from '../../lib/figures/histogramChart';
import { imageGrid } from '../../lib/figures/imageGrid';
import { labelPlaces } from '../../lib/figures/labelPlaces';
import { type LineRow, lineChart } from '../../lib/figures/lineChart';
import { regionsChart } from '../../lib/figures/regionsChart';
import { scatterChart } from '../../lib/figures/scatterChart';
import { type LineView, selectableLineChart } from '../../lib/figures/selectableLineChart';
import { type SettingsRow, settingsScatterChart } from '../../lib/figures/settingsScatterChart';
import { smallMultiples } from '../../lib/figures/smallMultiples';
import { sortableTable } from '../../lib/figures/sortableTable';
import { examples, provenance } from './examples';

const x = { label: 'x' };
const y = { label: 'y' };
const line = (rows: readonly LineRow[], options = {}) => lineChart({ ...provenance, rows, x, y, ...options });

async function pixelsOf(source: unknown): Promise<{ data: Buffer; width: number; height: number }> {
  const png = Buffer.from(String(source).split(',')[1]!, 'base64');
  const { data, info } = await sharp(png)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

describe('settingsScatterChart', () => {
  const rows: SettingsRow[] = [16, 4, 8, 4].map((width, i) => ({
    ...{ x: i, y: 2 * i, name: `model ${i}` },
    settings: { width, pairs: i % 2 ? 'class' : 'views' },
  }));
  const chart = (own: readonly SettingsRow[], options = {}) =>
    settingsScatterChart({ ...provenance, rows: own, x, y, ...options });

  test('draws each setting’s levels in order, one setting at a time, and every setting on hover', () => {
    const { data, layout } = chart(rows, { colorBy: 'pairs' });
    expect(data.map(({ name, x: at, visible }) => [name, at, visible])).toEqual([
      ['pairs views', [0, 2], true],
      ['pairs class', [1, 3], true],
      ['width 4', [1, 3], false],
      ['width 8', [2], false],
      ['width 16', [0], false],
    ]);
    expect(data[0]!.text).toEqual([
      '<b>model 0</b><br>width: 16<br>pairs: views',
      '<b>model 2</b><br>width: 8<br>pairs: views',
    ]);
    const [menu] = layout.updatemenus as unknown as { buttons: { label: string; args: unknown[] }[] }[];
    expect(menu!.buttons.map(({ label, args }) => [label, args])).toEqual([
      ['pairs', [{ visible: [true, true, false, false, false] }]],
      ['width', [{ visible: [false, false, true, true, true] }]],
    ]);
    const one = chart(rows, { colorBy: 'pairs', menu: ['pairs'] });
    expect(one.data.map(({ name }) => name)).toEqual(['pairs views', 'pairs class']);
    expect(chart(rows).data.filter(({ visible }) => visible).map(({ name }) => name)).toEqual(['width 4', 'width 8', 'width 16']); // biome-ignore format: one line
  });

  test('refuses rows of other settings, an unknown colour and no number', () => {
    const [first, ...others] = rows as [SettingsRow, ...SettingsRow[]];
    expect(() => chart([first, { ...others[0]!, settings: { width: 3 } }])).toThrow(/row 1 \("model 1"\): expected the settings width, pairs/); // biome-ignore format: one line
    expect(() => chart([{ ...first, settings: {} }])).toThrow(/at least one/);
    expect(() => chart(rows, { colorBy: 'depth' })).toThrow(
      /colorBy and menu to be of the settings width, pairs, got 'depth'/,
    );
    expect(() => chart([{ ...first, y: Number.NaN }])).toThrow(/expected y to be a finite number/);
  });
});

describe('lineChart', () => {
  test('keeps series and points in order, a gap where y is null', () => {
    const figure = line([
      { series: 'b', x: 2, y: 1 },
      { series: 'a', x: 0, y: 3 },
      { series: 'b', x: 1, y: null },
    ]);
    expect(figure.data.map((trace) => [trace.name, trace.x, trace.y])).toEqual([
      ['b', [2, 1], [1, null]],
      ['a', [0], [3]],
    ]);
  });

  test('tells series apart by colour, dash and marker at once', () => {
    const figure = line(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'].flatMap((series) => [0, 1].map((at) => ({ series, x: at, y: 0 }))),
    );
    const styles = figure.data.map((trace) => trace as unknown as { line: Layout; marker: Layout });
    expect(new Set(styles.map((style) => style.line.color)).size).toBe(7);
    expect(new Set(styles.map((style) => style.marker.symbol)).size).toBe(7);
    expect(new Set(styles.map((style) => style.line.dash)).size).toBeGreaterThanOrEqual(6);
  });

  test('draws values below the floor at the floor, and says so', () => {
    const figure = line([{ series: 'a', x: 1, y: 0 }], { y: { label: 'p', log: true }, yFloor: 1e-10 });
    expect(figure.data[0]!.y).toEqual([1e-10]);
    expect(JSON.stringify(figure.layout.yaxis)).toContain('below 1e-10');
  });

  test('places a label on a log axis at the power of ten, its line at the value', () => {
    const figure = line([{ series: 'a', x: 1, y: 1 }], {
      y: { label: 'p', log: true },
      references: [{ y: 0.01, label: 'p = 0.01' }],
    });
    const [shape] = figure.layout.shapes as unknown as Layout[];
    const label = (figure.layout.annotations as unknown as Layout[])[1]!;
    expect([shape!.y0, shape!.y1, label.y]).toEqual([0.01, 0.01, -2]);
  });

  test.each([
    ['no rows', [], {}, /lineChart: expected at least one row/],
    ['NaN', [{ series: 'a', x: 0, y: Number.NaN }], {}, /row 0 \("a"\): expected y to be a finite number, got NaN/],
    [
      'zero on a log axis',
      [{ series: 'a', x: 0, y: 1 }],
      { x: { label: 'x', log: true } },
      /expected x to be positive on a log axis/,
    ],
    ['half an interval', [{ series: 'a', x: 0, y: 1, low: 0 }], {}, /both low and high/],
    ['an axis without a name', [{ series: 'a', x: 0, y: 1 }], { y: { label: '' } }, /label/],
    [
      'a reference without a place',
      [{ series: 'a', x: 0, y: 1 }],
      { references: [{ label: 'l' }] },
      /exactly one of x and y/,
    ],
  ])('refuses %s', (_, rows, options, message) => {
    expect(() => line(rows, options)).toThrow(message);
  });
});

describe('histograms', () => {
  test('counts as worked by hand: lower edges in, the last upper edge too, the rest out', () => {
    const { counts } = countInBins([0, 0.5, 1, 1, 2.9, 3, -1, 4, Number.NaN], [0, 1, 2, 3]);
    expect(Array.from(counts)).toEqual([2, 2, 2]);
  });

  test.each([false, true])('densities integrate to 1 (log %s)', (log) => {
    const values = Float64Array.from({ length: 500 }, (_, i) => 1 + ((i * 7919) % 500) / 10);
    const edges = binEdges(1, 60, 17, log);
    const place = (edge: number) => (log ? Math.log10(edge) : edge);
    const heights = density(countInBins(values, edges), log);
    const area = heights.reduce((sum, h, i) => sum + h * (place(edges[i + 1]!) - place(edges[i]!)), 0);
    expect(area).toBeCloseTo(1, 12);
  });

  test('the outline has the density of its bins, and ends on zero', () => {
    const figure = histogramChart({
      ...provenance,
      x,
      series: [{ name: 'a', bins: { edges: [0, 1, 3], counts: [1, 1] } }],
    });
    expect(figure.data[0]!.x).toEqual([0, 0, 1, 1, 3, 3]);
    expect(figure.data[0]!.y).toEqual([0, 0.5, 0.5, 0.25, 0.25, 0]);
  });

  test('a constant series has one bin of its own and no division by zero', () => {
    const figure = histogramChart({ ...provenance, x, series: [{ name: 'a', values: [2, 2, 2] }], binCount: 5 });
    expect((figure.data[0]!.y as number[]).every(Number.isFinite)).toBe(true);
  });

  test.each([
    ['values and bins', { name: 'a', values: [1], bins: { edges: [0, 1], counts: [1] } }, /both/],
    ['neither', { name: 'a' }, /neither/],
    ['no values', { name: 'a', values: [] }, /at least one row/],
    [
      'a value that is not finite',
      { name: 'a', values: [1, Number.POSITIVE_INFINITY] },
      /value 1 to be a finite number/,
    ],
    ['edges and counts that differ', { name: 'a', bins: { edges: [0, 1], counts: [1, 2] } }, /one edge more/],
    ['empty counts', { name: 'a', bins: { edges: [0, 1], counts: [0] } }, /got none/],
  ])('refuses %s', (_, series, message) => {
    expect(() => histogramChart({ ...provenance, x, series: [series] })).toThrow(message);
  });
});

describe('animatedScatter', () => {
  const point = (series: string, at: number, x: number) => ({ panel: 'p', series, at, x, y: 0 });
  const animated = (points: readonly ReturnType<typeof point>[]) =>
    animatedScatter({
      ...{ ...provenance, points, x: { label: 'x' }, y: { label: 'y' }, frameLabel: 'step' },
      quantities: [0, 1].map((at) => ({ panel: 'p', quantity: 'q', at, y: at })),
    });

  test('opens on the last moment, and stores a series that does not move once', () => {
    const figure = animated([point('moves', 0, 1), point('stays', 0, 5), point('moves', 1, 2), point('stays', 1, 5)]);
    expect(figure.data.slice(0, 2).map(({ x }) => x)).toEqual([[2], [5]]);
    expect(figure.frames!.map(({ name, traces, data }) => [name, traces, data[0]!.x])).toEqual([
      ['0', [0, 2], [1]],
      ['1', [0, 2], [2]],
    ]);
    const mark = figure.frames!.map(({ data }) => data[1]!.x);
    expect(mark).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });
  test.each([
    [[], /at least one row/],
    [[point('a', 0, Number.NaN)], /point 0: expected x to be a finite number/],
    [[point('a', 0, 1), point('a', 0, 2), point('a', 1, 1)], /as many points at every step/],
  ])('refuses %j', (points, message) => {
    expect(() => animated(points)).toThrow(message);
  });
  const of = (more: object) => ({ panel: 'p', quantity: 'q', at: 0, y: 0, ...more });
  test.each([
    [['a', 'b', 'c', 'd'].map((quantity) => of({ quantity })), /at most 3 quantities, got a, b, c, d/],
    [[of({}), of({ low: 0 })], /both low and high of quantity 1, or neither/],
    [[of({ panel: 'none' })], /quantity 0 of a panel with points \(p\), got "none"/],
  ])('refuses quantities %j', (quantities, message) => {
    const options = { ...provenance, x: { label: 'x' }, y: { label: 'y' }, frameLabel: 'step' };
    expect(() => animatedScatter({ ...options, points: [point('a', 0, 1)], quantities })).toThrow(message);
  });
});

describe('heatmap', () => {
  const labels = { xLabel: 'c', yLabel: 'r', valueLabel: 'v' };
  test('centres its colours where asked', () => {
    const figure = heatmap({ ...provenance, ...labels, values: [[-1, 0.5]], center: 0 });
    expect([figure.data[0]!.zmin, figure.data[0]!.zmax]).toEqual([-1, 1]);
  });
  test.each([
    [[], {}, /at least one row/],
    [[[1, 2], [3]], {}, /expected 2 values in row 1/],
    [[[Number.NaN]], {}, /\[0\]\[0\]/],
    [[[1]], { columns: ['a', 'b'] }, /1 names in columns, got 2/],
  ])('refuses %j', (values, options, message) => {
    expect(() => heatmap({ ...provenance, ...labels, ...options, values })).toThrow(message);
  });

  const frame = (name: string, ...values: number[][]) => ({ name, values });
  test('a slider goes through its frames in one range of colours, and stands on the last', () => {
    const frames = [frame('0', [1, 2]), frame('7', [3, 9])];
    const figure = heatmap({ ...provenance, ...labels, frames, frameLabel: 'step' });
    expect(figure.frames!.map(({ name, data }) => [name, data[0]!.z])).toEqual([
      ['0', [[1, 2]]],
      ['7', [[3, 9]]],
    ]);
    const [trace] = figure.data;
    expect([trace!.z, trace!.zmin, trace!.zmax]).toEqual([[[3, 9]], 1, 9]);
    const [slider] = figure.layout.sliders as unknown as { active: number; steps: { args: [string[]] }[] }[];
    expect([slider!.active, slider!.steps.map(({ args }) => args[0])]).toEqual([1, [['0'], ['7']]]);
  });
  test.each([
    [[], /at least one row/],
    [[frame('0', [1]), frame('0', [2])], /different names/],
    [[frame('0', [1]), frame('1', [2], [3])], /2 rows in every frame as in the last, got 1/],
    [[frame('0', [1, 2]), frame('1', [Number.NaN, 1])], /\[0\]\[0\]/],
  ])('refuses the frames %j', (frames, message) => {
    expect(() => heatmap({ ...provenance, ...labels, frames, frameLabel: 'step' })).toThrow(message);
  });
});

describe('imageGrid', () => {
  test('packs the pixels unchanged: the first at the top left, grey as three equal channels', async () => {
    const figure = await examples.imageGrid!();
    const { data, width } = await pixelsOf(figure.data[0]!.source);
    expect([...data.subarray(0, 6)]).toEqual([0, 0, 0, 0, 0, 0]);
    const second = [2, 3, 4, 5].map((column) => data[column * 3]);
    expect(second).toContain(100);
    expect(data[(width - 1) * 3]).toBe(255);
  });

  test('keeps red, green and blue in their places', async () => {
    const images = [{ pixels: [10, 20, 30] }];
    const figure = await imageGrid({ ...provenance, images, height: 1, width: 1, channels: 3 });
    expect([...(await pixelsOf(figure.data[0]!.source)).data.subarray(0, 3)]).toEqual([10, 20, 30]);
  });

  test.each([
    [{ channels: 2 }, /1 or 3 channels/],
    [{ height: 3 }, /bytes for image 0, got 4/],
    [{ images: [{ pixels: [0, 0, 0, 256] }] }, /0\.\.255/],
    [{ images: [] }, /at least one/],
    [{ rowNames: ['a', 'b'] }, /1 row names/],
  ])('refuses %j', async (change, message) => {
    const good = { ...provenance, images: [{ pixels: [0, 0, 0, 0] }], height: 2, width: 2, channels: 1 };
    await expect(imageGrid({ ...good, ...change })).rejects.toThrow(message);
  });
});

describe('regionsChart', () => {
  const frame = { x: { ...x, range: [0, 1] as const }, y: { ...y, range: [0, 1] as const } };
  test('neighbouring regions differ in colour; row 0 is at the bottom', async () => {
    // Wide stripes, so that the cells inside them are not at an edge.
    const labels = Array.from({ length: 64 }, (_, i) => (i < 32 ? 5 : i % 8 < 4 ? -3 : 1000));
    const figure = await regionsChart({ ...provenance, ...frame, labels, rows: 8, columns: 8 });
    const { data } = await pixelsOf((figure.layout.images as unknown as Layout[])[0]!.source);
    const color = (row: number, column: number) =>
      [...data.subarray((row * 8 + column) * 3, (row * 8 + column) * 3 + 3)].join();
    const [topLeft, topRight, bottom] = [color(1, 1), color(1, 6), color(6, 1)];
    expect(new Set([topLeft, topRight, bottom]).size).toBe(3);
    expect(color(6, 6)).toBe(bottom);
  });
  test.each([
    [{ labels: [1, 2, 3] }, /2 × 2 = 4 labels, got 3/],
    [{ rows: 1 }, /at least 2 rows/],
    [{ points: [{ series: 'a', x: 2, y: 0 }] }, /within \[0,1\], got 2/],
  ])('refuses %j', async (change, message) => {
    const good = { ...provenance, ...frame, labels: [1, 1, 2, 2], rows: 2, columns: 2 };
    await expect(regionsChart({ ...good, ...change })).rejects.toThrow(message);
  });
});

describe('densityContour', () => {
  test.each([
    [[[0, 0]], /not 0 everywhere/],
    [[[-1, 0]], /at least 0, got -1/],
    [[[1]], /expected 2 values in row 0/],
    [
      [
        [1, 1],
        [1, 1],
      ],
      /expected 1 rows/,
    ],
  ])('refuses the density %j', (rows, message) => {
    const grid = { gridX: [0, 1], gridY: [0], x, y, densityLabel: 'd' };
    expect(() => densityContour({ ...provenance, ...grid, density: rows })).toThrow(message);
  });
});

describe('size', () => {
  test('numbers are rounded to 5 digits', () => {
    const figure = scatterChart({ ...provenance, rows: [{ series: 'a', x: Math.PI * 1e-7, y: 2 / 3 }], x, y });
    expect([figure.data[0]!.x, figure.data[0]!.y]).toEqual([[3.1416e-7], [0.66667]]);
  });

  test('a figure that is too large is refused with its heaviest trace', () => {
    const figure: Figure = { data: [{ type: 'scatter', name: 'cloud', x: Array(1000).fill(0.12345) }], layout: {} };
    expect(() => checkFigureSize(figure, 1000)).toThrow(/at most 1000 bytes.*trace "cloud"/);
    expect(() => checkFigureSize(figure, figureBytes(figure))).not.toThrow();
  });
});

describe('sortableTable', () => {
  const cell = (value: number | string | null) => ({ text: String(value), value });
  const table = (values: readonly (number | string | null)[], options = {}) =>
    sortableTable({
      ...provenance,
      columns: ['at', 'value'],
      rows: values.map((value, i) => [cell(i), cell(value)]),
      ...options,
    });
  type Menu = {
    active: number;
    buttons: { label: string; args: [{ y: number[][] }, Layout]; args2: [{ y: number[][] }, Layout] }[];
  };
  const menus = (figure: Figure) => figure.layout.updatemenus as unknown as Menu[];
  const order = (places: readonly number[]) => places.map((_, place) => places.indexOf(place));

  test('sorts numbers as numbers, missing ones last, ties as given; the second click turns the order', () => {
    const { args, args2 } = menus(table([9, 10, null, -1, 10, Number.NaN]))[1]!.buttons[0]!;
    expect(order(args[0].y[0]!)).toEqual([1, 4, 0, 3, 2, 5]);
    expect(order(args2[0].y[0]!)).toEqual([3, 0, 1, 4, 2, 5]);
  });

  test('sorts names from A, and marks the sorted column alone', () => {
    const { args } = menus(table(['b', 'a', 'Ä', 'c']))[1]!.buttons[0]!;
    expect(order(args[0].y[0]!)).toEqual([1, 2, 0, 3]);
    expect(args[1]).toEqual({
      'updatemenus[0].buttons[0].label': '<b>at</b> ↕',
      'updatemenus[0].active': -1,
      'updatemenus[1].buttons[0].label': '<b>value</b> ▲',
    });
  });

  test('begins sorted as asked, so that the next click turns the order', () => {
    const figure = table([1, 3, 2], { sortBy: 'value' });
    expect(order(figure.data[0]!.y as number[])).toEqual([1, 2, 0]);
    expect(menus(figure).map(({ active }) => active)).toEqual([-1, 0]);
    expect(menus(table([1, 3, 2], { sortBy: 'value', ascending: true }))[1]!.active).toBe(-1);
  });

  test('names its mistakes', () => {
    expect(() => table([1], { sortBy: 'other' })).toThrow("expected sortBy to be one of at, value, got 'other'");
    expect(() => table([1], { columns: ['one'] })).toThrow('expected 1 cells in row 0 as columns, got 2');
  });
});

describe('smallMultiples', () => {
  test('gives each panel its axes, and the shared range to all', () => {
    const { data, layout } = examples.smallMultiples!() as Figure;
    expect(data.filter((trace) => trace.mode !== 'lines').map((trace) => [trace.name, trace.xaxis])).toEqual([
      ['invariance', 'x'],
      ['variance', 'x'],
      ['NT-Xent', 'x2'],
    ]);
    const ranges = [1, 2, 3, 4].map((n) => (layout[`yaxis${n === 1 ? '' : n}`] as Layout).range);
    expect(new Set(ranges.map((range) => JSON.stringify(range))).size).toBe(1);
    expect(JSON.stringify(layout.annotations)).toContain('<b>SwAV</b><br>not yet');
  });

  test('a value that is not finite is an error that names panel and line', () => {
    const rows = [{ panel: 'BYOL', series: 'loss', x: 0, y: Number.NaN }];
    expect(() => smallMultiples({ ...provenance, rows, x, y })).toThrow('("BYOL", "loss"): expected y');
  });
});

test('smallMultiples draws no band where both ends are null', () => {
  const rows = [1, 2].map((at) => ({ panel: 'BYOL', series: 'loss', x: at, y: at, low: null, high: null }));
  const { data } = smallMultiples({ ...provenance, rows, x, y });
  expect(data.map(({ name }) => name)).toEqual(['loss']);
});

describe('dotChart', () => {
  test('puts categories from the top, series beside each other, trials behind', () => {
    const { data, layout } = examples.dotChart!() as Figure;
    expect((layout.yaxis as Layout).ticktext).toEqual(['VICReg', 'SimCLR']);
    const [trials, linear, nearest] = data;
    expect([trials!.x, linear!.x, nearest!.x]).toEqual([
      [0.38, 0.41, 0.52, 0.38, 0.41, 0.52],
      [0.4, 0.5],
      [0.3, 0.4],
    ]);
    expect((linear!.y as number[])[0]).toBeLessThan((nearest!.y as number[])[0]!);
  });

  test('wants both ends of an interval', () => {
    const rows = [{ category: 'a', series: 'b', value: 1, low: 0 }];
    expect(() => dotChart({ ...provenance, rows, x })).toThrow('expected both low and high or neither');
  });

  test('draws no bar for a dot without an interval, and one that goes below 0', () => {
    const rows = [
      { category: 'one seed', series: 'linear', value: 0.3 },
      { category: 'three seeds', series: 'linear', value: 0.2, low: -0.1, high: 0.5 },
      { category: 'two failed', series: 'linear', value: 0.4, low: null, high: null },
    ];
    const [dots] = dotChart({ ...provenance, rows, x }).data;
    expect([dots!.customdata, dots!.x, dots!.y]).toEqual([
      ['three seeds', 'one seed', 'two failed'],
      [0.2, 0.3, 0.4],
      [1, 0, 2],
    ]);
    expect(dots!.error_x).toMatchObject({ array: [0.3], arrayminus: [0.3] });
  });
});

describe('labelPlaces', () => {
  const page = { left: -50, right: 400, top: -100, bottom: 100 };
  const places = (points: readonly (readonly [number, number])[], labels: readonly string[]) =>
    labelPlaces(points, labels, page);

  test('puts a label above its point, and elsewhere where another or a point is in the way', () => {
    const both = ['VICReg', 'SimCLR'];
    expect(
      places(
        [
          [0, 0],
          [300, 0],
        ],
        both,
      ),
    ).toEqual(['top center', 'top center']);
    expect(
      places(
        [
          [0, 0],
          [12, 0],
        ],
        both,
      ),
    ).toEqual(['top center', 'bottom center']);
    expect(
      places(
        [
          [0, 0],
          [0, -14],
        ],
        ['VICReg', ''],
      )[0],
    ).toBe('bottom center');
  });

  test('keeps it on the page', () => {
    expect(places([[390, 0]], ['VICReg + LogDet'])).toEqual(['middle left']);
    expect(places([[100, -95]], ['VICReg'])).toEqual(['bottom center']);
  });
});

describe('selectableLineChart', () => {
  const rows = (shift: number) =>
    ['a', 'b'].flatMap((series) => ['raw', 'unit'].map((variant, i) => ({ series, variant, x: 0, y: shift + i })));
  const views = [
    { name: 'first', yLabel: 'nats', rows: rows(0) },
    { name: 'second', yLabel: 'rank', rows: rows(10) },
  ];
  const figure = (of: readonly LineView[] = views) =>
    selectableLineChart({ ...provenance, x, views: of, menus: ['what', 'scale'] });
  interface Menu {
    readonly buttons: readonly { readonly label: string; readonly args: readonly Record<string, unknown>[] }[];
  }
  const menus = (of: Figure) => of.layout.updatemenus as unknown as readonly Menu[];

  test('shows one view, and its menus name all of them', () => {
    expect(figure().data.map(({ name, visible, y: ys }) => [name, visible, ys])).toEqual([
      ['a', true, [0]],
      ['b', true, [0]],
      ['a', false, [10]],
      ['b', false, [10]],
    ]);
    expect(menus(figure()).map(({ buttons }) => buttons.map(({ label }) => label))).toEqual([
      ['first', 'second'],
      ['raw', 'unit'],
    ]);
  });

  test('a choice of view shows its lines and axis, one of variant exchanges the values of all lines', () => {
    const [view, variant] = menus(figure());
    expect(view!.buttons[1]!.args).toEqual([
      { visible: [false, false, true, true] },
      { 'yaxis.title.text': 'rank', 'yaxis.autorange': true },
    ]);
    expect(variant!.buttons[1]!.args).toEqual([{ y: [[1], [1], [11], [11]] }]);
  });

  describe('where a variant has no values of a series', () => {
    const measured = { y: 1, low: 0.5, high: 2 };
    const gap = (first: object, second: object) => [
      {
        ...{ name: 'entropy', yLabel: 'nats' },
        rows: ['a', 'b'].flatMap((series) =>
          [first, second].map((values, v) => ({
            ...{ series, variant: v === 0 ? 'raw' : 'unit', x: 3, y: null },
            ...(series === 'a' ? values : measured),
          })),
        ),
      },
    ];
    const restyled = (of: Figure) => menus(of)[1]!.buttons.map(({ args }) => args[0]!);
    const draw = (uncertainty: 'bars' | 'band', of: readonly LineView[]) =>
      selectableLineChart({ ...provenance, x, views: of, menus: ['what', 'scale'], uncertainty });

    test.each([
      ['the first', {}, measured, [null, 1]],
      ['a later', measured, {}, [1, null]],
    ])('%s: it has error bars all the same, without lengths', (_, first, second, heights) => {
      const chart = draw('bars', gap(first, second));
      expect(chart.data.map(({ name }) => name)).toEqual(['a', 'b']);
      expect(chart.data.map(({ error_y }) => (error_y as Layout).color)).toEqual(['#0072B2', '#D55E00']);
      expect(restyled(chart)).toEqual(
        heights.map((height) => ({
          y: [[height], [1]],
          'error_y.array': [[height], [1]],
          'error_y.arrayminus': [[height && 0.5], [0.5]],
        })),
      );
    });

    test('its band is empty', () => {
      const chart = draw('band', gap({}, measured));
      expect(chart.data.map(({ name, x: xs }) => [name, xs])).toEqual([
        ['a, interval', []],
        ['a', [3]],
        ['b, interval', [3, 3]],
        ['b', [3]],
      ]);
      expect(restyled(chart)).toEqual([
        { x: [[], [3], [3, 3], [3]], y: [[], [null], [0.5, 2], [1]] },
        { x: [[3, 3], [3], [3, 3], [3]], y: [[0.5, 2], [1], [0.5, 2], [1]] },
      ]);
    });
  });

  test('without variants there is one menu', () => {
    const plain = views.map((view) => ({ ...view, rows: view.rows.map(({ variant, ...row }) => row).slice(0, 1) }));
    expect(menus(figure(plain))).toHaveLength(1);
  });

  test('refuses variants that do not match', () => {
    const short = [{ ...views[0]!, rows: views[0]!.rows.slice(0, 3) }];
    expect(() => figure(short)).toThrow('expected the variants of view "first" to have the same series and x');
    expect(() =>
      figure([views[0]!, { ...views[1]!, rows: rows(0).filter(({ variant }) => variant === 'raw') }]),
    ).toThrow('view "second", variant "unit": expected at least one row');
  });
});

test('smallMultiples names lines once below all panels, in one style each', async () => {
  const { data } = await examples.smallMultiplesLegend!();
  expect(data.map(({ name, showlegend, line: style }) => [name, showlegend, (style as Layout).color])).toEqual([
    ['VICReg', true, '#0072B2'],
    ['SimCLR', true, '#D55E00'],
    ['SimCLR', false, '#D55E00'],
  ]);
});

test('smallMultiples leaves a log axis a margin in proportion', () => {
  const rows = [1, 100].map((at) => ({ panel: 'p', series: 'a', x: at, y: at }));
  const log = { label: 'step', log: true };
  const { layout } = smallMultiples({ ...provenance, rows, x: log, y: log, sharedY: true });
  for (const axis of [layout.xaxis, layout.yaxis]) {
    expect((axis as unknown as { range: number[] }).range).toMatchNumbers([-0.08, 2.08]);
  }
});
