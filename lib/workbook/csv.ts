import type { Cell } from './table';

/** A table as CSV (RFC 4180): a line of names first, missing cells empty, numbers with all their digits. */
export function csvText(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [columns, ...rows].map((row) => `${row.map(quoted).join(',')}\n`).join('');
}

/** A text with a comma, quote or line end stands in quotes. */
function quoted(cell: Cell): string {
  const text = cell === null || cell === undefined ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
