import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../datasets/projectRoot';

/** The rooms whose code determines what a training gives, those of them that there are. */
const rooms = ['engine', 'information', 'views', 'models', 'objectives', 'training'];

/** Of the data sets' room a training runs only these: how the images came here does not show in what it gives. */
const datasetFiles = ['dataset.ts', 'channelStatistics.ts'];

/** SHA-256, hexadecimal, over the names and contents of all source files that a training runs through, room by room. */
export function sourceVersion(root: string = projectRoot()): string {
  const hash = createHash('sha256');
  for (const room of ['datasets', ...rooms].filter((name) => existsSync(join(root, 'lib', name)))) {
    for (const file of readdirSync(join(root, 'lib', room)).sort()) {
      if (!file.endsWith('.ts') || (room === 'datasets' && !datasetFiles.includes(file))) continue;
      const content = readFileSync(join(root, 'lib', room, file));
      hash.update(`${room}/${file} ${content.length}\n`).update(content);
    }
  }
  return hash.digest('hex');
}
