import type { Figure } from '../figures/figure';
import { type BookFile, bookFigure } from './bookFigure';
import { type BookFragment, renderFragments } from './bookFragments';
import { outputHtml, scrollable, textOf } from './bookOutput';
import type { BookPage } from './bookPage';
import { plotlyMime } from './display';
import { cellSource, type Notebook, type NotebookCell, type NotebookOutput, notebookTitle } from './notebookFile';
import type { Scale } from './scale';
import { figureName, filePrefix } from './staticPictures';
import { escapeHtml } from './table';

export interface BookNotebooks {
  readonly pages: readonly BookPage[];
  /** Data and pictures of their figures. */
  readonly files: readonly BookFile[];
  /** One line for each equation that could not be set. */
  readonly problems: readonly string[];
}

/**
 * Executed notebooks as pages: text, cells folded under a line that says what they begin with, outputs, figures with their files. A cell
 * tagged `raises-exception` is announced as one that fails on purpose.
 *
 * @param notebooks by their names, without .ipynb, in the book's order
 */
export function notebookPages(root: string, scale: Scale, notebooks: ReadonlyMap<string, Notebook>): BookNotebooks {
  const fragments: BookFragment[] = [];
  const places = new Map<NotebookCell | NotebookOutput, number>();
  const add = (key: NotebookCell | NotebookOutput, kind: BookFragment['kind'], source: string, place: string) => {
    places.set(key, fragments.push({ kind, source, place }) - 1);
  };
  for (const [name, { cells }] of notebooks) {
    for (const [i, cell] of cells.entries()) {
      const place = `${name}, cell ${i + 1}`;
      if (cell.cell_type !== 'raw')
        add(cell, cell.cell_type === 'code' ? 'typescript' : 'markdown', cellSource(cell), place);
      for (const output of cell.outputs ?? []) {
        const markdown = output.data?.['text/markdown'];
        if (markdown !== undefined && !('text/html' in output.data!))
          add(output, 'markdown', textOf(markdown), `${place}, output`);
      }
    }
  }
  const { html, problems } = renderFragments(root, fragments);
  const typeset = (key: NotebookCell | NotebookOutput) => (places.has(key) ? html[places.get(key)!] : undefined);
  const files: BookFile[] = [];
  const pages = [...notebooks].map(([name, notebook]): BookPage => {
    const page = notebookPage(name, notebook, { scale, prefix: filePrefix(name, notebooks.keys()), typeset });
    files.push(...page.files);
    return page;
  });
  return { pages, files, problems };
}

interface PageSetting {
  readonly scale: Scale;
  /** What its figures' names begin with. */
  readonly prefix: string;
  readonly typeset: (key: NotebookCell | NotebookOutput) => string | undefined;
}

function notebookPage(
  name: string,
  { cells, ...notebook }: Notebook,
  { scale, prefix, typeset }: PageSetting,
): BookPage & { readonly files: readonly BookFile[] } {
  const files: BookFile[] = [];
  const entries: { name: string; id: string; summary: string }[] = [];
  const command = `npm run figures -- --only ${prefix} --scale ${scale}`;
  let number = 0;
  const parts = cells.map((cell, i) => {
    if (cell.cell_type === 'raw') return '';
    if (cell.cell_type === 'markdown')
      return `<div class="text" id="text-${i + 1}">\n${withWideTables(typeset(cell)!)}</div>`;
    const reading = cells[i + 1]?.cell_type === 'markdown' ? `text-${i + 2}` : undefined;
    const outputs = (cell.outputs ?? []).map((output) => {
      const figure = output.data?.[plotlyMime] as Figure | undefined;
      if (!figure) return outputHtml(output, typeset(output));
      number++;
      const table = isTable(figure) ? output.data?.['text/html'] : undefined;
      const placed = bookFigure({
        ...{ figure, number, reading, command, file: figureName(figure, prefix, number) },
        png: textOf(output.data?.['image/png']) || undefined,
        table: table === undefined ? undefined : `<div class="wide sortable">${textOf(table)}</div>`,
      });
      files.push(...placed.files);
      const { title = 'Figure' } = (figure.layout.meta ?? {}) as { readonly title?: string };
      entries.push({ name: title, id: `figure-${number}`, summary: `figure ${number}` });
      return placed.html;
    });
    const shown = outputs.filter((output) => output !== '');
    const output = shown.length > 0 ? `\n<div class="output">\n${shown.join('\n')}\n</div>` : '';
    return sourceHtml(cell, typeset(cell)!) + output;
  });
  const heading = notebookTitle({ ...notebook, cells }, name).replace(/[$\\]/g, '');
  const title = /^\d/.test(heading) ? heading : `${name.slice(0, 2)} · ${heading}`;
  return { name, title, html: withHeading(parts.join('\n'), heading), entries, files };
}

/** A figure whose every mark is a text is a table, which reads better as one. */
function isTable({ data }: Figure): boolean {
  return data.length > 0 && data.every(({ mode }) => mode === 'text');
}

function withHeading(html: string, title: string): string {
  return /<h1\b/.test(html) ? html : `<h1>${escapeHtml(title)}</h1>\n${html}`;
}

function withWideTables(html: string): string {
  return html.replace(/<table>[\s\S]*?<\/table>/g, scrollable);
}

function sourceHtml(cell: NotebookCell, code: string): string {
  const lines = cellSource(cell).trim().split('\n');
  if (lines.join('') === '') return '';
  const first = lines.find((line) => !/^\s*(import\b|\/\/|\/?\*|$)/.test(line)) ?? lines[0]!;
  const fails = cell.metadata.tags?.includes('raises-exception') ? '<strong>This cell fails on purpose.</strong> ' : '';
  const count = lines.length === 1 ? '1 line' : `${lines.length} lines`;
  return `<details class="source"><summary>${fails}Code, ${count}: <code>${escapeHtml(first.trim())}</code></summary>
${code}</details>`;
}
