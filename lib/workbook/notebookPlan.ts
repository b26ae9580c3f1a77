import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { plannedRuns } from '../training/plannedRuns';
import { cellSource, type Notebook, type NotebookCell, readNotebook } from './notebookFile';
import { importStatement, notebookSource } from './notebookSource';
import type { NotebookPlan } from './trainingEstimate';

/** The tag of the cells that lead to a notebook's trainings: its settings, its data, its networks, and the call itself. */
export const planTag = 'plan';

/** The functions of the library that train. */
const trainingCall = /\b(trainLive|trainedRun|runMany|compare|comparedRuns|measuredRuns)\(/;

const codeCells = ({ cells }: Notebook) => cells.filter(({ cell_type }) => cell_type === 'code');
const isPlanned = ({ metadata }: NotebookCell) => metadata.tags?.includes(planTag) ?? false;

/** The cells tagged `plan`, in order. */
const plannedCells = (notebook: Notebook) => codeCells(notebook).filter(isPlanned).map(cellSource);

/**
 * The imports of all cells, and what the cells tagged `plan` do, as a module that exports it as the function `plan`, which says of
 * each that it is `reached`.
 */
export function planModule(notebook: Notebook, lib: string): string {
  const { text } = notebookSource(notebook, (specifier) => specifier.replace(/^\.\/lib\//, `${lib}/`));
  const imports = [...text.matchAll(importStatement)].map(([statement]) => statement.trim());
  const body = plannedCells(notebook).map((cell, i) => `reached(${i});\n${cell.replace(importStatement, '')}`);
  return `${imports.join('\n')}\n\nexport async function plan(reached: (cell: number) => void) {\n${body.join('\n;\n')}\n}\n`;
}

/**
 * What a notebook trains at the present scale, from its own cells: those tagged `plan` are run, up to each training, which is not made
 * (`plannedRuns`). A notebook without such cells trains nothing.
 *
 * @param folder Where the cells are written as a module.
 * @throws What a cell throws; an error that names the notebook if its cells ask for no training, for one in a cell without the tag,
 *   or for one after the result of another is used.
 */
export async function planNotebook(path: string, lib: string, folder: string): Promise<NotebookPlan> {
  const name = basename(path, '.ipynb');
  const notebook = readNotebook(path);
  const cells = plannedCells(notebook);
  const untagged = codeCells(notebook).find((cell) => !isPlanned(cell) && trainingCall.test(cellSource(cell)));
  if (untagged) {
    throw new Error(
      `planNotebook: the cell ${untagged.id ?? ''} of ${name} trains and is not tagged '${planTag}'; tag it, and the cells that lead to it.`,
    );
  }
  if (cells.length === 0) return { notebook: name, runs: [] };
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, planModule(notebook, lib));
  const { plan } = createRequire(__filename)(file) as { plan: (reached: (cell: number) => void) => Promise<void> };
  let last = 0;
  const runs = await plannedRuns(() =>
    plan((cell) => {
      last = cell;
    }),
  );
  if (cells.slice(last + 1).some((source) => trainingCall.test(source))) {
    throw new Error(
      `planNotebook: the cells of ${name} tagged '${planTag}' train again after one that uses a training's result, which cannot be planned; ask for all trainings before, or give them to compare.`,
    );
  }
  if (runs.length === 0) throw new Error(`planNotebook: the cells of ${name} tagged '${planTag}' train nothing`);
  return { notebook: name, runs };
}
