import { join } from 'node:path';
import type { Figure } from '../figures/figure';
import { plotlyMime } from './display';
import { exportFigure, type FigureRenderer, openRenderer } from './exportFigure';
import { type Notebook, type NotebookOutput, outputsOf } from './notebookFile';

/** Sharp enough to read in a page, and half the bytes of twice the size: a notebook with its pictures is versioned. */
const pictureScale = 1.5;

/**
 * The notebook with a PNG beside each of its Plotly figures, so that it shows where it is only read (as on GitHub).
 * A picture already there is drawn anew. A notebook without figures is returned as it is and starts no browser.
 * `renderer` (default: one browser for this call) saves time for many notebooks.
 */
export async function addStaticPictures(notebook: Notebook, renderer?: FigureRenderer): Promise<Notebook> {
  if (figuresOf(notebook).length === 0) return notebook;
  return withRenderer(renderer, async (own) => {
    const cells = [];
    for (const cell of notebook.cells) {
      if (!cell.outputs) {
        cells.push(cell);
        continue;
      }
      const outputs: NotebookOutput[] = [];
      for (const output of cell.outputs) outputs.push(await withPicture(output, own));
      cells.push({ ...cell, outputs });
    }
    return { ...notebook, cells };
  });
}

/**
 * Writes each figure of an executed notebook as PNG and SVG: `folder/<prefix>-<n>-<title>.png`, n counted from 1.
 * Returns the files' paths. The folder is made if missing.
 */
export async function exportFigures(
  notebook: Notebook,
  folder: string,
  prefix: string,
  renderer?: FigureRenderer,
): Promise<string[]> {
  const figures = figuresOf(notebook);
  if (figures.length === 0) return [];
  return withRenderer(renderer, async (own) => {
    const paths: string[] = [];
    for (const [i, figure] of figures.entries()) {
      for (const ending of ['png', 'svg']) {
        const path = join(folder, `${figureName(figure, prefix, i + 1)}.${ending}`);
        await exportFigure(figure, path, own);
        paths.push(path);
      }
    }
    return paths;
  });
}

async function withRenderer<T>(
  given: FigureRenderer | undefined,
  work: (own: FigureRenderer) => Promise<T>,
): Promise<T> {
  const own = given ?? (await openRenderer());
  try {
    return await work(own);
  } finally {
    if (!given) await own.close();
  }
}

async function withPicture(output: NotebookOutput, renderer: FigureRenderer): Promise<NotebookOutput> {
  const figure = output.data?.[plotlyMime] as Figure | undefined;
  if (!figure) return output;
  const png = await renderer.render(figure, 'png', pictureScale);
  return { ...output, data: { ...output.data, 'image/png': png.toString('base64') } };
}

function figuresOf(notebook: Notebook): Figure[] {
  return outputsOf<Figure>(notebook, plotlyMime);
}

/** What a notebook's figures' names, and the command that makes it, begin with: its two digits, or its whole name where another has them too. */
export function filePrefix(name: string, names: Iterable<string>): string {
  const digits = name.slice(0, 2);
  return [...names].some((other) => other !== name && other.startsWith(digits)) ? name : digits;
}

/** A figure's files are named `<prefix>-<n>-<title>`, the title in letters, digits and dashes, at most 50 of them. */
export function figureName({ layout }: Figure, prefix: string, n: number): string {
  const { title = 'figure' } = (layout.meta ?? {}) as { title?: string };
  const words = title
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-');
  return `${prefix}-${n}-${words.slice(0, 50).replace(/^-+|-+$/g, '') || 'figure'}`;
}
