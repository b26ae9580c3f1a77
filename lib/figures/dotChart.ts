import { type Axis, plotlyAxis } from './axis';
import { type Figure, roundedAll, type Trace } from './figure';
import type { Provenance } from './provenance';
import { type ReferenceLine, referenceMarks } from './referenceLine';
import { checkedNumber, groupBy, nonEmpty } from './rows';
import { fontSize, pageLayout, seriesStyle, translucent, withMarks } from './theme';

/** One dot, with what it summarizes. */
export interface DotRow {
  /** The row it stands in, such as a method. */
  readonly category: string;
  /** Which of the row's dots it is; each series has a colour and a mark. */
  readonly series: string;
  /** Where the dot stands. */
  readonly value: number;
  /** Lower end of its interval, which may lie beyond what the value can be; both ends or neither. */
  readonly low?: number | null;
  /** Upper end of its interval; both ends or neither. */
  readonly high?: number | null;
  /** The single trials behind it, drawn small and pale. Default: none. */
  readonly trials?: readonly number[];
}

export interface DotChartOptions extends Provenance {
  /** One for each dot. */
  readonly rows: readonly DotRow[];
  /** The axis of the values. */
  readonly x: Axis;
  /** Vertical lines only. Default: none. */
  readonly references?: readonly ReferenceLine[];
}

const rowHeight = 34;

/**
 * Values in named rows (Cleveland's dot plot), in order of first appearance from the top: a dot with its interval for each
 * series, and the single trials behind it.
 *
 * @throws On empty rows, a value that is not finite, and a `low` without a `high`.
 * @example
 * const from = { title: 'Accuracy', scale: 'smoke', data: 'made here', real: true, seeds: [0, 1], samples: 2 };
 * const rows = [
 *   { category: 'VICReg', series: 'linear', value: 0.8, low: 0.7, high: 0.9, trials: [0.75, 0.85] },
 *   { category: 'BYOL', series: 'linear', value: 0.78, low: 0.7, high: 0.86, trials: [0.76, 0.8] },
 * ];
 * dotChart({ ...from, rows, x: { label: 'accuracy' } }).data[1]!.x; // [0.8, 0.78]
 */
export function dotChart(options: DotChartOptions): Figure {
  const { rows, x, references = [] } = options;
  nonEmpty('dotChart', rows);
  rows.forEach((row, i) => {
    const where = `dotChart: row ${i} ("${row.category}", "${row.series}")`;
    if ((row.low == null) !== (row.high == null)) {
      throw new Error(`${where}: expected both low and high or neither, got low ${row.low} and high ${row.high}`);
    }
    for (const value of [row.value, row.low ?? row.value, row.high ?? row.value, ...(row.trials ?? [])]) {
      checkedNumber(where, 'every value', value, x.log);
    }
  });
  const categories = [...groupBy(rows, (row) => row.category).keys()];
  const series = [...groupBy(rows, (row) => row.series)];
  const step = Math.min(0.3, 0.7 / series.length);
  const data = series.flatMap(([name, rowsOfSeries], index): Trace[] => {
    const { color, marker } = seriesStyle(index);
    const offset = (index - (series.length - 1) / 2) * step;
    const place = (row: DotRow) => categories.indexOf(row.category) + offset;
    // Plotly draws no bar for points beyond the end of the bars' lengths, and one of length 0 for a null.
    const bounded = rowsOfSeries.filter((row) => row.low != null);
    const own = [...bounded, ...rowsOfSeries.filter((row) => row.low == null)];
    const trials = own.flatMap((row) => (row.trials ?? []).map((value) => [value, row] as const));
    const pale: Trace = {
      type: 'scatter',
      mode: 'markers',
      name: `${name}, trials`,
      x: roundedAll(trials.map(([value]) => value)),
      y: roundedAll(trials.map(([, row]) => place(row))),
      customdata: trials.map(([, row]) => row.category),
      meta: { y: 'category' },
      marker: { color: translucent(color, 0.35), symbol: marker, size: 6 },
      showlegend: false,
    };
    const dots: Trace = {
      type: 'scatter',
      mode: 'markers',
      name,
      x: roundedAll(own.map((row) => row.value)),
      y: roundedAll(own.map(place)),
      customdata: own.map((row) => row.category),
      meta: { y: 'category' },
      hovertemplate: '%{customdata}: %{x}',
      marker: { color, symbol: marker, size: 10 },
      ...(bounded.length > 0
        ? {
            error_x: {
              type: 'data',
              symmetric: false,
              array: roundedAll(bounded.map((row) => row.high! - row.value)),
              arrayminus: roundedAll(bounded.map((row) => row.value - row.low!)),
              color,
              thickness: 1.5,
              width: 4,
            },
          }
        : {}),
    };
    return trials.length > 0 ? [pale, dots] : [dots];
  });
  const marks = referenceMarks(references, { xLog: x.log });
  const left = 36 + Math.round(7.2 * Math.max(...categories.map((name) => name.length)));
  const page = pageLayout(options, {
    legend: series.map(([name]) => name),
    plotHeight: Math.max(150, rowHeight * categories.length),
    left,
    above: marks.above,
  });
  return {
    data,
    layout: {
      ...withMarks(page, marks.annotations, marks.shapes),
      xaxis: plotlyAxis(
        x,
        rows.flatMap((row) => [row.value, row.low ?? null, row.high ?? null]),
      ),
      yaxis: {
        tickmode: 'array',
        tickvals: categories.map((_, i) => i),
        ticktext: categories,
        tickfont: { size: fontSize.legend },
        range: [categories.length - 0.4, -0.6],
        gridcolor: '#EEEEEE',
        zeroline: false,
      },
    },
  };
}
