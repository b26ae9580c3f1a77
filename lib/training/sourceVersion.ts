import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot } from '../datasets/projectRoot';
import { tf } from '../engine/tensorflow';

/** A static import or re-export of a neighbour that is there when the code runs: one of types alone is not. */
const importLine = /^\s*(?:import|export)\s+(?!type\s)(?:[^;'"]*?from\s+)?['"](\.[^'"]*)['"]/gm;

/**
 * SHA-256, hexadecimal, over the versions of TensorFlow.js, of its Node binding and of the native library, and the names and
 * contents of all source files that code beginning at these runs through: they themselves, and what they import, directly or
 * not (static imports of files of the library, not of types alone).
 *
 * @param entries Files of `lib`, such as `training/train.ts`, or rooms, which stand for all their files.
 */
export function sourceVersion(entries: readonly string[], root: string = projectRoot()): string {
  const { binding } = tf.backend() as unknown as { binding: { TF_Version: string } };
  const { tfjs, 'tfjs-node': node } = tf.version as Record<string, string>;
  const hash = createHash('sha256').update(`${tfjs} ${node} ${binding.TF_Version}\n`);
  for (const [file, content] of sourceFiles(entries, root)) {
    hash.update(`${file} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

/** Every file that these run through, by its path in `lib`, sorted. */
export function sourceFiles(
  entries: readonly string[],
  root: string = projectRoot(),
): readonly (readonly [string, Buffer])[] {
  const lib = join(root, 'lib');
  const found = new Map<string, Buffer>();
  const visit = (file: string) => {
    if (found.has(file)) return;
    const content = readFileSync(join(lib, file));
    found.set(file, content);
    for (const [, target] of content.toString('utf8').matchAll(importLine)) {
      const next = `${join(dirname(file), target!)}.ts`;
      // Of one that is missing nothing can run; the compiler says so.
      if (existsSync(join(lib, next))) visit(next);
    }
  };
  for (const entry of entries) {
    const files = statSync(join(lib, entry)).isDirectory()
      ? readdirSync(join(lib, entry))
          .filter((file) => file.endsWith('.ts'))
          .map((file) => join(entry, file))
      : [entry];
    for (const file of files) visit(file);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}
