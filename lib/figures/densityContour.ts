import { type Axis, plotlyAxis } from './axis';
import { type Figure, rounded, roundedAll, type Trace } from './figure';
import type { Provenance } from './provenance';
import { checkedNumber, groupBy, nonEmpty } from './rows';
import type { ScatterRow } from './scatterChart';
import { colorBar, pageLayout, seriesStyle, withMarks } from './theme';

export interface DensityContourOptions extends Provenance {
  /** density[row][column] at (gridX[column], gridY[row]); not negative. */
  readonly density: readonly ArrayLike<number>[];
  /** The columns' places, in the data's units, increasing. */
  readonly gridX: ArrayLike<number>;
  /** The rows' places, in the data's units, increasing. */
  readonly gridY: ArrayLike<number>;
  /** The axis of `gridX`. */
  readonly x: Axis;
  /** The axis of `gridY`. */
  readonly y: Axis;
  /** What the contours are, e.g. 'density of the mixture of Theorem 1'. */
  readonly densityLabel: string;
  /** About how many contour levels; their step is 1, 2 or 5 times a power of ten. Default 12. */
  readonly levels?: number;
  /** Samples or centres drawn over it, by series. Default: none. */
  readonly points?: readonly ScatterRow[];
}

/**
 * A density of two variables as contours, with samples over it, to see whether samples and density agree.
 * Throws if the density does not fill its grid or holds a value that is negative or not finite.
 *
 * @example
 * const from = { title: 'A density', scale: 'smoke', data: 'a formula', real: true, seeds: [], samples: 25 };
 * const grid = [-2, -1, 0, 1, 2];
 * const density = grid.map((y) => grid.map((x) => Math.exp(-(x * x + y * y) / 2)));
 * const axes = { gridX: grid, gridY: grid, x: { label: 'x' }, y: { label: 'y' } };
 * densityContour({ ...from, ...axes, density, densityLabel: 'density' }).data[0]!.type; // 'contour'
 */
export function densityContour(options: DensityContourOptions): Figure {
  const { density, gridX, gridY, x, y, densityLabel, levels = 12, points = [] } = options;
  nonEmpty('densityContour', density);
  if (density.length !== gridY.length) {
    throw new Error(`densityContour: expected ${gridY.length} rows of density as in gridY, got ${density.length}`);
  }
  let highest = 0;
  density.forEach((row, i) => {
    if (row.length !== gridX.length) {
      throw new Error(`densityContour: expected ${gridX.length} values in row ${i} as in gridX, got ${row.length}`);
    }
    for (let j = 0; j < row.length; j++) {
      const value = checkedNumber(`densityContour: density[${i}][${j}]`, 'it', row[j]);
      if (value < 0) throw new Error(`densityContour: expected density[${i}][${j}] to be at least 0, got ${value}`);
      highest = Math.max(highest, value);
    }
  });
  if (highest === 0)
    throw new Error('densityContour: expected a density that is not 0 everywhere. Does the grid cover it?');
  points.forEach((point, index) => {
    checkedNumber(`densityContour: point ${index}`, 'x', point.x);
    checkedNumber(`densityContour: point ${index}`, 'y', point.y);
  });
  const step = roundStep(highest / levels);
  const { colorbar, annotation } = colorBar(densityLabel);
  const contours: Trace = {
    type: 'contour',
    name: densityLabel,
    x: roundedAll(gridX),
    y: roundedAll(gridY),
    z: density.map((row) => Array.from(row, (value) => (value < 1e-4 * highest ? 0 : rounded(value, 3)))),
    // White to mid grey: what lies over it keeps its contrast, in print too.
    colorscale: [
      [0, '#FFFFFF'],
      [1, '#7C8794'],
    ],
    autocontour: false,
    contours: { start: step, end: highest, size: step, coloring: 'fill' },
    line: { color: '#9AA3AD', width: 0.7 },
    colorbar,
    hoverinfo: 'skip',
    showlegend: false,
  };
  const series = groupBy(points, (point) => point.series);
  const marks: Trace[] = [...series].map(([name, own], index) => {
    const style = seriesStyle(index);
    const many = own.length > 100;
    return {
      type: 'scatter',
      mode: 'markers',
      name,
      x: roundedAll(own.map((point) => point.x)),
      y: roundedAll(own.map((point) => point.y)),
      marker: {
        color: style.color,
        symbol: style.marker,
        size: many ? 4.5 : 11,
        opacity: many ? 0.6 : 1,
        line: { color: '#FFFFFF', width: many ? 0 : 1 },
      },
    };
  });
  return {
    data: [contours, ...marks],
    layout: {
      ...withMarks(pageLayout(options, { legend: [...series.keys()], plotHeight: 420, right: 110 }), [annotation]),
      xaxis: { ...plotlyAxis(x), showgrid: false },
      yaxis: { ...plotlyAxis(y), showgrid: false },
    },
  };
}

/** The largest of 1, 2 and 5 times a power of ten that is not above `value`. */
function roundStep(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value));
  const factor = [5, 2, 1].find((candidate) => candidate * decade <= value * (1 + 1e-9)) ?? 1;
  return rounded(factor * decade)!;
}
