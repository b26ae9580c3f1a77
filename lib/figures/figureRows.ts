import type { Figure, PlotlyValue, Trace } from './figure';

/** One row of a figure's data: a name of a column to a value; null where it has none. */
export type FigureRow = Readonly<Record<string, string | number | boolean | null>>;

type Columns = Readonly<Record<string, readonly PlotlyValue[]>>;

/**
 * What a figure draws as rows, one for each point, for a CSV file: `series`, then x and y, under their axes' titles where there is one pair
 * of axes, and whatever else its traces have one value of for each point (`z`, `text`, `low` and `high` of a band, error bars as `error_y`
 * and `error_y minus`, their lengths). Cells of a heatmap are rows of x, y and z. With more than one pair of axes `panel` names the
 * panel, or `axes` says which ('x2 y2'); in an animation `frame` names the frame; what a menu chooses among stands under `choice`.
 *
 * A trace tells what its coordinates do not: its `meta` may hold `panel`, and `y`, the name of what its `customdata` hold for each
 * point, which then stands in place of y (a ridge's y is a density lifted to its row).
 *
 * A figure of pictures gives no rows. Columns that no trace has are left out; a cell without a value is null. A table (`sortableTable`)
 * gives its own rows and columns.
 */
export function figureRows(figure: Figure): FigureRow[] {
  const table = tableRows(figure);
  if (table) return table;
  const traces = figure.data.flatMap((trace, i) => {
    const own = figure.frames?.some((frame) => replaced(frame.traces, frame.data.length).includes(i)) ?? false;
    return own
      ? []
      : variants(figure, i).map(({ choice, values }) => ({ frame: null, choice, trace: { ...trace, ...values } }));
  });
  const moving = (figure.frames ?? []).flatMap(({ name, data, traces: places }) =>
    replaced(places, data.length).map((place, i) => ({
      frame: name,
      choice: null,
      trace: { ...figure.data[place], ...data[i] } as Trace,
    })),
  );
  const all = [...traces, ...moving].flatMap(({ frame, choice, trace }) =>
    points(trace).map((point) => ({
      choice,
      frame,
      panel: metaOf(trace).panel ?? null,
      series: typeof trace.name === 'string' ? trace.name : null,
      axes: metaOf(trace).panel === undefined ? axesOf(trace) : null,
      ...point,
    })),
  );
  const rows = withoutEmpty(all);
  return new Set(figure.data.map(axesOf)).size === 1 ? withAxisTitles(rows, figure) : rows;
}

function axesOf({ xaxis = 'x', yaxis = 'y' }: Trace): string {
  return `${xaxis} ${yaxis}`;
}

interface TraceMeta {
  readonly panel?: string;
  /** The name of what `customdata` holds in place of y. */
  readonly y?: string;
}

function metaOf({ meta }: Trace): TraceMeta {
  return (meta ?? {}) as TraceMeta;
}

/** x and y under their axes' titles. */
function withAxisTitles(rows: readonly FigureRow[], { layout }: Figure): FigureRow[] {
  const title = (axis: PlotlyValue | undefined) =>
    (axis as { readonly title?: { readonly text?: string } } | undefined)?.title?.text;
  const names: Readonly<Record<string, string | undefined>> =
    layout.updatemenus === undefined ? { x: title(layout.xaxis), y: title(layout.yaxis) } : {};
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [plainText(names[name] || name), value])),
  );
}

/** Without Plotly's markup: its line ends as '; '. */
function plainText(text: string): string {
  return text.replace(/<br>/g, '; ').replace(/<\/?\w[^>]*>/g, '');
}

/** The places of the traces that a frame's data replace. */
function replaced(traces: readonly number[] | undefined, count: number): readonly number[] {
  return traces ?? Array.from({ length: count }, (_, i) => i);
}

/** A trace's points, each as its values by attribute. */
function points(trace: Trace): FigureRow[] {
  if (isGrid(trace.z)) {
    const rows = trace.z as readonly (readonly PlotlyValue[])[];
    return rows.flatMap((row, i) =>
      row.map((z, j) => ({ x: cell(at(trace.x, j) ?? j), y: cell(at(trace.y, i) ?? i), z: cell(z) })),
    );
  }
  const columns = bandOf(trace) ?? arraysOf(trace);
  const length = Object.values(columns).reduce((most, values) => Math.max(most, values.length), 0);
  return Array.from({ length }, (_, i) =>
    Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, cell(values[i] ?? null)])),
  );
}

/** A filled outline that goes along x by its low ends and back by its high ones, as low and high for each x; else undefined. */
function bandOf({ fill, x, y }: Trace): Columns | undefined {
  if (fill !== 'toself' || !Array.isArray(x) || !Array.isArray(y) || x.length % 2 === 1) return undefined;
  const half = x.length / 2;
  const there = x.slice(0, half);
  if (there.some((value, i) => value !== x[x.length - 1 - i])) return undefined;
  return { x: there, low: y.slice(0, half), high: y.slice(half).reverse() };
}

const attributes = ['x', 'y', 'z', 'labels', 'values', 'text', 'r', 'theta'] as const;

function arraysOf(trace: Trace): Columns {
  const columns: Record<string, readonly PlotlyValue[]> = {};
  const add = (name: string, values: PlotlyValue | undefined) => {
    if (Array.isArray(values)) columns[name] = values;
  };
  const { y: inPlaceOfY } = metaOf(trace);
  for (const name of attributes) {
    if (name === 'y' && inPlaceOfY !== undefined) add(inPlaceOfY, trace.customdata);
    else add(name, trace[name]);
  }
  for (const name of ['error_x', 'error_y'] as const) {
    const bars = (trace[name] ?? {}) as Readonly<Record<string, PlotlyValue | undefined>>;
    add(name, bars.array);
    add(`${name} minus`, bars.arrayminus);
  }
  return columns;
}

function isGrid(z: PlotlyValue | undefined): boolean {
  return Array.isArray(z) && Array.isArray(z[0]);
}

function at(values: PlotlyValue | undefined, i: number): PlotlyValue | undefined {
  return Array.isArray(values) ? values[i] : undefined;
}

function cell(value: PlotlyValue): string | number | boolean | null {
  if (typeof value === 'string') return plainText(value);
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

interface Variant {
  readonly choice: string | null;
  readonly values: Readonly<Record<string, PlotlyValue>>;
}

interface Button {
  readonly label?: string;
  readonly method?: string;
  readonly args?: readonly PlotlyValue[];
}

/** What the figure's menus make of a trace: which choice shows it, and its values in each choice that changes them. */
function variants({ layout, data }: Figure, trace: number): Variant[] {
  const menus = ((layout.updatemenus ?? []) as readonly PlotlyValue[]).map(
    (menu) => ((menu as { readonly buttons?: readonly PlotlyValue[] }).buttons ?? []) as readonly Button[],
  );
  let found: Variant[] = [{ choice: null, values: {} }];
  for (const buttons of menus) {
    const changes = buttons.map((button) => changeOf(button, trace, data.length));
    const shows = changes.filter(({ shown }) => shown === true);
    if (changes.some(({ values }) => Object.keys(values).length > 0)) {
      found = found.flatMap((before) =>
        changes.map(({ label, values }) => ({
          choice: joined(before.choice, label),
          values: { ...before.values, ...values },
        })),
      );
    } else if (shows.length > 0 && shows.length < buttons.length) {
      const names = shows.map(({ label }) => label).join(' or ');
      found = found.map(({ choice, values }) => ({ choice: joined(choice, names), values }));
    }
  }
  return found;
}

function joined(before: string | null, name: string): string {
  return before === null ? name : `${before}, ${name}`;
}

/** What a button does to one trace: whether it shows it, and the values it gives it. */
function changeOf({ label = '', method, args = [] }: Button, trace: number, count: number) {
  const restyled = method === 'restyle' || method === 'update' ? ((args[0] ?? {}) as Record<string, PlotlyValue>) : {};
  const visible = restyled.visible;
  const values: Record<string, PlotlyValue> = {};
  for (const name of ['x', 'y', 'error_y.array', 'error_y.arrayminus']) {
    const changed = restyled[name];
    if (!Array.isArray(changed) || changed.length !== count) continue;
    const [attribute, part] = name.split('.') as [string, string?];
    const own = changed[trace] as PlotlyValue;
    if (part === undefined) values[attribute] = own;
    else values[attribute] = { ...((values[attribute] ?? {}) as Record<string, PlotlyValue>), [part]: own };
  }
  return { label, shown: Array.isArray(visible) ? visible[trace] === true : undefined, values };
}

/** Of a figure whose traces are columns of texts, the rows from the top; else undefined. */
function tableRows({ data, layout }: Figure): FigureRow[] | undefined {
  const hidden = (axis: PlotlyValue | undefined) =>
    (axis as { readonly visible?: boolean } | undefined)?.visible === false;
  const columns = data.map(({ text }) => text);
  if (!(data.length > 0 && data.every(({ mode }) => mode === 'text') && hidden(layout.xaxis) && hidden(layout.yaxis))) {
    return undefined;
  }
  const places = data[0]!.y as readonly number[];
  return places.map((_, place) =>
    Object.fromEntries(data.map(({ name }, c) => [String(name), cell(at(columns[c], places.indexOf(place)) ?? null)])),
  );
}

/** The rows with the columns in order of first appearance, without those that hold nothing or, for `axes`, say nothing. */
function withoutEmpty(rows: readonly FigureRow[]): FigureRow[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => {
    const values = new Set(rows.map((row) => row[name] ?? null));
    return name === 'axes' ? values.size > 1 : values.size > 1 || !values.has(null);
  });
  return rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name] ?? null])));
}
