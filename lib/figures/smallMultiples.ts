import { type Axis, plotlyAxis } from './axis';
import { type Figure, type PlotlyValue, roundedAll, type Trace } from './figure';
import type { LineRow } from './lineChart';
import { type PanelDomain, panelTitle } from './panelTitle';
import type { Provenance } from './provenance';
import { checkedNumber, groupBy, nonEmpty } from './rows';
import { fontSize, pageLayout, seriesStyle, textColor, translucent, withMarks } from './theme';

/** One point of one line in one panel. */
export interface PanelRow extends Omit<LineRow, 'low' | 'high'> {
  /** The panel's title. */
  readonly panel: string;
  /** Lower end of the band; both ends or neither. */
  readonly low?: number | null;
  /** Upper end of the band; both ends or neither. */
  readonly high?: number | null;
}

export interface SmallMultiplesOptions extends Provenance {
  /** One for each point of each panel. */
  readonly rows: readonly PanelRow[];
  /** The axis to the right, the same for all panels. */
  readonly x: Axis;
  /** The axis upwards of every panel. */
  readonly y: Axis;
  /** One range of y for all panels, so that they compare; default false, each its own. */
  readonly sharedY?: boolean;
  /** The ranges of y of these panels, by their names. Default: as `y` and `sharedY` say. */
  readonly panelRanges?: Readonly<Record<string, readonly [number, number]>>;
  /** Panels that are there but have no rows yet. Default: only those of the rows. */
  readonly panels?: readonly string[];
  /** Panels a row; default 3. */
  readonly columns?: number;
  /**
   * Where lines are named: in each panel's `head` (default), by its own lines; or once `below` all, for panels that share many
   * lines: one name then has one style in every panel.
   */
  readonly legend?: 'head' | 'below';
}

const panelHeight = 118;
const headHeight = 46;
const footHeight = 26;
const gapBetween = 58;
const symbols: Readonly<Record<string, string>> = {
  circle: '●',
  square: '■',
  'triangle-up': '▲',
  diamond: '◆',
  x: '✕',
  'triangle-down': '▼',
  cross: '✚',
};

/**
 * The same chart once for each method: small panels in rows, with one x axis, lines named in their panel's head (or below all)
 * by colour and by the mark at their end. A band is drawn where rows have `low` and `high`.
 *
 * @throws On no rows and no panels, and on a value that is not finite or that its log axis cannot show.
 * @example
 * const from = { title: 'Two methods', scale: 'smoke', data: 'made here', real: true, seeds: [], samples: 1 };
 * const rows = ['VICReg', 'BYOL'].flatMap((panel) =>
 *   [0, 1, 2].map((x) => ({ panel, series: 'entropy', x, y: x * x })),
 * );
 * smallMultiples({ ...from, rows, x: { label: 'epoch' }, y: { label: 'nats' } }).data.length > 1; // true
 */
export function smallMultiples(options: SmallMultiplesOptions): Figure {
  const { rows, x, y, sharedY = false, columns = 3, legend = 'head' } = options;
  const names = [...new Set([...(options.panels ?? []), ...rows.map((row) => row.panel)])];
  nonEmpty('smallMultiples', names);
  if (!(Number.isInteger(columns) && columns > 0)) {
    throw new Error(`smallMultiples: expected columns to be a positive whole number, got ${columns}`);
  }
  rows.forEach((row, i) => {
    checkedNumber(`smallMultiples: row ${i} ("${row.panel}", "${row.series}")`, 'x', row.x, x.log);
    for (const field of ['y', 'low', 'high'] as const) {
      const value = row[field];
      if (value === undefined || value === null) continue;
      checkedNumber(`smallMultiples: row ${i} ("${row.panel}", "${row.series}")`, field, value, y.log);
    }
  });
  const across = Math.min(columns, names.length);
  const down = Math.ceil(names.length / across);
  const stride = headHeight + panelHeight + footHeight;
  const plotHeight = down * stride;
  const lines = legend === 'below' ? [...groupBy(rows, (row) => row.series).keys()] : [];
  const page = pageLayout(options, { plotHeight, left: 84, right: 24, below: 44, legend: lines });
  const plotWidth = 800 - 84 - 24;
  const panelWidth = (plotWidth - (across - 1) * gapBetween) / across;
  const byPanel = groupBy(rows, (row) => row.panel);
  const spans = {
    x: extent(
      rows.map((row) => row.x),
      x.log,
    ),
    y: extent(
      rows.flatMap((row) => [row.y, row.low, row.high]),
      y.log,
    ),
  };
  const data: Trace[] = [];
  const axes: Record<string, PlotlyValue | undefined> = {};
  const heads: PlotlyValue[] = [];
  names.forEach((name, index) => {
    const suffix = index === 0 ? '' : String(index + 1);
    const left = (index % across) * (panelWidth + gapBetween);
    const top = Math.floor(index / across) * stride + headHeight;
    const own = byPanel.get(name) ?? [];
    const series = groupBy(own, (row) => row.series);
    const last = index + across >= names.length;
    const domain = {
      x: [left / plotWidth, (left + panelWidth) / plotWidth],
      y: [1 - (top + panelHeight) / plotHeight, 1 - top / plotHeight],
    };
    axes[`xaxis${suffix}`] = {
      ...panelAxis(
        { ...x, range: x.range ?? spans.x },
        own.map((row) => row.x),
      ),
      domain: roundedAll(domain.x),
      anchor: `y${suffix}`,
      nticks: 4,
      ...(last ? { title: { text: x.label, font: { size: fontSize.tick }, standoff: 6 } } : {}),
    };
    axes[`yaxis${suffix}`] = {
      ...panelAxis(
        { ...y, range: options.panelRanges?.[name] ?? y.range ?? (sharedY ? spans.y : undefined) },
        own.flatMap((row) => [row.y, row.low ?? null, row.high ?? null]),
      ),
      domain: roundedAll(domain.y),
      anchor: `x${suffix}`,
      nticks: 5,
    };
    for (const [i, [line, points]] of [...series].entries()) {
      const named = legend === 'below' && !data.some((trace) => trace.showlegend && trace.name === line);
      const traces = lineTraces(line, points, legend === 'below' ? lines.indexOf(line) : i, suffix, named);
      data.push(...traces.map((trace) => ({ ...trace, meta: { panel: name } })));
    }
    heads.push(panelHead(name, legend === 'below' ? [] : [...series.keys()], own.length > 0, domain));
  });
  const yTitle = { text: y.label, textangle: -90, showarrow: false, font: { size: fontSize.axis } };
  const place = { xref: 'paper', x: 0, xanchor: 'center', xshift: -66, yref: 'paper', y: 0.5, yanchor: 'middle' };
  return { data, layout: { ...withMarks(page, [...heads, { ...yTitle, ...place }]), ...axes } };
}

function panelAxis(axis: Axis, values: readonly (number | null)[]): Record<string, PlotlyValue | undefined> {
  const { title: _, ...rest } = plotlyAxis(axis, values);
  return rest;
}

/** The range of all panels with a margin, in proportion where the axis is logarithmic. */
function extent(values: readonly (number | null | undefined)[], log = false): [number, number] | undefined {
  const given = values.filter((value): value is number => typeof value === 'number');
  if (given.length === 0) return undefined;
  const ends = [given.reduce((a, b) => Math.min(a, b)), given.reduce((a, b) => Math.max(a, b))] as const;
  const [low, high] = log ? ends.map(Math.log) : ends;
  const margin = high! > low! ? 0.04 * (high! - low!) : 0.5;
  const [from, to] = [low! - margin, high! + margin];
  return log ? [Math.exp(from), Math.exp(to)] : [from, to];
}

function panelHead(name: string, series: readonly string[], begun: boolean, domain: PanelDomain): PlotlyValue {
  const keys = series.map((line, i) => {
    const { color, marker } = seriesStyle(i);
    return `<span style="color:${textColor(color)}">${symbols[marker]} ${line}</span>`;
  });
  return panelTitle(`<b>${name}</b><br>${begun ? keys.join('  ') : 'not yet'}`, domain);
}

function lineTraces(name: string, points: readonly PanelRow[], index: number, suffix: string, named: boolean): Trace[] {
  const { color, marker, dash } = seriesStyle(index);
  const axes = { xaxis: `x${suffix}`, yaxis: `y${suffix}` };
  const bounded = points.filter((p) => p.low != null && p.high != null);
  const band: Trace = {
    ...{ type: 'scatter', mode: 'lines', ...axes },
    x: roundedAll([...bounded.map((p) => p.x), ...bounded.map((p) => p.x).reverse()]),
    y: roundedAll([...bounded.map((p) => p.low!), ...bounded.map((p) => p.high!).reverse()]),
    fill: 'toself',
    fillcolor: translucent(color, 0.18),
    line: { width: 0 },
    hoverinfo: 'skip',
    name: `${name}, interval`,
    legendgroup: name,
    showlegend: false,
  };
  const line: Trace = {
    ...{ type: 'scatter', mode: 'lines+markers', ...axes },
    name,
    x: roundedAll(points.map((p) => p.x)),
    y: roundedAll(points.map((p) => p.y)),
    line: { color, dash, width: 1.8 },
    // One mark, at the line's end.
    marker: { color, symbol: marker, size: points.map((_, i) => (i === points.length - 1 ? 7 : 0)) },
    legendgroup: name,
    showlegend: named,
  };
  return bounded.length > 0 ? [band, line] : [line];
}
