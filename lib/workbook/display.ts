import { checkFigureSize, type Figure } from '../figures/figure';
import { type Cell, htmlTable, markdownTable, plainTable, type Row } from './table';

/** Mime type of a Plotly figure in JupyterLab, VS Code and executed notebooks. */
export const plotlyMime = 'application/vnd.plotly.v1+json';

/** What one output holds, by mime type; front ends show the richest they know. `text/plain` is always there. */
export interface MimeBundle {
  /** For a front end that shows nothing else. */
  readonly 'text/plain': string;
  readonly [mime: string]: unknown;
}

interface DisplayMessage {
  readonly data: MimeBundle;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly transient: { readonly display_id?: string };
}
type WriteDisplay = (message: DisplayMessage, update: boolean) => void;

/**
 * The kernel's function that sends an output, or null outside a kernel. tslab's public `display` sends one mime type at a
 * time; this is what it calls itself. Looked up among the loaded modules: outside a kernel tslab is not loaded.
 */
function kernelWriter(): WriteDisplay | null {
  const path = Object.keys(require.cache).find((file) => /[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(file));
  const loaded = path === undefined ? undefined : require.cache[path];
  return (loaded?.exports as { lastWriteDisplayData?: WriteDisplay } | undefined)?.lastWriteDisplayData ?? null;
}

/** Whether this process is a notebook's kernel that has run a cell. */
export function inNotebook(): boolean {
  return kernelWriter() !== null;
}

/** Shows the bundle as an output of the running cell; outside a kernel prints its plain text. */
export function showBundle(data: MimeBundle): void {
  const write = kernelWriter();
  if (write) write({ data, metadata: {}, transient: {} }, false);
  else console.log(data['text/plain']);
}

/** An output that can be replaced in place. */
export interface UpdatableDisplay {
  /** Shows the bundle, at first as a new output, then in its place. Outside a kernel nothing is shown. */
  update(data: MimeBundle, metadata?: Readonly<Record<string, unknown>>): void;
}

let displays = 0;

/** An output of its own that `update` fills and replaces. */
export function updatableDisplay(): UpdatableDisplay {
  displays++;
  const id = `infossl-${process.pid}-${Date.now().toString(36)}-${displays}`;
  let shown = false;
  return {
    update(data, metadata = {}) {
      const write = kernelWriter();
      if (!write) return;
      write({ data, metadata, transient: { display_id: id } }, shown);
      shown = true;
    },
  };
}

/** The figure as an output's bundle: Plotly's JSON, and its title and traces in words. */
export function figureBundle(figure: Figure): MimeBundle {
  const { data, layout, frames } = figure;
  const plotly = { data, layout, ...(frames ? { frames } : {}), config: { displaylogo: false, responsive: false } };
  return { [plotlyMime]: plotly, 'text/plain': figureText(figure) };
}

/** One line for a terminal: title, provenance, names of the traces. */
export function figureText({ data, layout }: Figure): string {
  const { title = 'Figure', subtitle = '' } = (layout.meta ?? {}) as { title?: string; subtitle?: string };
  const names = data.filter((trace) => trace.showlegend !== false).map((trace) => String(trace.name ?? trace.type));
  return `[figure] ${title} (${subtitle}): ${[...new Set(names)].join(', ')}`;
}

/**
 * Shows a figure, interactive in a notebook. Throws if its JSON is larger than `limit` bytes (default 400,000).
 *
 * @param limit Most bytes of its JSON; default 400,000.
 * @example
 * const from = { title: 'A line', scale: 'smoke', data: 'a formula', real: true, seeds: [], samples: 2 };
 * const rows = [0, 1].map((x) => ({ series: 'x²', x, y: x * x }));
 * show(lineChart({ ...from, rows, x: { label: 'x' }, y: { label: 'y' } }));
 */
export function show(figure: Figure, options: { readonly limit?: number } = {}): void {
  checkFigureSize(figure, options.limit);
  showBundle(figureBundle(figure));
}

/**
 * Shows Markdown; TeX between dollar signs is set by the front end.
 *
 * @example
 * showMarkdown('The entropy of $N(0, \\sigma^2)$ is $\\tfrac12 \\ln(2 \\pi e \\sigma^2)$.');
 */
export function showMarkdown(markdown: string): void {
  showBundle({ 'text/markdown': markdown, 'text/plain': markdown });
}

/**
 * Shows rows (plain records) as a table; columns are the keys in order of first appearance, or `columns`.
 * Numbers are written with 4 significant digits.
 *
 * @param columns Which columns, in this order; default: all, as above.
 * @example
 * showTable([{ method: 'VICReg', linear: 0.8 }, { method: 'BYOL', linear: 0.78 }]);
 */
export function showTable(rows: readonly Row[], columns?: readonly string[]): void {
  const cells: Cell[][] = tableCells(rows, columns);
  showBundle({ 'text/html': htmlTable(cells), 'text/markdown': markdownTable(cells), 'text/plain': plainTable(cells) });
}

function tableCells(rows: readonly Row[], columns?: readonly string[]): Cell[][] {
  const names = columns ?? [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (rows.length === 0 || names.length === 0)
    throw new Error('showTable: expected at least one row with a column, got none');
  return [[...names], ...rows.map((row) => names.map((name) => row[name]))];
}
