import { commonRanges } from './commonRanges';
import type { Figure, Frame, Layout, PlotlyValue } from './figure';
import { slider, sliderHeight } from './slider';

/** One setting of a dial, and what the figure is there. */
export interface DialSetting {
  /** What the slider says. */
  readonly value: string | number;
  /** The figure at this setting. */
  readonly figure: Figure;
}

export interface DialOptions {
  /** What is turned, with its unit: 'noise scale σ'. */
  readonly label: string;
  /** In the order of the slider; their figures by the same function, with the same series. */
  readonly settings: readonly DialSetting[];
  /** The value that is shown first. Default: the first. */
  readonly start?: string | number;
}

/**
 * One figure with a slider over figures that differ in a parameter: each was computed beforehand, so that it is turned without a
 * kernel, in the book too. Axes hold still: what has no range of its own gets the one that all settings need.
 *
 * @throws If there are fewer than two settings, two have one value, `start` is none of them, a figure has frames of its own, or
 *   they differ in their traces (series, types).
 * @example
 * const from = { scale: 'smoke', data: 'a formula', real: true, seeds: [], samples: 2, x: { label: 'x' }, y: { label: 'y' } };
 * const line = (slope: number) =>
 *   lineChart({ ...from, title: 'A line', rows: [0, 1].map((x) => ({ series: 'line', x, y: slope * x })) });
 * dial({ label: 'slope', settings: [1, 2, 3].map((value) => ({ value, figure: line(value) })) }).frames!.length; // 3
 */
export function dial({ label, settings, start = settings[0]?.value }: DialOptions): Figure {
  const names = settings.map(({ value }) => String(value));
  if (names.length < 2) throw new Error(`dial: expected at least two settings of "${label}", got ${names.length}`);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`dial: expected each setting of "${label}" once, got ${twice} twice`);
  const active = names.indexOf(String(start));
  if (active < 0) throw new Error(`dial: expected start to be one of ${names.join(', ')}, got ${start}`);
  const figures = commonRanges(settings.map(({ figure }) => figure));
  const shown = figures[active]!;
  figures.forEach((figure, i) => {
    if (figure.frames) throw new Error(`dial: expected figures without frames, got some at ${label} = ${names[i]}`);
    if (series(figure) === series(shown)) return;
    throw new Error(
      `dial: expected the same traces at every setting, got ${series(figure)} at ${label} = ${names[i]} and ${series(shown)} at ${names[active]}; draw a series that is empty there with a null.`,
    );
  });
  const below = (shown.layout.margin as { readonly b: number }).b;
  return {
    data: shown.data,
    layout: { ...heightened(shown.layout), sliders: [slider(label, names, { below, active })] },
    frames: figures.map(
      (figure, i): Frame => ({ name: names[i]!, data: figure.data, layout: changes(shown.layout, figure.layout) }),
    ),
  };
}

function series({ data }: Figure): string {
  return data.map(({ type, name }) => `${String(name ?? '')} (${type})`).join(', ');
}

/** Room below for the slider; the title is placed by shares of the whole height. */
function heightened(layout: Layout): Layout {
  const { height, margin, title } = layout as { height: number; margin: Layout; title: Layout };
  const whole = height + sliderHeight;
  return {
    ...layout,
    height: whole,
    margin: { ...margin, b: (margin.b as number) + sliderHeight },
    title: { ...title, y: 1 - ((1 - (title.y as number)) * height) / whole },
  };
}

/** What a frame must say: texts and marks that are not those of every setting. Sizes stay. */
const ofSetting = ['annotations', 'shapes'];

function changes(shown: Layout, layout: Layout): Layout {
  const changed: Record<string, PlotlyValue | undefined> = {};
  for (const key of ofSetting)
    if (layout[key] !== undefined || shown[key] !== undefined) changed[key] = layout[key] ?? [];
  const text = (of: Layout) => (of.title as Layout | undefined)?.text;
  if (text(layout) !== text(shown))
    throw new Error(`dial: expected one title, got "${text(layout)}" and "${text(shown)}"`);
  return changed;
}
