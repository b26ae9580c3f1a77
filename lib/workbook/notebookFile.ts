import { readFileSync } from 'node:fs';

/** A notebook as nbformat 4 stores it, as far as the workbook reads it. */
export interface Notebook {
  readonly cells: readonly NotebookCell[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface NotebookCell {
  readonly id?: string;
  readonly cell_type: 'code' | 'markdown' | 'raw';
  readonly source: string | readonly string[];
  readonly metadata: { readonly tags?: readonly string[] };
  readonly outputs?: readonly NotebookOutput[];
}

export interface NotebookOutput {
  readonly output_type: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** What a `stream` printed. */
  readonly text?: string | readonly string[];
  /** What an `error` is, says, and came from. */
  readonly ename?: string;
  readonly evalue?: string;
  readonly traceback?: readonly string[];
}

/** @throws an error that names the file if it is not a notebook */
export function readNotebook(path: string): Notebook {
  let notebook: Partial<Notebook>;
  try {
    notebook = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`readNotebook: ${path} is not a notebook (${(error as Error).message})`);
  }
  if (!Array.isArray(notebook.cells)) throw new Error(`readNotebook: ${path} has no cells`);
  return notebook as Notebook;
}

/** A list of numbers, each on a line of its own; text has no line ends of its own in JSON, so no string looks so. */
const numberLines = /\[\n\s+(?:(?:-?[\d.][\d.eE+-]*|null),?\n\s+)+\]/g;

/** The notebook as a file holds it: an indent of 1, as Jupyter has, and each list of numbers, of which figures have many, on one line. */
export function notebookText(notebook: Notebook): string {
  return `${JSON.stringify(notebook, null, 1).replace(numberLines, (list) => list.replace(/\s+/g, ''))}\n`;
}

/** A cell's source as one string. */
export function cellSource({ source }: NotebookCell): string {
  return typeof source === 'string' ? source : source.join('');
}

/** The text of the first heading, else `otherwise`. */
export function notebookTitle(notebook: Notebook, otherwise: string): string {
  for (const cell of notebook.cells) {
    const heading = cell.cell_type === 'markdown' && /^#\s+(.+)$/m.exec(cellSource(cell));
    if (heading) return heading[1]!.trim();
  }
  return otherwise;
}

/** All outputs that hold data of the mime type, in order. */
export function outputsOf<T>(notebook: Notebook, mimeType: string): T[] {
  return notebook.cells.flatMap((cell) =>
    (cell.outputs ?? []).flatMap(({ data }) => (data && mimeType in data ? [data[mimeType] as T] : [])),
  );
}
