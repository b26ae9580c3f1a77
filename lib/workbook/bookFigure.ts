import type { Figure, Layout, PlotlyValue } from '../figures/figure';
import { figureRows } from '../figures/figureRows';
import { titleSpace } from '../figures/theme';
import { csvText } from './csv';
import { escapeHtml } from './table';

/** A figure of a notebook, as its place in the book needs it. */
export interface PlacedFigure {
  readonly figure: Figure;
  /** Its number in the notebook, from 1. */
  readonly number: number;
  /** Its files' name without ending: '05-3-figure-3'. */
  readonly file: string;
  /** Base64 of its PNG; undefined where none was drawn. */
  readonly png?: string;
  /** The id of the text that says how to read it. */
  readonly reading?: string;
  /** What makes it: a line for the terminal. */
  readonly command: string;
  /** HTML that takes the interactive figure's place: a table. */
  readonly table?: string;
}

/** A file beside the book's pages. */
export interface BookFile {
  /** Path in the book's folder. */
  readonly path: string;
  readonly content: string | Buffer;
}

/**
 * A figure as HTML: its title and provenance as a caption, its picture, which the page's script replaces by the interactive figure, and
 * under it its data, its picture and the command that makes it. Its data lie beside it as JSON, for no page opened from a disk may
 * fetch a file.
 */
export function bookFigure(placed: PlacedFigure): { readonly html: string; readonly files: readonly BookFile[] } {
  const { figure, number, file, png, reading, command, table } = placed;
  const { title = `Figure ${number}`, subtitle = '', real } = (figure.layout.meta ?? {}) as FigureMeta;
  const id = `figure-${number}`;
  const rows = figureRows(figure);
  const columns = Object.keys(rows[0] ?? {});
  const files: BookFile[] = [];
  const links: string[] = [];
  const link = (ending: string, what: string, content: string | Buffer) => {
    files.push({ path: `figures/${file}.${ending}`, content });
    const said = `${what} of figure ${number}`;
    links.push(`<a href="figures/${file}.${ending}" download aria-label="${said}">${what}</a>`);
  };
  if (rows.length > 0)
    link(
      'csv',
      'CSV',
      csvText(
        columns,
        rows.map((row) => columns.map((name) => row[name])),
      ),
    );
  else links.push('<span>no CSV: its data are pictures</span>');
  if (png) link('png', 'PNG', Buffer.from(png, 'base64'));
  else links.push('<span>no PNG: none was drawn (it takes Chromium)</span>');
  const generated = real === false ? '<strong class="generated">Generated data</strong> ' : '';
  const described = reading ? ` aria-describedby="${reading}"` : '';
  const html = `<figure class="figure" id="${id}" aria-labelledby="${id}-title"${described}>
<figcaption><span class="title" id="${id}-title">Figure ${number}. ${escapeHtml(title)}</span>
<span class="provenance">${generated}${escapeHtml(subtitle.replace(/^GENERATED DATA · /, ''))}</span></figcaption>
${table ?? plot(figure, file, png !== undefined)}
<p class="files">${links.join(' ')} <code>${escapeHtml(command)}</code></p>
</figure>`;
  return { html, files };
}

interface FigureMeta {
  readonly title?: string;
  readonly subtitle?: string;
  readonly real?: boolean;
}

function plot(figure: Figure, file: string, pictured: boolean): string {
  const { width = 800, height = 450 } = figure.layout as { readonly width?: number; readonly height?: number };
  const alt = escapeHtml(figureAlt(figure));
  const picture = pictured
    ? `<img src="figures/${file}.png" alt="${alt}" width="${width}" height="${Math.round(height)}" loading="lazy">`
    : '<noscript><p>This figure is drawn by JavaScript.</p></noscript>';
  const shown = untitled(figure);
  const json = JSON.stringify({ data: shown.data, layout: shown.layout, frames: shown.frames ?? [] });
  return `<div class="plot" data-alt="${alt}" data-least="${leastWidth(figure)}">${picture}
<script type="application/json">${json.replaceAll('<', '\\u003c')}</script></div>`;
}

/** The figure without its title and provenance, which the caption says, and without their space. */
export function untitled(figure: Figure): Figure {
  const { title, annotations = [], ...layout } = figure.layout;
  const marks = annotations as readonly PlotlyValue[];
  const isProvenance = (mark: PlotlyValue) => (mark as { readonly name?: string }).name === 'provenance';
  const provenance = marks.find(isProvenance) as { readonly text: string } | undefined;
  const { height, margin } = layout as { height?: number; margin?: { t?: number } };
  if (!provenance || height === undefined || margin?.t === undefined) return figure;
  const freed = titleSpace(String((title as { readonly text?: string } | undefined)?.text ?? ''), provenance.text);
  const without = (own: Layout, of: readonly PlotlyValue[]): Layout => ({
    ...own,
    annotations: of.filter((mark) => !isProvenance(mark)),
  });
  return {
    ...figure,
    layout: { ...without(layout, marks), height: height - freed, margin: { ...margin, t: margin.t - freed } },
    // A frame may bring its own marks, which then replace all of the layout's.
    ...(figure.frames && {
      frames: figure.frames.map((frame) => {
        const own = frame.layout?.annotations;
        return own === undefined ? frame : { ...frame, layout: without(frame.layout!, own as readonly PlotlyValue[]) };
      }),
    }),
  };
}

/** The least width in pixels at which a figure is redrawn to fit a narrow page; pictures, tables and panels keep their own. */
function leastWidth({ data, layout }: Figure): number {
  const { width = 800, margin } = layout as { width?: number; margin?: { l?: number; r?: number } };
  const panels = Object.keys(layout).filter((name) => name.startsWith('xaxis')).length;
  if (panels > 1 || data.some(({ type, mode }) => type === 'image' || mode === 'text')) return width;
  return Math.min(width, (margin?.l ?? 80) + (margin?.r ?? 80) + 200);
}

/** What a figure shows, for a reader who does not see it: title, kind, axes with their ranges, series. */
export function figureAlt({ data, layout, frames }: Figure): string {
  const { title = 'Figure' } = (layout.meta ?? {}) as FigureMeta;
  const names = [...new Set(data.filter((trace) => trace.showlegend !== false).map(({ name }) => name))];
  const series = names.filter((name): name is string => typeof name === 'string' && name !== '');
  const one = Object.keys(layout).filter((name) => name.startsWith('xaxis')).length === 1;
  const axes = one ? (['x', 'y'] as const).flatMap((axis) => axisText({ data, layout }, axis)) : [];
  return [
    title,
    ...axes,
    ...(series.length > 0 ? [`series: ${series.join(', ')}`] : []),
    ...(frames && frames.length > 0
      ? [`${frames.length} frames, from ${frames[0]!.name} to ${frames.at(-1)!.name}`]
      : []),
  ]
    .join('. ')
    .replace(/<\/?\w[^>]*>/g, ' ');
}

function axisText({ data, layout }: Figure, axis: 'x' | 'y'): string[] {
  const { title, type } = (layout[`${axis}axis`] ?? {}) as { title?: { text?: string }; type?: string };
  if (!title?.text) return [];
  const values = data.flatMap((trace) => (Array.isArray(trace[axis]) ? (trace[axis] as readonly PlotlyValue[]) : []));
  const numbers = values.filter((value): value is number => typeof value === 'number');
  if (numbers.length === 0) return [`${axis}: ${title.text}`];
  const ends = [numbers.reduce((a, b) => Math.min(a, b)), numbers.reduce((a, b) => Math.max(a, b))].map((value) =>
    Number(value.toPrecision(3)),
  );
  return [`${axis}: ${title.text}, ${ends.join(' to ')}${type === 'log' ? ', logarithmic' : ''}`];
}
