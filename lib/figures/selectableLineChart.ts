import type { Axis } from './axis';
import type { Figure, Layout, PlotlyValue, Trace } from './figure';
import { type LineChartOptions, type LineRow, lineChart } from './lineChart';
import { menu, menuHeight } from './menu';
import { nonEmpty } from './rows';
import { pageLayout, withMarks } from './theme';

/** One point of one line, in one of the variants (such as how the data were scaled). */
export interface SelectableRow extends LineRow {
  /** Default: the figure has no variants, and no second menu. */
  readonly variant?: string;
}

/** One choice of the first menu: a quantity with an axis of its own. */
export interface LineView {
  /** What the menu calls it. */
  readonly name: string;
  /** The y axis' label while it is shown. */
  readonly yLabel: string;
  /** Its points, of the same series as every view's. */
  readonly rows: readonly SelectableRow[];
}

export interface SelectableLineChartOptions
  extends Omit<LineChartOptions, 'rows' | 'x' | 'y' | 'references' | 'yFloor'> {
  /** The choices of the first menu. */
  readonly views: readonly LineView[];
  /** The axis to the right, of every view. */
  readonly x: Axis;
  /** What the menus choose, written above them: of views, and of variants. */
  readonly menus: readonly [string, string?];
}

const menuShift = 340;

/**
 * `lineChart` with menus: the first chooses among views (quantities, such as estimators), the second among variants of all of
 * them (such as normalisations); any choice of one goes with any of the other. It opens, and is exported, with the first of each.
 *
 * Every view must have the same series, and each of its variants the same x of them: a choice of the second menu exchanges values and
 * their intervals only. A value that a variant lacks is `y: null` there, without low and high.
 *
 * @throws On no views or rows, where variants differ in their series or points, and as `lineChart`.
 * @example
 * const from = { title: 'Two measures', scale: 'smoke', data: 'made here', real: true, seeds: [], samples: 1 };
 * const rows = [0, 1, 2].map((x) => ({ series: 'VICReg', x, y: x * x }));
 * const views = ['entropy', 'rank'].map((name) => ({ name, yLabel: name, rows }));
 * const figure = selectableLineChart({ ...from, views, x: { label: 'epoch' }, menus: ['Measure'] });
 * (figure.layout.updatemenus as unknown[]).length; // 1
 */
export function selectableLineChart({ views, menus, ...options }: SelectableLineChartOptions): Figure {
  nonEmpty('selectableLineChart', views);
  const variants = [...new Set(views.flatMap(({ rows }) => rows.map(({ variant }) => variant)))];
  const charts = variants.map((variant) =>
    views.map(({ name, yLabel, rows }) => {
      const own = rows.filter((row) => row.variant === variant);
      nonEmpty(`selectableLineChart: view "${name}", variant "${variant ?? ''}"`, own);
      return lineChart({ ...options, rows: own, y: { label: yLabel } });
    }),
  );
  const [first, ...others] = charts as [Figure[], ...Figure[][]];
  for (const [v, other] of others.entries()) requireSamePoints(views, first, other, variants[v + 1]);
  const ofViews = views.map((_, view) => alignTraces(charts.map((chart) => chart[view]!)));
  const data = ofViews.flatMap((traces, view) => traces[0]!.map((trace) => ({ ...trace, visible: view === 0 })));
  const series = first[0]!.data.flatMap((trace) => (isBand(trace) ? [] : [String(trace.name)]));
  const page = pageLayout(options, { legend: series, above: menuHeight });
  const [viewLabel, variantLabel] = menus;
  const viewMenu = menu(
    0,
    viewLabel,
    views.map(({ name, yLabel }, chosen) => ({
      label: name,
      method: 'update',
      args: [
        { visible: ofViews.flatMap((traces, view) => traces[0]!.map(() => view === chosen)) },
        { 'yaxis.title.text': yLabel, 'yaxis.autorange': true },
      ],
    })),
  );
  const variantMenu = menu(
    menuShift,
    variantLabel ?? '',
    variants.map((variant, v) => ({
      label: variant ?? '',
      method: 'restyle',
      args: [values(ofViews.flatMap((traces) => traces[v]!))],
    })),
  );
  const shown = variants.length > 1 ? [viewMenu, variantMenu] : [viewMenu];
  return {
    data,
    layout: {
      ...withMarks(
        page,
        shown.map(({ label }) => label),
      ),
      updatemenus: shown.map(({ box }) => box),
      xaxis: first[0]!.layout.xaxis,
      yaxis: first[0]!.layout.yaxis,
    },
  };
}

const isBand = (trace: Trace) => trace.fill !== undefined;

/**
 * A view's traces in each of its variants, as many and in one order: a series that has intervals in some variant has its band, or its
 * error bars, in all of them, without values where it has none.
 */
function alignTraces(variants: readonly Figure[]): readonly (readonly Trace[])[] {
  const like = (one: Trace) => (other: Trace) => other.legendgroup === one.legendgroup && isBand(other) === isBand(one);
  const lines = variants[0]!.data.filter((trace) => !isBand(trace));
  const bands = variants.flatMap(({ data }) => data.filter(isBand));
  const templates = lines.flatMap((line) => {
    const band = bands.find(({ legendgroup }) => legendgroup === line.legendgroup);
    return band ? [band, line] : [line];
  });
  return variants.map(({ data }) =>
    templates.map((template) => {
      const own = data.find(like(template)) ?? { ...template, x: [], y: [] };
      const all = variants.flatMap((variant) => variant.data.filter(like(template)));
      const bars = all.find((trace) => trace.error_y !== undefined)?.error_y as Layout | undefined;
      if (bars === undefined || own.error_y !== undefined) return own;
      const none = (own.y as readonly PlotlyValue[]).map(() => null);
      return { ...own, error_y: { ...bars, array: none, arrayminus: none } };
    }),
  );
}

/** What differs between variants: heights, the lengths of error bars, and where bands are. */
function values(traces: readonly Trace[]): { readonly [attribute: string]: PlotlyValue } {
  const bars = traces.map((trace) => trace.error_y as Layout | undefined);
  const restyled: Record<string, PlotlyValue> = { y: traces.map((trace) => trace.y ?? null) };
  if (traces.some(isBand)) restyled.x = traces.map((trace) => trace.x ?? null);
  if (bars.some((bar) => bar !== undefined)) {
    restyled['error_y.array'] = bars.map((bar) => bar?.array ?? null);
    restyled['error_y.arrayminus'] = bars.map((bar) => bar?.arrayminus ?? null);
  }
  return restyled;
}

function requireSamePoints(
  views: readonly LineView[],
  one: readonly Figure[],
  other: readonly Figure[],
  variant: string | undefined,
): void {
  const points = ({ data }: Figure) =>
    JSON.stringify(data.flatMap((trace) => (isBand(trace) ? [] : [[trace.name, trace.x]])));
  const at = one.findIndex((figure, view) => points(figure) !== points(other[view]!));
  if (at < 0) return;
  throw new Error(
    `selectableLineChart: expected the variants of view "${views[at]!.name}" to have the same series and x, got others in "${variant}"; give a missing value as y: null.`,
  );
}
