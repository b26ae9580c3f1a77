/** Plain JSON-like data, as Plotly's schema takes it. */
export type PlotlyValue =
  | string
  | number
  | boolean
  | null
  | readonly PlotlyValue[]
  | { readonly [key: string]: PlotlyValue | undefined };

/** One Plotly trace: `type` and whatever attributes that type has. */
export interface Trace {
  /** Plotly's name of the kind of trace, such as 'scatter'. */
  readonly type: string;
  readonly [attribute: string]: PlotlyValue | undefined;
}

/** Plotly's layout; `meta` holds the figure's provenance for programs that read it. */
export interface Layout {
  readonly [attribute: string]: PlotlyValue | undefined;
}

/** One frame of an animation: the traces (in order) that replace the figure's own. */
export interface Frame {
  /** What the slider calls it. */
  readonly name: string;
  /** The traces that are drawn in place of the figure's. */
  readonly data: readonly Trace[];
  /** Which of the figure's traces they replace, by their places. Default: the first. */
  readonly traces?: readonly number[];
  /** What it changes of the layout. Default: nothing. */
  readonly layout?: Layout;
}

/** A Plotly figure as plain data: it can be stored, compared, shown (`show`) and exported (`exportFigure`). */
export interface Figure {
  /** The traces, drawn in this order. */
  readonly data: readonly Trace[];
  /** Axes, texts, sizes. */
  readonly layout: Layout;
  /** The moments of an animation, or a dial's settings. Default: none. */
  readonly frames?: readonly Frame[];
}

/** Rounds to `digits` significant digits (default 5): enough for a picture, and a third of the JSON. Not finite: null, a gap. */
export function rounded(value: number | null, digits = 5): number | null {
  return value === null || !Number.isFinite(value) ? null : Number(value.toPrecision(digits));
}

/** `rounded` for each value. */
export function roundedAll(values: ArrayLike<number | null>, digits = 5): (number | null)[] {
  return Array.from(values, (value) => rounded(value, digits));
}

/** Bytes of the figure's JSON (UTF-8), which is what it adds to a notebook's file. */
export function figureBytes(figure: Figure): number {
  return Buffer.byteLength(JSON.stringify(figure));
}

/**
 * Throws if the figure's JSON is larger than `limit` bytes (default 400,000). A committed notebook must stay below 1.5 MB,
 * its pictures included.
 */
export function checkFigureSize(figure: Figure, limit = 400_000): void {
  const bytes = figureBytes(figure);
  if (bytes <= limit) return;
  const heaviest = figure.data
    .map((trace, index) => ({ name: String(trace.name ?? index), bytes: JSON.stringify(trace).length }))
    .sort((a, b) => b.bytes - a.bytes)[0];
  const culprit = heaviest ? `, ${heaviest.bytes} of them in trace "${heaviest.name}"` : '';
  throw new Error(
    `checkFigureSize: expected at most ${limit} bytes of JSON, got ${bytes}${culprit}. Draw fewer points (bin or subsample the rows), or raise the limit for this figure`,
  );
}
