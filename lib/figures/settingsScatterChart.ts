import { type Axis, plotlyAxis } from './axis';
import { type Figure, roundedAll, type Trace } from './figure';
import { menu, menuHeight } from './menu';
import type { Provenance } from './provenance';
import { checkedNumber, nonEmpty } from './rows';
import { pageLayout, seriesStyle, withMarks } from './theme';

/** One point, and the settings that it was made with. */
export interface SettingsRow {
  /** In the data's units. */
  readonly x: number;
  /** In the data's units. */
  readonly y: number;
  /** Half the length of the error bar of y; default none. */
  readonly yError?: number;
  /** What the point is, first in its hover text. */
  readonly name: string;
  /** Shown on hover, every one; the same names in all rows. */
  readonly settings: Readonly<Record<string, string | number>>;
}

export interface SettingsScatterChartOptions extends Provenance {
  /** One for each point. */
  readonly rows: readonly SettingsRow[];
  /** The axis to the right. */
  readonly x: Axis;
  /** The axis upwards. */
  readonly y: Axis;
  /** The setting that colours the points at first, and in the exported picture; default: the first. */
  readonly colorBy?: string;
  /** The settings that the menu offers, `colorBy` among them or first; each adds the hover texts once more. Default: all. */
  readonly menu?: readonly string[];
}

/** Numbers by size, before texts in order of appearance. */
function sortedLevels(levels: readonly (string | number)[]): (string | number)[] {
  const distinct = [...new Set(levels)];
  const numbers = distinct.filter((level): level is number => typeof level === 'number').sort((a, b) => a - b);
  return [...numbers, ...distinct.filter((level) => typeof level === 'string')];
}

/**
 * Points that each stand for a model or an experiment: hovering shows its settings, and a menu chooses the setting that colours them,
 * each level a colour and a marker.
 *
 * @throws On empty rows, a value that is not finite or that its log axis cannot show, rows of different settings, none at all, and
 *   a `colorBy` or `menu` that names none of them.
 * @example
 * const from = { title: 'Models', scale: 'smoke', data: 'made here', real: true, seeds: [], samples: 3 };
 * const rows = [8, 16, 32].map((width) => ({ x: width, y: 1 / width, name: `width ${width}`, settings: { width } }));
 * const axes = { x: { label: 'bound' }, y: { label: 'gap' } };
 * settingsScatterChart({ ...from, ...axes, rows }).data.length; // 3
 */
export function settingsScatterChart(options: SettingsScatterChartOptions): Figure {
  const { rows, x, y } = options;
  nonEmpty('settingsScatterChart', rows);
  const names = Object.keys(rows[0]!.settings);
  rows.forEach((row, i) => {
    const where = `settingsScatterChart: row ${i} ("${row.name}")`;
    checkedNumber(where, 'x', row.x, x.log);
    checkedNumber(where, 'y', row.y, y.log);
    const own = Object.keys(row.settings);
    if (own.length > 0 && own.join() === names.join()) return;
    throw new Error(`${where}: expected the settings ${names.join(', ')}, at least one, got ${own.join(', ')}`);
  });
  const colorBy = options.colorBy ?? names[0]!;
  const unknown = [colorBy, ...(options.menu ?? [])].find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Error(
      `settingsScatterChart: expected colorBy and menu to be of the settings ${names.join(', ')}, got '${unknown}'`,
    );
  }
  const ordered = [colorBy, ...(options.menu ?? names).filter((name) => name !== colorBy)];
  const levels = new Map(ordered.map((name) => [name, sortedLevels(rows.map((row) => row.settings[name]!))]));
  const legendOf = (name: string) => levels.get(name)!.map((level) => `${name} ${level}`);
  const traces = ordered.flatMap((name) =>
    levels.get(name)!.map((level, i) => {
      const own = rows.filter((row) => row.settings[name] === level);
      return [name, traceOf(`${name} ${level}`, own, i)] as const;
    }),
  );
  const { box, label } = menu(
    0,
    'coloured by',
    ordered.map((chosen) => ({
      label: chosen,
      method: 'restyle',
      args: [{ visible: traces.map(([name]) => name === chosen) }],
    })),
  );
  const longest = ordered.map(legendOf).reduce((a, b) => (b.join().length > a.join().length ? b : a));
  const page = pageLayout(options, { legend: longest, above: menuHeight });
  return {
    data: traces.map(([name, trace]) => ({ ...trace, visible: name === colorBy })),
    layout: {
      ...withMarks(page, [label]),
      showlegend: true,
      hovermode: 'closest',
      updatemenus: [box],
      xaxis: plotlyAxis(
        x,
        rows.map((row) => row.x),
      ),
      yaxis: plotlyAxis(
        y,
        rows.flatMap((row) => [row.y - (row.yError ?? 0), row.y + (row.yError ?? 0)]),
      ),
    },
  };
}

function traceOf(name: string, rows: readonly SettingsRow[], index: number): Trace {
  const { color, marker } = seriesStyle(index);
  const hover = rows.map((row) => {
    const settings = Object.entries(row.settings).map(([setting, level]) => `${setting}: ${level}`);
    return [`<b>${row.name}</b>`, ...settings].join('<br>');
  });
  const bars = rows.some(({ yError }) => yError !== undefined);
  return {
    type: 'scatter',
    mode: 'markers',
    name,
    x: roundedAll(rows.map((row) => row.x)),
    y: roundedAll(rows.map((row) => row.y)),
    text: hover,
    hovertemplate: '%{text}<br>(%{x}, %{y})<extra></extra>',
    marker: { color, symbol: marker, size: 9, opacity: 0.9 },
    ...(bars && {
      error_y: {
        type: 'data',
        array: roundedAll(rows.map(({ yError }) => yError ?? 0)),
        color,
        thickness: 1.2,
        width: 3,
      },
    }),
  };
}
