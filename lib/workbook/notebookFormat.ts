import { cellSource, type Notebook, type NotebookCell, type NotebookOutput, notebookText } from './notebookFile';

type Json = Readonly<Record<string, unknown>>;
type StoredCell = NotebookCell & { readonly execution_count?: number | null; readonly attachments?: Json };

/** What every notebook says of its kernel: as JupyterLab writes it, with the order and the version that never change by themselves. */
const notebookMetadata = {
  kernelspec: { display_name: 'infossl (TypeScript)', language: 'typescript', name: 'infossl' },
  language_info: {
    codemirror_mode: { mode: 'typescript', name: 'javascript', typescript: true },
    file_extension: '.ts',
    mimetype: 'text/typescript',
    name: 'typescript',
    pygments_lexer: 'typescript',
    version: '5.0.4',
  },
};

/**
 * Spaces at line ends, tabs that indent, and empty lines around the cell; the layout within is the author's: dense, where it reads as
 * one thought. What means something stays: two spaces at a line's end, which break it, and tabs in Markdown; and all between the first
 * and the last backtick of code, which may be the text of a template.
 */
function tidySource(cell: NotebookCell): string {
  const source = cellSource(cell).replace(/\r\n?/g, '\n');
  if (cell.cell_type !== 'code') return source.replace(/(?<! ) $/gm, '').replace(/^\n+|\n+$/g, '');
  const [, before, between, after] = /^([^`]*)((?:`.*`)?)(.*)$/s.exec(source)!;
  return `${tidyLines(before!)}${between}${tidyLines(after!)}`.replace(/^\n+|[ \t\n]+$/g, '');
}

/** Lines of code, the first and the last of which may be parts of lines. */
const tidyLines = (code: string): string =>
  code.replace(/[ \t]+(?=\n)/g, '').replace(/^[ \t]+/gm, (indent) => indent.replaceAll('\t', '  '));

const asLines = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+/g) ?? [];

/** Of a cell's metadata what its author meant: its tags, and that its source is folded. How a window showed it is no matter. */
function cellMetadata(metadata: Json): Json {
  const { tags, jupyter } = metadata as { tags?: readonly string[]; jupyter?: { source_hidden?: boolean } };
  return {
    ...(jupyter?.source_hidden && { jupyter: { source_hidden: true } }),
    ...(tags && tags.length > 0 && { tags: [...new Set(tags)] }),
  };
}

/** Keys in alphabetical order, as nbformat writes them, at any depth. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([name, field]) => [name, sorted(field)]),
  );
}

/** An output of the cell's own run: of a value, the cell's count; nothing of windows; of a line of progress that it is one, not its text again. */
function tidyOutput(output: NotebookOutput, count: number | null): Json {
  const { metadata, ...rest } = output as NotebookOutput & Json;
  const lists = typeof rest.text === 'string' ? { text: asLines(rest.text) } : {};
  const own = 'execution_count' in rest ? { execution_count: count } : {};
  const kept = metadata && {
    metadata: Object.fromEntries(
      Object.entries(metadata)
        .filter(([name]) => !noise.has(name))
        .map(([name, value]) => [name, name === 'infossl_progress' ? true : value]),
    ),
  };
  return { ...rest, ...lists, ...own, ...kept } as Json;
}
const noise = new Set(['scrolled', 'collapsed', 'isolated', 'execution']);

/** What JupyterLab and nbformat make up for a new cell: eight hexadecimal digits, or a UUID. */
const madeUp = /^([0-9a-f]{8}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** An id for each cell, all different: its own where it has one that an author chose, else after what it is and the notebook. */
function idsOf(cells: readonly NotebookCell[], prefix: string): string[] {
  const taken = new Set<string>();
  const keeps = cells.map(({ id }) => {
    if (id === undefined || id === '' || madeUp.test(id) || taken.has(id)) return undefined;
    taken.add(id);
    return id;
  });
  return cells.map(({ cell_type }, i) => {
    if (keeps[i] !== undefined) return keeps[i]!;
    const kind = cell_type === 'code' ? 'code' : 'text';
    let n = 1;
    while (taken.has(`${prefix}-${kind}-new-${n}`)) n++;
    const id = `${prefix}-${kind}-new-${n}`;
    taken.add(id);
    return id;
  });
}

/**
 * The notebook as it is committed, whatever an editor made of it: the kernel's metadata, of a cell's only its tags and whether its source
 * is folded, ids that stay and differ, counts 1 to n of the cells that ran, sources without spaces at line ends, keys in order. Figures,
 * results and the layout of code are not touched.
 *
 * @param name The notebook's file name; its first two letters begin the ids of cells that an editor added.
 */
export function formatNotebook(notebook: Notebook, name: string): Notebook {
  const ids = idsOf(notebook.cells, name.slice(0, 2));
  let ran = 0;
  const cells = (notebook.cells as readonly StoredCell[]).map((cell, i) => {
    const source = asLines(tidySource(cell));
    const metadata = cellMetadata(cell.metadata as Json);
    const { cell_type, attachments } = cell;
    const common = { cell_type, id: ids[i]!, metadata, source, ...(attachments && { attachments }) };
    if (cell.cell_type !== 'code') return common;
    const count = typeof cell.execution_count === 'number' ? ++ran : null;
    const outputs = (cell.outputs ?? []).map((output) => tidyOutput(output, count));
    return { ...common, execution_count: count, outputs };
  });
  return sorted({ cells, metadata: notebookMetadata, nbformat: 4, nbformat_minor: 5 }) as Notebook;
}

/**
 * What is wrong with a notebook's text as committed, each by cell and reason; nothing if it is as `formatNotebook` leaves it and every
 * code cell has run, in order, once.
 */
export function notebookProblems(text: string, name: string): string[] {
  const notebook = JSON.parse(text) as Notebook;
  const tidy = formatNotebook(notebook, name) as Notebook & Json;
  const problems: string[] = [];
  const own = notebook as Notebook & Json;
  if (JSON.stringify(sorted(own.metadata)) !== JSON.stringify(sorted(tidy.metadata))) {
    problems.push(`${name}: its metadata hold more than, or other than, kernelspec and language_info`);
  }
  for (const field of ['nbformat', 'nbformat_minor']) {
    if (own[field] !== tidy[field])
      problems.push(`${name}: ${field} is ${String(own[field])}, not ${String(tidy[field])}`);
  }
  let code = 0;
  let miscounted = false;
  for (const [i, cell] of (own.cells as readonly StoredCell[]).entries()) {
    const target = tidy.cells[i] as StoredCell;
    if (cell.cell_type === 'code') code++;
    const place = `${name}, cell ${i + 1} (${cell.cell_type === 'code' ? `code cell ${code}, ` : ''}id ${cell.id ?? 'none'})`;
    problems.push(...cellProblems(cell, target).map((reason) => `${place}: ${reason}`));
    // The first says it for all after it.
    const { execution_count: count } = cell;
    if (cell.cell_type === 'code' && !miscounted && typeof count === 'number' && count !== code) {
      miscounted = true;
      problems.push(`${place}: its count is ${count}, not ${code}: not of one run from the top`);
    }
  }
  if (problems.length === 0 && text !== notebookText(tidy))
    problems.push(`${name}: keys, indent or line ends are not as the formatter writes them`);
  return problems;
}

function cellProblems(cell: StoredCell, tidy: StoredCell): string[] {
  const found: string[] = [];
  const differs = (a: unknown, b: unknown) => JSON.stringify(sorted(a)) !== JSON.stringify(sorted(b));
  if (cell.id !== tidy.id) found.push(`its id is missing, made up by an editor or another cell's; ${tidy.id} would do`);
  if (differs(cell.metadata, tidy.metadata)) {
    found.push(`metadata ${JSON.stringify(cell.metadata)} hold more than tags and a folded source`);
  }
  if (cellSource(cell) !== cellSource(tidy)) found.push('spaces at a line end, tabs, or empty lines around its source');
  if (cell.cell_type !== 'code') return found;
  if (typeof cell.execution_count !== 'number') found.push('it has not run');
  const counted = tidy.outputs?.map((output) =>
    'execution_count' in output ? { ...output, execution_count: 0 } : output,
  );
  const own = cell.outputs?.map((output) => ('execution_count' in output ? { ...output, execution_count: 0 } : output));
  if (differs(own, counted))
    found.push("its outputs hold a window's settings or a bar's text twice, or their text is not in lines");
  return found;
}
