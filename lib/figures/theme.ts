import type { Layout, PlotlyValue } from './figure';
import { type Provenance, subtitle, wrapText } from './provenance';

/**
 * The palette of Okabe & Ito (2008), which people with any common colour blindness tell apart, in an order that keeps
 * neighbours distinct in grey too. Its yellow is left out: too pale for a line on white.
 */
export const palette = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#56B4E9', '#E69F00', '#000000'] as const;
const dashes = ['solid', '7px,3px', '2px,2px', '8px,3px,2px,3px', '14px,4px', '14px,3px,2px,3px', 'solid'] as const;
const markers = ['circle', 'square', 'triangle-up', 'diamond', 'x', 'triangle-down', 'cross'] as const;

/** Colour, dash and marker of the i-th series: each differs, so that a figure reads in grey as well. They repeat after 7. */
export function seriesStyle(index: number): { color: string; dash: string; marker: string } {
  const i = index % palette.length;
  return { color: palette[i]!, dash: dashes[i]!, marker: markers[i]! };
}

/** '#RRGGBB' with an opacity in 0..1, as Plotly takes it. */
export function translucent(color: string, opacity: number): string {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return `rgba(${r}, ${g}, ${b}, ${opacity})`;
}

/** A colour of the palette for text on white: darkened as far as WCAG AA asks of text, a contrast of 4.5. */
export function textColor(color: string): string {
  const channels = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  const linear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const at = (share: number) => channels.map((channel) => Math.round(channel * share));
  const contrast = (rgb: readonly number[]) => {
    const [r, g, b] = rgb.map((channel) => linear(channel / 255));
    return 1.05 / (0.2126 * r! + 0.7152 * g! + 0.0722 * b! + 0.05);
  };
  let share = 1;
  while (contrast(at(share)) < 4.5) share -= 0.02;
  return `#${at(share)
    .map((channel) => channel.toString(16).padStart(2, '0').toUpperCase())
    .join('')}`;
}

/** Dark for ink, grey for what stands behind it. */
export const ink = { text: '#222222', faint: '#555555', grid: '#E3E3E3', reference: '#444444' } as const;

/** Cividis: even for the colour-blind and, in grey, running from dark to light. */
export const sequentialScale = 'Cividis';
/** Blue, white, vermilion: for values on both sides of a centre. */
export const divergingScale: PlotlyValue = [
  [0, palette[0]],
  [0.5, '#FFFFFF'],
  [1, palette[1]],
];

const fontFamily = "Arial, Helvetica, 'Liberation Sans', sans-serif";
const size = { title: 17, subtitle: 12, axis: 14, tick: 12.5, legend: 13 };
const gap = { edge: 16, afterSubtitle: 14, axisTitle: 62, legendRow: 21, belowLegend: 12 };

export interface PageOptions {
  /** Pixels; default 800. */
  readonly width?: number;
  /** Height in pixels of the area between the axes; default 360. The figure grows with its subtitle and legend. */
  readonly plotHeight?: number;
  /** Margins left and right of the plot in pixels; default 84 and 30. */
  readonly left?: number;
  readonly right?: number;
  /** Extra pixels between subtitle and plot, e.g. for labels there; default 0. */
  readonly above?: number;
  /** Pixels below the plot for its axis; default 62. */
  readonly below?: number;
  /** Names in the legend, which stands below the plot; empty (the default): no legend. */
  readonly legend?: readonly string[];
}

/**
 * Everything but axes and shapes: title, provenance, margins, legend, fonts. Sizes are fixed in pixels, so that wrapped
 * lines, legend rows and plot never overlap, and a notebook shows what the exported picture shows.
 */
export function pageLayout(provenance: Provenance, options: PageOptions = {}): Layout {
  const {
    width = 800,
    plotHeight = 360,
    left = 84,
    right = 30,
    above = 0,
    below = gap.axisTitle,
    legend = [],
  } = options;
  const inner = width - 2 * gap.edge;
  const plotWidth = width - left - right;
  const titleLines = wrapText(provenance.title, Math.floor(inner / (0.52 * size.title)));
  const subtitleText = subtitle(provenance);
  const subtitleLines = wrapText(subtitleText, Math.floor(inner / (0.5 * size.subtitle)));
  const titles = headHeight(titleLines.length, subtitleLines.length);
  const top = Math.round(gap.edge + titles + gap.afterSubtitle + above);
  const bottom = below + legendRows(legend, plotWidth) * gap.legendRow + (legend.length > 0 ? gap.belowLegend : 0);
  const height = top + plotHeight + bottom;
  return {
    width,
    height,
    autosize: false,
    paper_bgcolor: '#FFFFFF',
    plot_bgcolor: '#FFFFFF',
    font: { family: fontFamily, size: size.tick, color: ink.text },
    margin: { l: left, r: right, t: top, b: bottom, pad: 0, autoexpand: false },
    title: {
      text: `<b>${titleLines.join('<br>')}</b>`,
      font: { size: size.title, color: ink.text },
      x: gap.edge / width,
      xref: 'container',
      xanchor: 'left',
      // Plotly centres the lines of a title around the place of one line.
      y: 1 - (gap.edge + 0.65 * size.title * (titleLines.length - 1)) / height,
      yref: 'container',
      yanchor: 'top',
    },
    annotations: [
      // An annotation, because renderers older than Plotly 2.33 would drop `title.subtitle` without a word.
      {
        name: 'provenance',
        text: subtitleLines.join('<br>'),
        showarrow: false,
        align: 'left',
        xref: 'paper',
        x: 0,
        xanchor: 'left',
        xshift: gap.edge - left,
        yref: 'paper',
        y: 1,
        yanchor: 'bottom',
        yshift: gap.afterSubtitle + above - 4,
        borderpad: 0,
        borderwidth: 0,
        font: { size: size.subtitle, color: ink.faint },
      },
    ],
    showlegend: legend.length > 0,
    legend: {
      orientation: 'h',
      x: 0,
      xanchor: 'left',
      y: -(below - 4) / plotHeight,
      yanchor: 'top',
      font: { size: size.legend },
      traceorder: 'normal',
      itemwidth: 40, // wide enough to show a dash
    },
    hoverlabel: { font: { family: fontFamily, size: size.legend } },
    meta: { title: provenance.title, subtitle: subtitleText.replace(/<\/?b>/g, ''), real: provenance.real },
  };
}

function headHeight(titleLines: number, subtitleLines: number): number {
  return titleLines * size.title * 1.3 + 2 + subtitleLines * size.subtitle * 1.3;
}

/** Pixels that `pageLayout` gave to a title and a provenance, as Plotly has their texts: less is there without them. */
export function titleSpace(title: string, provenance: string): number {
  const lines = (text: string) => text.split('<br>').length;
  return Math.floor(headHeight(lines(title), lines(provenance)) + gap.edge / 2);
}

/** Rows that Plotly's horizontal legend takes: one if all fits, else columns as wide as the longest name. */
function legendRows(names: readonly string[], width: number): number {
  const widths = names.map((name) => 56 + name.length * size.legend * 0.5);
  const total = widths.reduce((sum, w) => sum + w, 0);
  if (total <= width) return names.length === 0 ? 0 : 1;
  const columns = Math.max(1, Math.floor(width / Math.max(...widths)));
  return Math.ceil(names.length / columns);
}

/** The layout with more annotations and shapes than it has. */
export function withMarks(
  layout: Layout,
  annotations: readonly PlotlyValue[],
  shapes: readonly PlotlyValue[] = [],
): Layout {
  const before = (layout.annotations ?? []) as readonly PlotlyValue[];
  const shapesBefore = (layout.shapes ?? []) as readonly PlotlyValue[];
  return { ...layout, annotations: [...before, ...annotations], shapes: [...shapesBefore, ...shapes] };
}

/** A colour bar right of the plot, with its label beside it; the page needs 110 pixels at its right for it. */
export function colorBar(label: string): { colorbar: PlotlyValue; annotation: PlotlyValue } {
  return {
    colorbar: {
      x: 1,
      xanchor: 'left',
      xpad: 12,
      y: 0.5,
      ypad: 0,
      len: 1,
      thickness: 15,
      outlinewidth: 0,
      nticks: 7,
      tickfont: { size: size.tick },
    },
    // Plotly's own title of a colour bar runs into the tick labels where margins are fixed.
    annotation: {
      text: label,
      textangle: -90,
      showarrow: false,
      xref: 'paper',
      x: 1,
      xanchor: 'left',
      xshift: 76,
      yref: 'paper',
      y: 0.5,
      yanchor: 'middle',
      font: { size: size.legend },
    },
  };
}

/** Font sizes of the theme in pixels; none is below 12. */
export const fontSize = size;
