import { type Axis, plotlyAxis } from './axis';
import { type Figure, rounded, roundedAll, type Trace } from './figure';
import type { Provenance } from './provenance';
import { type ReferenceLine, referenceMarks } from './referenceLine';
import { checkedNumber, groupBy, nonEmpty } from './rows';
import { pageLayout, seriesStyle, translucent, withMarks } from './theme';

/** One point of one line. */
export interface LineRow {
  /** The line that it is on; each has a colour. */
  readonly series: string;
  /** In the data's units. */
  readonly x: number;
  /** null: not measured there, a gap in the line. */
  readonly y: number | null;
  /** Lower end of the error bar or band; both ends or neither. */
  readonly low?: number;
  /** Upper end of the error bar or band; both ends or neither. */
  readonly high?: number;
}

export interface LineChartOptions extends Provenance {
  /** One for each point, those of a line in its order. */
  readonly rows: readonly LineRow[];
  /** The axis to the right. */
  readonly x: Axis;
  /** The axis upwards. */
  readonly y: Axis;
  /** How low and high are drawn; default 'band'. */
  readonly uncertainty?: 'band' | 'bars';
  /** A marker at each point; default true up to 40 points a series. */
  readonly markers?: boolean;
  /** Dashed lines across the plot. Default: none. */
  readonly references?: readonly ReferenceLine[];
  /**
   * Draws every y below this value at this value, and says so on the axis: for p-values that underflow on a log axis.
   * Default: none, and a value that a log axis cannot show is an error.
   */
  readonly yFloor?: number;
}

/**
 * Lines over x, one for each series in order of first appearance, in the order of their rows; with bands or error bars,
 * log axes and reference lines.
 * Throws on empty rows, on a value that is not finite, and on one that its log axis cannot show.
 *
 * @example
 * const from = { title: 'Loss', scale: 'smoke', data: 'made here', real: true, seeds: [], samples: 1 };
 * const rows = [0, 1, 2].flatMap((x) => [
 *   { series: 'a', x, y: 1 / (1 + x) },
 *   { series: 'b', x, y: 2 / (1 + x) },
 * ]);
 * const figure = lineChart({ ...from, rows, x: { label: 'epoch' }, y: { label: 'loss', log: true } });
 * figure.data.map(({ name }) => name); // ['a', 'b']
 */
export function lineChart(options: LineChartOptions): Figure {
  const { rows, x, y, uncertainty = 'band', references = [], yFloor } = options;
  nonEmpty('lineChart', rows);
  if (y.log && yFloor !== undefined && !(yFloor > 0)) {
    throw new Error(`lineChart: expected yFloor to be positive on a log axis, got ${yFloor}`);
  }
  const raise = (value: number) => (yFloor === undefined ? value : Math.max(value, yFloor));
  const clean = rows.map((row, index) => {
    const where = `lineChart: row ${index} ("${row.series}")`;
    const number = (field: 'y' | 'low' | 'high', value: number) =>
      checkedNumber(where, field, Number.isFinite(value) ? raise(value) : value, y.log);
    if ((row.low === undefined) !== (row.high === undefined)) {
      throw new Error(`${where}: expected both low and high or neither, got low ${row.low} and high ${row.high}`);
    }
    return {
      series: row.series,
      x: checkedNumber(where, 'x', row.x, x.log),
      y: row.y === null ? null : number('y', row.y),
      low: row.low === undefined ? undefined : number('low', row.low),
      high: row.high === undefined ? undefined : number('high', row.high),
    };
  });
  const series = groupBy(clean, (row) => row.series);
  const data: Trace[] = [];
  [...series].forEach(([name, points], index) => {
    const style = seriesStyle(index);
    const xs = roundedAll(points.map((p) => p.x));
    const ys = roundedAll(points.map((p) => p.y));
    const bounded = points.filter((p) => p.low !== undefined && p.high !== undefined);
    if (uncertainty === 'band' && bounded.length > 0) {
      data.push({
        type: 'scatter',
        mode: 'lines',
        x: roundedAll([...bounded.map((p) => p.x), ...bounded.map((p) => p.x).reverse()]),
        y: roundedAll([...bounded.map((p) => p.low!), ...bounded.map((p) => p.high!).reverse()]),
        fill: 'toself',
        fillcolor: translucent(style.color, 0.16),
        line: { width: 0 },
        hoverinfo: 'skip',
        showlegend: false,
        legendgroup: name,
        name: `${name}, interval`,
      });
    }
    const markers = options.markers ?? points.length <= 40;
    data.push({
      type: 'scatter',
      mode: points.length === 1 ? 'markers' : markers ? 'lines+markers' : 'lines',
      name,
      legendgroup: name,
      x: xs,
      y: ys,
      connectgaps: false,
      line: { color: style.color, dash: style.dash, width: 2.2 },
      marker: { color: style.color, symbol: style.marker, size: 8 },
      ...(uncertainty === 'bars' && bounded.length > 0
        ? {
            error_y: {
              type: 'data',
              symmetric: false,
              array: points.map((p) => (p.y === null || p.high === undefined ? null : rounded(p.high - p.y))),
              arrayminus: points.map((p) => (p.y === null || p.low === undefined ? null : rounded(p.y - p.low))),
              color: style.color,
              thickness: 1.4,
              width: 4,
            },
          }
        : {}),
    });
  });
  const yAxis = yFloor === undefined ? y : { ...y, label: `${y.label} (below ${yFloor}: drawn at ${yFloor})` };
  const marks = referenceMarks(references, { xLog: x.log, yLog: y.log });
  const page = pageLayout(options, {
    legend: [...series.keys()],
    above: marks.above,
    right: Math.max(30, marks.right),
  });
  const across = clean.map((point) => point.x);
  const upwards = clean.flatMap((point) => [point.y, point.low ?? null, point.high ?? null]);
  return {
    data,
    layout: {
      ...withMarks(page, marks.annotations, marks.shapes),
      xaxis: plotlyAxis(x, across),
      yaxis: plotlyAxis(yAxis, upwards),
    },
  };
}
