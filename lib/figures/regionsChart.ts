import sharp from 'sharp';
import { type Axis, plotlyAxis } from './axis';
import { type Figure, roundedAll, type Trace } from './figure';
import type { Provenance } from './provenance';
import { checkedNumber, groupBy, nonEmpty } from './rows';
import type { ScatterRow } from './scatterChart';
import { ink, pageLayout, seriesStyle } from './theme';

export interface RegionsChartOptions extends Provenance {
  /** Region of each cell of a regular grid: labels[row * columns + column], row 0 at the lowest y. Any whole numbers. */
  readonly labels: ArrayLike<number>;
  /** Rows of the grid, at least 2. */
  readonly rows: number;
  /** Columns of the grid, at least 2. */
  readonly columns: number;
  /** Their `range` is what the grid spans, edge to edge. */
  readonly x: Axis & { readonly range: readonly [number, number] };
  /** The axis upwards, with its `range`. */
  readonly y: Axis & { readonly range: readonly [number, number] };
  /** Drawn over the regions, e.g. training points and noisy copies. Default: none. */
  readonly points?: readonly ScatterRow[];
}

const tints = ['#D6E6F2', '#F7DFC9', '#D9EFE3', '#F0DDE9', '#EFEFD2', '#E4E4E4', '#C9DDE0', '#F3E9DC'];
const edge = '#7A7A7A';

/**
 * The pieces of a piecewise affine function of two variables: neighbouring regions in different pale tints, with an edge
 * between them, and points over them. Colours only separate regions; they have no other meaning.
 * Throws if the grid is smaller than 2 × 2, labels do not fill it, or a point lies outside it.
 *
 * @example
 * const from = { title: 'Two regions', scale: 'smoke', data: 'made here', real: true, seeds: [], samples: 9 };
 * const grid = { labels: [0, 0, 1, 0, 0, 1, 0, 1, 1], rows: 3, columns: 3 };
 * const range = [-1, 1] as const;
 * const figure = await regionsChart({ ...from, ...grid, x: { label: 'x₁', range }, y: { label: 'x₂', range } });
 * (figure.layout.images as unknown[]).length; // 1
 */
export async function regionsChart(options: RegionsChartOptions): Promise<Figure> {
  const { labels, rows, columns, x, y, points = [] } = options;
  if (!(Number.isInteger(rows) && Number.isInteger(columns) && rows > 1 && columns > 1)) {
    throw new Error(`regionsChart: expected at least 2 rows and 2 columns, got ${rows} and ${columns}`);
  }
  nonEmpty('regionsChart', labels);
  if (labels.length !== rows * columns) {
    throw new Error(`regionsChart: expected ${rows} × ${columns} = ${rows * columns} labels, got ${labels.length}`);
  }
  points.forEach((point, index) => {
    for (const [field, range] of [
      ['x', x.range],
      ['y', y.range],
    ] as const) {
      const value = checkedNumber(`regionsChart: point ${index}`, field, point[field]);
      if (value < range[0] || value > range[1]) {
        throw new Error(`regionsChart: expected ${field} of point ${index} within [${range}], got ${value}`);
      }
    }
  });
  const picture = await regionPicture(labels, rows, columns);
  const series = groupBy(points, (point) => point.series);
  const marks: Trace[] = [...series].map(([name, own], index) => {
    const style = seriesStyle(index);
    return {
      type: 'scatter',
      mode: 'markers',
      name,
      x: roundedAll(own.map((point) => point.x)),
      y: roundedAll(own.map((point) => point.y)),
      marker: {
        color: style.color,
        symbol: style.marker,
        size: own.length > 100 ? 5 : 10,
        opacity: own.length > 100 ? 0.7 : 1,
        line: { color: '#FFFFFF', width: own.length > 100 ? 0 : 1 },
      },
    };
  });
  const axis = (a: Axis) => ({
    ...plotlyAxis(a),
    showgrid: false,
    linecolor: ink.faint,
    mirror: true,
    constrain: 'domain',
  });
  return {
    data: marks,
    layout: {
      ...pageLayout(options, { legend: [...series.keys()], plotHeight: 460 }),
      images: [
        {
          source: `data:image/png;base64,${picture.toString('base64')}`,
          xref: 'x',
          yref: 'y',
          x: x.range[0],
          y: y.range[1],
          sizex: x.range[1] - x.range[0],
          sizey: y.range[1] - y.range[0],
          sizing: 'stretch',
          layer: 'below',
        },
      ],
      xaxis: axis(x),
      yaxis: { ...axis(y), scaleanchor: 'x', scaleratio: 1 },
    },
  };
}

/** A PNG of the grid, one pixel a cell, highest y on top; cells at the edge of a region are grey. */
function regionPicture(labels: ArrayLike<number>, rows: number, columns: number): Promise<Buffer> {
  const tint = tintOfRegion(labels, rows, columns);
  const colors = [...tints, edge].map((color) => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)));
  const pixels = new Uint8Array(rows * columns * 3);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const at = r * columns + c;
      const boundary =
        (c + 1 < columns && labels[at + 1] !== labels[at]) || (r + 1 < rows && labels[at + columns] !== labels[at]);
      pixels.set(colors[boundary ? tints.length : tint.get(labels[at]!)!]!, ((rows - 1 - r) * columns + c) * 3);
    }
  }
  return sharp(pixels, { raw: { width: columns, height: rows, channels: 3 } })
    .png({ palette: true, dither: 0 })
    .toBuffer();
}

/** A tint for each region by greedy colouring: the least used one that no neighbour has. */
function tintOfRegion(labels: ArrayLike<number>, rows: number, columns: number): Map<number, number> {
  const neighbours = new Map<number, Set<number>>();
  for (let i = 0; i < labels.length; i++) {
    const own = labels[i]!;
    if (!neighbours.has(own)) neighbours.set(own, new Set());
    for (const other of [
      (i + 1) % columns === 0 ? own : labels[i + 1]!,
      i + columns < rows * columns ? labels[i + columns]! : own,
    ]) {
      if (other === own) continue;
      if (!neighbours.has(other)) neighbours.set(other, new Set());
      neighbours.get(own)!.add(other);
      neighbours.get(other)!.add(own);
    }
  }
  const used = tints.map(() => 0);
  const tint = new Map<number, number>();
  for (const [label, others] of neighbours) {
    const taken = new Set([...others].map((other) => tint.get(other)));
    const free = tints.map((_, i) => i).filter((i) => !taken.has(i));
    const best = (free.length > 0 ? free : tints.map((_, i) => i)).reduce((a, b) => (used[b]! < used[a]! ? b : a));
    used[best]!++;
    tint.set(label, best);
  }
  return tint;
}
