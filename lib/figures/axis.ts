import { type Layout, rounded } from './figure';
import { fontSize, ink } from './theme';

/** What one axis of a figure measures, and how it is drawn. */
export interface Axis {
  /** What the axis measures, with its unit. */
  readonly label: string;
  /** Logarithmic; every value must then be positive. Default false. */
  readonly log?: boolean;
  /** [from, to] in the data's units; default: fits the data. */
  readonly range?: readonly [number, number];
  /** Ticks at these values only, e.g. the few noise scales that were measured. Default: round values. */
  readonly ticks?: readonly number[];
}

/**
 * Plotly's axis for it: thin grid, an outer line, title. `values` are what is drawn along it: a log axis takes its ticks
 * from them (decades, or 1, 2, 5 within less than two of them), all in one size, where Plotly's own are of two.
 */
export function plotlyAxis(axis: Axis, values: ArrayLike<number | null> = []): Layout {
  if (typeof axis?.label !== 'string' || axis.label === '') {
    throw new Error('plotlyAxis: expected an axis to have a label that says what it measures, with its unit');
  }
  if (axis.log && axis.range && !(axis.range[0] > 0 && axis.range[1] > 0)) {
    throw new Error(`plotlyAxis: expected a positive range on the log axis "${axis.label}", got [${axis.range}]`);
  }
  const range = axis.range?.map((end) => rounded(axis.log ? Math.log10(end) : end));
  const ticks = axis.ticks ?? (axis.log ? logTicks(axis.range ?? Array.from(values)) : undefined);
  return {
    type: axis.log ? 'log' : 'linear',
    title: { text: axis.label, font: { size: fontSize.axis }, standoff: 10 },
    tickfont: { size: fontSize.tick },
    showline: true,
    linecolor: ink.faint,
    linewidth: 1,
    ticks: 'outside',
    tickcolor: ink.faint,
    ticklen: 5,
    gridcolor: ink.grid,
    gridwidth: 1,
    zeroline: false,
    ...(range ? { range } : {}),
    ...(ticks ? { tickmode: 'array', tickvals: [...ticks], ticktext: ticks.map(tickText) } : {}),
  };
}

function logTicks(values: readonly (number | null)[]): number[] | undefined {
  const logs = values.filter((value): value is number => value !== null && value > 0).map(Math.log10);
  if (logs.length === 0) return undefined;
  const low = logs.reduce((a, b) => Math.min(a, b));
  const high = logs.reduce((a, b) => Math.max(a, b));
  // A decade more at both ends, so that the margin Plotly leaves around the data has its ticks as well.
  const first = Math.floor(low) - 1;
  const last = Math.ceil(high) + 1;
  const every = Math.max(1, Math.ceil((high - low) / 8));
  const steps = high - low < 0.5 ? [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9] : high - low < 2 ? [1, 2, 5] : [1];
  const decades = Array.from({ length: last - first + 1 }, (_, i) => first + i).filter(
    (decade) => decade % every === 0,
  );
  return decades.flatMap((decade) => steps.map((step) => Number(`${step}e${decade}`)));
}

function tickText(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-3 && size < 1e4)) return String(value);
  const [digits, exponent] = value.toExponential().split('e');
  const power = `10<sup>${exponent!.replace('+', '').replace('-', '−')}</sup>`;
  return digits === '1' ? power : `${digits}×${power}`;
}
