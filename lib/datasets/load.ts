import { NotFoundError } from './acquire';
import type { Dataset, Split } from './dataset';
import { UnreachableError } from './httpGet';
import { loadCifar10, loadCifar100 } from './loadCifar';
import { loadMnist } from './loadMnist';
import { dataPlaces, type LoadOptions } from './loadOptions';
import { loadPhotographs, PHOTOGRAPHS, type PhotographsName } from './loadPhotographs';
import { shapes } from './shapes';
import { writeProblem } from './writeProblem';

/** The data sets that `load` knows. */
export type DatasetName = 'cifar10' | 'cifar100' | 'mnist' | 'fashion-mnist' | 'shapes' | PhotographsName;

/**
 * Every name that `load` knows.
 *
 * @example
 * DATASET_NAMES.includes('cifar10'); // true
 */
export const DATASET_NAMES: readonly DatasetName[] = [
  'cifar10',
  'cifar100',
  'mnist',
  'fashion-mnist',
  ...PHOTOGRAPHS,
  'shapes',
];

/** The 32×32 colour data sets, which the generated shapes can stand in for. */
const STOOD_IN_FOR: readonly DatasetName[] = ['cifar10', 'cifar100', 'cifar10-jpeg'];

function loadReal(name: DatasetName, split: Split, options: LoadOptions): Promise<Dataset> {
  const places = dataPlaces(options);
  switch (name) {
    case 'cifar10':
      return loadCifar10(split, places);
    case 'cifar100':
      return loadCifar100(split, options.labels, places);
    case 'mnist':
    case 'fashion-mnist':
      return loadMnist(name, split, places);
    default:
      return loadPhotographs(name as PhotographsName, split, options, places);
  }
}

function standIn(name: DatasetName, split: Split, reason: string): Dataset {
  console.warn(`load: ${name} is not here and could not be fetched (${reason}). GENERATED SHAPES take its place.`);
  const generated = shapes({ split });
  const count = generated.count.toLocaleString('en');
  return {
    ...generated,
    source: `generated shapes: NOT ${name}; ${count} ${split} images made by code, since the real ones were not to be had`,
  };
}

/**
 * A data set by name, all of its split in memory. It is looked for in the project's `data/`, in $INFOSSL_DATA, in
 * `../shared/data` beside the project (Fashion-MNIST also where Debian's package puts it); else downloaded into `data/` from
 * its publisher, resumed if cut, and checked. Photographs are decoded and resized to `size`.
 *
 * Where a 32×32 colour data set (cifar10, cifar100, cifar10-jpeg) is in no folder and there is no network, the generated
 * `shapes` take its place, with a warning, `real: false` and a source that says so; with `fallback: false` that is an error,
 * as it is for all other data sets. A file that is there but broken, or a download with a wrong checksum, is always an error.
 *
 * @throws On an unknown name or option, a file that is broken, a download that fails or has another checksum, and
 *   where no data are to be had.
 * @example
 * const train = await load('shapes');
 * [train.count, train.height, train.width, train.channels]; // [10000, 32, 32, 3]
 * train.real; // false
 * @example
 * const test = await load('cifar10', { split: 'test' });
 * test.classNames[test.labels[0]!]; // 'cat'
 */
export async function load(name: DatasetName, options: LoadOptions = {}): Promise<Dataset> {
  const { split = 'train', fallback = true } = options;
  if (!DATASET_NAMES.includes(name)) {
    throw new Error(
      `load: expected one of ${DATASET_NAMES.join(', ')}, got '${name}'. For your own images: loadImageFolder.`,
    );
  }
  if (split !== 'train' && split !== 'test') throw new Error(`load: expected split 'train' or 'test', got '${split}'`);
  if (name === 'shapes') return shapes({ split });
  try {
    return await loadReal(name, split, options);
  } catch (error) {
    if (!(error instanceof NotFoundError || error instanceof UnreachableError)) {
      throw writeProblem('load', error, 'or give another folder as the option dataFolder');
    }
    const reason = error.message.replace(/^download: /, '');
    if (fallback && STOOD_IN_FOR.includes(name)) return standIn(name, split, reason);
    throw new Error(
      `load: ${name} (${split}) is not here and could not be fetched: ${reason}. ` +
        `Go online and load again, put its files into data/ or $INFOSSL_DATA, or load('shapes').`,
    );
  }
}
