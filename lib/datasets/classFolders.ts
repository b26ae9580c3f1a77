import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { brokenFile } from './brokenFile';
import type { Dataset, Split } from './dataset';
import type { Fit } from './decodeImage';
import { decodeImages, type ImageList } from './decodeImages';
import { folderSource, type ImageSource, tarSource } from './imageSource';
import { makeDataset } from './makeDataset';
import { defaultProgress, type ReportProgress } from './progress';

/** Names of the folders that hold a split, in the order in which they are looked for. */
const SPLIT_FOLDERS: Readonly<Record<Split, readonly string[]>> = { train: ['train'], test: ['test', 'val'] };

/**
 * Images sorted in folders by class: `CLASS/…/image`, or `train/CLASS/…` and `test/CLASS/…` (or `val/CLASS/…`). Classes are the
 * folders' names, sorted. A single folder around all of them is passed over. Without split folders, all images are 'train'.
 */
export async function listClassFolders(
  source: ImageSource,
  split: Split,
): Promise<ImageList & { classNames: string[] }> {
  const all = (await source.list()).map((path) => ({ path, parts: path.split('/') }));
  const isSplit = (name: string) => Object.values(SPLIT_FOLDERS).flat().includes(name);
  let depth = 0;
  for (; all.length > 0; depth++) {
    const top = new Set(all.map(({ parts }) => parts[depth]));
    const nested = all.every(({ parts }) => parts.length > depth + 2);
    if (top.size !== 1 || !nested || isSplit([...top][0]!)) break;
  }
  const tops = new Set(all.map(({ parts }) => parts[depth]!));
  const hasSplits = [...tops].some(isSplit);
  let chosen = all;
  if (hasSplits) {
    const folder = SPLIT_FOLDERS[split].find((name) => tops.has(name));
    chosen = all.filter(({ parts }) => parts[depth] === folder);
    depth++;
  } else if (split === 'test') {
    throw brokenFile(
      source.location,
      'its folders',
      "there is no folder 'test' or 'val'",
      "Load split: 'train', and cut it",
    );
  }
  if (chosen.length === 0)
    throw brokenFile(source.location, 'its folders', `no JPEG or PNG image of the split '${split}'`);
  const loose = chosen.find(({ parts }) => parts.length < depth + 2);
  if (loose) throw brokenFile(source.location, loose.path, 'expected each image in the folder of its class');
  const classNames = [...new Set(chosen.map(({ parts }) => parts[depth]!))].sort();
  const indices = new Map(classNames.map((name, index) => [name, index]));
  return {
    source,
    paths: chosen.map(({ path }) => path),
    labels: Int32Array.from(chosen, ({ parts }) => indices.get(parts[depth]!)!),
    classNames,
  };
}

export interface ImageFolderOptions {
  /** Default 'train'. */
  readonly split?: Split;
  /** Side in pixels; default the images' own size, which must then be one for all. */
  readonly size?: number;
  /** Default 'cover'. */
  readonly fit?: Fit;
  /** Default the last part of the path. */
  readonly name?: string;
  /** Told how far the decoding is; default a bar on a terminal, else a few lines. */
  readonly progress?: ReportProgress;
}

/**
 * Your own images: a folder, or a .tar or .tar.gz of one, that holds JPEG or PNG files in folders by class (with `train` and
 * `test` or `val` folders above them, if there are splits). Classes are the folders' names, sorted; images follow their paths, sorted.
 *
 * @throws If there are no images, or no such split, a file cannot be decoded, or images differ in size and no `size`
 *   is given.
 * @example
 * const mine = await loadImageFolder('photographs', { size: 64 });
 * batch(mine, [0, 1]).shape; // [2, 64, 64, 3]
 */
export async function loadImageFolder(path: string, options: ImageFolderOptions = {}): Promise<Dataset> {
  const { split = 'train', size, fit = 'cover', name = basename(path), progress = defaultProgress() } = options;
  const kind = await stat(path).catch(() => undefined);
  if (!kind) throw new Error(`loadImageFolder: expected a folder or a tar archive, ${path} does not exist`);
  const source = kind.isDirectory() ? folderSource(path) : tarSource(path);
  const list = await listClassFolders(source, split);
  const decoded = await decodeImages(list, { size, fit, report: progress });
  return makeDataset({
    ...decoded,
    name,
    split,
    channels: 3,
    classNames: list.classNames,
    real: true,
    source: `${name} ${split}: ${list.paths.length.toLocaleString('en')} images, ${sizeNote(decoded, size === undefined, fit)}`,
  });
}

/** 'resized to 64×64 (centre crop)' or '32×32', as part of a source line; `own` says that this is the images' own size. */
export function sizeNote({ height, width }: { height: number; width: number }, own: boolean, fit: Fit): string {
  const size = `${width}×${height}`;
  return own ? size : `resized to ${size} (${fit === 'cover' ? 'centre crop' : 'stretched'})`;
}
