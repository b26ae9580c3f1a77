import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type DataPlaces, findData } from './acquire';
import {
  CIFAR10,
  CIFAR10_JPEG_ARCHIVE,
  CIFAR100,
  DEBIAN_DATASETS,
  FASHION_MNIST,
  FGVC_AIRCRAFT,
  FLOWERS102_IMAGES,
  FLOWERS102_LABELS,
  FLOWERS102_SPLITS,
  FOOD101,
  IMAGENET_SAMPLE_FOLDER,
  MNIST,
  type Publication,
  TINY_IMAGENET,
} from './catalogue';
import { countRecords } from './cifar';
import type { Split } from './dataset';
import { fileChecksum } from './fileChecksum';
import { readIdx } from './idx';
import { CIFAR_OFFICIAL, cifarFiles, countNote } from './loadCifar';
import { MNIST_OFFICIAL } from './loadMnist';
import { countPhotographs, PHOTOGRAPHS, type PhotographsName } from './loadPhotographs';

export type KeptName = 'cifar10' | 'cifar100' | 'mnist' | 'fashion-mnist' | PhotographsName;

/** What is here of one data set. */
export interface KeptDataset {
  readonly name: KeptName;
  /** 'here': its files lie in a folder; 'packed': its archive does, and the first `load` unpacks it; 'absent': neither. */
  readonly state: 'here' | 'packed' | 'absent' | 'broken';
  /** The folder or archive; undefined where it is absent. */
  readonly place: string | undefined;
  /** How many images each split has, and what is known of their checksum; or why it is broken; or where it would come from. */
  readonly found: string;
}

const PHOTOGRAPH_FILES: Readonly<Record<PhotographsName, readonly Pick<Publication, 'target' | 'url'>[]>> = {
  'cifar10-jpeg': [{ target: CIFAR10_JPEG_ARCHIVE, url: '' }],
  'imagenet-sample': [{ target: IMAGENET_SAMPLE_FOLDER, url: '' }],
  flowers102: [FLOWERS102_IMAGES, FLOWERS102_LABELS, FLOWERS102_SPLITS],
  food101: [FOOD101],
  'fgvc-aircraft': [FGVC_AIRCRAFT],
  'tiny-imagenet': [TINY_IMAGENET],
};

function filesOf(name: KeptName): readonly (Pick<Publication, 'target' | 'url'> & Partial<Publication>)[] {
  if (name === 'cifar10') return [CIFAR10];
  if (name === 'cifar100') return [CIFAR100];
  if (name === 'mnist') return Object.values(MNIST);
  if (name === 'fashion-mnist') return Object.values(FASHION_MNIST);
  return PHOTOGRAPH_FILES[name];
}

/** Count of a split and what its checksum says; undefined where there is no such split. */
async function splitNote(name: KeptName, split: Split, places: DataPlaces): Promise<string | undefined> {
  if (name === 'cifar10' || name === 'cifar100') {
    const folder = findData(places.searchFolders, [filesOf(name)[0]!.target])!;
    const counts = await countRecords(cifarFiles(name, split, folder), name === 'cifar10' ? 3073 : 3074);
    const count = counts.reduce((sum, n) => sum + n, 0);
    return `${split} ${countNote(count, CIFAR_OFFICIAL[split])}`;
  }
  if (name === 'mnist' || name === 'fashion-mnist') return idxNote(name, split, places);
  if (name === 'imagenet-sample' && split === 'test') return undefined;
  const { count, official } = await countPhotographs(name, split, { ...places, download: false });
  return `${split} ${countNote(count, official)}`;
}

async function idxNote(name: 'mnist' | 'fashion-mnist', split: Split, places: DataPlaces): Promise<string> {
  const prefix = split === 'train' ? 'train' : 't10k';
  const files = filesOf(name)
    .filter(({ target }) => basename(target).startsWith(prefix))
    .map(({ md5, target, alternatives = [] }) => ({
      md5,
      file: findData(places.searchFolders, [target, ...alternatives]),
    }));
  if (files.some(({ file }) => file === undefined)) return `${split} not here: the first load of it fetches it`;
  let count = 0;
  let published = true;
  for (const { md5, file } of files) {
    if (file!.includes('labels')) [count] = (await readIdx(file!, 1)).shape as [number];
    published &&= (await fileChecksum(file!, 'md5')) === md5;
  }
  const checksum = published ? 'MD5 as published' : "MD5 not that of the publisher's archive";
  return `${split} ${countNote(count, MNIST_OFFICIAL[split])} (${checksum})`;
}

function absent(name: KeptName): string {
  const { url } = filesOf(name)[0]!;
  if (url === '') return 'not here; lay it into data/ by hand, it is never fetched';
  const standIn = name.startsWith('cifar') ? '; offline, generated shapes take its place, with a warning' : '';
  return `not here; the first load('${name}') fetches it from ${new URL(url).host}${standIn}`;
}

/** What is here of one data set, without loading, unpacking or fetching anything. A broken file is a state, not an error. */
async function kept(name: KeptName, places: DataPlaces): Promise<KeptDataset> {
  const files = filesOf(name);
  const found = files.map(({ target, alternatives = [] }) => findData(places.searchFolders, [target, ...alternatives]));
  const place = found.find((path) => path !== undefined);
  const bySplit = name === 'mnist' || name === 'fashion-mnist';
  if (place !== undefined && (bySplit || found.every((path) => path !== undefined))) {
    const folder = files.length > 1 ? dirname(place) : place;
    try {
      const notes: string[] = [];
      for (const split of ['train', 'test'] as const) notes.push((await splitNote(name, split, places)) ?? '');
      return { name, state: 'here', place: folder, found: notes.filter(Boolean).join(', ') };
    } catch (error) {
      return { name, state: 'broken', place: folder, found: (error as Error).message.replace(/^load: /, '') };
    }
  }
  const archive = files
    .filter(({ member }) => member !== undefined)
    .map(({ url, target }) => {
      const packed = basename(new URL(url).pathname);
      return findData(places.searchFolders, [packed, join(dirname(target), packed)]);
    })
    .find((path) => path !== undefined);
  if (archive) return { name, state: 'packed', place: archive, found: `the first load('${name}') unpacks it` };
  if (place === undefined) return { name, state: 'absent', place, found: absent(name) };
  const lacking = files.filter((_, i) => found[i] === undefined).map(({ target }) => target);
  return {
    name,
    state: 'absent',
    place,
    found: `${lacking.join(', ')} not here: the first load fetches what is missing`,
  };
}

/** What is here of every data set that `load` knows; nothing is changed. */
export async function keptDatasets(places: DataPlaces): Promise<KeptDataset[]> {
  const names: readonly KeptName[] = ['cifar10', 'cifar100', 'mnist', 'fashion-mnist', ...PHOTOGRAPHS];
  const rows: KeptDataset[] = [];
  for (const name of names) {
    const debian = name === 'fashion-mnist' && existsSync(DEBIAN_DATASETS) ? [DEBIAN_DATASETS] : [];
    rows.push(await kept(name, { ...places, searchFolders: [...places.searchFolders, ...debian] }));
  }
  return rows;
}
