import { type Axis, plotlyAxis } from './axis';
import { type Figure, roundedAll, type Trace } from './figure';
import { type LabelPlace, labelPlaces } from './labelPlaces';
import type { Provenance } from './provenance';
import { type ReferenceLine, referenceMarks, referenceStyle } from './referenceLine';
import { checkedNumber, groupBy, nonEmpty } from './rows';
import { pageLayout, seriesStyle, withMarks } from './theme';

/** One point. */
export interface ScatterRow {
  /** What the point is one of; each series has a colour and a mark. */
  readonly series: string;
  /** In the data's units. */
  readonly x: number;
  /** In the data's units. */
  readonly y: number;
  /** Written beside the point. Default: none. */
  readonly label?: string;
}

export interface ScatterChartOptions extends Provenance {
  /** One for each point. */
  readonly rows: readonly ScatterRow[];
  /** The axis to the right. */
  readonly x: Axis;
  /** The axis upwards. */
  readonly y: Axis;
  /** Dashed lines across the plot. Default: none. */
  readonly references?: readonly ReferenceLine[];
  /** Draws the line y = x, for measured against predicted. Default false. */
  readonly identity?: boolean;
  /** One unit is as long on both axes, for points in a plane. Default false. */
  readonly equalUnits?: boolean;
}

/**
 * Points, one colour and marker for each series in order of first appearance. Many points are drawn smaller and paler.
 * Throws on empty rows and on a value that is not finite or that its log axis cannot show.
 *
 * @example
 * const from = { title: 'Measured', scale: 'smoke', data: 'made here', real: true, seeds: [], samples: 3 };
 * const rows = [1, 2, 3].map((x) => ({ series: 'models', x, y: 1.1 * x }));
 * const axes = { x: { label: 'predicted' }, y: { label: 'measured' } };
 * scatterChart({ ...from, ...axes, rows, identity: true }).data[0]!.name; // 'models'
 */
export function scatterChart(options: ScatterChartOptions): Figure {
  const { rows, x, y, references = [], identity = false, equalUnits = false } = options;
  nonEmpty('scatterChart', rows);
  rows.forEach((row, index) => {
    const where = `scatterChart: row ${index} ("${row.series}")`;
    checkedNumber(where, 'x', row.x, x.log);
    checkedNumber(where, 'y', row.y, y.log);
  });
  const dense = rows.length > 400;
  const series = groupBy(rows, (row) => row.series);
  const placeOf = placesOfLabels(rows, x, y, equalUnits ? 440 : 360);
  const data: Trace[] = [...series].map(([name, points], index) => {
    const style = seriesStyle(index);
    const labelled = points.some((p) => p.label !== undefined);
    return {
      type: 'scatter',
      mode: labelled ? 'markers+text' : 'markers',
      name,
      x: roundedAll(points.map((p) => p.x)),
      y: roundedAll(points.map((p) => p.y)),
      marker: { color: style.color, symbol: style.marker, size: dense ? 5 : 9, opacity: dense ? 0.55 : 0.9 },
      ...(labelled
        ? {
            text: points.map((p) => p.label ?? ''),
            textposition: points.map((p) => placeOf.get(p)!),
            textfont: { size: 12 },
            cliponaxis: false,
          }
        : {}),
    };
  });
  if (identity) data.push(identityLine(rows));
  const legend = series.size > 1 || identity ? data.map((trace) => String(trace.name)) : [];
  const marks = referenceMarks(references, { xLog: x.log, yLog: y.log });
  const page = pageLayout(options, {
    legend,
    plotHeight: equalUnits ? 440 : 360,
    above: marks.above,
    right: Math.max(30, marks.right),
  });
  return {
    data,
    layout: {
      ...withMarks(page, marks.annotations, marks.shapes),
      xaxis: plotlyAxis(
        x,
        rows.map((row) => row.x),
      ),
      yaxis: {
        ...plotlyAxis(
          y,
          rows.map((row) => row.y),
        ),
        ...(equalUnits ? { scaleanchor: 'x', scaleratio: 1 } : {}),
      },
    },
  };
}

function identityLine(rows: readonly ScatterRow[]): Trace {
  const values = rows.flatMap((row) => [row.x, row.y]);
  const ends = roundedAll([values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))]);
  return { type: 'scatter', mode: 'lines', name: 'y = x', x: ends, y: ends, line: referenceStyle, hoverinfo: 'skip' };
}

/** Where each labelled row's label stands, supposing that the rows fill the plot; none where nothing is labelled. */
function placesOfLabels(
  rows: readonly ScatterRow[],
  x: Axis,
  y: Axis,
  plotHeight: number,
): ReadonlyMap<ScatterRow, LabelPlace> {
  if (rows.every(({ label }) => label === undefined)) return new Map();
  const pixels = (values: readonly number[], { log = false, range }: Axis, length: number) => {
    const along = values.map((value) => (log ? Math.log10(value) : value));
    const ends = range?.map((end) => (log ? Math.log10(end) : end)) ?? along;
    const low = ends.reduce((a, b) => Math.min(a, b));
    const high = ends.reduce((a, b) => Math.max(a, b));
    return along.map((value) => (high > low ? ((value - low) / (high - low)) * length : 0));
  };
  const across = pixels(
    rows.map((row) => row.x),
    x,
    640,
  );
  const upwards = pixels(
    rows.map((row) => row.y),
    y,
    plotHeight - 40,
  );
  const places = labelPlaces(
    rows.map((_, i) => [across[i]!, -upwards[i]!] as const),
    rows.map(({ label = '' }) => label),
    { left: -30, right: 670, top: 20 - plotHeight, bottom: 20 },
  );
  return new Map(rows.map((row, i) => [row, places[i]!]));
}
