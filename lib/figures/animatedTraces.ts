import { roundedAll, type Trace } from './figure';
import { ink, seriesStyle, translucent } from './theme';

/** A quantity of one panel at one moment. */
export interface PanelQuantity {
  /** The panel's title. */
  readonly panel: string;
  /** What is measured, with its unit: all rows of one name share a chart, which it is the y axis of. */
  readonly quantity: string;
  /** The moment, such as a step. */
  readonly at: number;
  /** The value, in the unit that `quantity` names. */
  readonly y: number;
  /** The band's lower end; both ends or neither. */
  readonly low?: number;
  /** The band's upper end; both ends or neither. */
  readonly high?: number;
}

/** @throws On what has no place to be drawn. */
export function requireQuantities(quantities: readonly PanelQuantity[], panels: readonly string[]): void {
  const charts = new Set(quantities.map(({ quantity }) => quantity));
  if (charts.size > 3) throw new Error(`animatedScatter: expected at most 3 quantities, got ${[...charts].join(', ')}`);
  quantities.forEach(({ panel, low, high }, i) => {
    if (!panels.includes(panel)) {
      throw new Error(
        `animatedScatter: expected quantity ${i} of a panel with points (${panels.join(', ')}), got "${panel}"`,
      );
    }
    if ((low === undefined) !== (high === undefined)) {
      throw new Error(
        `animatedScatter: expected both low and high of quantity ${i}, or neither, got ${low} and ${high}`,
      );
    }
  });
}

/** Plotly's name of the i-th axis: in the layout, or with '' where a trace or another axis refers to it. */
export function axisName(axis: 'x' | 'y', index: number, kind = 'axis'): string {
  return `${axis}${kind}${index === 0 ? '' : index + 1}`;
}

/** The points of a series in the panel of this place: the first series hollow, the second filled in the panel's colour, the third crosses. */
export function pointTrace(name: string, panel: string, index: number, at: number): Trace {
  const { color } = seriesStyle(at);
  const look = [
    { symbol: 'circle-open', size: 9, color: ink.faint, opacity: 0.8 },
    { symbol: 'circle', size: 5, color, opacity: 0.9 },
    { symbol: 'x-thin-open', size: 5, color: ink.faint, opacity: 0.6 },
  ][index]!;
  return {
    ...{ type: 'scatter', mode: 'markers', name: `${panel}: ${name}`, showlegend: false },
    ...{ xaxis: axisName('x', at, ''), yaxis: axisName('y', at, ''), marker: look, meta: { panel } },
  };
}

/** One panel's line, and its band, on the axes of this place. */
export function quantityTraces(rows: readonly PanelQuantity[], panel: number, axis: number): Trace[] {
  const { color, dash } = seriesStyle(panel);
  const own = {
    ...{ xaxis: axisName('x', axis, ''), yaxis: axisName('y', axis, ''), showlegend: false },
    meta: { panel: rows[0]!.quantity },
  };
  const sorted = [...rows].sort((a, b) => a.at - b.at);
  const bounded = sorted.filter(({ low, high }) => low !== undefined && high !== undefined);
  const line: Trace = {
    ...{ type: 'scatter', mode: 'lines', ...own, name: rows[0]!.panel },
    x: sorted.map(({ at }) => at),
    y: roundedAll(
      sorted.map((row) => row.y),
      7,
    ),
    line: { color, dash, width: 2 },
  };
  if (bounded.length === 0) return [line];
  const band: Trace = {
    ...{ type: 'scatter', mode: 'lines', ...own, name: `${rows[0]!.panel}, bounds` },
    x: [...bounded.map(({ at }) => at), ...bounded.map(({ at }) => at).reverse()],
    y: roundedAll([...bounded.map((row) => row.low!), ...bounded.map((row) => row.high!).reverse()], 7),
    ...{ fill: 'toself', fillcolor: translucent(color, 0.18), line: { width: 0 }, hoverinfo: 'skip' },
  };
  return [band, line];
}
