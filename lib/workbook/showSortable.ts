import type { Provenance } from '../figures/provenance';
import { sortableTable, type TableCell } from '../figures/sortableTable';
import { figureBundle, showBundle } from './display';
import { type Cell, cellText, htmlTable, markdownTable, plainTable } from './table';

/** A cell, or one with its own writing: `{ value: 0.412, text: '41.2 ± 1.3' }` is sorted by the value. */
export type SortableCell =
  | Cell
  | {
      /** What it is sorted by. */
      readonly value: number | string | null;
      /** What is written. */
      readonly text: string;
    };
/** A row of `showSortable`: cells by their columns' names. */
export type SortableRow = Readonly<Record<string, SortableCell>>;

export interface SortableOptions extends Provenance {
  /** Default: the keys of the rows, in order of first appearance. */
  readonly columns?: readonly string[];
  /** The column by which the rows are sorted at first; default: as given. */
  readonly sortBy?: string;
  /** Default false: the greatest first. */
  readonly ascending?: boolean;
}

function tableCell(cell: SortableCell): TableCell {
  if (typeof cell === 'object' && cell !== null) return cell;
  return {
    text: cellText(cell),
    value: typeof cell === 'number' || cell === null ? cell : cell === undefined ? null : String(cell),
  };
}

/**
 * Shows rows as a table that sorts by a click on a column's head (`sortableTable`), in JupyterLab, also in a notebook that was
 * only opened, and in the book; where figures are not interactive, a plain table in the same order.
 *
 * @throws On no rows, and an unknown column in `sortBy`.
 * @example
 * const from = { title: 'Accuracy', scale: 'smoke', data: 'made here', real: true, seeds: [], samples: 1 };
 * showSortable([{ method: 'VICReg', linear: 0.8 }, { method: 'BYOL', linear: 0.78 }], { ...from, sortBy: 'linear' });
 */
export function showSortable(rows: readonly SortableRow[], options: SortableOptions): void {
  const columns = options.columns ?? [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => columns.map((name) => tableCell(row[name])));
  const figure = sortableTable({ ...options, columns, rows: cells });
  const places = figure.data[0]!.y as readonly number[];
  const sorted = places.map((_, place) => cells[places.indexOf(place)]!.map(({ text }) => text));
  const plain = [[...columns], ...sorted];
  showBundle({
    ...figureBundle(figure),
    'text/html': htmlTable(plain),
    'text/markdown': markdownTable(plain),
    'text/plain': plainTable(plain),
  });
}
