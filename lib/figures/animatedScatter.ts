import { axisName, type PanelQuantity, pointTrace, quantityTraces, requireQuantities } from './animatedTraces';
import { type Axis, plotlyAxis } from './axis';
import { type Figure, type Frame, type PlotlyValue, roundedAll, type Trace } from './figure';
import { type PanelDomain, panelTitle } from './panelTitle';
import type { Provenance } from './provenance';
import { checkedNumber, groupBy, nonEmpty } from './rows';
import { slider, sliderHeight } from './slider';
import { fontSize, ink, pageLayout, seriesStyle, textColor, withMarks } from './theme';

/** Where one point is at one moment. */
export interface MovingPoint {
  /** The panel's title. */
  readonly panel: string;
  /** What the point is one of; each series has a mark. */
  readonly series: string;
  /** The moment, such as a step. */
  readonly at: number;
  /** In the data's units. */
  readonly x: number;
  /** In the data's units. */
  readonly y: number;
}

export interface AnimatedScatterOptions extends Provenance {
  /** At most 3 series; every series of every panel must have the same number of points at every moment, or none at all. */
  readonly points: readonly MovingPoint[];
  /** Drawn under the panels, a chart a quantity and a line a panel, with a mark that moves along. At most 3 quantities. */
  readonly quantities: readonly PanelQuantity[];
  /** The axis to the right, of every panel. */
  readonly x: Axis;
  /** The axis upwards, of every panel. */
  readonly y: Axis;
  /** What moments are, such as 'step'. */
  readonly frameLabel: string;
}

const left = 84;
const right = 24;
const gap = 62;
const headHeight = 40;
const axisHeight = 84;
const chartHeight = 150;
const chartFoot = 66;
const buttonWidth = 84;

/** The ends of the values with a margin, of at least `length`. */
function span(values: readonly number[], length = 0): [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const half = Math.max(0.54 * (high - low), length / 2) || 0.5;
  return [(low + high) / 2 - half, (low + high) / 2 + half];
}

/** Side by side, `count` of them between two heights in pixels from the top: the place of one in the figure's own units. */
function placement(index: number, count: number, from: number, to: number, plotHeight: number) {
  const plotWidth = 800 - left - right;
  const width = (plotWidth - (count - 1) * gap) / count;
  const at = index * (width + gap);
  return {
    x: roundedAll([at / plotWidth, (at + width) / plotWidth]),
    y: roundedAll([1 - to / plotHeight, 1 - from / plotHeight]),
  };
}

/**
 * Points that move, in panels side by side on one range of equal units, with a play button and a slider; under them the panels'
 * quantities over the same moments, with a mark at the moment that is shown. Opens, and is exported, at the last moment. Coordinates are
 * rounded to a five-hundredth of the range, or finer; a series that does not move is stored once.
 *
 * @throws On no rows, values that are not finite, series whose number of points changes, or quantities beyond what is said of them.
 * @example
 * const from = { title: 'Moving', scale: 'smoke', data: 'made here', real: true, seeds: [], samples: 2 };
 * const points = [0, 1, 2].flatMap((at) =>
 *   [0, 1].map((i) => ({ panel: 'a', series: 'centres', at, x: i * at, y: i })),
 * );
 * const quantities = [0, 1, 2].map((at) => ({ panel: 'a', quantity: 'distance', at, y: at }));
 * const axes = { x: { label: 'z₁' }, y: { label: 'z₂' }, frameLabel: 'step' };
 * animatedScatter({ ...from, ...axes, points, quantities }).frames!.length; // 3
 */
export function animatedScatter(options: AnimatedScatterOptions): Figure {
  const { points, quantities, x, y, frameLabel } = options;
  nonEmpty('animatedScatter', points);
  nonEmpty('animatedScatter: quantities', quantities);
  points.forEach((row, i) => {
    for (const field of ['at', 'x', 'y'] as const) checkedNumber(`animatedScatter: point ${i}`, field, row[field]);
  });
  quantities.forEach((row, i) => {
    for (const field of ['at', 'y', 'low', 'high'] as const) {
      if (row[field] !== undefined) checkedNumber(`animatedScatter: quantity ${i}`, field, row[field]);
    }
  });
  const moments = [...new Set(points.map(({ at }) => at))].sort((a, b) => a - b);
  const panels = [...new Set(points.map(({ panel }) => panel))];
  requireQuantities(quantities, panels);
  const series = [...new Set(points.map((row) => row.series))];
  if (series.length > 3) throw new Error(`animatedScatter: expected at most 3 series, got ${series.join(', ')}`);
  const charts = [...groupBy(quantities, (row) => row.quantity)];
  const panelSide = (800 - left - right - (panels.length - 1) * gap) / panels.length;
  const chartsTop = headHeight + panelSide + axisHeight;
  const plotHeight = chartsTop + chartHeight;
  const page = pageLayout(options, { plotHeight, left, right, below: chartFoot + sliderHeight });
  const [spanX, spanY] = (['x', 'y'] as const).map((field) => span(points.map((row) => row[field])));
  const length = Math.max(spanX![1] - spanX![0], spanY![1] - spanY![0]);
  const ranges = { x: x.range ?? span(spanX!, length), y: y.range ?? span(spanY!, length) };
  const unit = 10 ** Math.floor(Math.log10(length / 500));
  const axes: Record<string, PlotlyValue | undefined> = {};
  const heads: PlotlyValue[] = [];
  panels.forEach((panel, i) => {
    const domain = placement(i, panels.length, headHeight, headHeight + panelSide, plotHeight);
    const axis = (own: Axis, range: readonly [number, number]) => ({ ...plotlyAxis({ ...own, range }), nticks: 6 });
    axes[axisName('x', i)] = { ...axis(x, ranges.x), domain: domain.x, anchor: axisName('y', i, '') };
    const first = i === 0 ? {} : { title: { text: '' } };
    axes[axisName('y', i)] = { ...axis(y, ranges.y), ...first, domain: domain.y, anchor: axisName('x', i, '') };
    const shown = new Set(points.filter((row) => row.panel === panel).map((row) => row.series));
    heads.push(
      panelHead(
        panel,
        series.map((name) => (shown.has(name) ? name : undefined)),
        i,
        domain,
      ),
    );
  });
  const marks: { trace: Trace; at: (moment: number) => readonly (number | null)[] }[] = [];
  const lines: Trace[] = [];
  charts.forEach(([quantity, rows], c) => {
    const i = panels.length + c;
    const domain = placement(c, charts.length, chartsTop, chartsTop + chartHeight, plotHeight);
    const rangeY = roundedAll(span(rows.flatMap((row) => [row.y, row.low ?? row.y, row.high ?? row.y])));
    const label = plotlyAxis({ label: frameLabel, range: span(moments) });
    axes[axisName('x', i)] = { ...label, nticks: 6, domain: domain.x, anchor: axisName('y', i, '') };
    const { title: _, ...plain } = plotlyAxis({ label: quantity });
    axes[axisName('y', i)] = { ...plain, range: rangeY, nticks: 5, domain: domain.y, anchor: axisName('x', i, '') };
    heads.push(chartHead(quantity, domain));
    for (const [panel, own] of groupBy(rows, (row) => row.panel))
      lines.push(...quantityTraces(own, panels.indexOf(panel), i));
    marks.push({
      at: (moment) => [moment, moment],
      trace: {
        ...{ type: 'scatter', mode: 'lines', name: frameLabel, hoverinfo: 'skip', showlegend: false, y: rangeY },
        ...{
          xaxis: axisName('x', i, ''),
          yaxis: axisName('y', i, ''),
          meta: { panel: quantity },
          line: { color: ink.reference, width: 1, dash: 'dot' },
        },
      },
    });
  });
  const round = (value: number) => Number((Math.round(value / unit) * unit).toPrecision(6));
  const moving = panels.flatMap((panel, p) =>
    series.map((name, s) => {
      const own = groupBy(
        points.filter((row) => row.panel === panel && row.series === name),
        ({ at }) => String(at),
      );
      const frames = moments.map((at) => {
        const now = own.get(String(at)) ?? [];
        return { x: now.map((row) => round(row.x)), y: now.map((row) => round(row.y)) };
      });
      if (new Set(frames.map((frame) => frame.x.length)).size > 1) {
        throw new Error(
          `animatedScatter: expected "${name}" of "${panel}" to have as many points at every ${frameLabel}`,
        );
      }
      return {
        trace: pointTrace(name, panel, s, p),
        frames,
        moves: new Set(frames.map((f) => JSON.stringify(f))).size > 1,
      };
    }),
  );
  const last = moments.length - 1;
  const data: Trace[] = [
    ...moving.map(({ trace, frames }) => ({ ...trace, ...frames[last]! })),
    ...marks.map(({ trace, at }) => ({ ...trace, x: at(moments[last]!) })),
    ...lines,
  ];
  const traces = [...moving.keys()].filter((i) => moving[i]!.moves);
  const frames = moments.map(
    (moment, m): Frame => ({
      name: String(moment),
      data: [
        ...traces.map((i): Trace => ({ type: 'scatter', ...moving[i]!.frames[m]! })),
        ...marks.map(({ at }): Trace => ({ type: 'scatter', x: at(moment) })),
      ],
      traces: [...traces, ...marks.map((_, i) => moving.length + i)],
    }),
  );
  const names = moments.map(String);
  return {
    data,
    layout: {
      ...withMarks(page, heads),
      ...axes,
      sliders: [slider(frameLabel, names, { below: chartFoot, left: buttonWidth })],
      updatemenus: [playButtons()],
    },
    frames,
  };
}

/** Of series that the panel has none of: undefined. */
function panelHead(
  panel: string,
  series: readonly (string | undefined)[],
  index: number,
  domain: PanelDomain,
): PlotlyValue {
  const { color } = seriesStyle(index);
  const keys = series.flatMap((name, i) =>
    name === undefined
      ? []
      : ([`○ ${name}`, `<span style="color:${textColor(color)}">● ${name}</span>`][i] ?? `× ${name}`),
  );
  return panelTitle(`<b><span style="color:${textColor(color)}">${panel}</span></b><br>${keys.join('  ')}`, domain);
}

const chartHead = (quantity: string, domain: PanelDomain) => panelTitle(`<b>${quantity}</b>`, domain);

/** Play and pause, left of the slider. */
function playButtons(): PlotlyValue {
  const still = { mode: 'immediate', transition: { duration: 0 } };
  const button = (label: string, args: readonly PlotlyValue[]) => ({ label, method: 'animate', args });
  return {
    ...{ type: 'buttons', direction: 'right', showactive: false, x: 0, xanchor: 'left', y: 0, yanchor: 'top' },
    ...{ pad: { l: -46, t: chartFoot + 22, r: 0 }, font: { size: fontSize.tick } },
    buttons: [
      button('▶', [null, { ...still, fromcurrent: true, frame: { duration: 120, redraw: false } }]),
      button('❚❚', [[null], { ...still, frame: { duration: 0, redraw: false } }]),
    ],
  };
}
