/** What a table's cell may hold. */
export type Cell = string | number | boolean | null | undefined;
/** A row of a table: cells by their columns' names. */
export type Row = Readonly<Record<string, Cell>>;

/** A number with 4 significant digits, thousands separated from 10,000 on; null and undefined as an empty cell. */
export function cellText(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  if (typeof cell === 'string') return cell;
  const size = Math.abs(cell);
  if (Number.isInteger(cell) && size < 1e15) return size < 10_000 ? String(cell) : cell.toLocaleString('en');
  if (!Number.isFinite(cell)) return Number.isNaN(cell) ? 'not a number' : cell > 0 ? '∞' : '−∞';
  return size >= 1e-3 && size < 1e6 ? String(Number(cell.toPrecision(4))) : cell.toExponential(2);
}

/** Text that is safe inside HTML. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** The text that `escapeHtml`, or Python's `html.escape`, made safe. */
export function unescapeHtml(html: string): string {
  return html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#x27;', "'")
    .replaceAll('&amp;', '&');
}

/** An HTML table; the first row of cells is its head; numbers align right. */
export function htmlTable(cells: readonly (readonly Cell[])[]): string {
  const line = (row: readonly Cell[], tag: 'th' | 'td') => {
    const inner = row.map((cell) => {
      const align = typeof cell === 'number' ? 'right' : 'left';
      return `<${tag} style="text-align: ${align}">${escapeHtml(cellText(cell))}</${tag}>`;
    });
    return `<tr>${inner.join('')}</tr>`;
  };
  const [head = [], ...body] = cells;
  return `<table><thead>${line(head, 'th')}</thead><tbody>${body.map((row) => line(row, 'td')).join('')}</tbody></table>`;
}

/** The same as a Markdown table. */
export function markdownTable(cells: readonly (readonly Cell[])[]): string {
  const line = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  const escaped = (cell: Cell) => cellText(cell).replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('\n', ' ');
  const [head = [], ...body] = cells;
  return [line(head.map(escaped)), line(head.map(() => '---')), ...body.map((row) => line(row.map(escaped)))].join(
    '\n',
  );
}

/** The same for a terminal: columns padded to their widest cell. */
export function plainTable(cells: readonly (readonly Cell[])[]): string {
  const texts = cells.map((row) => row.map(cellText));
  const widths = (texts[0] ?? []).map((_, column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)));
  return texts
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
