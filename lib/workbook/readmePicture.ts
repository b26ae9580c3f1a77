import { basename, dirname, join } from 'node:path';
import { writeWhole } from '../datasets/writeWhole';
import type { Figure } from '../figures/figure';
import { textOf } from './bookOutput';
import { plotlyMime } from './display';
import { readNotebook } from './notebookFile';

/** The README shows this figure of this notebook, from this file beside it. */
const shown = {
  notebook: '02-gaussianity.ipynb',
  title: /^Share of outputs whose normality is rejected/,
  file: 'gaussianity.png',
};

/** Writes the README's picture anew from a notebook that was just committed; of a notebook without it, or not drawn, does nothing. */
export async function writeReadmePicture(notebook: string): Promise<void> {
  if (basename(notebook) !== shown.notebook) return;
  const outputs = readNotebook(notebook).cells.flatMap((cell) => cell.outputs ?? []);
  const output = outputs.find(({ data }) => {
    const figure = data?.[plotlyMime] as Figure | undefined;
    const { title = '' } = (figure?.layout.meta ?? {}) as { readonly title?: string };
    return shown.title.test(title);
  });
  const png = textOf(output?.data?.['image/png']);
  if (png) await writeWhole(join(dirname(notebook), shown.file), Buffer.from(png, 'base64'));
}
