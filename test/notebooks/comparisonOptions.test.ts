import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { cellSource, outputsOf, readNotebook } from '../../lib/workbook/notebookFile';
import { runNotebook } from '../../lib/workbook/runNotebook';
import { verdictMimeType } from '../../lib/workbook/verdict';
import { cifarRecords } from '../datasets/cifarFiles';
import { plainImage, writeAt } from '../datasets/images';
import { temporaryFolder } from '../datasets/temporaryFolder';

const root = join(__dirname, '..', '..');

/** The official layout, small: CIFAR-100 as its archive unpacks. */
function cifar100(folder: string): void {
  const names = (count: number) => Array.from({ length: count }, (_, i) => `class ${i}\n`).join('');
  const records = (count: number) => cifarRecords(Array.from({ length: count }, (_, n) => [n % 20, (5 * n) % 100]));
  const files = {
    'train.bin': records(32),
    'test.bin': records(12),
    'fine_label_names.txt': names(100),
    'coarse_label_names.txt': names(20),
  };
  for (const [file, content] of Object.entries(files)) writeAt(folder, `cifar-100-binary/${file}`, content);
}

/** The official layout, small: Tiny-ImageNet as its archive unpacks. */
async function tinyImagenet(folder: string): Promise<void> {
  const at = (path: string, content: Buffer | string) => writeAt(folder, `tiny-imagenet-200/${path}`, content);
  const annotations: string[] = [];
  for (let c = 1; c <= 2; c++) {
    for (let i = 0; i < 16; i++) {
      const image = await plainImage({ r: 120 * c, g: 15 * i, b: 255 - 15 * i }, 64, 64, 'jpeg');
      at(`train/n0${c}/images/n0${c}_${i}.JPEG`, image);
      if (i >= 6) continue;
      at(`val/images/val_${c}_${i}.JPEG`, image);
      annotations.push(`val_${c}_${i}.JPEG\tn0${c}\t0\t0\t63\t63\n`);
    }
  }
  at('val/val_annotations.txt', annotations.join(''));
  at('wnids.txt', 'n01\nn02\n');
  at('words.txt', 'n01\tgoldfish\nn02\tbee\n');
}

/** The notebook with a cell's text changed; the text must be there. */
function edited(path: string, changes: readonly (readonly [from: string, to: string])[], output: string): void {
  const notebook = readNotebook(path);
  const missing = new Set(changes.map(([from]) => from));
  const cells = notebook.cells.map((cell) => {
    if (cell.cell_type !== 'code') return cell;
    let source = cellSource(cell);
    for (const [from, to] of changes) {
      if (source.includes(from)) missing.delete(from);
      source = source.replaceAll(from, to);
    }
    return { ...cell, source };
  });
  expect([...missing]).toEqual([]);
  writeFileSync(output, JSON.stringify({ ...notebook, cells }));
}

test.each([
  ['cifar100', 'convnext-atto', cifar100],
  ['tiny-imagenet', 'vit-tiny', tinyImagenet],
] as const)('08-method-comparison with its options %s and %s', { timeout: 600_000 }, async (data, encoder, write) => {
  const folder = temporaryFolder();
  await write(folder);
  const [notebook, output] = [join(folder, '08-method-comparison.ipynb'), join(folder, 'executed.ipynb')];
  // Fewer methods: each kind of network is run in the notebook as it stands.
  edited(
    join(root, 'notebooks', '08-method-comparison.ipynb'),
    [['methodNames.map((name) =>', "methodNames.filter((name) => name.startsWith('VICReg')).map((name) =>"]],
    notebook,
  );
  vi.stubEnv('INFOSSL_DATA', folder);
  vi.stubEnv('INFOSSL_DATASET', data);
  vi.stubEnv('INFOSSL_ENCODER', encoder);
  const failure = await runNotebook({
    ...{ root, notebook, output, scale: 'smoke', timeout: 400 },
    onEvent: () => {},
  }).finally(() => vi.unstubAllEnvs());
  expect(failure).toBeUndefined();
  const executed = readNotebook(output);
  const verdicts = outputsOf<object>(executed, verdictMimeType).map((row) => JSON.stringify(row));
  expect(verdicts).toEqual([expect.stringContaining('12 test images'), expect.stringContaining('12 test images')]);
  expect(verdicts[0]).toContain(encoder);
  expect(JSON.stringify(executed)).not.toContain('GENERATED');
});
