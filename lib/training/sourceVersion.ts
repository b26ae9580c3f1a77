import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../datasets/projectRoot';
import { tf } from '../engine/tensorflow';

/** The rooms whose code determines what a training gives, those of them that there are. */
const rooms = ['engine', 'information', 'views', 'models', 'objectives', 'training'];

/** Of the data sets' room a training runs only these: how the images came here does not show in what it gives. */
const datasetFiles = ['dataset.ts', 'channelStatistics.ts'];

/**
 * SHA-256, hexadecimal, over the versions of TensorFlow.js, of its Node binding and of the native library, and the names and
 * contents of all source files that a training runs through, room by room.
 */
export function sourceVersion(root: string = projectRoot()): string {
  const { binding } = tf.backend() as unknown as { binding: { TF_Version: string } };
  const { tfjs, 'tfjs-node': node } = tf.version as Record<string, string>;
  const hash = createHash('sha256').update(`${tfjs} ${node} ${binding.TF_Version}\n`);
  for (const room of ['datasets', ...rooms].filter((name) => existsSync(join(root, 'lib', name)))) {
    for (const file of readdirSync(join(root, 'lib', room)).sort()) {
      if (!file.endsWith('.ts') || (room === 'datasets' && !datasetFiles.includes(file))) continue;
      const content = readFileSync(join(root, 'lib', room, file));
      hash.update(`${room}/${file} ${content.length}\n`).update(content);
    }
  }
  return hash.digest('hex');
}
