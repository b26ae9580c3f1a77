import { type Figure, type PlotlyValue, rounded, type Trace } from './figure';
import type { Provenance } from './provenance';
import { nonEmpty } from './rows';
import { fontSize, ink, pageLayout } from './theme';

/** A cell: what is written, and what it is sorted by; null sorts last either way. */
export interface TableCell {
  /** What is written. */
  readonly text: string;
  /** What it is sorted by. */
  readonly value: number | string | null;
}

export interface SortableTableOptions extends Provenance {
  /** The columns' names, written on the buttons that sort. */
  readonly columns: readonly string[];
  /** One array of cells for each row, in the order of the columns. */
  readonly rows: readonly (readonly TableCell[])[];
  /** The column that the rows are sorted by at first; default: as given. */
  readonly sortBy?: string;
  /** Default false: the greatest first. */
  readonly ascending?: boolean;
}

const rowHeight = 27;
const headHeight = 36;
const marks = { none: '↕', descending: '▼', ascending: '▲' } as const;

/**
 * A table as a figure: a click on a column's head sorts by it, numbers from the greatest and names from A; the next click turns
 * the order. It is plain data with no script, so it sorts wherever the figure is interactive: in a notebook that was only
 * opened (there JupyterLab removes scripts from HTML) and in the book.
 *
 * @throws On no rows, a row with another number of cells than columns, and an unknown `sortBy`.
 * @example
 * const from = { title: 'Accuracy', scale: 'smoke', data: 'made here', real: true, seeds: [], samples: 1 };
 * const rows = [
 *   [{ text: 'VICReg', value: 'VICReg' }, { text: '80 %', value: 0.8 }],
 *   [{ text: 'BYOL', value: 'BYOL' }, { text: '78 %', value: 0.78 }],
 * ];
 * const table = sortableTable({ ...from, columns: ['method', 'accuracy'], rows, sortBy: 'accuracy' });
 * table.data[1]!.text; // ['80 %', '78 %']
 */
export function sortableTable(options: SortableTableOptions): Figure {
  const { columns, rows, sortBy, ascending = false } = options;
  nonEmpty('sortableTable', rows);
  rows.forEach((row, i) => {
    if (row.length !== columns.length) {
      throw new Error(`sortableTable: expected ${columns.length} cells in row ${i} as columns, got ${row.length}`);
    }
  });
  const first = sortBy === undefined ? -1 : columns.indexOf(sortBy);
  if (sortBy !== undefined && first < 0) {
    throw new Error(`sortableTable: expected sortBy to be one of ${columns.join(', ')}, got '${sortBy}'`);
  }
  const numeric = columns.map((_, c) => rows.some((row) => typeof row[c]!.value === 'number'));
  const { lefts, widths, total } = columnPlaces(columns, rows);
  const start = first < 0 ? rows.map((_, i) => i) : rowPlaces(rows, first, ascending);
  // Text columns stand left in their place, numbers right.
  const ends = columns.map((_, c) => (numeric[c] ? lefts[c]! + widths[c]! - 12 : lefts[c]! + 12));
  const traces = columns.map(
    (name, c): Trace => ({
      type: 'scatter',
      mode: 'text',
      name,
      x: rows.map(() => ends[c]!),
      y: start,
      text: rows.map((row) => row[c]!.text),
      textposition: numeric[c] ? 'middle left' : 'middle right',
      textfont: { size: fontSize.legend, color: ink.text },
      cliponaxis: false,
      hoverinfo: 'skip',
      showlegend: false,
    }),
  );
  const label = (c: number, sorted: number, up: boolean) =>
    `<b>${columns[c]}</b> ${c !== sorted ? marks.none : up ? marks.ascending : marks.descending}`;
  const sortedBy = (c: number, up: boolean): PlotlyValue => [
    { y: [rowPlaces(rows, c, up)] },
    Object.fromEntries(
      columns.flatMap((_, other): [string, PlotlyValue][] => [
        [`updatemenus[${other}].buttons[0].label`, label(other, c, up)],
        ...(other === c ? [] : [[`updatemenus[${other}].active`, -1] as [string, PlotlyValue]]),
      ]),
    ),
  ];
  const plotHeight = rows.length * rowHeight;
  const page = pageLayout(options, {
    width: total + 32,
    left: 16,
    right: 16,
    plotHeight,
    above: headHeight,
    below: 12,
  });
  const heads = columns.map((_, c) => ({
    type: 'buttons',
    direction: 'right',
    active: c === first && ascending !== numeric[c] ? 0 : -1,
    showactive: false,
    x: rounded(ends[c]! / total),
    xanchor: numeric[c] ? 'right' : 'left',
    y: 1,
    yanchor: 'bottom',
    pad: { t: 0, b: 4, l: numeric[c] ? 0 : -8, r: numeric[c] ? -8 : 0 },
    bgcolor: '#FFFFFF',
    bordercolor: ink.grid,
    borderwidth: 1,
    font: { size: fontSize.tick, color: ink.text },
    buttons: [
      {
        label: label(c, first, ascending),
        method: 'update',
        args: sortedBy(c, !numeric[c]),
        args2: sortedBy(c, numeric[c]!),
      },
    ],
  }));
  const stripes = rows.flatMap((_, i) =>
    i % 2 === 0 ? [{ ...stripe, y0: i - 0.5, y1: i + 0.5, x0: 0, x1: total }] : [],
  );
  const hidden = { visible: false, fixedrange: true };
  return {
    data: traces,
    layout: {
      ...page,
      dragmode: false,
      shapes: stripes,
      updatemenus: heads,
      xaxis: { ...hidden, range: [0, total] },
      yaxis: { ...hidden, range: [rows.length - 0.5, -0.5] },
    },
  };
}

const stripe = { type: 'rect', layer: 'below', line: { width: 0 }, fillcolor: '#F3F5F7' } as const;

/** Where each row stands, from 0 at the top, when sorted by column `c`; equal ones in the order given. */
function rowPlaces(rows: readonly (readonly TableCell[])[], c: number, ascending: boolean): number[] {
  const order = rows
    .map((_, i) => i)
    .sort((i, j) => {
      const [a, b] = [rows[i]![c]!.value, rows[j]![c]!.value];
      if (missing(a) || missing(b)) return Number(missing(a)) - Number(missing(b));
      const difference =
        typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en');
      return ascending ? difference : -difference;
    });
  const places = new Array<number>(rows.length);
  order.forEach((row, place) => {
    places[row] = place;
  });
  return places;
}

function missing(value: TableCell['value']): boolean {
  return value === null || Number.isNaN(value);
}

/** Columns as wide as their longest text or their head, in pixels, stretched to the page where there is room. */
function columnPlaces(columns: readonly string[], rows: readonly (readonly TableCell[])[]) {
  const natural = columns.map((name, c) => {
    const longest = rows.reduce((most, row) => Math.max(most, row[c]!.text.length), 0);
    return Math.max(24 + 7.2 * longest, 48 + 7.8 * name.length);
  });
  const sum = natural.reduce((a, b) => a + b, 0);
  const extra = Math.max(0, 768 - sum) / columns.length;
  const widths = natural.map((width) => Math.round(width + extra));
  const lefts = widths.map((_, c) => widths.slice(0, c).reduce((a, b) => a + b, 0));
  return { widths, lefts, total: widths.reduce((a, b) => a + b, 0) };
}
