import { type Axis, plotlyAxis } from './axis';
import { type Figure, type PlotlyValue, rounded, roundedAll, type Trace } from './figure';
import { type Bins, binEdges, countInBins, density } from './histogramBins';
import type { Provenance } from './provenance';
import { type ReferenceLine, referenceMarks, referenceStyle } from './referenceLine';
import { checkedNumber, nonEmpty } from './rows';
import { fontSize, ink, pageLayout, seriesStyle, translucent, withMarks } from './theme';

/** One distribution: either its values or, where they are too many to keep, its counts. */
export interface HistogramSeries {
  /** What the legend, or its row, calls it. */
  readonly name: string;
  /** Ridgeline only: the row it stands in (e.g. the data set); default: its name. Series of one row overlap. */
  readonly row?: string;
  /** Its values, if not its bins. */
  readonly values?: ArrayLike<number>;
  /** Its counts, as `histogram` gives them, if not its values. */
  readonly bins?: Bins;
}

/** A vertical line, e.g. the noise ball's radius. */
export interface HistogramLine extends Required<Pick<ReferenceLine, 'x' | 'label'>> {
  /** Ridgeline only: drawn in this row; default: through all rows. */
  readonly row?: string;
}

export interface HistogramChartOptions extends Provenance {
  /** The distributions, in this order. */
  readonly series: readonly HistogramSeries[];
  /** The axis of the values. */
  readonly x: Axis;
  /** 'overlay' (default): one axis; 'ridgeline': one row for each `row`, each scaled to its own highest density. */
  readonly arrangement?: 'overlay' | 'ridgeline';
  /** Bins over the range of all values (or of x.range), for series given by values; default 60. */
  readonly binCount?: number;
  /** Vertical lines over the densities. Default: none. */
  readonly lines?: readonly HistogramLine[];
}

interface Curve {
  readonly name: string;
  readonly row: string;
  readonly x: number[];
  readonly y: number[];
}

/**
 * Stepped densities of several distributions: the share of values per unit of x (per decade on a log axis).
 * Throws if a series has neither or both of values and bins, is empty, holds a value that is not finite (not positive
 * on a log axis), or if a row is asked for that no series stands in.
 *
 * @example
 * const from = { title: 'Draws', scale: 'smoke', data: 'simulated', real: true, seeds: [0], samples: 100 };
 * const values = normal(key(0), [100]).dataSync();
 * histogramChart({ ...from, series: [{ name: 'z', values }], x: { label: 'z' }, binCount: 10 }).data.length; // 1
 */
export function histogramChart(options: HistogramChartOptions): Figure {
  const { series, x, arrangement = 'overlay', binCount = 60, lines = [] } = options;
  nonEmpty('histogramChart', series);
  const ridgeline = arrangement === 'ridgeline';
  const curves = densityCurves(series, x, binCount);
  const rows = [...new Set(curves.map((curve) => curve.row))];
  const names = [...new Set(curves.map((curve) => curve.name))];
  for (const line of lines) {
    checkedNumber(`histogramChart: line "${line.label}"`, 'x', line.x, x.log);
    if (line.row !== undefined && !(ridgeline && rows.includes(line.row))) {
      throw new Error(
        `histogramChart: expected row to be one of the ridgeline's rows (${rows.join(', ')}), got "${line.row}"`,
      );
    }
  }
  // A ridgeline whose rows carry the names needs no legend.
  const legend = ridgeline && names.every((name) => rows.includes(name)) ? [] : names;
  const label = x.log ? 'density per decade' : 'density';
  const data = curves.flatMap((curve) =>
    curveTraces(curve, names.indexOf(curve.name), ridgeline ? rows : null, curves, label),
  );
  const longest = Math.max(...rows.map((row) => row.length));
  const through = referenceMarks(
    lines.filter((line) => line.row === undefined).map(({ x: at, label }) => ({ x: at, label })),
    { xLog: x.log },
  );
  const ridges = ridgeMarks(lines, x.log ?? false, rows);
  const page = pageLayout(options, {
    legend,
    left: ridgeline ? Math.min(220, 24 + Math.round(longest * 7.4)) : 84,
    plotHeight: ridgeline ? Math.max(220, 92 * rows.length) : 360,
    above: through.above,
  });
  const yAxis = plotlyAxis({ label });
  return {
    data,
    layout: {
      ...withMarks(page, [...through.annotations, ...ridges.annotations], [...through.shapes, ...ridges.shapes]),
      xaxis: plotlyAxis(
        x,
        curves.flatMap((curve) => curve.x),
      ),
      yaxis: ridgeline
        ? {
            tickmode: 'array',
            tickvals: rows.map((_, i) => rows.length - 1 - i),
            ticktext: rows,
            tickfont: { size: fontSize.legend },
            range: [-0.06, rows.length],
            gridcolor: ink.grid,
            zeroline: false,
          }
        : { ...yAxis, rangemode: 'tozero' },
    },
  };
}

function densityCurves(series: readonly HistogramSeries[], x: Axis, binCount: number): Curve[] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { name, values, bins } of series) {
    const where = `histogramChart: series "${name}"`;
    if ((values === undefined) === (bins === undefined)) {
      throw new Error(`${where}: expected either values or bins, got ${values ? 'both' : 'neither'}`);
    }
    const numbers = values ?? bins!.edges;
    nonEmpty(where, numbers);
    for (let i = 0; i < numbers.length; i++) {
      const value = checkedNumber(where, values ? `value ${i}` : `edge ${i}`, numbers[i], x.log);
      if (values === undefined) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    if (bins) checkBins(where, bins);
  }
  if (low === high) [low, high] = x.log ? [low / 1.5, high * 1.5] : [low - 0.5, high + 0.5];
  [low, high] = x.range ?? [low, high];
  return series.map(({ name, row = name, values, bins }) => {
    const counted = bins ?? countInBins(values!, binEdges(low, high, binCount, x.log));
    if (!Array.from(counted.counts).some((count) => count > 0)) {
      throw new Error(`histogramChart: series "${name}": expected a value inside x.range [${low}, ${high}], got none`);
    }
    return { name, row, ...steps(counted.edges, density(counted, x.log)) };
  });
}

function checkBins(where: string, { edges, counts }: Bins): void {
  if (edges.length !== counts.length + 1) {
    throw new Error(
      `${where}: expected one edge more than counts, got ${edges.length} edges and ${counts.length} counts`,
    );
  }
  for (let i = 0; i < counts.length; i++) {
    if (!(edges[i]! < edges[i + 1]!))
      throw new Error(`${where}: expected increasing edges, got ${edges[i]} then ${edges[i + 1]}`);
    if (!(counts[i]! >= 0)) throw new Error(`${where}: expected counts of at least 0, got ${counts[i]}`);
  }
}

/** The outline of the bars, empty ones at both ends left out. */
function steps(edges: ArrayLike<number>, heights: Float64Array): { x: number[]; y: number[] } {
  const first = heights.findIndex((height) => height > 0);
  const last = heights.reduce((latest, height, i) => (height > 0 ? i : latest), first);
  const x = [edges[first]!];
  const y = [0];
  for (let i = first; i <= last; i++) {
    x.push(edges[i]!, edges[i + 1]!);
    y.push(heights[i]!, heights[i]!);
  }
  return { x: [...x, edges[last + 1]!], y: [...y, 0] };
}

function curveTraces(
  curve: Curve,
  index: number,
  rows: readonly string[] | null,
  curves: readonly Curve[],
  label: string,
): Trace[] {
  const { color, dash } = seriesStyle(index);
  const common = {
    type: 'scatter',
    mode: 'lines',
    line: { color, dash, width: 1.8, simplify: false },
    x: roundedAll(curve.x),
  };
  const fill = { fillcolor: translucent(color, 0.18), name: curve.name, legendgroup: curve.name };
  if (!rows) return [{ ...common, ...fill, y: roundedAll(curve.y), fill: 'tozeroy' }];
  const baseline = rows.length - 1 - rows.indexOf(curve.row);
  const inRow = curves.filter((other) => other.row === curve.row);
  const highest = Math.max(...inRow.flatMap((other) => other.y));
  const y = curve.y.map((height) => baseline + (0.9 * height) / highest);
  const firstOfName = curves.find((other) => other.name === curve.name) === curve;
  const told = { meta: { panel: curve.row, y: label }, customdata: roundedAll(curve.y) };
  // 'toself' closes the outline along its own baseline.
  const look = { fill: 'toself', showlegend: firstOfName, hoverinfo: 'x+name' };
  return [{ ...common, ...fill, ...look, y: roundedAll(y), ...told }];
}

/** Lines of one ridge, labelled beside their upper end. */
function ridgeMarks(lines: readonly HistogramLine[], log: boolean, rows: readonly string[]) {
  const annotations: PlotlyValue[] = [];
  const shapes: PlotlyValue[] = [];
  for (const { x, label, row } of lines) {
    if (row === undefined) continue;
    const at = rounded(x)!;
    const baseline = rows.length - 1 - rows.indexOf(row);
    shapes.push({ type: 'line', x0: at, x1: at, y0: baseline, y1: baseline + 0.93, line: referenceStyle });
    annotations.push({
      text: label,
      showarrow: false,
      font: { size: fontSize.subtitle, color: ink.reference },
      x: log ? rounded(Math.log10(x)) : at,
      xanchor: 'right',
      xshift: -2,
      y: baseline + 0.97,
      yanchor: 'top',
    });
  }
  return { annotations, shapes };
}
