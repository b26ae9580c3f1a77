import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DataPlaces } from './acquire';
import type { Split } from './dataset';
import type { Fit } from './decodeImage';
import { defaultProgress, type ReportProgress } from './progress';
import { projectRoot } from './projectRoot';

export interface LoadOptions {
  /** Default 'train'. */
  readonly split?: Split;
  /** Side in pixels of the photographs' data sets; default 64 (Tiny-ImageNet's own size), 32 for cifar10-jpeg. */
  readonly size?: number;
  /** How a photograph becomes square: 'cover' (the default) crops around the centre, 'fill' stretches. */
  readonly fit?: Fit;
  /** CIFAR-100: 'fine' (the default) or 'coarse'. FGVC-Aircraft: 'variant' (the default), 'family' or 'manufacturer'. */
  readonly labels?: 'fine' | 'coarse' | 'variant' | 'family' | 'manufacturer';
  /** Whether the generated shapes may take the place of a 32×32 colour data set that is nowhere to be had; default true. */
  readonly fallback?: boolean;
  /** Whether to download what is in no folder; default true. */
  readonly download?: boolean;
  /** Told how far downloads, extractions and decoding are; default a bar on a terminal, else a few lines. */
  readonly progress?: ReportProgress;
  /** The folder that keeps downloads and decoded images; default `data/` in the project. */
  readonly dataFolder?: string;
  /** Folders to look into; default `dataFolder`, $INFOSSL_DATA, and `../shared/data` beside the project. */
  readonly searchFolders?: readonly string[];
  /** For mirrors and tests: base address in place of the publishers', default $INFOSSL_MIRROR if set. */
  readonly mirror?: string;
  /** For cut-down mirrors and tests: MD5 by file name, in place of the published ones. Default: the published ones. */
  readonly checksums?: Readonly<Record<string, string>>;
}

/** The options with their defaults, where they say where data are. */
export function dataPlaces(options: LoadOptions): DataPlaces {
  const root = projectRoot();
  const dataFolder = options.dataFolder ?? join(root, 'data');
  const own = process.env.INFOSSL_DATA;
  if (own && !existsSync(own)) {
    throw new Error(
      `load: $INFOSSL_DATA is ${own}, which does not exist. Unset it, or give the folder of your data sets.`,
    );
  }
  const mirror = options.mirror ?? (process.env.INFOSSL_MIRROR || undefined);
  return {
    dataFolder,
    searchFolders: options.searchFolders ?? [dataFolder, ...(own ? [own] : []), join(dirname(root), 'shared', 'data')],
    download: options.download ?? true,
    mirror: mirror === undefined || mirror.endsWith('/') ? mirror : `${mirror}/`,
    checksums: options.checksums ?? {},
    report: options.progress ?? defaultProgress(),
  };
}
