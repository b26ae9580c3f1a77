import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { acquire, type DataPlaces } from './acquire';
import { brokenFile } from './brokenFile';
import { CIFAR10, CIFAR100 } from './catalogue';
import { readCifar } from './cifar';
import type { Dataset, Split } from './dataset';
import type { LoadOptions } from './loadOptions';
import { makeDataset } from './makeDataset';

/** In the order of the labels (batches.meta.txt of the official archive). */
export const CIFAR10_CLASSES = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const;

export const CIFAR_OFFICIAL: Readonly<Record<Split, number>> = { train: 50_000, test: 10_000 };

/** 'all 50,000' or '5,085 of the official 50,000'. */
export function countNote(count: number, official: number): string {
  const of = official.toLocaleString('en');
  return count === official ? `all ${of}` : `${count.toLocaleString('en')} of the official ${of}`;
}

function requireFiles(folder: string, names: readonly string[]): string[] {
  return names.map((name) => {
    const file = join(folder, name);
    if (!existsSync(file)) {
      throw brokenFile(folder, name, 'the file is missing', 'Delete the folder so that the next load fetches it again');
    }
    return file;
  });
}

/** The files of a split below the data set's folder; each is checked to be there. */
export function cifarFiles(name: 'cifar10' | 'cifar100', split: Split, folder: string): string[] {
  if (name === 'cifar100') return requireFiles(folder, [`${split}.bin`]);
  const numbered = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`);
  return requireFiles(folder, split === 'train' ? numbered : ['test_batch.bin']);
}

/** CIFAR-10 from its binary version: [count, 32, 32, 3], exact. */
export async function loadCifar10(split: Split, places: DataPlaces): Promise<Dataset> {
  const folder = await acquire(CIFAR10, places);
  const content = await readCifar(cifarFiles('cifar10', split, folder), { bytes: 1, position: 0, classes: [10] });
  return makeDataset({
    ...content,
    name: 'cifar10',
    split,
    height: 32,
    width: 32,
    channels: 3,
    classNames: CIFAR10_CLASSES,
    real: true,
    source: `CIFAR-10 ${split}: ${countNote(content.labels.length, CIFAR_OFFICIAL[split])} images, exact`,
  });
}

async function readNames(file: string, count: number): Promise<string[]> {
  const names = (await readFile(file, 'utf8'))
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  if (names.length !== count) throw brokenFile(file, 0, `expected ${count} class names, got ${names.length}`);
  return names;
}

/** CIFAR-100 from its binary version, with its 100 fine or 20 coarse classes: [count, 32, 32, 3], exact. */
export async function loadCifar100(split: Split, labels: LoadOptions['labels'], places: DataPlaces): Promise<Dataset> {
  const level = labels ?? 'fine';
  if (level !== 'fine' && level !== 'coarse') {
    throw new Error(`load: expected labels 'fine' or 'coarse' for cifar100, got '${level}'`);
  }
  const folder = await acquire(CIFAR100, places);
  const [nameFile] = requireFiles(folder, [`${level}_label_names.txt`]);
  const classNames = await readNames(nameFile!, level === 'fine' ? 100 : 20);
  const position = level === 'fine' ? 1 : 0;
  const content = await readCifar(cifarFiles('cifar100', split, folder), { bytes: 2, position, classes: [20, 100] });
  return makeDataset({
    ...content,
    name: 'cifar100',
    split,
    height: 32,
    width: 32,
    channels: 3,
    classNames,
    real: true,
    source: `CIFAR-100 ${split} (${level} labels): ${countNote(content.labels.length, CIFAR_OFFICIAL[split])} images, exact`,
  });
}
