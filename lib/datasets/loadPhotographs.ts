import { join } from 'node:path';
import { type DataPlaces, findData, NotFoundError } from './acquire';
import { brokenFile } from './brokenFile';
import { CIFAR10_JPEG_ARCHIVE, IMAGENET_SAMPLE_FOLDER } from './catalogue';
import { listClassFolders, sizeNote } from './classFolders';
import type { Dataset, Split } from './dataset';
import { decodeImages } from './decodeImages';
import { folderSource, tarSource } from './imageSource';
import { type LabelledList, listAircraft, listFlowers102, listFood101, listTinyImagenet } from './listPhotographs';
import { CIFAR10_CLASSES, countNote } from './loadCifar';
import type { LoadOptions } from './loadOptions';
import { makeDataset } from './makeDataset';

function requireFound(places: DataPlaces, path: string): string {
  const found = findData(places.searchFolders, [path]);
  if (found) return found;
  throw new NotFoundError(
    `${path} is in none of ${places.searchFolders.join(', ')}, and has no publisher to download it from`,
  );
}

async function listCifar10Jpeg(split: Split, places: DataPlaces): Promise<LabelledList> {
  const archive = requireFound(places, CIFAR10_JPEG_ARCHIVE);
  const list = await listClassFolders(tarSource(archive), split);
  if (list.classNames.join() !== CIFAR10_CLASSES.join()) {
    throw brokenFile(archive, 'its folders', `expected the classes of CIFAR-10, got ${list.classNames.join(', ')}`);
  }
  return list;
}

/** The photographs `nXXXXXXXX_class.JPEG` of one flat folder, one a class. */
async function listImagenetSample(split: Split, places: DataPlaces): Promise<LabelledList> {
  if (split !== 'train') {
    throw new Error("load: imagenet-sample has no test split; load it without the option split (it counts as 'train')");
  }
  const source = folderSource(requireFound(places, IMAGENET_SAMPLE_FOLDER));
  const paths = await source.list();
  const classNames = paths.map((path) => {
    const match = /^n\d{8}_(.+)\.JPEG$/.exec(path);
    if (!match) throw brokenFile(join(source.location, path), 'its name', 'expected a name like n01440764_tench.JPEG');
    return match[1]!.replaceAll('_', ' ');
  });
  return { source, paths, labels: Int32Array.from(paths, (_, index) => index), classNames };
}

interface Collection {
  readonly title: string;
  readonly official: Readonly<Record<Split, number>>;
  /** Default side in pixels. */
  readonly size: number;
  /** The side of all its images, where they have one. */
  readonly own?: number;
  readonly note?: string;
  readonly list: (split: Split, places: DataPlaces, labels: LoadOptions['labels']) => Promise<LabelledList>;
}

const COLLECTIONS = {
  'cifar10-jpeg': {
    title: 'CIFAR-10 as JPEG',
    official: { train: 50_000, test: 10_000 },
    size: 32,
    own: 32,
    note: 'lossy JPEG, not the exact pixels',
    list: listCifar10Jpeg,
  },
  'imagenet-sample': {
    title: 'ImageNet photographs, one a class,',
    official: { train: 1000, test: 0 },
    size: 64,
    list: listImagenetSample,
  },
  flowers102: { title: 'Flowers102', official: { train: 2040, test: 6149 }, size: 64, list: listFlowers102 },
  food101: { title: 'Food-101', official: { train: 75_750, test: 25_250 }, size: 64, list: listFood101 },
  'fgvc-aircraft': {
    title: 'FGVC-Aircraft',
    official: { train: 6667, test: 3333 },
    size: 64,
    list: (split, places, labels) => listAircraft(split, labels, places),
  },
  'tiny-imagenet': {
    own: 64,
    title: 'Tiny-ImageNet',
    official: { train: 100_000, test: 10_000 },
    size: 64,
    list: listTinyImagenet,
  },
} as const satisfies Record<string, Collection>;

/** The data sets of photographs that `load` knows, JPEG files of different sizes. */
export type PhotographsName = keyof typeof COLLECTIONS;

export const PHOTOGRAPHS = Object.keys(COLLECTIONS) as PhotographsName[];

/** How many images of a split are listed, of how many official ones. Nothing is decoded; what is not there is an error. */
export async function countPhotographs(
  name: PhotographsName,
  split: Split,
  places: DataPlaces,
): Promise<{ readonly count: number; readonly official: number }> {
  const { official, list }: Collection = COLLECTIONS[name];
  const { paths } = await list(split, places, undefined);
  return { count: paths.length, official: official[split] };
}

/** A data set of JPEG files, decoded and resized: [count, size, size, 3]. */
export async function loadPhotographs(
  name: PhotographsName,
  split: Split,
  options: LoadOptions,
  places: DataPlaces,
): Promise<Dataset> {
  const collection: Collection = COLLECTIONS[name];
  const { size = collection.size, fit = 'cover', labels } = options;
  if (!Number.isInteger(size) || size < 1) throw new Error(`load: expected a size of at least 1 pixel, got ${size}`);
  const list = await collection.list(split, places, labels);
  const cache = { folder: join(places.dataFolder, 'decoded'), name: `${name}-${split}` };
  const decoded = await decodeImages(list, { size, fit, cache, report: places.report });
  const count = list.paths.length;
  const note = collection.note ?? 'JPEG';
  const splitNote = name === 'tiny-imagenet' && split === 'test' ? ' (its validation set)' : '';
  return makeDataset({
    ...decoded,
    name,
    split,
    channels: 3,
    classNames: list.classNames,
    real: true,
    source: `${collection.title} ${split}${splitNote}: ${countNote(count, collection.official[split])} images, ${sizeNote(decoded, size === collection.own, fit)}, ${note}`,
  });
}
