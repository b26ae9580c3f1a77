import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { keptDatasets } from '../datasets/inventory';
import { dataPlaces } from '../datasets/loadOptions';
import { projectRoot } from '../datasets/projectRoot';
import { findBrowser } from './browser';

/** What the doctor says of one thing. */
export interface Finding {
  /** What was looked at, such as 'npm packages'. */
  readonly item: string;
  /** 'note': it works, and there is something to know. 'unknown': not to be told before something else is mended. */
  readonly state: 'ok' | 'note' | 'missing' | 'broken' | 'unknown';
  /** Whether nothing works unless it is ok. */
  readonly needed: boolean;
  /** What was found, in words. */
  readonly found: string;
  /** What to do, with the command, where there is something to do. */
  readonly remedy?: string;
}

function browserFinding(): Finding {
  const rest = { item: 'Chromium', needed: false } as const;
  try {
    return { ...rest, state: 'ok', found: findBrowser() };
  } catch {
    const remedy = 'apt install chromium (Debian, Ubuntu), or its path in INFOSSL_CHROMIUM';
    return { ...rest, state: 'missing', found: 'not here: figures are interactive only, without PNG and SVG', remedy };
  }
}

async function datasetFindings(): Promise<Finding[]> {
  const kept = await keptDatasets(dataPlaces({ progress: () => undefined }));
  return kept.map(({ name, state, place, found }) => {
    const where = place === undefined ? found : `${found}, in ${place}`;
    const rest = { item: `Data ${name}`, needed: false };
    if (state !== 'broken') return { ...rest, state: state === 'absent' ? 'missing' : 'ok', found: where };
    // The last sentence of a broken file's error is its remedy.
    const [problem, remedy] = found.split(/\. (?=[^.]*\.?$)/);
    return { ...rest, state, found: problem!, ...(remedy ? { remedy } : {}) };
  });
}

/** Bytes of all files below a folder. */
function folderBytes(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  // A run that trains now replaces its files meanwhile.
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath ?? entry.path, entry.name), { throwIfNoEntry: false })?.size ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}

function runsFinding(): Finding {
  const folder = join(projectRoot(), 'data', 'runs');
  const rest = { item: 'Runs', state: 'ok', needed: false } as const;
  const runs = existsSync(folder)
    ? readdirSync(folder).filter((name) => existsSync(join(folder, name, 'options.json')))
    : [];
  if (runs.length === 0) return { ...rest, found: 'none cached yet: the first of each is trained' };
  const begun = runs.filter((name) => !existsSync(join(folder, name, 'last.ckpt'))).length;
  const gigabytes = folderBytes(folder) / 1e9;
  const without = begun > 0 ? `, ${begun} of them without a checkpoint yet` : '';
  return { ...rest, found: `${runs.length} cached${without}, ${gigabytes.toFixed(2)} GB, in ${folder}` };
}

/** What is known of this machine's browser, data sets and cached runs, without the native engine. Nothing is changed. */
export async function takeInventory(): Promise<Finding[]> {
  return [browserFinding(), ...(await datasetFindings()), runsFinding()];
}
