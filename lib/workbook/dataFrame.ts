import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import type { DataFrame } from 'danfojs-node';
import { projectRoot } from '../datasets/projectRoot';
import { writeWhole } from '../datasets/writeWhole';
import { isPlanning } from '../training/plannedRuns';
import { csvText } from './csv';
import { scale } from './scale';
import type { Cell, Row } from './table';

/** Only tables need danfojs, and it takes a second to load. */
function loadDanfo(): typeof import('danfojs-node') {
  return createRequire(__filename)('danfojs-node') as typeof import('danfojs-node');
}

/**
 * Rows as a danfojs DataFrame, pandas' in JavaScript: `frame.groupby(['method']).col(['linear']).mean()`, `frame.sortValues('linear')`,
 * `frame.query(…)`. Columns are the keys in order of first appearance; a key that a row lacks is null there.
 *
 * @throws If there is no row with a column.
 * @example
 * const frame = dataFrame([{ method: 'VICReg', linear: 0.8 }, { method: 'BYOL', linear: 0.78 }]);
 * frame.columns; // ['method', 'linear']
 * frame.sortValues('linear').column('method').values; // ['BYOL', 'VICReg']
 */
export function dataFrame(rows: readonly Row[]): DataFrame {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (columns.length === 0) throw new Error('dataFrame: expected at least one row with a column, got none');
  const { DataFrame } = loadDanfo();
  return new DataFrame(
    rows.map((row) => columns.map((column) => row[column] ?? null)),
    { columns },
  );
}

/**
 * The frame as CSV (RFC 4180, a line of names first, missing cells empty, numbers with all their digits).
 *
 * @example
 * toCsv(dataFrame([{ method: 'VICReg', linear: 0.8 }])).split('\n'); // ['method,linear', 'VICReg,0.8', '']
 */
export function toCsv(frame: DataFrame): string {
  return csvText(frame.columns, frame.values as Cell[][]);
}

/**
 * Writes the frame, or rows, as CSV beside the figures: `data/figures/<scale>/<name>.csv`. What stands there is replaced by a whole
 * file only.
 *
 * @param name Letters, digits, dots and dashes, such as the notebook's name.
 * @returns The file's path from the project's folder.
 * @throws On a name with other characters, and no rows with a column.
 * @example
 * await exportCsv([{ method: 'VICReg', linear: 0.8 }], '08-methods'); // 'data/figures/quick/08-methods.csv'
 */
export async function exportCsv(table: DataFrame | readonly Row[], name: string): Promise<string> {
  if (!/^[\w-][\w.-]*$/.test(name)) {
    throw new Error(`exportCsv: expected a name of letters, digits, dots and dashes, got '${name}'`);
  }
  const frame = Array.isArray(table) ? dataFrame(table as readonly Row[]) : (table as DataFrame);
  const path = join(projectRoot(), 'data', 'figures', scale(), `${name}.csv`);
  if (!isPlanning()) await writeWhole(path, toCsv(frame));
  return relative(projectRoot(), path);
}
