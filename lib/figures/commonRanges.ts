import { type Figure, type Layout, rounded, type Trace } from './figure';

/** Share of the range that Plotly leaves free at either end, roughly. */
const margin = 0.04;

/**
 * The figures with the same range on each numeric axis: the union of their own ranges or, where none has one, all that is drawn
 * along it. Axes of categories, and reversed ones, are left.
 */
export function commonRanges(figures: readonly Figure[]): Figure[] {
  const names = Object.keys(figures[0]?.layout ?? {}).filter((name) => /^[xy]axis\d*$/.test(name));
  const ranges = names.flatMap((name) => {
    const axes = figures.map(({ layout }) => layout[name] as Layout);
    if (axes.some(({ type, autorange }) => (type !== 'linear' && type !== 'log') || autorange === 'reversed'))
      return [];
    const own = axes.flatMap(({ range }) => (range as readonly number[] | undefined) ?? []);
    const range = own.length > 0 ? own : drawn(figures, name, axes[0]!.type === 'log');
    return range.length > 0 ? [[name, [Math.min(...range), Math.max(...range)]] as const] : [];
  });
  return figures.map(({ layout, ...figure }) => {
    const axes = ranges.map(([name, range]) => [name, { ...(layout[name] as Layout), range }] as const);
    return { ...figure, layout: { ...layout, ...Object.fromEntries(axes) } };
  });
}

/** The ends of what all figures draw along the axis, with a margin, in the axis' own units (log10 where it is logarithmic). */
function drawn(figures: readonly Figure[], axis: string, log: boolean): number[] {
  const letter = axis[0]!;
  const reference = axis.replace('axis', '');
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const trace of figures.flatMap(({ data }) => data)) {
    if ((trace[`${letter}axis`] ?? letter) !== reference) continue;
    for (const value of along(trace, letter)) {
      const at = log ? Math.log10(value) : value;
      if (!Number.isFinite(at)) continue;
      low = Math.min(low, at);
      high = Math.max(high, at);
    }
  }
  if (low > high) return [];
  const room = high > low ? margin * (high - low) : 0.5;
  return [rounded(low - room)!, rounded(high + room)!];
}

/** The trace's numbers along x or y, with the ends of its error bars, and 0 where it is filled or stands on it. */
function along(trace: Trace, letter: string): number[] {
  const numbers = (values: unknown) => (Array.isArray(values) ? (values as readonly unknown[]) : []);
  const values = numbers(trace[letter]).map((value) => (typeof value === 'number' ? value : Number.NaN));
  const bars = trace[`error_${letter}`] as Layout | undefined;
  const up = numbers(bars?.array);
  const down = numbers(bars?.arrayminus ?? bars?.array);
  const ends = values.flatMap((value, i) => [value + Number(up[i] ?? 0), value - Number(down[i] ?? 0)]);
  const onZero = trace.fill === `tozero${letter}` || (trace.type === 'bar' && letter === 'y');
  return onZero ? [...ends, 0] : ends;
}
